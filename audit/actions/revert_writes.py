"""The writes of an undo, through the ORM, in an order that keeps every constraint."""

from collections.abc import Collection
from copy import deepcopy
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, models, transaction
from django.db.models import ProtectedError, RestrictedError

from audit.plans import ABSENT, Action, RecordPlan
from audit.tables import rows_of, to_python

_CHUNK = 200


def write_records(records: list[RecordPlan], left: Collection[str]) -> tuple[list[RecordPlan], list[str]]:
    """Write what can be written.

    Restores need their parents, deletions their children gone, and a unique value may have to be free first; no fixed order
    serves all three. So whatever the database refuses waits for the others and is tried again, until nothing moves any more.

    Args:
        records: what to write, in any order.
        left: keys of fields that stay as they are.

    Returns:
        The records written, and for each of the others what refused it.
    """
    waiting = sorted(records, key=_rank)
    written: list[RecordPlan] = []
    faults: dict[str, str] = {}
    while waiting:
        faults = {}
        done = _write_some(waiting, left, faults)
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


def _write_some(records: list[RecordPlan], left: Collection[str], faults: dict[str, str]) -> list[RecordPlan]:
    done = []
    for start in range(0, len(records), _CHUNK):
        done += _write_chunk(records[start : start + _CHUNK], left, faults)
    return done


def _write_chunk(records: list[RecordPlan], left: Collection[str], faults: dict[str, str]) -> list[RecordPlan]:
    """All of them in one savepoint; when one is refused, the halves on their own."""
    try:
        with transaction.atomic():
            by_model = {record.model for record in records}
            live = {
                model: rows_of(model, [r.record_id for r in records if r.model is model and r.action is not Action.RESTORE])
                for model in by_model
            }
            for record in records:
                _write(record, live[record.model].get(record.record_id), left)
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


def _write(record: RecordPlan, row: models.Model | None, left: Collection[str]) -> None:
    if record.action is Action.RESTORE:
        _restore(record)
    elif row is None:
        raise IntegrityError(f"{record.key} is gone.")
    elif record.action is Action.DELETE:
        row.delete()
    else:
        _update(record, row, left)


def _restore(record: RecordPlan) -> None:
    row = record.model(**record.values)
    row.clean_fields(exclude=[field.name for field in record.model._meta.fields if isinstance(field, models.ForeignKey)])
    row.clean()
    row.save(force_insert=True)


def _update(record: RecordPlan, row: models.Model, left: Collection[str]) -> None:
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
    if not changed:
        return
    row.clean_fields(exclude=[field.name for field in record.model._meta.fields if field.name not in changed])
    row.clean()
    row.save(update_fields=list(changed))
