"""The writes of an undo, through the ORM, in an order that keeps every constraint."""

from collections import defaultdict
from collections.abc import Callable, Collection
from copy import deepcopy
from itertools import groupby
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, models, transaction
from django.db.models import ProtectedError, RestrictedError

from audit.plans import ABSENT, Action, RecordPlan
from audit.tables import rows_of, to_python

_CHUNK = 200


def write_records(
    records: list[RecordPlan], left: Collection[str], progress: Callable[[int, int], None] | None = None
) -> tuple[list[RecordPlan], list[str]]:
    """Write what can be written.

    Restores need their parents, deletions their children gone, and a unique value may have to be free first; no fixed order
    serves all three. So whatever the database refuses waits for the others and is tried again, until nothing moves any more.

    Args:
        records: what to write, in any order.
        left: keys of fields that stay as they are.
        progress: called with how many are written, of how many.

    Returns:
        The records written, and for each of the others what refused it.
    """
    waiting = sorted(records, key=_rank)
    written: list[RecordPlan] = []
    faults: dict[str, str] = {}
    while waiting:
        faults = {}
        done: list[RecordPlan] = []
        for start in range(0, len(waiting), _CHUNK):
            done += _write_chunk(waiting[start : start + _CHUNK], left, faults)
            if progress is not None:
                progress(len(written) + len(done), len(records))
        if not done:
            break
        written += done
        keys = {record.key for record in done}
        waiting = [record for record in waiting if record.key not in keys]
    return written, [f"{record.label}: {faults[record.key]}" for record in waiting]


def _rank(record: RecordPlan) -> tuple[int, int]:
    """Deletions of rows that nothing refers to, restores with parents first, updates, other deletions with children first."""
    depth = _depth(record.model)
    has_children = any(relation.one_to_many for relation in record.model._meta.related_objects)
    if record.action is Action.DELETE:
        return (3, -depth) if has_children else (0, -depth)
    return (1, depth) if record.action is Action.RESTORE else (2, depth)


def _depth(model: type[models.Model]) -> int:
    """How many parents stand above a model at most."""
    parents = [
        f.related_model for f in model._meta.concrete_fields if isinstance(f, models.ForeignKey) and f.related_model is not model
    ]
    return 1 + max((_depth(parent) for parent in parents), default=0)


def _write_chunk(records: list[RecordPlan], left: Collection[str], faults: dict[str, str]) -> list[RecordPlan]:
    """All of them in one savepoint; when one is refused, the halves on their own."""
    try:
        with transaction.atomic():
            by_model = {record.model for record in records}
            live = {
                model: rows_of(model, [r.record_id for r in records if r.model is model and r.action is not Action.RESTORE])
                for model in by_model
            }
            for (action, model), alike in groupby(records, key=_kind):
                _write_alike(action, model, list(alike), live[model], left)
    except (IntegrityError, ProtectedError, RestrictedError, ValidationError, DatabaseError) as error:
        if len(records) == 1:
            faults[records[0].key] = _words(error)
            return []
        middle = len(records) // 2
        return [*_write_chunk(records[:middle], left, faults), *_write_chunk(records[middle:], left, faults)]
    return records


def _words(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return " ".join(error.messages)
    return str(error).splitlines()[0]


def _kind(record: RecordPlan) -> tuple[Action, type[models.Model]]:
    """Records of one kind that stand beside each other are written by one statement."""
    return Action.UPDATE if record.action is Action.RETIRE else record.action, record.model


def _write_alike(
    action: Action, model: type[models.Model], records: list[RecordPlan], live: dict[str, models.Model], left: Collection[str]
) -> None:
    if action is Action.RESTORE:
        model._base_manager.bulk_create([_restored(record) for record in records])
        return
    gone = [record.key for record in records if record.record_id not in live]
    if gone:
        raise IntegrityError(f"{gone[0]} is gone.")
    if action is Action.DELETE:
        model._base_manager.filter(pk__in=[live[record.record_id].pk for record in records]).delete()
        return
    by_fields: dict[tuple[str, ...], list[models.Model]] = defaultdict(list)
    for record in records:
        row = live[record.record_id]
        if changed := _change(record, row, left):
            by_fields[changed].append(row)
    for names, rows in by_fields.items():
        model._base_manager.bulk_update(rows, names)


def _restored(record: RecordPlan) -> models.Model:
    """The row as it was, not saved.

    Raises:
        ValidationError: it may not be so any more.
    """
    row = record.model(**record.values)
    row.clean_fields(exclude=[field.name for field in record.model._meta.fields if isinstance(field, models.ForeignKey)])
    row.clean()
    return row


def _change(record: RecordPlan, row: models.Model, left: Collection[str]) -> tuple[str, ...]:
    """Set a row's fields to what they were, not saved; their names.

    Raises:
        ValidationError: it may not be so any more.
    """
    changed: dict[str, Any] = {}
    for write in record.fields:
        if write.key in left:
            continue
        if not write.path:
            setattr(row, write.field.attname, to_python(write.field, write.target))
        else:
            values = changed.get(write.field.name)
            values = deepcopy(getattr(row, write.field.attname)) if values is None else values
            if write.target is ABSENT:
                values.pop(write.path, None)
            else:
                values[write.path] = write.target
            setattr(row, write.field.attname, values)
        changed[write.field.name] = getattr(row, write.field.attname)
    if changed:
        row.clean_fields(exclude=[field.name for field in record.model._meta.fields if field.name not in changed])
        row.clean()
    return tuple(sorted(changed))
