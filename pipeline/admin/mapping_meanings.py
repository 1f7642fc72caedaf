"""What a list's columns mean to a mapping, as choices of a page: read from a table's declaration and put back into it."""

from collections.abc import Mapping as MappingOf
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pipeline.suppliers.mapping import FIELDS, Column, PartColumns, Table
from products.attribute_labels import ATTRIBUTE_LABELS
from products.choices import ComponentType

LABELS = {
    "key": _("code"), "name": _("name"), "description": _("description"), "price": _("price"),
    "price_per_wp": _("price per Wp"), "brand": _("brand"), "model": _("model"), "category": _("category"),
    "power": _("power (W or kW)"), "power_wp": _("power (Wp)"), "power_kw": _("power (kW)"), "quantity": _("quantity"),
    "image": _("image"), "url": _("address"), "status": _("availability"), "stock": _("stock"), "datasheet": _("data sheet"),
    "declared_kwp": _("kit's power (kWp)"), "roof": _("roof"), "source_key": _("supplier's own key"),
    "kit_key": _("kit the line belongs to"), "component": _("kit's part"), "system": _("system"),
}  # fmt: skip
PARTS = ("PANEL", "INVERTER", "MICROINVERTER", "BATTERY", "STRUCTURE")
ROLES = {"text": _("name"), "quantity": _("count"), "power": _("power"), "brand": _("brand")}


def choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Groups of (value, label): the fields of a record, a kit's parts, the attributes of articles."""
    attributes = sorted(((f"attribute:{name}", str(label)) for name, label in ATTRIBUTE_LABELS.items()), key=lambda each: each[1])
    parts = [
        (f"part:{component}:{role}", f"{ComponentType(component).label}: {label}")
        for component in PARTS
        for role, label in ROLES.items()
    ]
    return [
        (gettext("Record"), [(name, capfirst(str(LABELS[name]))) for name in FIELDS]),
        (gettext("Parts of a kit"), parts),
        (gettext("Attributes"), attributes),
    ]


def meanings_of(table: Table) -> dict[str, str]:
    """Column name -> what it means, the first meaning of each; columns told by content alone are not among them."""
    found: dict[str, str] = {}
    for name, column in table.columns.items():
        if "*" not in column.headers:
            for header in column.headers:
                found.setdefault(header, name)
    for part in table.parts:
        for role in ROLES:
            column = getattr(part, role)
            if column is not None:
                found.setdefault(column.headers[0], f"part:{part.component}:{role}")
    return found


def with_meanings(table: Table, headers: Sequence[str], chosen: MappingOf[str, str]) -> Table:
    """The table as the page's choices declare it. What was not touched stays, patterns and all; a new choice wins over an old.

    Args:
        headers: the list's columns, in order. chosen: column name -> meaning, "" for none.
    """
    before = meanings_of(table)
    moved = {header: chosen.get(header, "") for header in headers if chosen.get(header, "") != before.get(header, "")}
    taken = set(moved.values())
    columns = {
        name: column
        for name, column in table.columns.items()
        if name not in taken and not any(header in moved for header in column.headers)
    }
    for header, meaning in moved.items():
        if meaning in FIELDS or meaning.startswith("attribute:"):
            known = columns.get(meaning)
            columns[meaning] = Column((*known.headers, header)) if known else Column((header,))
    return replace(table, columns=columns, parts=_parts(table, moved, taken))


def _parts(table: Table, moved: MappingOf[str, str], taken: set[str]) -> tuple[PartColumns, ...]:
    kept: dict[str, dict[str, Any]] = {}
    counts = {part.component: part.count for part in table.parts}
    for part in table.parts:
        kept[part.component] = {
            role: column
            for role in (*ROLES, "join")
            if (column := getattr(part, role)) is not None
            and f"part:{part.component}:{role}" not in taken
            and not any(header in moved for header in column.headers)
        }
    for header, meaning in moved.items():
        word, _colon, rest = meaning.partition(":")
        component, _colon, role = rest.partition(":")
        if word == "part" and component in PARTS and role in ROLES:
            kept.setdefault(component, {})[role] = Column((header,))
    return tuple(
        PartColumns(component=component, count=counts.get(component, "stated"), **found)
        for component, found in kept.items()
        if {"text", "power", "join"} & set(found)
    )
