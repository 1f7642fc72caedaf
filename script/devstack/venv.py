"""The project's virtual environment: made when missing, brought to the lock when the lock changed."""

import hashlib
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from devstack import packages
from devstack.console import StepError, step
from devstack.layout import Layout

LOCK = "requirements-dev.txt"


def lock_mark(layout: Layout) -> str:
    """What the environment was made from: the lock's bytes and the interpreter's version."""
    version = ".".join(map(str, sys.version_info[:2]))
    return hashlib.sha256((layout.root / LOCK).read_bytes() + version.encode()).hexdigest()


def ensure_venv(layout: Layout) -> None:
    """Create .venv and install the lock, hashes checked. Nothing happens while the lock is the one installed last."""
    stamp = layout.venv / "installed-lock"
    mark = lock_mark(layout)
    if stamp.exists() and stamp.read_text() == mark and layout.python.exists():
        return
    if not works(layout.python):
        packages.ensure([packages.venv_need(sys.executable)], layout.stack / "apt.log")
        with step("creating .venv"):
            run([sys.executable, "-m", "venv", "--clear", layout.venv], layout.root)
    uv = layout.venv / "bin" / "uv"
    if not works(uv):
        with step("installing uv"), tempfile.NamedTemporaryFile("w", suffix=".txt") as only_uv:
            only_uv.write(lock_entry((layout.root / LOCK).read_text("utf-8"), "uv"))
            only_uv.flush()
            run(
                [
                    layout.python,
                    "-m",
                    "pip",
                    "install",
                    "-q",
                    "--disable-pip-version-check",
                    "--require-hashes",
                    "-r",
                    only_uv.name,
                ],
                layout.root,
            )
    with step(f"installing {LOCK}"):
        run([uv, "pip", "sync", "-q", "--require-hashes", "--python", layout.python, LOCK], layout.root)
    stamp.write_text(mark)


def lock_entry(text: str, name: str) -> str:
    """The lines of one package in a lock with hashes. Raises StepError when it is not there."""
    found = re.search(rf"^{re.escape(name)}==(?:.*\\\n)*.*\n", text, re.MULTILINE)
    if found is None:
        raise StepError(f"{LOCK} has no entry for {name}")
    return found[0]


def works(program: Path) -> bool:
    """Whether the program exists and runs (a copied or half-made environment does not)."""
    try:
        return subprocess.run([program, "--version"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def run(command: list[str | Path], cwd: Path) -> None:
    """Run a tool; its output only matters when it fails."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        text = "\n".join(f"    {line}" for line in done.stdout.strip().splitlines()[-20:])
        raise StepError(f"{' '.join(str(part) for part in command)}\nfailed with exit code {done.returncode}:\n{text}")
