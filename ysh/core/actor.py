"""Who is acting, and through what: a context variable that any layer may set and the audit reads."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Actor:
    """The person or program behind a write.

    Attributes:
        name: user name, API key name, command or task name; "system" when nobody is known.
        source: one of admin, api, task, command, system.
        request_id: id of the HTTP request, when there is one.
        run_id: id of the ingestion run, when there is one.
        reason: why, in the person's own words.
    """

    name: str = "system"
    source: str = "system"
    request_id: UUID | None = None
    run_id: UUID | None = None
    reason: str = ""


_NOBODY = Actor()
_current: ContextVar[Actor] = ContextVar("ysh_actor", default=_NOBODY)


def current_actor() -> Actor:
    """The actor of this thread or task; `Actor()` when none was set."""
    return _current.get()


def act_as(actor: Actor) -> Token[Actor]:
    """Set the actor until `stop_acting`; for hooks that begin and end in different calls. Elsewhere use `acting_as`."""
    return _current.set(actor)


def stop_acting(token: Token[Actor]) -> None:
    """Restore the actor before `act_as`."""
    _current.reset(token)


@contextmanager
def acting_as(actor: Actor) -> Iterator[Actor]:
    """Set the actor for the block, and restore the previous one after it."""
    token = act_as(actor)
    try:
        yield actor
    finally:
        stop_acting(token)


def become(actor: Actor) -> None:
    """Set the actor until the enclosing `acting_as` ends, as when an API key is read in the middle of a request."""
    _current.set(actor)
