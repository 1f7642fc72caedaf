"""What the figures were measured on, in general terms."""

import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg

SETTINGS = (
    *(
        "shared_buffers",
        "work_mem",
        "maintenance_work_mem",
        "effective_cache_size",
        "max_wal_size",
        "checkpoint_timeout",
        "wal_level",
    ),
    *("fsync", "synchronous_commit", "full_page_writes", "wal_compression", "jit", "random_page_cost", "autovacuum"),
    *("max_parallel_workers_per_gather", "max_parallel_maintenance_workers", "shared_preload_libraries"),
)
QUIET = 0.5  # load average above which other work disturbs the figures


def load_average() -> float:
    """Of the last minute."""
    return round(os.getloadavg()[0], 2)


def describe(connection: psycopg.Connection[Any]) -> dict[str, Any]:
    """Cores, memory, system, versions, and the server's settings that matter."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    rows = connection.execute(
        "SELECT name, current_setting(name) FROM pg_settings WHERE name = ANY (%s)", [list(SETTINGS)]
    ).fetchall()
    server, postgis = _row(connection, "SELECT current_setting('server_version'), public.postgis_lib_version()")
    return {
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(memory / 2**30),
        "architecture": platform.machine(),
        "system": _system(),
        "python": platform.python_version(),
        "django": version("django"),
        "polars": version("polars"),
        "postgresql": server.split(" ")[0],
        "postgis": postgis,
        "postgresql_settings": dict(sorted(rows)),
    }


def in_words(machine: dict[str, Any]) -> str:
    """One paragraph for a document."""
    settings = machine["postgresql_settings"]
    shown = (
        "shared_buffers",
        "work_mem",
        "maintenance_work_mem",
        "max_wal_size",
        "wal_level",
        "fsync",
        "synchronous_commit",
        "full_page_writes",
        "jit",
    )
    return (
        f"{machine['cores']} cores ({machine['architecture']}), {machine['memory_gb']} GB of memory, {machine['system']}, "
        f"PostgreSQL {machine['postgresql']} with PostGIS {machine['postgis']} on the same machine "
        f"({', '.join(f'{name} {settings[name]}' for name in shown if name in settings)}), "
        f"Python {machine['python']}, Django {machine['django']}, polars {machine['polars']}."
    )


def _row(connection: psycopg.Connection[Any], query: str) -> Any:
    return connection.execute(query).fetchone()  # type: ignore[call-overload]


def _system() -> str:
    try:
        lines = Path("/etc/os-release").read_text("utf-8").splitlines()
    except OSError:
        return platform.system()
    named = dict(line.split("=", 1) for line in lines if "=" in line)
    return named.get("PRETTY_NAME", platform.system()).strip('"')
