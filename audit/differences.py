"""A change as rows of field, before and after, in words: a JSON object key by key, a list as what came and what went."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from audit.models import ChangeLogEntry
from audit.plans import ABSENT
from audit.tables import MASKED, AnyField, field_of, model_of
from audit.values import LONGEST, Names, attribute_label, label_and_unit, value_text

# Follow from other columns, or say nothing to people: not told unless nothing else changed.
_SECONDARY = frozenset(
    {
        "updated_at",
        "created_at",
        "completeness",
        "missing",
        "total_price",
        "price_per_wp",
        "dc_ac_ratio",
        "search_vector",
        "raw_data",
    }
)


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of a change, or one key of a JSON object in it.

    Attributes:
        field: the column's name, with the key after a dot.
        label: what people call it, with a capital.
        before, after: the values in words; "" where there was no row.
        added, removed: for lists, what came and what went, in words.
        was_empty, is_empty: there was nothing before; there is nothing now.
    """

    field: str
    label: str
    before: str
    after: str
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    was_empty: bool = False
    is_empty: bool = False

    @property
    def is_secondary(self) -> bool:
        """It follows from another column."""
        return self.field in _SECONDARY


def differences(entry: ChangeLogEntry, names: Names | None = None, *, in_full: bool = False) -> list[Difference]:
    """The fields of a change in the order the entry has them; unchanged ones are left out.

    Args:
        entry: the change.
        names: what references are called; fetched for this entry when not given.
        in_full: long texts are given whole, not their beginning.
    """
    old, new = entry.old_values or {}, entry.new_values or {}
    columns = [
        name for name in (entry.changed_fields or sorted({*old, *new})) if old.get(name) != new.get(name) or not (old and new)
    ]
    model = model_of(entry)
    names = names or Names().fetch(references([entry]))
    return [found for name in columns for found in _differences(name, field_of(model, name), (old, new), names, in_full=in_full)]


def references(entries: Iterable[ChangeLogEntry]) -> dict[type[models.Model], set[Any]]:
    """Rows that the values of some changes point to."""
    wanted: dict[type[models.Model], set[Any]] = {}
    for entry in entries:
        model = model_of(entry)
        for values in (entry.old_values or {}, entry.new_values or {}):
            for column, value in values.items():
                field = field_of(model, column)
                if isinstance(field, models.ForeignKey) and value not in (None, MASKED):
                    wanted.setdefault(field.related_model, set()).add(value)
    return wanted


def _differences(
    name: str, field: "AnyField | None", sides: tuple[dict[str, Any], dict[str, Any]], names: Names, *, in_full: bool
) -> Iterator[Difference]:
    before, after = (side.get(name, ABSENT) for side in sides)
    label = capfirst(label_and_unit(field)[0]) if field is not None else name
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted({*before, *after}):
            was, now = before.get(key, ABSENT), after.get(key, ABSENT)
            if was != now:
                yield _difference(
                    (f"{name}.{key}", capfirst(attribute_label(key)), key), field, (was, now), names, in_full=in_full
                )
        return
    if isinstance(before, list) and isinstance(after, list):
        words = [[value_text(None, item, names) for item in values] for values in (before, after)]
        removed, added = ([item for item in words[side] if item not in words[1 - side]] for side in (0, 1))
        texts = [", ".join(items) or _("empty") for items in words]
        yield Difference(name, label, texts[0], texts[1], added=tuple(added), removed=tuple(removed))
        return
    yield _difference((name, label, ""), field, (before, after), names, in_full=in_full)


def _difference(
    called: tuple[str, str, str], field: "AnyField | None", sides: tuple[Any, Any], names: Names, *, in_full: bool
) -> Difference:
    """One value; `called` is its name, its label, and its key in a JSON object."""
    name, label, path = called
    before, after = sides

    def text(value: Any) -> str:
        if in_full and isinstance(value, str) and len(value) > LONGEST:
            return value
        return "" if value is ABSENT and not path else value_text(field, value, names, path)

    return Difference(name, label, text(before), text(after), was_empty=_is_empty(before), is_empty=_is_empty(after))


def _is_empty(value: Any) -> bool:
    return value is ABSENT or value is None or value in ("", [], {})
