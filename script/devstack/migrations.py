"""Whether the database is up to date, asked cheaply: Django itself takes seconds to say that nothing is to be done."""

import hashlib
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from devstack.layout import Layout
from devstack.packages import postgres_installations
from devstack.venv import LOCK

APPLIED = "SELECT md5(string_agg(app || '.' || name, ',' ORDER BY app, name)) FROM django_migrations"


def migration_mark(layout: Layout, env: Mapping[str, str]) -> str | None:
    """A hash of what is applied in the database, of the project's migrations and schedule, and of the lock (it pins all others').

    Two equal marks mean that nothing happened to any of them. None when the database cannot tell (not there, empty, no psql).
    """
    applied = ask_database(env["DATABASE_URL"])
    if applied is None:
        return None
    mark = hashlib.sha256(applied.encode())
    for file in [
        layout.root / LOCK,
        layout.root / "pipeline" / "schedule.py",
        *sorted(layout.root.glob("*/migrations/*.py")),
        *sorted(layout.root.glob("*/*/migrations/*.py")),
    ]:
        mark.update(str(file.relative_to(layout.root)).encode() + b"\0" + file.read_bytes())
    return mark.hexdigest()


def ask_database(url: str) -> str | None:
    """The hash of the names of the applied migrations, None when there is none to be had."""
    psql = next((str(one.bin / "psql") for one in postgres_installations()), None) or shutil.which("psql")
    scheme, separator, rest = url.partition("://")
    if psql is None or not separator or scheme not in ("postgis", "postgres", "postgresql", "psql", "pgsql"):
        return None
    command = [psql, "-X", "-w", "-q", "-A", "-t", "-d", f"postgresql://{rest}", "-c", APPLIED]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout.strip() or None if done.returncode == 0 else None


def is_marked(stamp: Path, mark: str | None) -> bool:
    """Whether the stamp holds this mark."""
    return mark is not None and stamp.exists() and stamp.read_text("utf-8") == mark
