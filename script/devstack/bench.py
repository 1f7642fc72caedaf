"""`script/bench`: the benchmarks of the package bench/ on the real services."""

import os
from typing import NoReturn

from devstack.layout import Layout
from devstack.prepare import prepare, program_environment


def run_bench(layout: Layout, names: list[str]) -> NoReturn:
    """Prepare, then become `python -m bench NAMES`, so that Ctrl-C reaches only it. No DEBUG: it keeps every query."""
    prepare(layout)
    env = {**program_environment(layout, "ysh.settings.dev"), "DEBUG": "false"}
    os.chdir(layout.root)
    os.execve(layout.python, [str(layout.python), "-m", "bench", *names], env)
