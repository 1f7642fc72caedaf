"""Which loopback ports the services use: remembered, else the default, else the next free one."""

import contextlib
import os
import socket
from collections.abc import Callable
from pathlib import Path

from devstack.console import StepError

LOOPBACK = "127.0.0.1"
# Below 32768, where Linux starts handing out ports to outgoing connections, and not the services' well-known ones.
DEFAULT_PORTS = {"postgres": 21432, "redis": 21379, "aws": 21580}
PORT_VARIABLES = {"postgres": "YSH_POSTGRES_PORT", "redis": "YSH_REDIS_PORT", "aws": "YSH_AWS_PORT"}
SEARCH_SPAN = 200


def is_free(port: int) -> bool:
    """Whether nothing listens on the port on loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections in TIME_WAIT are no obstacle
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def fixed_port(service: str) -> int | None:
    """The port the environment asks for, None when it asks for none. Raises StepError for anything but 1024..65535."""
    variable = PORT_VARIABLES[service]
    text = os.environ.get(variable, "")
    if not text:
        return None
    if not text.isdecimal() or not 1024 <= int(text) <= 65535:
        raise StepError(f"{variable} must be a port between 1024 and 65535, found {text!r}")
    return int(text)


def choose_port(service: str, remembered: int | None, taken: set[int], free: Callable[[int], bool] = is_free) -> int:
    """A port for a service that is not running: the one set, the remembered one, the default, or the next free one.

    `taken` are ports given to the other services. A port set in the environment is never replaced: it fails when it is occupied.
    """
    wanted = fixed_port(service)
    if wanted is not None:
        if wanted in taken or not free(wanted):
            raise StepError(f"{PORT_VARIABLES[service]}={wanted} is taken by {listener(wanted)}; stop that or set another port")
        return wanted
    default = DEFAULT_PORTS[service]
    candidates = [remembered] if remembered else []
    candidates += [default, *range(default + 1, default + SEARCH_SPAN)]
    for port in candidates:
        if port not in taken and free(port):
            return port
    raise StepError(f"no free port for {service} between {default} and {default + SEARCH_SPAN}; set {PORT_VARIABLES[service]}")


def listener(port: int) -> str:
    """Who listens on a TCP port of this machine, for a message: `pid 12 (command line)`, as far as the caller may see it."""
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(OSError):
            for line in Path(table).read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == "0A" and int(fields[1].rpartition(":")[2], 16) == port:
                    inodes.add(f"socket:[{fields[9]}]")
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if any(os.readlink(handle) in inodes for handle in (process / "fd").iterdir()):
                command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace").strip()
                return f"pid {process.name} ({command[:120]})"
    return "another user's program"
