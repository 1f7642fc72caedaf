"""The private PostgreSQL with PostGIS: its data folder, configuration, start, stop and first contents."""

import hashlib
import os
import shutil
import signal
from dataclasses import dataclass
from pathlib import Path

from devstack.console import StepError, step, tail
from devstack.packages import Installation, postgres_installations
from devstack.ports import LOOPBACK
from devstack.processes import Account, command_line, find_process, is_alive, run_as, stop_process
from devstack.state import Secrets, write_private

ROLE = DATABASE = "ysh"
EXTENSIONS = ("postgis", "pg_trgm", "unaccent", "btree_gin", "btree_gist", "pgcrypto", "pg_stat_statements")
START_TIMEOUT = 300  # seconds; recovery after a crash in the middle of a big load replays up to max_wal_size
LOG_LIMIT = 20 * 1024 * 1024

# Sized for 2 cores; safe on a machine with 4 GB, as the buffers are an eighth of its memory, 2 GB at most. fsync stays on;
# synchronous_commit=off may lose the last fraction of a second after a crash, never consistency. wal_level stays: with
# minimal a first load skips the log, and every page it wrote goes there whole the next day.
SETTINGS = """\
# Written by script/stack at every start; changes here are lost.
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = ''
max_connections = 100
shared_buffers = {buffers_mb}MB
effective_cache_size = {cache_mb}MB
maintenance_work_mem = 256MB
work_mem = 32MB
max_wal_size = 4GB
min_wal_size = 512MB
checkpoint_timeout = 15min
synchronous_commit = off
fsync = on
max_parallel_maintenance_workers = 2
max_locks_per_transaction = 256
random_page_cost = 1.1
jit = off
dynamic_shared_memory_type = {shared_memory}
shared_preload_libraries = 'pg_stat_statements'
password_encryption = 'scram-sha-256'
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C.UTF-8'
log_line_prefix = '%m [%p] %u@%d '
log_min_duration_statement = 2s
log_lock_waits = on
"""

ACCESS = """\
# Written by script/stack. Passwords for everyone, loopback only.
host all all 127.0.0.1/32 scram-sha-256
"""

ROLE_SQL = """\
SELECT 'CREATE ROLE {role}' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') \\gexec
ALTER ROLE {role} LOGIN CREATEDB CREATEROLE NOSUPERUSER PASSWORD '{password}';
SELECT 'CREATE DATABASE {database} OWNER {role}' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{database}') \\gexec
"""


@dataclass(frozen=True)
class Postgres:
    """One private cluster. `home` holds data/, log and the stamp of what was set up in it."""

    home: Path
    account: Account
    secrets: Secrets

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.home / "data"

    @property
    def log(self) -> Path:
        """The server's log."""
        return self.home / "log"

    def running(self) -> int | None:
        """The postmaster's pid, None when it does not run. Backends have other titles and never match."""
        return find_process(lambda arguments: Path(arguments[0]).name == "postgres" and str(self.data) in arguments)

    def port_in_use(self) -> int | None:
        """The port of the running server, from its pid file (line 4)."""
        try:
            return int((self.data / "postmaster.pid").read_text().splitlines()[3])
        except (OSError, IndexError, ValueError):
            return None

    def data_version(self) -> int | None:
        """The major version the data was made with, None when there is no data yet."""
        try:
            return int((self.data / "PG_VERSION").read_text())
        except OSError:
            return None

    def installation(self) -> Installation:
        """The programs to use: those of the data's version, else the newest."""
        wanted = self.data_version()
        for one in postgres_installations():
            if wanted in (None, one.version):
                return one
        raise StepError(
            f"the data in {self.data} was made by PostgreSQL {wanted}, which is not installed with PostGIS. "
            f"Install postgresql-{wanted}-postgis-3, or start over with an empty database: script/stack reset"
        )

    def start(self, port: int) -> bool:
        """Make the cluster when it is missing, start it on the port, set up roles and extensions, and connect to prove it.

        Says whether it had to be started.
        """
        installation = self.installation()
        if not self.data.exists():
            with step(f"creating a PostgreSQL {installation.version} cluster in {self.home}"):
                self._create(installation)
        idle = self.running() is None
        if idle:
            with step(f"starting PostgreSQL {installation.version} on {LOOPBACK}:{port}") as current:
                self._launch(installation, port)
                current.outcome = f"PostgreSQL {installation.version} runs on {LOOPBACK}:{port}"
        self._provision(self.port_in_use() or port)
        return idle

    def stop(self) -> bool:
        """Stop the server if it runs (fast shutdown: sessions are cut, a checkpoint is written). Says whether it ran."""
        pid = self.running()
        if pid is None:
            return False
        with step("stopping PostgreSQL") as current:
            clean = stop_process(pid, how=signal.SIGINT, timeout=120)
            current.outcome = (
                "PostgreSQL stopped"
                if clean
                else "PostgreSQL did not stop in 120 s and was killed; it recovers at the next start"
            )
        return True

    def answer(self, port: int) -> str | None:
        """None when the application's role can query its database, else the reason it cannot."""
        done = self._psql(port, ROLE, DATABASE, "SELECT 1")
        return None if done[0] == 0 else done[1].strip()

    def _create(self, installation: Installation) -> None:
        """initdb into data.new and rename, so that an interrupted one leaves nothing that looks like a cluster."""
        fresh = self.home / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        password = self.home / "superuser-password"
        write_private(password, self.secrets.postgres_superuser)
        try:
            if self.account.switch:
                os.chown(password, self.account.uid, self.account.gid)
            command = [str(installation.bin / "initdb"), "-D", str(fresh), "-E", "UTF8", "--no-instructions"]
            # The order of bytes either way, but only "C" itself compares texts without asking the system's library.
            command += ["--locale=C.UTF-8", "--lc-collate=C"]
            access = ["-U", "postgres", "--auth=scram-sha-256", f"--pwfile={password}"]
            done = run_as(self.account, [*command, *access], cwd=self.home)
        finally:
            password.unlink()
        if done.returncode:
            raise StepError(f"initdb failed with exit code {done.returncode}:\n{done.stdout.strip()}")
        (fresh / "pg_hba.conf").write_text(ACCESS)
        with (fresh / "postgresql.conf").open("a") as config:
            config.write("\ninclude 'ysh.conf'  # script/stack\n")
        fresh.rename(self.data)

    def _launch(self, installation: Installation, port: int) -> None:
        remove_stale_pid_file(self.data)
        self._configure(port)
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.replace(self.home / "log.1")
        command = [
            str(installation.bin / "pg_ctl"),
            "-D",
            str(self.data),
            "-l",
            str(self.log),
            "-w",
            "-t",
            str(START_TIMEOUT),
            "start",
        ]
        # pg_ctl's own output is not captured through a pipe: the server would inherit it and keep it open.
        done = run_as(
            self.account, ["sh", "-c", '"$@" >/dev/null 2>&1', "sh", *command], cwd=self.home, timeout=START_TIMEOUT + 30
        )
        if done.returncode:
            raise StepError(f"PostgreSQL did not start on port {port} (pg_ctl exit code {done.returncode}){tail(self.log)}")

    def _configure(self, port: int) -> None:
        """Write ysh.conf for this machine: cache size from its memory; shared memory in files where /dev/shm is tiny."""
        memory_mb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
        try:
            disk = os.statvfs("/dev/shm")
            roomy = disk.f_frsize * disk.f_blocks >= 256 * 2**20
        except OSError:
            roomy = False
        text = SETTINGS.format(
            port=port,
            buffers_mb=min(max(128, memory_mb // 8), 2048),
            cache_mb=max(512, memory_mb // 2),
            shared_memory="posix" if roomy else "mmap",
        )
        path = self.data / "ysh.conf"
        path.write_text(text)
        if self.account.switch:
            for changed in (path, self.data / "postgresql.conf", self.data / "pg_hba.conf"):
                os.chown(changed, self.account.uid, self.account.gid)

    def _provision(self, port: int) -> None:
        """Role, database and extensions (in template1 too: test databases need them). Skipped while a stamp says it was done."""
        role = ROLE_SQL.format(role=ROLE, database=DATABASE, password=self.secrets.postgres_app)
        extensions = "".join(f"CREATE EXTENSION IF NOT EXISTS {name};\n" for name in EXTENSIONS)
        stamp = self.home / "provisioned"
        mark = hashlib.sha256((role + extensions).encode()).hexdigest()
        if stamp.exists() and stamp.read_text() == mark and self.answer(port) is None:
            return
        with step(f"role, database and extensions ({', '.join(EXTENSIONS)})") as current:
            for database, script in (("template1", extensions), ("postgres", role), (DATABASE, extensions)):
                code, output = self._psql(port, "postgres", database, script)
                if code:
                    raise StepError(f"setting up database {database} failed: {output.strip()}{tail(self.log)}")
            problem = self.answer(port)
            if problem:
                raise StepError(f"role {ROLE} cannot use database {DATABASE}: {problem}{tail(self.log)}")
            write_private(stamp, mark)
            current.outcome = f"role {ROLE}, database {DATABASE}, extensions {', '.join(EXTENSIONS)}"

    def _psql(self, port: int, user: str, database: str, script: str) -> tuple[int, str]:
        """Run SQL through psql as the superuser or the application's role; returns its exit code and output."""
        password = self.secrets.postgres_app if user == ROLE else self.secrets.postgres_superuser
        client = [str(self.installation().bin / "psql"), "-X", "-w", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-f", "-"]
        done = run_as(
            self.account,
            [*client, "-h", LOOPBACK, "-p", str(port), "-U", user, "-d", database],
            cwd=self.home,
            env={"PGPASSWORD": password, "PGCONNECT_TIMEOUT": "5", "PGOPTIONS": "-c client_min_messages=warning"},
            text_in=script,
        )
        return done.returncode, done.stdout


def remove_stale_pid_file(data: Path) -> bool:
    """Remove postmaster.pid when the process it names cannot be this cluster's server; says whether it did.

    PostgreSQL does this itself except when the number belongs to another process of the same user by now (after a reboot).
    Call it only when no server of this folder runs. Raises StepError when the folder was moved under a living server.
    """
    path = data / "postmaster.pid"
    try:
        lines = path.read_text().splitlines()
    except FileNotFoundError:
        return False
    pid = int(lines[0]) if lines and lines[0].isdecimal() else 0
    origin = lines[1] if len(lines) > 1 else ""
    arguments = command_line(pid) if pid and is_alive(pid) else []
    serves_origin = bool(arguments) and Path(arguments[0]).name == "postgres" and origin in arguments
    if serves_origin and origin != str(data) and not Path(origin).exists():
        raise StepError(f"{data} was moved from {origin} while its server (pid {pid}) runs. Stop it first: kill -INT {pid}")
    path.unlink()
    return True
