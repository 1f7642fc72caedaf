"""The four commands and their arguments."""

import sys

from devstack import stack
from devstack.console import Failure, say
from devstack.layout import find_layout

STACK_HELP = """\
usage: script/stack up|down|status|env|reset

  up      start the local PostgreSQL + PostGIS, Redis and DynamoDB/S3 server (installs what is missing)
  down    stop them
  status  say what runs and answers; exit code 3 when something does not
  env     print the variables for a shell:  eval "$(script/stack env)"
  reset   stop them and remove all their data

A service whose variable is already set (DATABASE_URL, REDIS_URL, DYNAMODB_ENDPOINT_URL, S3_ENDPOINT_URL, AWS credentials) is used and not started.
Ports: YSH_POSTGRES_PORT, YSH_REDIS_PORT, YSH_AWS_PORT. Folder: YSH_VAR_DIR (default var/).
"""


def main(arguments: list[str]) -> int:
    """Run `stack`, `server`, `test` or `bench`; returns the exit code."""
    command, rest = arguments[0], arguments[1:]
    try:
        if command == "stack":
            return run_stack(rest)
    except Failure as failure:
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
