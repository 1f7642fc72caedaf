"""A table that came back beside the catalogue as it is now: which cells a person changed, and where somebody else was faster.

Three texts are known of each cell: what the file says, what the catalogue says now, and, as a hash, what it said at the export.
A cell that says what it said then was not touched and changes nothing, however old the file is.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from products.choices import ReviewState
from products.exchange.cells import CellError, Dialect, native, parsed, record
from products.exchange.columns import FOLLOWING, KEYS, REVISION, Form, TableColumn, editable_keys, header_keys
from products.exchange.read import Table, TableRefusedError
from products.exchange.revision import digest, digests_in
from products.exchange.rows import all_columns, stored
from products.models import Manufacturer, Supplier
from products.rules.families import FAMILIES, violations
from products.rules.regions import regional_adjustment_faults
from products.violations import message_of

CHUNK = 1000
MOST_PROBLEMS = 500


@dataclass(frozen=True, slots=True)
class CellChange:
    """One cell: what the catalogue says now and what the file asks for, as canonical texts.

    `conflict`: somebody changed it after the export, to something else than the file says.
    """

    key: str
    now: str
    wanted: str
    conflict: bool = False


@dataclass(frozen=True, slots=True)
class RowChange:
    """A row with at least one changed cell."""

    pk: int
    name: str
    line: int
    cells: tuple[CellChange, ...]
    published: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """A line, or a cell of it, that cannot be taken over."""

    line: int
    name: str
    column: str
    message: str


@dataclass(slots=True)
class Comparison:
    """What a table would change.

    Attributes:
        columns: of the model, by key.
        rows: rows of the file.
        changes: rows with changed cells, in the file's order.
        problems: at most `MOST_PROBLEMS`; `problem_count` has them all.
        untouched: rows that change nothing.
        not_editable: cells of columns that may not be changed that differ, and are left alone.
        without_revision: rows that do not say what they were at the export: what differs counts as changed.
        unknown_headers: columns of the file that are none of ours.
        dialect: how the file was read.
    """

    columns: Mapping[str, TableColumn]
    dialect: Dialect
    unknown_headers: tuple[str, ...] = ()
    rows: int = 0
    changes: list[RowChange] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    problem_count: int = 0
    untouched: int = 0
    not_editable: int = 0
    without_revision: int = 0

    def refuse(self, line: int, name: str, column: str, message: str) -> None:
        self.problem_count += 1
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(line, name, column, message))

    @property
    def conflicts(self) -> int:
        return sum(cell.conflict for row in self.changes for cell in row.cells)

    @property
    def cells(self) -> int:
        """Cells that change without a conflict."""
        return sum(not cell.conflict for row in self.changes for cell in row.cells)


def compare(model: type[models.Model], table: Table) -> Comparison:
    """Find what a table changes. A query a thousand rows, and one for each distinct name of a maker or supplier's code.

    Raises:
        TableRefusedError: the key's column is missing or there twice.
    """
    columns = all_columns(model)
    keys = header_keys(table.headers, columns)
    _require_headers(model, keys, columns)
    unknown = tuple(header for header, key in zip(table.headers, keys, strict=True) if key is None and header.strip())
    found = Comparison(columns, table.dialect, unknown)
    links = _Links()
    seen: dict[str, int] = {}
    key_place = keys.index(KEYS[model])
    for start in range(0, len(table.rows), CHUNK):
        lines = table.rows[start : start + CHUNK]
        named = [(line, _key(cells, key_place), cells) for line, cells in lines]
        rows = {row[KEYS[model]]: row for row in _stored(model, columns, keys, [name for _line, name, _cells in named])}
        for line, name, cells in named:
            found.rows += 1
            row = rows.get(name)
            if row is None:
                found.refuse(line, name, "", _unknown_row(model, name))
            elif name in seen:
                message = _("The same row stands on line %(line)d already; the first one counts.") % {"line": seen[name]}
                found.refuse(line, name, "", message)
            else:
                seen[name] = line
                _compare_row(model, found, links, row, dict(_cells_of(keys, cells)), line)
    _check_slugs(model, found)
    return found


def _require_headers(model: type[models.Model], keys: Sequence[str | None], columns: Mapping[str, TableColumn]) -> None:
    known = [key for key in keys if key]
    twice = sorted({key for key in known if known.count(key) > 1})
    if twice:
        raise TableRefusedError(
            _("A column stands in the table twice: %(columns)s.") % {"columns": ", ".join(twice)}, code="twice"
        )
    if KEYS[model] not in known:
        header = columns[KEYS[model]].header
        raise TableRefusedError(
            _("Expected the column “%(header)s”, which tells the rows apart; export a table and edit that.") % {"header": header},
            code="no_key",
        )


def _stored(
    model: type[models.Model], columns: Mapping[str, TableColumn], keys: Sequence[str | None], names: list[str]
) -> Iterator[dict[str, Any]]:
    wanted = {KEYS[model], *editable_keys(model), *(key for key in keys if key)}
    rows = model._default_manager.filter(**{f"{KEYS[model]}__in": names}).order_by("pk")
    yield from stored(rows, {key: columns[key] for key in wanted if key in columns})


def _key(cells: Sequence[Any], place: int) -> str:
    value = cells[place] if place < len(cells) else ""
    return "" if value is None else str(value).strip()


def _cells_of(keys: Sequence[str | None], cells: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    for place, key in enumerate(keys):
        if key:
            yield key, cells[place] if place < len(cells) else None


def _unknown_row(model: type[models.Model], name: str) -> str:
    if not name:
        return _("The row has no code.")
    text = _("There is no such row in the catalogue. New ones come from suppliers' lists or are made one by one.")
    if name.isdigit():
        text += " " + _("Did the spreadsheet drop leading zeros? An XLSX export keeps them.")
    return text


def _compare_row(
    model: type[models.Model], found: Comparison, links: "_Links", row: Mapping[str, Any], cells: dict[str, Any], line: int
) -> None:
    category = row.get("category", "")
    editable = editable_keys(model, category)
    name = row[KEYS[model]]
    digests = digests_in(str(cells.pop(REVISION, "") or ""), editable)
    found.without_revision += digests is None
    now = record({key: found.columns[key] for key in {*cells, *editable}}, row)
    allowed = set(editable)
    changes = []
    for key, cell in cells.items():
        column = found.columns[key]
        try:
            wanted = parsed(column, cell, found.dialect)
            if key not in allowed:
                _note_locked(found, column, category, now.get(key, ""), wanted)
                continue
            if wanted == now[key] or (digests is not None and digest(wanted) == digests[key]):
                continue
            wanted = links.resolve(column, wanted)
            if wanted == now[key]:
                continue
            check_value(model, column, wanted, category)
        except CellError as error:
            if key in allowed or column.attribute is not None:
                found.refuse(line, name, column.title, str(error))
            continue
        changes.append(CellChange(key, now[key], wanted, digests is not None and digest(now[key]) != digests[key]))
    if changes:
        published = row.get("review_state") == ReviewState.PUBLISHED
        found.changes.append(RowChange(row["pk"], name, line, tuple(changes), published))
    else:
        found.untouched += 1


def _note_locked(found: Comparison, column: TableColumn, category: str, now: str, wanted: str) -> None:
    """A cell that is not the row's to change: counted; an attribute of another category is refused, as it would be lost."""
    if wanted == now:
        return
    if column.attribute is not None:
        raise CellError(_("Products of this category do not have this attribute."))
    found.not_editable += column.key not in FOLLOWING


def check_value(model: type[models.Model], column: TableColumn, text: str, category: str) -> None:
    """Hold a value against its field, or against what the category declares of the attribute.

    Raises:
        CellError: it is refused.
    """
    value = native(column, text)
    if column.attribute is not None:
        declared = FAMILIES[category][column.attribute.name]
        wrong = violations(category, {declared.name: value}) if value is not None else []
        if wrong:
            raise CellError(" ".join(message_of(each) for each in wrong))
        return
    if column.form is Form.LINK:
        return
    if column.form is Form.PERCENTS and (faults := regional_adjustment_faults(value)):
        raise CellError(
            _("Expected a percentage above -100 by state (two letters); found: %(faults)s") % {"faults": ", ".join(faults)}
        )
    model_field: Any = model._meta.get_field(column.key)
    try:
        model_field.clean(stored_value(model_field, value), None)
    except ValidationError as error:
        raise CellError(" ".join(error.messages)) from error


def stored_value(model_field: Any, value: Any) -> Any:
    """An empty text where the column takes NULL is NULL."""
    return None if value == "" and model_field.null else value


class _Links:
    """What makers' names and suppliers' codes in a table lead to; each is looked up once."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, str], str | None] = {}

    def resolve(self, column: TableColumn, text: str) -> str:
        """The other row's name or code as it is stored.

        Raises:
            CellError: there is none of that name.
        """
        if column.form is not Form.LINK or not text:
            return text
        if (column.key, text) not in self.known:
            self.known[column.key, text] = self._find(column.key, text)
        found = self.known[column.key, text]
        if found is None:
            raise CellError(_("There is no “%(name)s”: add it first, or choose one that is there.") % {"name": text})
        return found

    def _find(self, key: str, text: str) -> str | None:
        if key == "manufacturer":
            return Manufacturer.objects.named(text).order_by("pk").values_list("name", flat=True).first()
        return Supplier.objects.filter(code=text.lower()).values_list("code", flat=True).first()


def _check_slugs(model: type[models.Model], found: Comparison) -> None:
    """Page addresses are unique: those taken by another row are refused before the database does."""
    wanted = {cell.wanted: row for row in found.changes for cell in row.cells if cell.key == "seo_slug" and cell.wanted}
    if not wanted:
        return
    taken = model._default_manager.filter(seo_slug__in=wanted).values_list("seo_slug", "pk")
    refused = {slug: wanted[slug] for slug, pk in taken if wanted[slug].pk != pk}
    if not refused:
        return
    title = found.columns["seo_slug"].title
    for slug, row in sorted(refused.items()):
        found.refuse(row.line, row.name, title, _("Another row has the address “%(slug)s”.") % {"slug": slug})
    kept = []
    for row in found.changes:
        cells = tuple(cell for cell in row.cells if cell.key != "seo_slug" or cell.wanted not in refused)
        if cells:
            kept.append(RowChange(row.pk, row.name, row.line, cells, row.published))
    found.changes = kept
