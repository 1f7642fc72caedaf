"""`script/test`: linters, type check, migrations and deployment checks, then the test suite on the real services."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from devstack.console import say
from devstack.layout import Layout
from devstack.prepare import prepare, program_environment
from devstack.processes import run_attached

SETTINGS = "ysh.settings.test"
# A file's tests stay in one process, files in the order of tests/conftest.py.
PARALLEL = ("-n", str(min(os.cpu_count() or 1, 4)), "--dist", "loadfile", "--no-loadscope-reorder")
COVERAGE = ("--cov", "--cov-branch", "--cov-report=term:skip-covered")


@dataclass(frozen=True)
class Gate:
    """One check: its name, its command, the variables it needs besides the usual ones, and whether its output is shown live."""

    name: str
    command: Sequence[str]
    variables: Mapping[str, str] = field(default_factory=dict)
    live: bool = False


def gates(layout: Layout) -> list[Gate]:
    """All gates in the order they run."""
    tools = layout.venv / "bin"
    manage = [str(layout.python), "manage.py"]
    production = {
        "DJANGO_SETTINGS_MODULE": "ysh.settings.production",
        "SECRET_KEY": "only-for-check-deploy-" + "0123456789abcdefghijklmnopqrstuvwxyz" * 2,
        "ALLOWED_HOSTS": "ysh.example",
        "DEBUG": "false",
    }
    return [
        Gate("ruff check", [str(tools / "ruff"), "check", "."]),
        Gate("ruff format --check", [str(tools / "ruff"), "format", "--check", "."]),
        Gate("mypy", [str(tools / "mypy"), "."]),
        Gate(
            "mypy script",
            [str(tools / "mypy"), "--config-file=", "--cache-dir=.mypy_cache/script", "--strict", "script/devstack"],
        ),
        Gate("lint-imports", [str(tools / "lint-imports")]),
        Gate("makemigrations --check", [*manage, "makemigrations", "--check", "--dry-run"]),
        Gate("check --deploy", [*manage, "check", "--deploy", "--fail-level", "WARNING"], production),
        Gate("pytest", pytest_command(layout, [*PARALLEL, *COVERAGE]), live=True),
    ]


def pytest_command(layout: Layout, arguments: Sequence[str]) -> list[str]:
    """pytest with the reasons of skipped tests printed."""
    return [str(layout.python), "-m", "pytest", "-rs", *arguments]


def run_tests(layout: Layout, arguments: list[str]) -> int:
    """Prepare, then all gates, 0 when every one passed; with arguments this process becomes pytest with them."""
    prepare(layout, browser=True)
    env = program_environment(layout, SETTINGS)
    if arguments:
        os.chdir(layout.root)
        os.execve(layout.python, pytest_command(layout, arguments), env)
    failed = [gate.name for gate in gates(layout) if not passes(gate, layout, env)]
    if failed:
        say(f"\n✗ failed: {', '.join(failed)}")
        return 1
    say("\n✓ all gates passed")
    return 0


def passes(gate: Gate, layout: Layout, env: Mapping[str, str]) -> bool:
    """Run one gate and print its name, duration and, when it fails, its output."""
    started = time.monotonic()
    variables = {**env, **gate.variables}
    if gate.live:
        say(f"  … {gate.name}")
        code = run_attached(gate.command, cwd=layout.root, env=variables)
    else:
        done = subprocess.run(
            gate.command,
            cwd=layout.root,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        code = done.returncode
        if code:
            sys.stderr.write(done.stdout)
    say(f"  {'✗' if code else '✓'} {gate.name} ({time.monotonic() - started:.1f} s)")
    return code == 0
