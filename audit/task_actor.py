"""Who acts in a Celery task: the person who asked for it, carried in the message's headers; else the task itself."""

from contextvars import Token
from typing import Any
from uuid import UUID, uuid4

from ysh.core.actor import Actor, act_as, current_actor, stop_acting

_HEADER = "ysh_actor"
_acting: dict[str, Token[Actor]] = {}


def send(headers: dict[str, Any]) -> None:
    """Put the current actor into a message's headers; nobody (beat, a shell) puts nothing."""
    actor = current_actor()
    if actor != Actor():
        headers[_HEADER] = {
            "name": actor.name,
            "reason": actor.reason,
            "request_id": str(actor.request_id) if actor.request_id else None,
            "run_id": str(actor.run_id) if actor.run_id else None,
        }


def take(task_id: str, task: Any) -> None:
    """Act as the message says until `leave`. A task that nobody asked for is one request of its own, so that it can be undone."""
    request = task.request
    sent = getattr(request, _HEADER, None) or (request.headers or {}).get(_HEADER) or {}
    actor = Actor(
        name=str(sent.get("name") or task.name)[:150],
        source="task",
        request_id=_uuid(sent.get("request_id")) or _uuid(task_id) or uuid4(),
        run_id=_uuid(sent.get("run_id")),
        reason=str(sent.get("reason") or ""),
    )
    _acting[task_id] = act_as(actor)


def leave(task_id: str) -> None:
    """Stop acting."""
    token = _acting.pop(task_id, None)
    if token is not None:
        stop_acting(token)


def _uuid(text: Any) -> UUID | None:
    try:
        return UUID(str(text)) if text else None
    except ValueError:
        return None
