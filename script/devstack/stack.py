"""`script/stack`: the local services together."""

import contextlib
import hashlib
import os
import pwd
import shutil
import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from devstack import packages
from devstack.aws_server import AwsServer
from devstack.console import StepError, say
from devstack.environment import SERVICE_URLS, application_values, brought_along, caller_environment, own_values, render_exports
from devstack.layout import Layout
from devstack.ports import LOOPBACK, choose_port, is_free
from devstack.postgres import Postgres
from devstack.processes import Account, current_account, named_account, run_as
from devstack.redis_server import Redis
from devstack.state import Secrets, State, load_secrets, load_state, locked, save_state
from devstack.venv import ensure_venv, venv_needs


@dataclass(frozen=True)
class Stack:
    """The services of one var folder, ready to be asked."""

    layout: Layout
    state: State
    secrets: Secrets
    postgres: Postgres
    redis: Redis
    aws: AwsServer

    @property
    def servers(self) -> dict[str, Postgres | Redis | AwsServer]:
        """Every server by the name its port is remembered under."""
        return {"postgres": self.postgres, "redis": self.redis, "aws": self.aws}

    @property
    def own(self) -> dict[str, str]:
        """The variables that point at this stack."""
        return own_values(self.state.ports, self.secrets, self.layout.var)

    def external(self) -> set[str]:
        """Services of the caller's environment, see environment.brought_along."""
        return brought_along(caller_environment(self.layout.root), self.own)

    def wanted(self) -> list[str]:
        """The servers this stack has to run."""
        external = self.external()
        return [
            name
            for name, services in (("postgres", {"postgres"}), ("redis", {"redis"}), ("aws", {"dynamodb", "s3"}))
            if not services <= external
        ]


def open_stack(layout: Layout) -> Stack:
    """Read the state, give every server a port and a folder. Call it with the lock held."""
    folder = layout.stack
    for made in (layout.var, folder):
        made.chmod(0o755) if os.geteuid() == made.stat().st_uid else None
    state = load_state(folder)
    secrets = load_secrets(folder)
    follow_the_folder(layout, state)
    account = service_account()
    data = Path(state.data) if state.data else folder
    stack = Stack(
        layout=layout,
        state=state,
        secrets=secrets,
        postgres=Postgres(data / "postgres", account, secrets),
        redis=Redis(data / "redis", account, secrets),
        aws=AwsServer(folder / "aws", layout.venv / "bin" / "roto-server"),
    )
    taken: set[int] = set()
    for name, server in stack.servers.items():
        running = server.port_in_use() if server.running() else None
        state.ports[name] = running or choose_port(name, state.ports.get(name), taken, is_free)
        taken.add(state.ports[name])
    save_state(folder, state)
    return stack


def follow_the_folder(layout: Layout, state: State) -> None:
    """A moved folder keeps data that lies outside of it; a copy gets its own."""
    if state.var != str(layout.var):
        if Path(state.var).exists():
            state.data = ""
        state.var = str(layout.var)


def service_account() -> Account:
    """Who runs PostgreSQL and Redis: the caller, or for root, which PostgreSQL refuses, user postgres."""
    if os.geteuid() == 0:
        with contextlib.suppress(KeyError):  # not installed yet; `up` opens the stack again afterwards
            return named_account("postgres")
    return current_account()


def up(layout: Layout, also: Sequence[packages.Need] = ()) -> list[str]:
    """Start what is not running, install what is missing; returns the names of the servers that had to be started.

    `also` are system packages the caller needs: all that is missing is installed, or asked for, in one go.
    """
    started = []
    with locked(layout.stack):
        stack = open_stack(layout)
        wanted = stack.wanted()
        needs = [packages.geo_need(), *also]
        if "postgres" in wanted:
            needs.append(packages.postgres_need(stack.postgres.data_version()))
        if "redis" in wanted:
            needs.append(packages.redis_need())
        if "aws" in wanted:
            needs.extend(venv_needs(layout))
        packages.ensure(needs, layout.stack / "apt.log")
        if "aws" in wanted:
            ensure_venv(layout)
        if os.geteuid() == 0 and not stack.postgres.account.switch:
            stack = open_stack(layout)  # user postgres came with the packages
        if {"postgres", "redis"} & set(wanted):
            stack = place_data(stack)
        for name in wanted:
            server = stack.servers[name]
            own_folder(server.home, server.account if not isinstance(server, AwsServer) else current_account())
            if server.start(stack.state.ports[name]):
                started.append(name)
    for service in sorted(stack.external()):
        say(f"  · {service}: using the caller's ({SERVICE_URLS[service]} or AWS credentials are set)")
    return started


def place_data(stack: Stack) -> Stack:
    """As root: data goes to the service user's home when that user cannot reach the project's folder (a checkout in /root)."""
    account, folder = stack.postgres.account, stack.layout.stack
    if not account.switch or stack.state.data or run_as(account, ["test", "-x", folder], cwd=Path("/")).returncode == 0:
        return stack
    if stack.postgres.data.exists():
        raise StepError(
            f"user {account.name} can no longer reach {folder}, where the database is; allow it with\n"
            f"    {traversal_fix(account, folder)}"
        )
    home = Path(pwd.getpwuid(account.uid).pw_dir)
    outside = home / f"ysh-{hashlib.sha256(str(stack.layout.var).encode()).hexdigest()[:10]}"
    say(f"  · user {account.name} cannot enter {folder}; PostgreSQL's and Redis' data go to {outside}")
    say(f"    to have them inside the project instead: script/stack reset && {traversal_fix(account, folder)}")
    own_folder(outside, account)
    stack.state.data = str(outside)
    save_state(folder, stack.state)
    return open_stack(stack.layout)


def traversal_fix(account: Account, folder: Path) -> str:
    """The chmod line that lets the account pass through every parent of the folder."""
    closed = [
        str(parent)
        for parent in reversed([folder, *folder.parents])
        if not parent.stat().st_mode & 0o001 and parent.stat().st_uid != account.uid
    ]
    return f"chmod o+x {' '.join(closed)}"


def own_folder(folder: Path, account: Account) -> None:
    """A folder only the account can enter."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    if account.switch:
        os.chown(folder, account.uid, account.gid)


def down(layout: Layout, only: Collection[str] = ("postgres", "redis", "aws")) -> None:
    """Stop the servers of this stack, or only those named."""
    with locked(layout.stack):
        stack = open_stack(layout)
        stopped = [server.stop() for name, server in stack.servers.items() if name in only]
    if not any(stopped):
        say("  · nothing was running")


def reset(layout: Layout) -> None:
    """Stop everything and remove all data. Ports and secrets stay, so that shells with an evaluated `env` keep working."""
    down(layout)
    with locked(layout.stack):
        stack = open_stack(layout)
        for server in stack.servers.values():
            shutil.rmtree(server.home, ignore_errors=False) if server.home.exists() else None
        shutil.rmtree(layout.stack / "stamps", ignore_errors=True)
        if stack.state.data:
            shutil.rmtree(stack.state.data, ignore_errors=True)
            stack.state.data = ""
            save_state(layout.stack, stack.state)
    say(f"  ✓ databases, queues and tables removed; archived source files stay in {layout.var / 'lake'}")


def status(layout: Layout) -> int:
    """Print a line a server; 0 when all that are wanted answer, 3 otherwise."""
    with locked(layout.stack):
        stack = open_stack(layout)
        wanted, broken = stack.wanted(), False
        for name, server in stack.servers.items():
            pid = server.running()
            port = stack.state.ports[name]
            problem = server.answer(port) if pid else "not running"
            external = name not in wanted
            broken |= bool(problem) and not external
            text = "answers" if problem is None else problem
            where = f"{LOOPBACK}:{port}" if pid else "-"
            sys.stdout.write(
                f"{name:<9} {where:<16} pid {pid or '-':<8} {text}{' (the caller brings its own)' if external else ''}\n"
            )
        sys.stdout.write(f"state     {layout.stack}\n")
    return 3 if broken else 0


def env(layout: Layout) -> dict[str, str]:
    """The application's variables; services need not run."""
    with locked(layout.stack):
        stack = open_stack(layout)
    return application_values(caller_environment(layout.root), stack.own)


def print_env(layout: Layout) -> None:
    """Print `export` lines on stdout."""
    sys.stdout.write(render_exports(env(layout)))
