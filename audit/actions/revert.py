"""Taking changes back: one change, one record to a moment, a whole request or run. Through the ORM, in one transaction."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from django.db import models, transaction
from django.utils.translation import gettext as _

from audit.actions.revert_effects import after_revert
from audit.actions.revert_writes import write_records
from audit.models import ChangeLogEntry, Revert, RevertKind
from audit.planning import plan_of
from audit.plans import Action, Plan, RecordPlan, Scope
from audit.tables import table_of
from ysh.core.actor import Actor, acting_as, current_actor
from ysh.core.errors import TerminalError


class Conflicts(StrEnum):
    """What to do where somebody has changed something since, and nobody has decided: stop, or leave it as it is."""

    REFUSE = "refuse"
    LEAVE = "leave"


class RevertRefusedError(TerminalError):
    """Nothing was written.

    Attributes:
        plan: what would be written now, for the person to decide again.
    """

    default_code = "revert_refused"

    def __init__(self, message: str, plan: Plan, **more: Any) -> None:
        self.plan = plan
        super().__init__(message, **more)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an undo did.

    Attributes:
        request_id: carried by every entry it wrote, and the key of its row in `audit.reverts`; None when nothing was to do.
        written: records updated, restored, deleted or retired.
        left_out: keys of fields and records left as they are.
        notes: what else happened, in words.
    """

    request_id: UUID | None
    written: int
    left_out: tuple[str, ...]
    notes: tuple[str, ...]


def request_scope(*, request_id: UUID | None = None, run_id: UUID | None = None) -> Scope:
    """A request or a run. An id given as a request's that is a run's counts as the run's: links need not know which it is."""
    if run_id is not None:
        return Scope(RevertKind.RUN, run_id=run_id)
    if not ChangeLogEntry.objects.filter(request_id=request_id).exists() and (
        ChangeLogEntry.objects.filter(run_id=request_id).exists()
    ):
        return Scope(RevertKind.RUN, run_id=request_id)
    return Scope(RevertKind.REQUEST, request_id=request_id)


def change_scope(entry_id: int) -> Scope:
    """One change; the deletion of a record brings its children back with it."""
    return Scope(RevertKind.CHANGE, entry_id=entry_id)


def object_scope(model: type[models.Model], pk: Any, moment: datetime) -> Scope:
    """A record with its children, as they were at a moment (aware)."""
    return Scope(RevertKind.OBJECT, model=model, record_id=str(pk), moment=moment)


def preview(scope: Scope) -> Plan:
    """What undoing would write. Reads only.

    Raises:
        NothingToUndoError: the log has no such entries.
    """
    return plan_of(scope)


def revert_change(entry_id: int, *, by: str, reason: str, **choices: Any) -> Outcome:
    """Take one change back; see `revert` for the choices."""
    return revert(change_scope(entry_id), by=by, reason=reason, **choices)


def revert_object_to(model: type[models.Model], pk: Any, moment: datetime, *, by: str, reason: str, **choices: Any) -> Outcome:
    """Bring a record and its children back to how they were at a moment; see `revert` for the choices."""
    return revert(object_scope(model, pk, moment), by=by, reason=reason, **choices)


def revert_request(
    request_id: UUID | None = None, *, run_id: UUID | None = None, by: str, reason: str, **choices: Any
) -> Outcome:
    """Take back everything one request (a save, a bulk edit, an import) or one run wrote; see `revert` for the choices."""
    return revert(request_scope(request_id=request_id, run_id=run_id), by=by, reason=reason, **choices)


def revert(
    scope: Scope,
    *,
    by: str,
    reason: str,
    overwrite: Collection[str] = (),
    leave: Collection[str] = (),
    conflicts: Conflicts = Conflicts.REFUSE,
    token: str | None = None,
    request_id: UUID | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Outcome:
    """Undo, all or nothing. The rows are locked and the plan is worked out again before anything is written.

    Args:
        scope: what is undone.
        by: user name of the person.
        reason: in the person's words; stands in every entry the undo writes.
        overwrite: keys of the plan that are written although somebody has changed them since.
        leave: keys of the plan (fields or records) that stay as they are.
        conflicts: what happens to conflicts in neither.
        token: `Plan.token` of the preview the person decided on; another plan than that is refused.
        request_id: what its entries carry; a new one unless given.
        progress: called with how many records are written, of how many; what it is told may still be rolled back.

    Raises:
        NothingToUndoError: the log has no such entries.
        RevertRefusedError: conflicts or obstacles nobody has decided on, a plan that is not the one shown any more, or a
            constraint of the database that the old state would break. Nothing is written then.
    """
    if not reason.strip():
        raise TerminalError(_("An undo needs a reason."))
    request_id = request_id or uuid4()
    actor = Actor(by, current_actor().source, request_id, None, reason.strip())
    with transaction.atomic(), acting_as(actor):
        plan = plan_of(scope, lock=True)
        if token is not None and token != plan.token:
            raise RevertRefusedError(_("Something has changed since the preview."), plan, todo=_("Look at the new one."))
        left = _left_out(plan, set(overwrite), set(leave), conflicts)
        records = [record for record in plan.writes if not _is_left(record, left)]
        written, faults = write_records(records, left, progress)
        if faults:
            raise RevertRefusedError(" ".join(faults), plan, todo=_("Leave these out, or change what is in the way."))
        if not written:
            return Outcome(None, 0, tuple(sorted(left)), plan.notes)
        notes, faults = after_revert(written, left)
        if faults:
            raise RevertRefusedError(" ".join(faults), plan, todo=_("Leave these out, or change what is in the way."))
        schema, table = table_of(scope.model) if scope.model is not None else ("", "")
        Revert.objects.create(
            request_id=request_id,
            kind=scope.kind,
            of_entry=scope.entry_id,
            of_request=scope.request_id,
            of_run=scope.run_id,
            table_schema=schema,
            table_name=table,
            record_id=scope.record_id,
            moment=scope.moment,
            reverted_by=by,
            reason=reason.strip(),
            written=len(written),
            left_out=sorted(left),
        )
    return Outcome(request_id, len(written), tuple(sorted(left)), (*plan.notes, *notes))


def _left_out(plan: Plan, overwrite: set[str], leave: set[str], conflicts: Conflicts) -> set[str]:
    """Keys that stay as they are.

    Raises:
        RevertRefusedError: something is left undecided.
    """
    left = set(leave)
    undecided = [key for key in plan.conflict_keys if key not in overwrite | leave and _record_key(key) not in leave]
    if undecided and conflicts is Conflicts.REFUSE:
        message = _("Changed since, and nobody has decided: %(keys)s.") % {"keys": ", ".join(undecided[:10])}
        raise RevertRefusedError(message, plan, todo=_("Say for each whether to overwrite it or to leave it."))
    left |= set(undecided)
    blocked = [record for record in plan.writes if record.obstacle and record.key not in left]
    if blocked and conflicts is Conflicts.REFUSE:
        message = "; ".join(f"{record.label}: {record.obstacle}" for record in blocked[:10])
        raise RevertRefusedError(message, plan, todo=_("Leave these records out."))
    return left | {record.key for record in blocked}


def _is_left(record: RecordPlan, left: set[str]) -> bool:
    """The record stays as it is, or every field of it does."""
    by_field = record.action in {Action.UPDATE, Action.RETIRE}
    return record.key in left or (by_field and all(write.key in left for write in record.fields))


def _record_key(key: str) -> str:
    """`products.products:42` of `products.products:42:sale_price`."""
    parts = key.split(":")
    return ":".join(parts[:2])
