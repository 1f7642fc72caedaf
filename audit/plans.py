"""What an undo would write, worked out before anything is written: records, fields, conflicts, obstacles."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import models

from audit.choices import Operation
from audit.models import ChangeLogEntry, RevertKind


class _Absent:
    """No such key in a JSON object, which is something else than a null."""

    def __repr__(self) -> str:
        return "absent"


ABSENT = _Absent()


class Action(StrEnum):
    UPDATE = "update"
    RESTORE = "restore"
    DELETE = "delete"
    RETIRE = "retire"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Scope:
    """What is to be undone: one change, one record back to a moment, a request, or a run."""

    kind: RevertKind
    entry_id: int | None = None
    request_id: UUID | None = None
    run_id: UUID | None = None
    model: type[models.Model] | None = None
    record_id: str = ""
    moment: datetime | None = None


@dataclass(frozen=True, slots=True)
class FieldWrite:
    """One column, or one key of a JSON object in a column.

    Attributes:
        key: names the write among all of a plan.
        field: the model's field.
        path: the key in a JSON object; empty for the whole column.
        current: the value now.
        expected: the value the undone change left; None where nothing was expected.
        target: the value to write.
        is_conflict: somebody has changed it since.
    """

    key: str
    field: "models.Field[Any, Any]"
    path: str
    current: Any
    expected: Any
    target: Any
    is_conflict: bool


@dataclass(frozen=True, slots=True)
class RecordPlan:
    """What happens to one record.

    Attributes:
        key: names the record among all of a plan.
        model, record_id, label: the record; the label is the newest in the log.
        action: what is done.
        fields: what is written, for an update; what has changed since, for a deletion.
        values: the columns of a row that is restored.
        conflict: what has happened since, in words; done only when a person insists.
        obstacle: why it cannot be done; such a record has to be left out.
        note: what the reader should know besides.
    """

    key: str
    model: type[models.Model]
    record_id: str
    label: str
    action: Action
    fields: tuple[FieldWrite, ...] = ()
    values: dict[str, Any] = field(default_factory=dict)
    conflict: str = ""
    obstacle: str = ""
    note: str = ""

    @property
    def conflicts(self) -> list[FieldWrite]:
        return [write for write in self.fields if write.is_conflict]


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything an undo would do.

    Attributes:
        scope: what is undone.
        entries: how many entries of the log that is.
        records: in a fixed order.
        notes: what is not undone and why, in words.
        prices: what becomes of the price history, in words.
    """

    scope: Scope
    entries: int
    records: tuple[RecordPlan, ...]
    notes: tuple[str, ...] = ()
    prices: tuple[str, ...] = ()

    @property
    def writes(self) -> list[RecordPlan]:
        return [record for record in self.records if record.action is not Action.NOTHING]

    @property
    def conflict_keys(self) -> list[str]:
        """Fields and records that somebody has changed since."""
        found = []
        for record in self.writes:
            found += [record.key] if record.conflict else [write.key for write in record.conflicts]
        return found

    @property
    def obstacle_keys(self) -> list[str]:
        return [record.key for record in self.writes if record.obstacle]

    @property
    def token(self) -> str:
        """Tells this plan from one worked out after something else has changed."""
        digest = hashlib.sha256()
        for record in self.records:
            parts = [record.key, record.action, record.conflict, record.obstacle]
            parts += [f"{write.key}={write.current!r}>{write.target!r}" for write in record.fields]
            digest.update("\0".join(parts).encode() + b"\1")
        return digest.hexdigest()[:32]


@dataclass(slots=True)
class Net:
    """A record's entries folded into one change: from what to what.

    Attributes:
        existed, exists: whether there was a row before the first entry and after the last.
        before: old values of the columns that changed, the whole row when it was deleted.
        after: new values likewise.
        label: the newest label.
    """

    schema: str
    table: str
    record_id: str
    existed: bool
    exists: bool
    before: dict[str, Any]
    after: dict[str, Any]
    label: str


def fold(entries: Iterable[ChangeLogEntry]) -> list[Net]:
    """The net change of each record, in the order in which the records first changed.

    Args:
        entries: in the order in which they were written.
    """
    nets: dict[tuple[str, str, str], Net] = {}
    for entry in entries:
        key = (entry.table_schema, entry.table_name, entry.record_id)
        net = nets.get(key)
        if net is None:
            existed = entry.operation != Operation.INSERT
            net = nets[key] = Net(*key, existed=existed, exists=True, before={}, after={}, label="")
        if net.existed:
            for column, value in (entry.old_values or {}).items():
                net.before.setdefault(column, value)
        net.exists = entry.operation != Operation.DELETE
        net.after |= entry.new_values or {}
        net.label = entry.record_label or net.label
    return list(nets.values())


def in_batches(entries: "models.QuerySet[ChangeLogEntry]") -> Iterator[ChangeLogEntry]:
    """The entries of a queryset in the order in which they were written."""
    return entries.order_by("id").iterator(chunk_size=2000)
