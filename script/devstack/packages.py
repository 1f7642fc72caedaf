"""System packages: what is missing is installed with apt-get as root or through passwordless sudo, else the line is printed."""

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from devstack.console import StepError, step, tail

OLDEST_POSTGRES = 15
# Keeps the packages' own services from being started beside ours: no "main" cluster on 5432, no Redis on 6379.
QUIET_INSTALL = """
set -e
export DEBIAN_FRONTEND=noninteractive
if ! [ -e /etc/postgresql-common/createcluster.conf ]; then
  mkdir -p /etc/postgresql-common/createcluster.d
  echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.d/no-main-cluster.conf
fi
if ! [ -e /usr/sbin/policy-rc.d ]; then
  printf '#!/bin/sh\\nexit 101\\n' > /usr/sbin/policy-rc.d
  chmod +x /usr/sbin/policy-rc.d
  trap 'rm -f /usr/sbin/policy-rc.d' EXIT
fi
apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=300 "$@"
"""


@dataclass(frozen=True)
class Installation:
    """A PostgreSQL server with PostGIS on this machine."""

    version: int
    bin: Path


@dataclass(frozen=True)
class Need:
    """Something the system has to offer: how to tell that it is there, and which packages bring it."""

    name: str
    present: Callable[[], bool]
    packages: Callable[[], list[str]]


def postgres_installations() -> list[Installation]:
    """PostgreSQL servers (15 or newer) with PostGIS, newest first: Debian's layout, then whatever pg_config on PATH names."""
    found: dict[int, Installation] = {}
    for server in Path("/usr/lib/postgresql").glob("*/bin/postgres"):
        name = server.parent.parent.name
        if name.isdecimal() and Path(f"/usr/share/postgresql/{name}/extension/postgis.control").exists():
            found[int(name)] = Installation(int(name), server.parent)
    pg_config = shutil.which("pg_config")
    if not found and pg_config:
        asked = subprocess.run([pg_config, "--version", "--bindir", "--sharedir"], capture_output=True, text=True, check=False)
        lines = asked.stdout.splitlines()
        version = re.search(r"(\d+)", lines[0]) if len(lines) == 3 else None
        if version and (Path(lines[1]) / "postgres").exists() and (Path(lines[2]) / "extension" / "postgis.control").exists():
            found[int(version[1])] = Installation(int(version[1]), Path(lines[1]))
    return sorted((one for one in found.values() if one.version >= OLDEST_POSTGRES), key=lambda one: -one.version)


def redis_server() -> str | None:
    """The path of redis-server or valkey-server."""
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/bin", "/usr/local/bin", "/usr/sbin"])
    return shutil.which("redis-server", path=path) or shutil.which("valkey-server", path=path)


def chromium() -> str | None:
    """The path of a Chromium that Playwright can drive."""
    return shutil.which("chromium") or shutil.which("google-chrome-stable")


def os_release() -> dict[str, str]:
    """/etc/os-release as a mapping, empty where there is none."""
    try:
        lines = Path("/etc/os-release").read_text("utf-8").splitlines()
    except OSError:
        return {}
    return {name: value.strip("\"'") for name, equals, value in (line.partition("=") for line in lines) if equals}


def available(pattern: str) -> list[str]:
    """Names of installable packages that match the regular expression in full, sorted."""
    listed = subprocess.run(["apt-cache", "pkgnames"], capture_output=True, text=True, check=False)
    return sorted(name for name in listed.stdout.split() if re.fullmatch(pattern, name))


def pick_postgres(names: Iterable[str], installed: Iterable[int], wanted: int | None) -> list[str]:
    """Packages for the best PostgreSQL: the data's version, else one already installed, else the newest (15 or later)."""
    versions = {int(found[1]) for name in names if (found := re.fullmatch(r"postgresql-(\d+)-postgis-3", name))}
    versions = {version for version in versions if version >= OLDEST_POSTGRES}
    if wanted is not None:
        versions &= {wanted}
    preferred = versions & set(installed) or versions
    if not preferred:
        return []
    return [f"postgresql-{max(preferred)}", f"postgresql-{max(preferred)}-postgis-3"]


def postgres_need(wanted: int | None = None) -> Need:
    """PostgreSQL with PostGIS; `wanted` is the major version existing data was made with."""

    def packages() -> list[str]:
        servers = [int(path.parent.parent.name) for path in Path("/usr/lib/postgresql").glob("*/bin/postgres")]
        return pick_postgres(available(r"postgresql-\d+-postgis-3"), servers, wanted)

    def present() -> bool:
        return any(wanted in (None, one.version) for one in postgres_installations())

    return Need(f"PostgreSQL {wanted or '15+'} with PostGIS", present, packages)


def redis_need() -> Need:
    """Redis, or its drop-in successor."""
    return Need("Redis", lambda: redis_server() is not None, lambda: available("redis-server") or available("valkey-server"))


def venv_need(python: str) -> Need:
    """What `python -m venv` needs; Debian ships ensurepip in a package of its own."""

    def present() -> bool:
        return subprocess.run([python, "-c", "import ensurepip, venv"], capture_output=True, check=False).returncode == 0

    return Need("Python's venv module", present, lambda: available("python3-venv"))


def geo_need() -> Need:
    """The libraries GeoDjango loads; they come with PostGIS, and alone when the database is elsewhere."""

    def present() -> bool:
        listed = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=False).stdout
        return "libgdal.so" in listed and "libgeos_c.so" in listed

    def packages() -> list[str]:
        return [names[-1] for names in (available(r"libgdal\d+\w*"), available(r"libgeos-c1\w*")) if names]

    return Need(
        "GDAL and GEOS",
        present,
        packages,
    )


def chromium_need() -> Need:
    """Debian's Chromium for the tests of pages. Ubuntu's package only installs a snap, which tests cannot drive."""
    return Need("Chromium", lambda: chromium() is not None, lambda: available("chromium"))


def ensure(needs: Iterable[Need], log: Path) -> None:
    """Install what is missing. Without root and passwordless sudo raises StepError with the line to run."""
    missing = [need for need in needs if not need.present()]
    if not missing:
        return
    names = ", ".join(need.name for need in missing)
    if not shutil.which("apt-get"):
        raise StepError(
            f"missing on this system: {names}. It has no apt-get; install them with its package manager and run this again"
        )
    prefix = privilege()
    if prefix is not None:
        with step("apt-get update") as current, log.open("a") as output:
            done = subprocess.run(
                [*prefix, "apt-get", "update", "-q"], stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False
            )
            current.outcome = (
                "apt-get update" if done.returncode == 0 else "apt-get update failed, going on with the lists at hand"
            )
    wanted = [package for need in missing for package in need.packages()]
    unknown = [need.name for need in missing if not need.packages()]
    if prefix is None and unknown:
        raise StepError(f"missing on this system: {names}. Run sudo apt-get update, and then this again for the packages' names")
    if prefix is None:
        raise StepError(
            f"missing on this system: {names}. You are not root and sudo needs a password; run\n"
            f"    sudo apt-get update && sudo apt-get install -y --no-install-recommends {' '.join(wanted)}\n"
            "and then this again"
        )
    if unknown:
        raise StepError(
            f"no package of this system brings {', '.join(unknown)} (searched with apt-cache). Supported: Debian 12, Ubuntu 24.04"
        )
    with step(f"installing {' '.join(wanted)}"), log.open("a") as output:
        command = [*prefix, "sh", "-c", QUIET_INSTALL, "install", *wanted]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False)
        if done.returncode:
            raise StepError(f"apt-get install {shlex.join(wanted)} failed with exit code {done.returncode}{tail(log)}")


def privilege() -> list[str] | None:
    """The prefix that runs a command as root: empty as root, `sudo -n` when it needs no password, None when neither works."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0:
        return ["sudo", "-n"]
    return None
