"""What the stack remembers under var/stack: ports and places (state.json), secrets (secrets.json, readable by the owner only)."""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from devstack.console import StepError, say


@dataclass
class State:
    """Ports given to the services, and where their data is. `var` tells a moved or copied folder from the original."""

    var: str
    ports: dict[str, int] = field(default_factory=dict)
    data: str = ""


@dataclass(frozen=True)
class Secrets:
    """Random values of this checkout. The AWS pair is only known to the local server."""

    postgres_superuser: str
    postgres_app: str
    redis: str
    secret_key: str
    aws_access_key_id: str
    aws_secret_access_key: str


def new_secrets() -> Secrets:
    """Fresh secrets; only characters that need no quoting in URLs, SQL and shells."""
    return Secrets(
        postgres_superuser=secrets.token_hex(20),
        postgres_app=secrets.token_hex(20),
        redis=secrets.token_hex(20),
        secret_key=secrets.token_urlsafe(50),
        aws_access_key_id="yshlocal" + secrets.token_hex(6),
        aws_secret_access_key=secrets.token_hex(20),
    )


def write_private(path: Path, text: str, mode: int = 0o600) -> None:
    """Write a file in one step: after a crash there is the old text or the new one."""
    fresh = path.with_name(path.name + ".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
        os.fchmod(handle.fileno(), mode)
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    fresh.replace(path)


def load_secrets(folder: Path) -> Secrets:
    """The secrets of this checkout, made on first use. Raises StepError when the file belongs to someone else or is damaged."""
    path = folder / "secrets.json"
    try:
        return Secrets(**json.loads(path.read_text("utf-8")))
    except FileNotFoundError:
        made = new_secrets()
        write_private(path, json.dumps(asdict(made), indent=2) + "\n")
        return made
    except PermissionError:
        owner = path.stat().st_uid
        raise StepError(
            f"{path} belongs to user {owner}: the stack was first started by that user. Run this command as that user, "
            f"or start over as yourself: stop it there (script/stack down) and remove {folder}"
        ) from None
    except (ValueError, TypeError) as error:
        raise StepError(f"{path} is damaged ({error}). Remove {folder} to start over with an empty database") from None


def load_state(folder: Path) -> State:
    """The remembered state, empty when there is none yet."""
    path = folder / "state.json"
    try:
        return State(**json.loads(path.read_text("utf-8")))
    except FileNotFoundError:
        return State(var=str(folder.parent))
    except (ValueError, TypeError) as error:
        say(f"  ! {path} is damaged ({error}); ports are chosen anew")
        return State(var=str(folder.parent))


def save_state(folder: Path, state: State) -> None:
    """Remember the state; readable by all, it holds no secret."""
    path, text = folder / "state.json", json.dumps(asdict(state), indent=2) + "\n"
    if not path.exists() or path.read_text("utf-8") != text:
        write_private(path, text, mode=0o644)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Only one command works on the stack at a time; a second one waits. Makes the folder when it is missing."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = (folder / "lock").open("w")
    except PermissionError:
        raise StepError(
            f"{folder} is not writable by you: it belongs to user {first_owner(folder)}. Run as that user, or remove it"
        ) from None
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("  … waiting for another script/stack in this folder")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def first_owner(path: Path) -> int:
    """The uid owning the path, or its nearest existing parent."""
    while not path.exists():
        path = path.parent
    return path.stat().st_uid
