"""`script/server`: everything needed to use the product, until Ctrl-C."""

import fcntl
import hashlib
import http.client
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from devstack import stack
from devstack.console import StepError, say, step
from devstack.layout import Layout
from devstack.migrations import is_marked, migration_mark
from devstack.ports import LOOPBACK, is_free, listener
from devstack.prepare import prepare, program_environment
from devstack.processes import run_attached
from devstack.supervisor import Program, Supervisor

SETTINGS = "ysh.settings.dev"
READY_TIMEOUT = 60  # seconds until the first complaint that /readyz does not say yes


def run_server(layout: Layout) -> int:
    """Prepare, migrate, fill on first start, run web, workers and beat. Returns the exit code."""
    port = wanted_port(os.environ)
    if not is_free(port):
        raise StepError(
            f"port {port} is taken by {listener(port)}. Stop that, or choose another one: PORT={port + 1} script/server"
        )
    with only_one(layout):
        started = prepare(layout)
        try:
            env = program_environment(layout, SETTINGS)
            if os.geteuid() == 0:  # Celery's advice is for servers, and a container's only user is root
                env.setdefault("PYTHONWARNINGS", "ignore:You're running the worker with superuser privileges")
            bring_up_to_date(layout, env)
            return supervise(layout, env, port)
        finally:
            if started:
                say("stopping the services this command started (they stay up after `script/stack up`)")
                stack.down(layout, only=started)


def wanted_port(env: Mapping[str, str]) -> int:
    """$PORT, 8000 when it is not set. Raises StepError when it is no port."""
    text = env.get("PORT") or "8000"
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise StepError(f"PORT must be a number between 1 and 65535, found {text!r}")
    return int(text)


@contextmanager
def only_one(layout: Layout) -> Iterator[None]:
    """One script/server in a folder: two beats would send every task twice."""
    layout.stack.mkdir(parents=True, exist_ok=True)
    with (layout.stack / "server.lock").open("a+") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.seek(0)
            raise StepError(f"script/server runs already (pid {handle.read().strip() or 'unknown'}); stop it first") from None
        handle.truncate(0)
        handle.write(str(os.getpid()))
        handle.flush()
        yield


def bring_up_to_date(layout: Layout, env: Mapping[str, str]) -> None:
    """Migrations when there are new ones; on the first start with this database the admin user and the demo data."""
    stamps = layout.stack / "stamps"
    stamps.mkdir(exist_ok=True)
    database = hashlib.sha256(env["DATABASE_URL"].encode()).hexdigest()[:12]
    first, migrated = stamps / f"first-start-{database}", stamps / f"migrated-{database}"
    (layout.var / "static").mkdir(parents=True, exist_ok=True)  # development serves static files from their sources
    changed = not is_marked(migrated, migration_mark(layout, env))
    pending = changed and manage(layout, env, ["migrate", "--check"], check=False) != 0
    if pending:
        with step("migrating the database"):
            manage(layout, env, ["migrate", "--no-input", "-v", "0"])
    if changed:
        with step("synchronising the schedule"):
            manage(layout, env, ["sync_schedule"])
        with step("creating the DynamoDB tables that are missing"):
            manage(layout, env, ["dynamodb", "create"])
    if pending or not first.exists():
        manage(layout, env, ["ensure_admin"], quiet=False)
    migrated.write_text(migration_mark(layout, env) or "", "utf-8")
    if not first.exists():
        say("  … loading the demo catalogue and sample data (first start only)")
        begun = time.monotonic()
        manage(layout, env, ["seed_demo"], quiet=False)
        say(f"  ✓ demo catalogue and sample data loaded ({time.monotonic() - begun:.1f} s)")
        first.touch()


def manage(layout: Layout, env: Mapping[str, str], arguments: list[str], *, check: bool = True, quiet: bool = True) -> int:
    """Run manage.py; quiet output is shown only when it fails. Raises StepError unless `check` is off."""
    command, said = [str(layout.python), "manage.py", *arguments], ""
    if quiet:
        done = subprocess.run(
            command,
            cwd=layout.root,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        code, said = done.returncode, done.stdout.strip()
    else:
        code = run_attached(command, cwd=layout.root, env=env)
    if code and check:
        raise StepError(f"manage.py {' '.join(arguments)} failed with exit code {code}\n{said}")
    return code


def programs(layout: Layout, port: int) -> list[Program]:
    """The product's processes. Pages come first: the background ones are a little nicer, at the start and during an ingestion."""
    tools = layout.venv / "bin"
    celery = ["nice", "-n", "5", str(tools / "celery"), "--quiet", "-A", "ysh.celery:app"]
    worker = [*celery, "worker", "--loglevel", "INFO", "--without-gossip", "--without-mingle"]
    web = [str(tools / "gunicorn"), "--config", "python:ysh.gunicorn", "ysh.wsgi:application", "--bind", f"{LOOPBACK}:{port}"]
    return [
        Program("web", web),
        Program("ingest", [*worker, "--queues", "ingest", "--concurrency", "2", "--hostname", "ingest@%h"]),
        Program("worker", [*worker, "--queues", "default", "--concurrency", "1", "--hostname", "default@%h"]),
        Program("beat", [*celery, "beat", "--loglevel", "INFO", "--pidfile", ""]),
    ]


def supervise(layout: Layout, env: Mapping[str, str], port: int) -> int:
    """Run the programs, say where everything is once the product is ready, wait for the end."""
    supervisor = Supervisor(layout.root, {**env, "PROMETHEUS_MULTIPROC_DIR": str(empty_metrics_folder(layout))})
    supervisor.listen()
    begun = time.monotonic()
    supervisor.start(programs(layout, port))
    complained = False
    while not supervisor.wait(0.25):
        reason = readiness(port)
        if reason is None:
            announce(port, time.monotonic() - begun)
            return supervisor.run()
        if time.monotonic() - begun > READY_TIMEOUT and not complained:
            say(f"✗ not ready after {READY_TIMEOUT} s, still trying: {reason}")
            complained = True
    return supervisor.run()


def empty_metrics_folder(layout: Layout) -> Path:
    """Where the programs put their metrics together; what earlier processes left there is not theirs."""
    folder = layout.var / "metrics"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def readiness(port: int) -> str | None:
    """None when /readyz says yes, else its answer in short or why there is none."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=10)
    try:
        connection.request("GET", "/readyz", headers={"Host": f"localhost:{port}", "Accept": "application/json"})
        response = connection.getresponse()
        body = response.read(2000).decode("utf-8", "replace")
    except (OSError, http.client.HTTPException) as error:
        return f"/readyz: {error or type(error).__name__}"
    finally:
        connection.close()
    if response.status == 200:
        return None
    try:
        body = json.dumps(json.loads(body), ensure_ascii=False)
    except ValueError:
        body = " ".join(body.split())[:300]
    return f"/readyz answers {response.status}: {body}"


def announce(port: int, seconds: float) -> None:
    """Where everything is."""
    base = f"http://localhost:{port}"
    say(
        f"\n  ✓ ready after {seconds:.1f} s\n"
        f"    admin     {base}/admin/\n"
        f"    API       {base}/api/v1/\n"
        f"    API docs  {base}/api/docs/\n"
        f"    health    {base}/readyz\n"
        f"    Ctrl-C stops everything this command started\n"
    )
