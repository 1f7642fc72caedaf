"""Entries of the log as sentences, in the reader's language: who did what, from what to what, where and why."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from audit import grammar
from audit.choices import Operation
from audit.differences import Difference, differences, references
from audit.models import ChangeLogEntry
from audit.relatives import parent_of
from audit.tables import model_of, rows_of, table_of
from audit.values import Names, value_text
from products.models import KitCheck, KitComponent, SolarKit
from ysh.core.admin import brl

# As many changes as are told in one sentence; of more, the number and the names.
MOST_TOLD = 3
# In a sentence, where the model's full name would be long-winded.
NOUNS: dict[type[models.Model], Any] = {SolarKit: gettext_lazy("kit")}


@dataclass(slots=True)
class Narrator:
    """Tells entries. Made for a batch of them: what they point to is fetched in a few queries, however many they are.

    Attributes:
        names: what rows are called.
        parts: children (of kits) by table and key: their columns, of the live row or of the log.
    """

    names: Names = field(default_factory=Names)
    parts: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, entries: Iterable[ChangeLogEntry]) -> "Narrator":
        """A narrator who knows what these entries speak of."""
        entries = list(entries)
        narrator = cls()
        wanted = references(entries)
        for values in narrator._learn_parts(entries):
            for column, model in (("kit_id", SolarKit), ("product_id", KitComponent._meta.get_field("product").related_model)):
                if values.get(column) is not None:
                    wanted.setdefault(model, set()).add(values[column])  # type: ignore[arg-type]
        narrator.names.fetch(wanted)
        return narrator

    def _learn_parts(self, entries: Sequence[ChangeLogEntry]) -> list[dict[str, Any]]:
        for model in (KitComponent, KitCheck):
            schema, table = table_of(model)
            own = [entry for entry in entries if (entry.table_schema, entry.table_name) == (schema, table)]
            for entry in own:
                known = self.parts.setdefault((table, entry.record_id), {})
                if entry.operation != Operation.UPDATE:
                    known |= entry.new_values or entry.old_values or {}
            unknown = {entry.record_id for entry in own if not self.parts[table, entry.record_id]}
            if not unknown:
                continue
            for key, row in rows_of(model, unknown).items():
                self.parts[table, key] = {str(found.column): getattr(row, found.attname) for found in model._meta.concrete_fields}
            gone = sorted(key for key in unknown if not self.parts[table, key])
            if gone:
                logged = ChangeLogEntry.objects.filter(table_schema=schema, table_name=table, record_id__in=gone)
                for entry in logged.exclude(operation=Operation.UPDATE).order_by("-id"):
                    self.parts[table, entry.record_id] = entry.new_values or entry.old_values or {}
        return list(self.parts.values())

    def sentence(self, entry: ChangeLogEntry) -> str:
        """One sentence: "Maria alterou o preço de venda de R$ 9.990,00 para R$ 9.490,00 no kit KIT-1, por “campanha”"."""
        reason = _(", for “%(reason)s”") % {"reason": entry.reason} if entry.reason else ""
        return f"{capfirst(actor_name(entry.changed_by))} {self.deed(entry)}{reason}."

    def deed(self, entry: ChangeLogEntry) -> str:
        """What was done, without who and why: "alterou o estoque de 4 para 3 no produto PNL-1"."""
        if entry.record_id == "*":
            return self._whole_table(entry)
        model = model_of(entry)
        if model is KitComponent:
            return self._part(entry)
        if model is KitCheck and entry.operation == Operation.UPDATE:
            return self._override(entry)
        subject = self.subject(entry)
        if entry.operation == Operation.INSERT:
            return _("created %(object)s") % {"object": grammar.the_one(subject)}
        if entry.operation == Operation.DELETE:
            return _("deleted %(object)s") % {"object": grammar.the_one(subject)}
        return f"{self.changes(entry)} {grammar.on(subject)}"

    def subject(self, entry: ChangeLogEntry) -> str:
        """What an entry is about: "kit KIT-1"; the record as the log calls it when its table is none of ours any more."""
        model = model_of(entry)
        label = entry.record_label or entry.record_id
        if model is None:
            return f"{entry.table_schema}.{entry.table_name} {label}"
        return f"{noun(model)} {label}"

    def _whole_table(self, entry: ChangeLogEntry) -> str:
        model = model_of(entry)
        plural = str(model._meta.verbose_name_plural) if model else f"{entry.table_schema}.{entry.table_name}"
        rows = (entry.new_values or {}).get("rows")
        if entry.operation == Operation.INSERT and isinstance(rows, int):
            return _("loaded %(count)s new %(rows)s") % {"count": value_text(None, rows, self.names), "rows": plural}
        return _("emptied the table of %(rows)s") % {"rows": plural}

    def changes(self, entry: ChangeLogEntry) -> str:
        """The changed fields as verb phrases: "alterou o preço de venda de R$ 1 para R$ 2 e limpou a marca"."""
        found = differences(entry, self.names)
        told = [row for row in found if not row.is_secondary] or found
        if len(told) > MOST_TOLD:
            text = ngettext("changed %(count)s field: %(fields)s", "changed %(count)s fields: %(fields)s", len(told))
            return text % {"count": len(told), "fields": ", ".join(_lower(row.label) for row in told)}
        return enumeration([_phrase(row) for row in told]) or _("changed nothing that is shown")

    # --- parts of kits
    def part_of(self, entry: ChangeLogEntry) -> dict[str, Any]:
        """The columns of the part an entry is about, as far as they are known."""
        return self.parts.get((entry.table_name, entry.record_id), {})

    def _kit(self, values: dict[str, Any]) -> str:
        key = values.get("kit_id")
        return f"{noun(SolarKit)} {self.names.of(SolarKit, key)}" if key is not None else str(noun(SolarKit))

    def _part(self, entry: ChangeLogEntry) -> str:
        values = self.part_of(entry) | (entry.old_values or {}) | (entry.new_values or {})
        product = KitComponent._meta.get_field("product")
        name = value_text(product, values.get("product_id"), self.names)
        kit = self._kit(values)
        if entry.operation == Operation.UPDATE:
            part = _("part %(part)s") % {"part": name}
            return f"{self.changes(entry)} {grammar.of(part)} {grammar.on(kit)}"
        quantity = values.get("quantity")
        what = {"quantity": "?" if quantity is None else quantity, "product": name, "price": _each(values.get("unit_price"))}
        if entry.operation == Operation.INSERT:
            return _("added %(quantity)s × %(product)s%(price)s %(kit)s") % {**what, "kit": grammar.to(kit)}
        return _("removed %(quantity)s × %(product)s%(price)s %(kit)s") % {**what, "kit": grammar.out_of(kit)}

    def _override(self, entry: ChangeLogEntry) -> str:
        values = self.part_of(entry)
        new = entry.new_values or {}
        finding = {"rule": values.get("rule_id", entry.record_label), "kit": grammar.on(self._kit(values))}
        if "override_reason" in new and not new["override_reason"]:
            return _("took back the acceptance of finding %(rule)s %(kit)s") % finding
        if new.get("override_reason"):
            until = value_text(KitCheck._meta.get_field("override_expires_at"), new.get("override_expires_at"), self.names)
            finding |= {"until": until, "why": new["override_reason"]}
            return _("accepted finding %(rule)s %(kit)s until %(until)s: “%(why)s”") % finding
        which = _("finding %(rule)s") % finding
        return f"{self.changes(entry)} {grammar.of(which)} {finding['kit']}"

    def parent(self, entry: ChangeLogEntry) -> tuple[type[models.Model], str] | None:
        """The record whose history an entry belongs to: a part's kit, everything else's own."""
        model = model_of(entry)
        if model is None or entry.record_id == "*":
            return None
        parent = parent_of(model)
        if parent is None:
            return model, entry.record_id
        values = self.part_of(entry) or entry.new_values or entry.old_values or {}
        key = values.get(str(parent.column))
        return (parent.related_model, str(key)) if key is not None else None


def noun(model: type[models.Model]) -> str:
    """What people call one row of a model, in a sentence."""
    return str(NOUNS.get(model, model._meta.verbose_name))


def actor_name(name: str) -> str:
    """A person's or program's name; "o sistema" for nobody known."""
    return name if name and name != "system" else _("the system")


def enumeration(items: Sequence[str]) -> str:
    """a, b e c."""
    if len(items) < 2:
        return "".join(items)
    return _("%(first)s and %(last)s") % {"first": ", ".join(items[:-1]), "last": items[-1]}


def _each(price: Any) -> str:
    return _(" (%(price)s each)") % {"price": brl(float(price))} if price is not None else ""


def _lower(label: str) -> str:
    """A label inside a sentence: without its capital, unless it is an abbreviation."""
    return label[:1].lower() + label[1:] if label[1:2].islower() else label


def _phrase(row: Difference) -> str:
    """What happened to one field."""
    field_name = grammar.definite(_lower(row.label))
    words = {"field": field_name, "old": row.before, "new": row.after}
    if row.added or row.removed:
        return enumeration([*_list_phrases(row, _lower(row.label))])
    if row.is_empty and not row.was_empty:
        return _("cleared %(field)s (it was %(old)s)") % words
    if row.was_empty and not row.is_empty:
        return _("set %(field)s to %(new)s") % words
    return _("changed %(field)s from %(old)s to %(new)s") % words


def _list_phrases(row: Difference, label: str) -> Iterable[str]:
    into: Callable[[str], str] = grammar.to if grammar.is_portuguese() else (lambda name: f"to the {name}")
    outof: Callable[[str], str] = grammar.out_of if grammar.is_portuguese() else (lambda name: f"from the {name}")
    if row.added:
        yield _("added %(items)s %(list)s") % {"items": enumeration(row.added), "list": into(label)}
    if row.removed:
        yield _("removed %(items)s %(list)s") % {"items": enumeration(row.removed), "list": outof(label)}
