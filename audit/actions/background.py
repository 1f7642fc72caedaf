"""Undos that are too large to wait for on a page: begun by a person, done by a worker, watched on a page of their own.

How far one is stands in the cache for a day, outside of the undo's transaction. That it is done, its row in `audit.reverts` says.
"""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from celery import current_app
from django.apps import apps
from django.core.cache import cache
from django.db import transaction

from audit.actions.revert import Conflicts, RevertRefusedError, revert
from audit.models import Revert, RevertKind
from audit.plans import Scope
from ysh.core.errors import TerminalError

# A record takes about a millisecond of a quiet machine: what a page does while a person waits.
PAGE_RECORDS = 2_000
TASK = "audit.tasks.revert"
_KEPT_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an undo is.

    Attributes:
        state: waiting (for a worker), running, done, failed (nothing was written), unknown (nobody asked for it, or long ago).
        written, records: how many records are written, of how many.
        error: why it failed, in words.
        back: address of the preview it was begun from.
        notes: what else happened, in words.
        left_out: how many things stayed as they are.
    """

    state: str
    written: int = 0
    records: int = 0
    error: str = ""
    back: str = ""
    notes: tuple[str, ...] = ()
    left_out: int = 0


def begin(
    scope: Scope, *, by: str, reason: str, records: int, overwrite: Collection[str], leave: Collection[str], token: str, back: str
) -> UUID:
    """Hand an undo to a worker once the present transaction is committed.

    Args:
        records: how many are to be written, for the progress.
        back: address of the preview.
        scope, by, reason, overwrite, leave, token: see `revert`.

    Returns:
        The request that the undo's entries will carry.
    """
    request_id = uuid4()
    asked = {
        "request_id": str(request_id),
        "scope": as_json(scope),
        "by": by,
        "reason": reason,
        "overwrite": sorted(overwrite),
        "leave": sorted(leave),
        "token": token,
    }
    _tell(request_id, Progress("waiting", 0, records, back=back))
    transaction.on_commit(lambda: current_app.send_task(TASK, args=[asked]))
    return request_id


def carry_out(asked: dict[str, Any]) -> str:
    """Do what `begin` asked for; once only, however often it is delivered. What forbids it is told, not raised.

    Returns:
        The state it ends in.
    """
    request_id = UUID(asked["request_id"])
    if Revert.objects.filter(pk=request_id).exists():
        return "done"
    told = _told(request_id)

    def tell(state: str, **more: Any) -> str:
        _tell(request_id, Progress(**(asdict(told) | {"state": state} | more)))
        return state

    def progress(written: int, records: int) -> None:
        tell("running", written=written, records=records)

    progress(0, told.records)
    try:
        done = revert(
            scope_of(asked["scope"]),
            by=asked["by"],
            reason=asked["reason"],
            overwrite=asked["overwrite"],
            leave=asked["leave"],
            conflicts=Conflicts.LEAVE,
            token=asked["token"],
            request_id=request_id,
            progress=progress,
        )
    except (RevertRefusedError, TerminalError) as error:
        return tell("failed", error=str(error))
    except BaseException:  # whatever it is, the page has to say that it is over; the worker's log names it
        tell("failed", error="")
        raise
    return tell("done", written=done.written, records=done.written, notes=done.notes, left_out=len(done.left_out))


def progress_of(request_id: UUID) -> Progress:
    """How far an undo is. Its row is the truth; the cache knows what is not committed yet."""
    told = _told(request_id)
    row = Revert.objects.filter(pk=request_id).first()
    if row is None:
        return told
    return Progress("done", row.written, row.written, "", told.back, tuple(told.notes), len(row.left_out))


def as_json(scope: Scope) -> dict[str, Any]:
    """A scope for a message."""
    return {
        "kind": scope.kind.value,
        "entry_id": scope.entry_id,
        "request_id": str(scope.request_id) if scope.request_id else None,
        "run_id": str(scope.run_id) if scope.run_id else None,
        "model": scope.model._meta.label if scope.model else None,
        "record_id": scope.record_id,
        "moment": scope.moment.isoformat() if scope.moment else None,
    }


def scope_of(found: dict[str, Any]) -> Scope:
    """The scope of a message."""
    return Scope(
        RevertKind(found["kind"]),
        entry_id=found["entry_id"],
        request_id=UUID(found["request_id"]) if found["request_id"] else None,
        run_id=UUID(found["run_id"]) if found["run_id"] else None,
        model=apps.get_model(found["model"]) if found["model"] else None,
        record_id=found["record_id"],
        moment=datetime.fromisoformat(found["moment"]) if found["moment"] else None,
    )


def _key(request_id: UUID) -> str:
    return f"audit-undo:{request_id}"


def _tell(request_id: UUID, told: Progress) -> None:
    cache.set(_key(request_id), asdict(told), _KEPT_SECONDS)


def _told(request_id: UUID) -> Progress:
    found = cache.get(_key(request_id))
    return Progress(**found) if found else Progress("unknown")
