"""Taking over the cells that people changed in an exported table: one unit that can be undone as a whole."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from products.actions.bulk import PRICE_FIELDS, BulkRefusedError, one_unit, remember_prices
from products.actions.completeness import rate_product, refresh_completeness
from products.choices import ValueSource
from products.exchange.cells import native, record
from products.exchange.columns import Form, TableColumn
from products.exchange.compare import CellError, check_value, stored_value
from products.exchange.rows import all_columns
from products.models import Manufacturer, Product, SolarKit
from products.provenance import stamped

CHUNK = 1000
# Key of a row -> column -> (what the catalogue said when it was shown, what it is to say), as canonical texts.
Cells = Mapping[int, Mapping[str, tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class ExchangeResult:
    """What was written.

    Attributes:
        rows: rows changed.
        cells: cells changed.
        overtaken: cells left alone, as somebody changed or removed them after they were shown.
        request_id: what undoes it.
    """

    rows: int
    cells: int
    overtaken: int
    request_id: UUID


def apply_cells(model: type[models.Model], cells: Cells, *, document: str, by: User, reason: str) -> ExchangeResult:
    """Write cells that still say what was shown beside them; prices get their row in the history, attributes their origin.

    Args:
        model: Product or SolarKit.
        cells: what to write, by row.
        document: the file's name.
        by: who.
        reason: why.

    Raises:
        BulkRefusedError: nothing to do, no reason, or the database refuses a value. Nothing is written then.
    """
    if not cells:
        raise BulkRefusedError(_("Nothing would change."), code="nothing")
    columns = all_columns(model)
    unknown = {key for row in cells.values() for key in row if key not in columns or not columns[key].editable}
    if unknown:
        raise BulkRefusedError(
            _("“%(field)s” cannot be changed in bulk.") % {"field": ", ".join(sorted(unknown))}, code="unknown_field"
        )
    rows = count = 0
    total = sum(len(row) for row in cells.values())
    keys = sorted(cells)
    with one_unit(by, f"{document}: {reason.strip()}" if reason.strip() else "") as request_id:
        writer = _Writer(model, columns, document, by)
        try:
            with transaction.atomic():
                for start in range(0, len(keys), CHUNK):
                    changed = writer.write(keys[start : start + CHUNK], cells)
                    rows, count = rows + changed[0], count + changed[1]
        except IntegrityError as error:
            diagnosis = getattr(error.__cause__, "diag", None)
            rule = diagnosis.constraint_name if diagnosis is not None else str(error)
            raise BulkRefusedError(
                _("The database refuses this value for at least one row (%(rule)s). Nothing was changed.") % {"rule": rule},
                code="constraint",
            ) from error
    return ExchangeResult(rows, count, total - count, request_id)


class _Writer:
    """Writes a thousand rows at a time."""

    def __init__(self, model: type[models.Model], columns: Mapping[str, TableColumn], document: str, by: User) -> None:
        self.model, self.columns, self.document, self.by = model, columns, document, by
        self.at = timezone.now()
        self.makers: dict[str, int] = {}

    def write(self, keys: list[int], cells: Cells) -> tuple[int, int]:
        """How many rows and cells were changed. Four queries, and one for each set of fields that change together."""
        found = self.model._default_manager.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk")
        related = ("manufacturer",) if self.model is Product else ()
        rows = list(found.select_related(*related).defer("raw_data", "search_vector"))
        self._look_up_makers(cells[row.pk] for row in rows)
        by_fields: dict[frozenset[str], list[Any]] = {}
        count = 0
        for row in rows:
            fields, changed = self._change(row, cells[row.pk])
            if fields:
                by_fields.setdefault(frozenset(fields), []).append(row)
                count += changed
        for together, changing in sorted(by_fields.items(), key=lambda item: sorted(item[0])):
            self.model._default_manager.bulk_update(changing, sorted(together), batch_size=CHUNK)
            for price in together & set(PRICE_FIELDS.get(self.model, {})):
                priced = [row.pk for row in changing if getattr(row, price) is not None]
                if priced:
                    remember_prices(self.model, priced, price)
        touched = [row.pk for changing in by_fields.values() for row in changing]
        if touched and self.model is SolarKit:
            refresh_completeness(kit_ids=touched)
        return len(touched), count

    def _change(self, row: Any, wanted: Mapping[str, tuple[str, str]]) -> tuple[set[str], int]:
        """Set what still says what was shown; the fields to save, and how many cells that are."""
        columns = {key: self.columns[key] for key in wanted}
        now = record(columns, {column.source: _value(row, column.source) for column in columns.values()})
        fields: set[str] = set()
        attributes: dict[str, Any] = {}
        count = 0
        for key, (shown, text) in wanted.items():
            if now[key] != shown or now[key] == text:
                continue
            column = columns[key]
            _require_valid(self.model, row, column, text)
            count += 1
            if column.attribute is not None:
                attributes[column.attribute.name] = native(column, text)
            elif column.form is Form.LINK:
                fields.add(key)
                setattr(row, f"{key}_id", (self.makers[text] if key == "manufacturer" else text) if text else None)
            else:
                fields.add(key)
                setattr(row, key, stored_value(self.model._meta.get_field(key), native(column, text)))
        if attributes:
            fields |= self._set_attributes(row, attributes)
        return fields, count

    def _set_attributes(self, product: Any, attributes: Mapping[str, Any]) -> set[str]:
        after = {name: value for name, value in {**product.specifications, **attributes}.items() if value is not None}
        product.specification_sources = stamped(
            product.specifications, after, product.specification_sources,
            source=ValueSource.PERSON.value, document=self.document, by=self.by.get_username(), at=self.at,
        )  # fmt: skip
        product.specifications = after
        rate_product(product)
        return {"specifications", "specification_sources", "completeness", "missing"}

    def _look_up_makers(self, wanted: Any) -> None:
        names = {row["manufacturer"][1] for row in wanted if "manufacturer" in row and row["manufacturer"][1]} - set(self.makers)
        if names:
            self.makers |= dict(Manufacturer.objects.filter(name__in=names).values_list("name", "pk"))
        if missing := names - set(self.makers):
            raise BulkRefusedError(
                _("A manufacturer is no longer there: %(names)s.") % {"names": ", ".join(sorted(missing))}, code="gone"
            )


def _require_valid(model: type[models.Model], row: Any, column: TableColumn, text: str) -> None:
    """What came with the form is held against the rules again: it was shown a while ago."""
    try:
        check_value(model, column, text, getattr(row, "category", ""))
    except CellError as error:
        raise BulkRefusedError(f"{row}, {column.title}: {error}", code="invalid_value") from error


def _value(row: Any, source: str) -> Any:
    if source == "manufacturer__name":
        return row.manufacturer.name if row.manufacturer is not None else None
    return getattr(row, source)
