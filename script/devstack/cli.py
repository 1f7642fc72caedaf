"""The four commands and their arguments."""

import sys

from devstack import stack
from devstack.bench import run_bench
from devstack.console import StepError, say
from devstack.gates import run_tests
from devstack.layout import find_layout
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
    try:
        match command:
            case "stack":
                return run_stack(rest)
            case "server" if not rest:
                return run_server(find_layout())
            case "server":
                sys.stdout.write(SERVER_HELP)
                return 0 if rest in (["-h"], ["--help"]) else 2
            case "test":
                return run_tests(find_layout(), rest)
            case "bench":
                return run_bench(find_layout(), rest)
    except StepError as failure:
        say(f"script/{command}: {failure}")
        return 1
    except KeyboardInterrupt:
        say("interrupted")
        return 130
    say(f"unknown command {command}")
    return 2


def run_stack(arguments: list[str]) -> int:
    """`script/stack`."""
    layout = find_layout()
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
