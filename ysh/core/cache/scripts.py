"""The Lua scripts, registered once a client. `lua/*.lua` say what each takes and returns."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from redis.exceptions import NoScriptError

_FOLDER = Path(__file__).parent / "lua"


@cache
def source(name: str) -> str:
    """Text of a script."""
    return (_FOLDER / f"{name}.lua").read_text(encoding="utf-8")


@cache
def digest_of(name: str) -> str:
    """What the server knows the script by."""
    return hashlib.sha1(source(name).encode(), usedforsecurity=False).hexdigest()


def register_all(client: Any) -> dict[str, str]:
    """Load every script into the server; name -> digest."""
    return {path.stem: client.script_load(source(path.stem)) for path in sorted(_FOLDER.glob("*.lua"))}


def call(name: str, keys: list[str], arguments: list[Any]) -> tuple[Any, ...]:
    """The command that runs a script the server knows."""
    return ("EVALSHA", digest_of(name), len(keys), *keys, *arguments)


def run(client: Any, name: str, keys: list[str], arguments: list[Any]) -> Any:
    """Run a script; a server that does not know it (started anew) is told.

    Raises:
        redis.RedisError: the server does not answer, or the script failed.
    """
    try:
        return client.evalsha(digest_of(name), len(keys), *keys, *arguments)
    except NoScriptError:
        return client.eval(source(name), len(keys), *keys, *arguments)  # which tells it too
