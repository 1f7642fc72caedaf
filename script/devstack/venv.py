"""The project's virtual environment: made when missing, brought to the lock when the lock changed."""

import hashlib
import os
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
    mark = f"{lock_mark(layout)}\n{layout.venv}\n"
    last = stamp.read_text("utf-8") if stamp.exists() else ""
    if last == mark and os.path.exists(layout.python):  # Path.exists would raise where it is out of reach
        return
    moved = len(last.splitlines()) == 2 and last.splitlines()[1] != str(layout.venv)  # its scripts name the old place
    uv = layout.venv / "bin" / "uv"
    if moved or not works(layout.python) or not (works(uv) or works(layout.venv / "bin" / "pip")):  # or none yet, or half made
        with step("creating .venv"):
            run([base_interpreter(), "-m", "venv", "--clear", layout.venv], layout)
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
                layout,
            )
    with step(f"installing {LOCK}"):
        run([uv, "pip", "sync", "-q", "--require-hashes", "--python", layout.python, LOCK], layout)
    stamp.write_text(mark)


def venv_needs(layout: Layout) -> list[packages.Need]:
    """System packages for making the environment; none once there is one."""
    return [] if os.path.exists(layout.python) else [packages.venv_need(base_interpreter())]


def base_interpreter() -> str:
    """The system's interpreter, also when this code runs on the one in .venv."""
    return str(getattr(sys, "_base_executable", "") or sys.executable)


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


def run(command: list[str | Path], layout: Layout) -> None:
    """Run a tool in the project's folder; its output only matters when it fails.

    Downloads are kept under var/, not in the home. uv trusts the system's certificates, as pip does, where the system has any.
    """
    cache = layout.var / "cache"
    env = {"UV_CACHE_DIR": str(cache / "uv"), "PIP_CACHE_DIR": str(cache / "pip"), **os.environ}
    if Path("/etc/ssl/certs/ca-certificates.crt").exists():
        env.setdefault("UV_SYSTEM_CERTS", "true")
    done = subprocess.run(
        [str(part) for part in command],
        cwd=layout.root,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        text = "\n".join(f"    {line}" for line in done.stdout.strip().splitlines()[-20:])
        raise StepError(f"{' '.join(str(part) for part in command)}\nfailed with exit code {done.returncode}:\n{text}")
