"""Who acts when a person types `manage.py ...`: the operating system's user, each command as one request."""

import os
import pwd
from uuid import uuid4

from ysh.core.actor import Actor


def command_actor(arguments: list[str]) -> Actor:
    """The actor of a command line; the command's name is the reason until the command knows better.

    Args:
        arguments: as in sys.argv.
    """
    return Actor(
        name=_os_user(), source="command", request_id=uuid4(), reason=f"manage.py {arguments[1]}" if arguments[1:] else ""
    )


def _os_user() -> str:
    """The name of the process's user; its number where the system has no name for it, as in many containers."""
    number = os.getuid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"uid {number}"
