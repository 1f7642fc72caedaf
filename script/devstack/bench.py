"""`script/bench`: the benchmarks of the package bench/ on the real services."""

import subprocess

from devstack.layout import Layout
from devstack.prepare import prepare, program_environment


def run_bench(layout: Layout, names: list[str]) -> int:
    """Prepare, then `python -m bench NAMES`; its exit code. DEBUG is off: Django would keep every query in memory."""
    prepare(layout)
    env = {**program_environment(layout, "ysh.settings.dev"), "DEBUG": "false"}
    return subprocess.run([layout.python, "-m", "bench", *names], cwd=layout.root, env=env, check=False).returncode
