"""What stands in the way of an undo: rows that refer to what would be deleted, parents that are gone."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from audit.plans import Action, FieldWrite, RecordPlan
from audit.tables import table_of
from products.choices import ProductStatus, ReviewState
from products.models import KitCheck, Price, Product, SolarKit

# A row with a price history cannot be deleted: it is taken out of sale instead.
RETIRED: dict[type[models.Model], dict[str, Any]] = {
    Product: {"status": ProductStatus.INACTIVE.value},
    SolarKit: {"status": ProductStatus.INACTIVE.value, "review_state": ReviewState.ARCHIVED.value},
}
# Worked out by rules: gone with the record, found again by the next check.
COMPUTED: frozenset[type[models.Model]] = frozenset({KitCheck})


def with_obstacles(records: list[RecordPlan]) -> list[RecordPlan]:
    """The same records in the same order, each with what stands in its way."""
    planned = {record.key: record for record in records}
    by_model: dict[type[models.Model], list[RecordPlan]] = defaultdict(list)
    for record in records:
        by_model[record.model].append(record)
    found: dict[str, RecordPlan] = {}
    for model, own in by_model.items():
        found |= {record.key: record for record in own}
        found |= _deletions(model, [record for record in own if record.action is Action.DELETE], planned)
        found |= _without_parent(model, [found[record.key] for record in own if record.action in _WRITING], planned)
    return [found[record.key] for record in records]


_WRITING = {Action.UPDATE, Action.RESTORE}


def _key(model: type[models.Model], pk: Any) -> str:
    schema, table = table_of(model)
    return f"{schema}.{table}:{pk}"


def _deletions(model: type[models.Model], records: list[RecordPlan], planned: dict[str, RecordPlan]) -> dict[str, RecordPlan]:
    """Records to be deleted that others refer to: with a conflict, an obstacle, or retired instead."""
    if not records:
        return {}
    changed: dict[str, RecordPlan] = {}
    by_key = {record.record_id: record for record in records}
    for relation in model._meta.related_objects:
        child, foreign_key = relation.related_model, relation.field
        if child in COMPUTED or relation.many_to_many:
            continue
        rows = child._base_manager.filter(**{f"{foreign_key.attname}__in": list(by_key)}).values_list("pk", foreign_key.attname)
        counts = Counter(str(parent) for pk, parent in rows if not _leaves(planned.get(_key(child, pk)), str(foreign_key.column)))
        for parent, count in counts.items():
            record = changed.get(by_key[parent].key, by_key[parent])
            words = f"{count} × {child._meta.verbose_name}"
            changed[record.key] = _held(record, model, child, words, cascades=relation.on_delete is models.CASCADE)
    return changed


def _leaves(record: RecordPlan | None, column: str) -> bool:
    """The undo deletes this row too, or points it elsewhere."""
    if record is None:
        return False
    return record.action is Action.DELETE or any(write.field.column == column for write in record.fields)


def _held(record: RecordPlan, model: type[models.Model], child: Any, words: str, *, cascades: bool) -> RecordPlan:
    if child is Price and model in RETIRED:
        return _retired(record, model)
    if record.action is not Action.DELETE:
        return record
    if cascades:
        return replace(record, conflict=_("has got more since, which would be deleted with it: %(rows)s") % {"rows": words})
    return replace(record, obstacle=_("others refer to it: %(rows)s") % {"rows": words})


def _retired(record: RecordPlan, model: type[models.Model]) -> RecordPlan:
    row = model._base_manager.get(pk=record.record_id)
    fields: Any = {name: model._meta.get_field(name) for name in RETIRED[model]}
    writes = tuple(
        FieldWrite(f"{record.key}:{name}", fields[name], "", getattr(row, name), None, value, is_conflict=False)
        for name, value in RETIRED[model].items()
        if getattr(row, name) != value
    )
    return replace(
        record,
        action=Action.RETIRE if writes else Action.NOTHING,
        fields=writes,
        conflict="",
        obstacle="",
        note=_("has a price history, which stays: taken out of sale instead of deleted"),
    )


def _without_parent(
    model: type[models.Model], records: Iterable[RecordPlan], planned: dict[str, RecordPlan]
) -> dict[str, RecordPlan]:
    """Records that would point to a row that is gone and that this undo does not bring back."""
    changed: dict[str, RecordPlan] = {}
    for field in model._meta.concrete_fields:
        if not isinstance(field, models.ForeignKey):
            continue
        wanted = {record.key: value for record in records if (value := _target(record, field)) is not None}
        if not wanted:
            continue
        parent = field.related_model
        there = set(parent._base_manager.filter(pk__in=set(wanted.values())).values_list("pk", flat=True))
        for record in records:
            value = wanted.get(record.key)
            coming = planned.get(_key(parent, value))
            if value is None or value in there or (coming is not None and coming.action is Action.RESTORE):
                continue
            text = _("%(model)s %(key)s no longer exists") % {"model": parent._meta.verbose_name, "key": value}
            changed[record.key] = replace(changed.get(record.key, record), obstacle=text)
    return changed


def _target(record: RecordPlan, field: "models.ForeignKey[Any, Any]") -> Any:
    """The key a record's foreign key would be given."""
    if record.action is Action.RESTORE:
        return record.values.get(field.attname)
    return next((write.target for write in record.fields if write.field is field), None)
