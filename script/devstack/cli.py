"""The four commands and their arguments."""

import os
import pwd
import signal
import sys
from types import FrameType

from devstack import stack
from devstack.bench import run_bench
from devstack.console import StepError, say
from devstack.gates import run_tests
from devstack.layout import Layout, find_layout
from devstack.server import run_server

STACK_HELP = """\
usage: script/stack up|down|status|env|reset

  up      start the local PostgreSQL + PostGIS, Redis and DynamoDB/S3 server (installs what is missing)
  down    stop them
  status  say what runs and answers; exit code 3 when something does not
  env     print the variables for a shell:  eval "$(script/stack env)"
  reset   stop them and remove all their data

A service whose variable is already set (DATABASE_URL, REDIS_URL, DYNAMODB_ENDPOINT_URL, S3_ENDPOINT_URL, AWS credentials),
in the environment or in .env, is used and not started.
Ports: YSH_POSTGRES_PORT, YSH_REDIS_PORT, YSH_AWS_PORT. Folder: YSH_VAR_DIR (default var/).
"""

SERVER_HELP = """\
usage: script/server

Everything needed to use the product: installs what is missing, starts the local services, migrates, loads demo data and makes
the first admin user on first start, runs web, workers and beat until Ctrl-C. Services it started are stopped with it; those that
ran before (script/stack up) stay.
Port: PORT (default 8000).
"""


def main(arguments: list[str]) -> int:
    """Run `stack`, `server`, `test` or `bench`; returns the exit code."""
    command, rest = arguments[0], arguments[1:]
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    layout = find_layout()
    try:
        become_owner(layout)
        match command:
            case "stack":
                return run_stack(layout, rest)
            case "server" if not rest:
                return run_server(layout)
            case "server":
                sys.stdout.write(SERVER_HELP)
                return 0 if rest in (["-h"], ["--help"]) else 2
            case "test":
                return run_tests(layout, rest)
            case "bench":
                run_bench(layout, rest)
    except StepError as failure:
        say(f"script/{command}: {failure}")
        return 1
    except KeyboardInterrupt:
        say("interrupted")
        return 130
    say(f"unknown command {command}")
    return 2


def end(number: int, frame: FrameType | None) -> None:
    """SIGTERM and SIGHUP end the command in good order: its tools are ended with it, what it started is stopped."""
    raise SystemExit(128 + number)


def become_owner(layout: Layout) -> None:
    """Root working on a stack that another user made goes on as that user: no file of it may become root's."""
    if os.geteuid() != 0 or not layout.stack.exists() or layout.stack.stat().st_uid == 0:
        return
    try:
        owner = pwd.getpwuid(layout.stack.stat().st_uid)
    except KeyError:  # a mounted folder of a user this machine does not know
        return
    say(f"  · going on as user {owner.pw_name}, who owns {layout.stack}")
    os.initgroups(owner.pw_name, owner.pw_gid)
    os.setgid(owner.pw_gid)
    os.setuid(owner.pw_uid)
    os.environ |= {"HOME": owner.pw_dir, "USER": owner.pw_name, "LOGNAME": owner.pw_name}


def run_stack(layout: Layout, arguments: list[str]) -> int:
    """`script/stack`."""
    match arguments:
        case ["up"]:
            stack.up(layout)
        case ["down"]:
            stack.down(layout)
        case ["status"]:
            return stack.status(layout)
        case ["env"]:
            stack.print_env(layout)
        case ["reset"]:
            stack.reset(layout)
        case ["-h" | "--help" | "help"]:
            sys.stdout.write(STACK_HELP)
        case _:
            sys.stderr.write(STACK_HELP)
            return 2
    return 0
