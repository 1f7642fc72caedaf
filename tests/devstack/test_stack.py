"""A second, private stack on this machine: started, killed, started again, stopped; as root and as an ordinary user."""

import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from devstack.processes import is_alive
from devstack.state import Secrets

ROOT = Path(__file__).resolve().parents[2]
ORDINARY_USER = "nobody"
SERVICE_VARIABLES = ("DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL", "DYNAMODB_ENDPOINT_URL", "S3_ENDPOINT_URL")


@dataclass(frozen=True)
class Private:
    """A stack in a folder of its own, driven through script/stack."""

    var: Path
    prefix: list[str]
    environment: dict[str, str]

    def run(self, *arguments):
        done = subprocess.run(
            [*self.prefix, str(ROOT / "script" / "stack"), *arguments],
            env=self.environment,
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0 or arguments == ("status",), done.stdout + done.stderr
        return done

    def values(self):
        lines = self.run("env").stdout.splitlines()
        return dict(line.removeprefix("export ").split("=", 1) for line in lines)

    def pids(self):
        lines = [line.split() for line in self.run("status").stdout.splitlines()]
        return {fields[0]: int(fields[3]) for fields in lines if "pid" in fields and fields[3] != "-"}

    def sql(self, statement):
        url = self.values()["DATABASE_URL"].replace("postgis://", "postgresql://")
        done = subprocess.run(["psql", "-XAtq", url, "-c", statement], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def redis(self, command):
        secrets = Secrets(**json.loads((self.var / "stack" / "secrets.json").read_text()))
        port = int(self.values()["REDIS_URL"].rpartition(":")[2].partition("/")[0])
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(f"AUTH {secrets.redis}\r\n{command}\r\n".encode())
            lines = connection.makefile("rb")
            assert lines.readline() == b"+OK\r\n"
            answer = lines.readline().decode().strip()
            return lines.readline().decode().strip() if answer.startswith("$") else answer


def caller_environment():
    """This process's environment without services set: the private stack has to start its own."""
    dropped = {*SERVICE_VARIABLES, "AWS_ACCESS_KEY_ID", "AWS_PROFILE"}
    return {name: value for name, value in os.environ.items() if name not in dropped}


@pytest.fixture
def open_folder():
    """A folder under /tmp that every user can reach (pytest's own are closed)."""
    folder = Path(tempfile.mkdtemp(prefix="ysh-stack-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def private(open_folder):
    """Makes private stacks and takes them down again, whatever the test did."""
    made = []

    def make(prefix, environment):
        made.append(Private(open_folder / "var", prefix, {**environment, "YSH_VAR_DIR": str(open_folder / "var")}))
        return made[-1]

    yield make
    for one in made:
        one.run("down")


def check_a_life(stack):
    """Start, use, kill -9 everything, start again with all data there, stop cleanly."""
    first = stack.run("up")
    assert first.stdout == ""  # progress goes to stderr
    assert "PostgreSQL" in first.stderr
    assert "✗" not in first.stderr
    pids = stack.pids()
    values = stack.values()

    extensions = stack.sql("SELECT string_agg(extname, ',' ORDER BY extname) FROM pg_extension")
    assert extensions == "btree_gin,btree_gist,pg_stat_statements,pg_trgm,pgcrypto,plpgsql,postgis,unaccent"
    rights = "SELECT rolsuper, rolcreatedb, rolcreaterole, rolcanlogin FROM pg_roles WHERE rolname = current_user"
    assert stack.sql(rights) == "f|t|t|t"
    settings = ["fsync", "synchronous_commit", "jit", "TimeZone", "listen_addresses", "server_encoding"]
    shown = stack.sql("SELECT " + ", ".join(f"current_setting('{name}')" for name in settings))
    assert shown == "on|off|off|UTC|127.0.0.1|UTF8"
    stack.sql("CREATE TABLE kept (place geometry(Point, 4326))")
    stack.sql("SET synchronous_commit = on; INSERT INTO kept VALUES ('SRID=4326;POINT(-46.6 -23.5)')")
    assert stack.redis("SET kept yes") == "+OK"

    assert stack.run("up").stderr == ""  # everything is there, nothing to say
    assert stack.pids() == pids

    for pid in pids.values():
        os.kill(pid, signal.SIGKILL)
    assert (stack.run("status").returncode, stack.pids()) == (3, {})
    stack.run("up")
    assert set(stack.pids()) == set(pids)
    assert stack.values() == values  # same ports, same secrets
    assert stack.sql("SELECT ST_AsText(place) FROM kept") == "POINT(-46.6 -23.5)"
    assert stack.redis("GET kept") == "yes"

    pids = stack.pids()
    stack.run("down")
    assert not any(is_alive(pid) for pid in pids.values())
    assert not (stack.var / "stack" / "postgres" / "data" / "postmaster.pid").exists()
    assert "nothing was running" in stack.run("down").stderr


def test_life_of_a_stack_of_the_calling_user(private):
    stack = private([], caller_environment())
    check_a_life(stack)
    if os.geteuid() == 0:
        assert (stack.var / "stack" / "postgres" / "data").stat().st_uid == pwd.getpwnam("postgres").pw_uid


@pytest.mark.skipif(os.geteuid() != 0, reason="the calling user is an ordinary one already")
def test_life_of_a_stack_of_an_ordinary_user(private, open_folder):
    user = pwd.getpwnam(ORDINARY_USER)
    prefix = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    reachable = subprocess.run([*prefix, str(ROOT / "script" / "stack"), "--help"], cwd="/", capture_output=True, check=False)
    if reachable.returncode:
        pytest.skip(f"user {ORDINARY_USER} cannot read {ROOT} or has no Python >= 3.11")
    (open_folder / "var").mkdir()
    os.chown(open_folder / "var", user.pw_uid, user.pw_gid)
    # The DynamoDB and S3 server needs the virtual environment, which belongs to us; the stack is told that there is one already.
    environment = caller_environment() | {"DYNAMODB_ENDPOINT_URL": "http://127.0.0.1:1", "S3_ENDPOINT_URL": "http://127.0.0.1:1"}
    check_a_life_of_databases(private(prefix, environment), user.pw_uid)


def check_a_life_of_databases(stack, uid):
    """The same short: what differs is who owns the processes and the files."""
    stack.run("up")
    pids = stack.pids()
    assert set(pids) == {"postgres", "redis"}
    assert {Path(f"/proc/{pid}").stat().st_uid for pid in pids.values()} == {uid}
    assert (stack.var / "stack" / "secrets.json").stat().st_uid == uid
    for pid in pids.values():
        os.kill(pid, signal.SIGKILL)
    stack.run("up")
    assert stack.sql("SELECT 1") == "1"
    stack.run("reset")
    assert not (stack.var / "stack" / "postgres").exists()
    assert stack.pids() == {}
