"""From entries of the log and the rows as they are now to a plan."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db import models
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.kept import whole_since
from audit.models import ChangeLogEntry, RevertKind
from audit.obstacles import with_obstacles
from audit.plans import ABSENT, Action, FieldWrite, Net, Plan, RecordPlan, Scope, fold
from audit.price_history import price_rows
from audit.relatives import children_of, deleted_with, family
from audit.tables import MASKED, field_of, is_written_back, model_of, models_by_table, rows_of, same, to_python, typed
from ysh.core.errors import TerminalError

# More than a bulk change or an import of a supplier's lists writes.
MOST_ENTRIES = 200_000
THINNED_OUT = gettext_lazy(
    "The log has every change only since %(since)s; older ones are in the archive. What is shown may hold such a change already."
)


class NothingToUndoError(TerminalError):
    """The log has no entries of what is to be undone."""

    default_code = "nothing_to_undo"


def entries_of(scope: Scope) -> list[ChangeLogEntry]:
    """What is to be undone, in the order in which it was written; a deleted parent brings its children.

    Raises:
        NothingToUndoError: there is nothing of the kind in the log.
        TerminalError: more than `MOST_ENTRIES`.
    """
    if scope.kind is RevertKind.CHANGE:
        entry = ChangeLogEntry.objects.filter(pk=scope.entry_id or 0).first()
        if entry is None:
            raise NothingToUndoError(_("The log has no change %(id)s.") % {"id": scope.entry_id})
        model = model_of(entry)
        children = deleted_with(entry, model) if model is not None and entry.operation == "DELETE" else []
        return sorted([entry, *children], key=lambda found: found.pk)
    rows = ChangeLogEntry.objects.all()
    if scope.kind is RevertKind.REQUEST:
        rows = rows.filter(request_id=scope.request_id)
    elif scope.kind is RevertKind.RUN:
        rows = rows.filter(run_id=scope.run_id)
    else:
        assert scope.model is not None  # noqa: S101  (typing: an object's scope has a model)
        rows = rows.filter(family(scope.model, scope.record_id), changed_at__gt=scope.moment)
    found = list(rows.order_by("id")[: MOST_ENTRIES + 1])
    if not found:
        raise NothingToUndoError(_("The log has no changes to undo here."))
    if len(found) > MOST_ENTRIES:
        raise TerminalError(
            _("More than %(most)s changes: too many to undo as one.") % {"most": MOST_ENTRIES},
            todo=_("Load the source again, or restore a backup."),
        )
    return found


def plan_of(scope: Scope, *, lock: bool = False) -> Plan:
    """What undoing this would write.

    Args:
        scope: what is to be undone.
        lock: lock the rows until the transaction ends, so that the plan stays true.

    Raises:
        NothingToUndoError, TerminalError: see `entries_of`.
    """
    entries = entries_of(scope)
    nets = fold(entries)
    notes = [
        _("%(table)s: the records are no longer managed here and stay as they are.") % {"table": f"{schema}.{table}"}
        for schema, table in sorted({(net.schema, net.table) for net in nets} - set(models_by_table()))
    ]
    notes += _no_longer_known(scope)
    by_model: dict[type[models.Model], list[Net]] = defaultdict(list)
    for net in nets:
        if (model := models_by_table().get((net.schema, net.table))) is not None:
            by_model[model].append(net)
    live = {model: rows_of(model, [net.record_id for net in found], lock=lock) for model, found in by_model.items()}
    records = [_record(model, net, live[model].get(net.record_id)) for model, found in by_model.items() for net in found]
    records = with_obstacles(records)
    # What somebody has changed since stays, unless a person says otherwise.
    prices = price_rows(records, {write.key for record in records for write in record.conflicts})
    return Plan(scope, len(entries), tuple(records), tuple(notes), tuple(prices.told()))


def _no_longer_known(scope: Scope) -> list[str]:
    """A way back to before the log was thinned out may lead to a later state of some fields."""
    if scope.model is None or scope.moment is None:
        return []
    since = whole_since(scope.model, *(child.model for child in children_of(scope.model)))
    if since is None or scope.moment >= since:
        return []
    return [THINNED_OUT % {"since": date_format(localtime(since), "SHORT_DATE_FORMAT")}]


def _record(model: type[models.Model], net: Net, row: models.Model | None) -> RecordPlan:
    key = f"{net.schema}.{net.table}:{net.record_id}"
    label = net.label or net.record_id

    def record(action: Action, **more: Any) -> RecordPlan:
        return RecordPlan(key, model, net.record_id, label, action, **more)

    if not net.existed:
        if row is None:
            return record(Action.NOTHING, note=_("was created and is gone already"))
        changed = tuple(_changed_since(key, model, net.after, row))
        conflict = _("has been changed since it was created") if changed else ""
        return record(Action.DELETE, fields=changed, conflict=conflict)
    if row is None:
        if net.exists:
            return record(Action.NOTHING, obstacle=_("has been deleted since"), note=_("undo its deletion first"))
        masked = MASKED in net.before.values()
        note = _("personal values are not in the log: they stay empty") if masked else ""
        return record(Action.RESTORE, values=typed(model, _own_columns(model, net.before)), note=note)
    writes = tuple(write for column in net.before for write in _writes(key, model, column, net, row))
    if not net.exists and writes:
        return record(Action.UPDATE, fields=writes, note=_("was deleted, and exists again"))
    return record(Action.UPDATE if writes else Action.NOTHING, fields=writes)


def _own_columns(model: type[models.Model], values: dict[str, Any]) -> dict[str, Any]:
    """The columns a restored row is given: all but what the database works out."""
    fields = ((column, field_of(model, column)) for column in values)
    kept = {
        column
        for column, field in fields
        if values[column] != MASKED and field is not None and (field.primary_key or is_written_back(model, field))
    }
    return {column: value for column, value in values.items() if column in kept}


def _changed_since(key: str, model: type[models.Model], after: dict[str, Any], row: models.Model) -> Iterable[FieldWrite]:
    """Columns of a row that are no longer as it was created."""
    for column, value in after.items():
        field = field_of(model, column)
        if field is None or not is_written_back(model, field) or value == MASKED:
            continue
        current = getattr(row, field.attname)
        if not same(field, current, value):
            yield FieldWrite(f"{key}:{column}", field, "", current, to_python(field, value), None, is_conflict=True)


def _writes(key: str, model: type[models.Model], column: str, net: Net, row: models.Model) -> Iterable[FieldWrite]:
    field = field_of(model, column)
    if field is None or not is_written_back(model, field) or net.before[column] == MASKED:
        return
    current = getattr(row, field.attname)
    before, after = net.before[column], net.after.get(column)
    if isinstance(before, dict) and isinstance(after, dict) and isinstance(current, dict):
        yield from _key_writes(f"{key}:{column}", field, before, after, current)
        return
    target = to_python(field, before)
    if same(field, current, target) or (column in net.after and same(field, before, after)):
        return
    yield FieldWrite(f"{key}:{column}", field, "", current, to_python(field, after), target, not same(field, current, after))


def _key_writes(
    key: str, field: Any, before: dict[str, Any], after: dict[str, Any], current: dict[str, Any]
) -> Iterable[FieldWrite]:
    """One write a key of a JSON object: two people who changed two attributes are not in each other's way."""
    for name in sorted({*before, *after}):
        old, new, now = (values.get(name, ABSENT) for values in (before, after, current))
        if old not in (new, now):
            yield FieldWrite(f"{key}.{name}", field, name, now, new, old, is_conflict=now != new)
