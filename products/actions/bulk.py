"""One change over many rows: a field's value, or a price by a percentage. Each is one unit that can be undone as a whole.

Every operation runs in one transaction under one request id, so that the change log shows and takes it back as one. What an
operation would do can be seen first. Prices are rounded to the cent, half away from zero, per row; a row without a price stays
without one.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connections, models, transaction
from django.db.models import Count, F, Q, QuerySet, Sum, Value
from django.db.models.functions import Round
from django.utils.translation import gettext as _

from products.actions.shown import require_as_shown, revision
from products.choices import PriceKind, ReviewState
from products.models import KitComponent, Product, SolarKit
from ysh.core.actor import Actor, acting_as, current_actor
from ysh.core.errors import TerminalError

MOST_ROWS = 60_000
SAMPLES = 8
LOWEST_PERCENT, HIGHEST_PERCENT = Decimal(-90), Decimal(500)
# Price columns and the kind of price their history gets. A kit's own price is what the supplier asks for the set.
PRICE_FIELDS: dict[type[models.Model], dict[str, str]] = {
    Product: {"cost_price": PriceKind.COST, "sale_price": PriceKind.SALE},
    SolarKit: {"kit_cost": PriceKind.COST},
}
# What has a way of its own: the review's steps, what follows the parts, keys of the source.
_NOT_EDITED = {"review_state", "power_kwp", "inverter_power_kw", "completeness", "missing", "raw_data"}


class BulkRefusedError(TerminalError):
    """The change makes no sense for these rows: an unknown field, a value it does not take, nothing or too much to change."""

    default_code = "bulk_refused"


@dataclass(frozen=True, slots=True)
class Sample:
    """One row before and after."""

    label: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Preview:
    """What a change would do.

    Attributes:
        rows: rows of the filter.
        changed: rows whose value would be another one.
        without_value: rows that have no price and so keep none (price changes only).
        total_before, total_after: sums of a price or number over the rows; None for other fields.
        published: kits among the changed that are on sale.
        samples: some rows before and after, by name.
        revision: what it was made of; given back with the change, nothing else is changed than what was shown.
    """

    rows: int
    changed: int
    without_value: int = 0
    total_before: Decimal | None = None
    total_after: Decimal | None = None
    published: int = 0
    samples: tuple[Sample, ...] = ()
    revision: str = ""


@dataclass(frozen=True, slots=True)
class BulkResult:
    """What was done, and the id under which it can be undone."""

    changed: int
    request_id: UUID


@contextmanager
def one_unit(by: User, reason: str) -> Iterator[UUID]:
    """One transaction under one request id, with its author and reason.

    Raises:
        BulkRefusedError: no reason was given.
    """
    if not reason.strip():
        raise BulkRefusedError(_("Say why: the reason stands beside every row in the change log."), code="reason_missing")
    actor = current_actor()
    if actor == Actor():
        actor = replace(actor, name=by.get_username())
    # Its own id, even within a request that has one: what is undone is this operation and nothing beside it.
    request_id = uuid4()
    with acting_as(replace(actor, request_id=request_id, reason=reason.strip())), transaction.atomic():
        yield request_id


def editable_fields(model: type[models.Model]) -> dict[str, models.Field]:
    """Fields that may be set over many rows at once: not keys, not what is derived, not what has a way of its own."""
    return {
        field.name: field
        for field in model._meta.concrete_fields
        if field.editable
        and not field.unique
        and not field.primary_key
        and not isinstance(field, models.GeneratedField | models.JSONField)
        and field.name not in _NOT_EDITED
    }


def preview_field(rows: "QuerySet[Any]", *, field: str, value: Any) -> Preview:
    """What setting a field would change. See `change_field`."""
    value = _cleaned(rows.model, field, value)
    changing = _differing(rows, field, value)
    samples = tuple(
        Sample(str(row), getattr(row, f"get_{field}_display", lambda row=row: getattr(row, field))(), value)
        for row in changing.select_related(*_related(rows.model, field)).order_by("name", "pk")[:SAMPLES]
    )
    counts = _counts(rows, changing)
    return Preview(
        rows=counts[0], changed=counts[1], published=counts[2], samples=samples, revision=_revision(changing, field, value)
    )


def change_field(rows: "QuerySet[Any]", *, field: str, value: Any, by: User, reason: str, shown: str | None = None) -> BulkResult:
    """Set a field of every row to a value; rows that have it already are left alone. A price gets its row in the history.

    Args:
        rows: products or kits, unsliced.
        field: one of `editable_fields`.
        value: as the field's form takes it; a foreign key by its key; None or "" to empty it where that is allowed.
        by: who.
        reason: why.
        shown: the revision of the preview somebody looked at; None to change whatever is there.

    Raises:
        NotAsShownError: rows or values are no longer what the preview showed.
        BulkRefusedError: an unknown field, a value it does not take, a constraint of the table, too many rows, no reason.
    """
    value = _cleaned(rows.model, field, value)
    with one_unit(by, reason) as request_id:
        keys = _locked(_differing(rows, field, value))
        require_as_shown(shown, _revision(rows.model._default_manager.filter(pk__in=keys), field, value))
        changed = _update(rows.model, keys, {field: value})
        if changed and value is not None and field in PRICE_FIELDS.get(rows.model, {}):
            remember_prices(rows.model, keys, field)
    return BulkResult(changed, request_id)


def preview_prices(rows: "QuerySet[Any]", *, field: str, percent: Decimal) -> Preview:
    """What a change of a price by a percentage would do. See `change_prices`."""
    changing = _priced(rows, field, percent)
    total = rows.order_by().aggregate(rows=Count("pk"), priced=Count(field))
    sums = changing.order_by().aggregate(changed=Count("pk"), before=Sum(field), after=Sum("new_price"))
    samples = tuple(Sample(str(row), getattr(row, field), row.new_price) for row in changing.order_by("name", "pk")[:SAMPLES])
    return Preview(
        rows=total["rows"],
        changed=sums["changed"],
        without_value=total["rows"] - total["priced"],
        total_before=sums["before"],
        total_after=sums["after"],
        published=_published(changing),
        samples=samples,
        revision=_revision(changing, field, percent),
    )


def change_prices(
    rows: "QuerySet[Any]", *, field: str, percent: Decimal, by: User, reason: str, shown: str | None = None
) -> BulkResult:
    """Raise or lower a price by a percentage: price x (1 + percent / 100), to the cent, half away from zero.

    Each new price is a row of the history, without a supplier, as it is ours.

    Args:
        rows: products or kits, unsliced.
        field: a key of `PRICE_FIELDS`.
        percent: 10 for a tenth more, -5 for a twentieth less.
        by: who.
        reason: why.
        shown: the revision of the preview somebody looked at; None to change whatever is there.

    Raises:
        NotAsShownError: rows or values are no longer what the preview showed.
        BulkRefusedError: no price, a percentage out of bounds, too many rows, no reason.
    """
    changing = _priced(rows, field, percent)
    with one_unit(by, reason) as request_id:
        keys = _locked(changing)
        require_as_shown(shown, _revision(rows.model._default_manager.filter(pk__in=keys), field, percent))
        changed = _update(rows.model, keys, {field: _new_price(field, percent)})
        if changed:
            remember_prices(rows.model, keys, field)
    return BulkResult(changed, request_id)


def _new_price(field: str, percent: Decimal) -> Round:
    return Round(F(field) * Value((100 + percent) / 100, output_field=models.DecimalField(max_digits=12, decimal_places=6)), 2)


def _priced(rows: "QuerySet[Any]", field: str, percent: Decimal) -> "QuerySet[Any]":
    """The rows whose price would be another one, with it as `new_price`."""
    if field not in PRICE_FIELDS.get(rows.model, {}):
        raise BulkRefusedError(_("“%(field)s” is no price of these rows.") % {"field": field}, code="unknown_field")
    if not LOWEST_PERCENT <= percent <= HIGHEST_PERCENT or not percent:
        raise BulkRefusedError(
            _("Expected a percentage from %(low)s to %(high)s other than 0, found %(found)s.")
            % {"low": LOWEST_PERCENT, "high": HIGHEST_PERCENT, "found": percent},
            code="percent_out_of_range",
        )
    return rows.filter(**{f"{field}__isnull": False}).annotate(new_price=_new_price(field, percent)).exclude(new_price=F(field))


def _cleaned(model: type[models.Model], name: str, value: Any) -> Any:
    field = editable_fields(model).get(name)
    if field is None:
        raise BulkRefusedError(_("“%(field)s” cannot be changed in bulk.") % {"field": name}, code="unknown_field")
    if value in ("", None):
        value = None if field.null or not field.empty_strings_allowed else ""
    if isinstance(value, models.Model):
        value = value.pk
    if value is None and field.null:
        return None
    try:
        return field.clean(value, None)
    except ValidationError as error:
        raise BulkRefusedError(" ".join(error.messages), code="invalid_value") from error


def _differing(rows: "QuerySet[Any]", field: str, value: Any) -> "QuerySet[Any]":
    condition = Q(**{f"{field}__isnull": True}) if value is None else Q(**{field: value})
    return rows.exclude(condition) if value is None else rows.filter(~condition | Q(**{f"{field}__isnull": True}))


def _revision(rows: "QuerySet[Any]", field: str, wanted: Any) -> str:
    return revision(rows.order_by("pk").values_list("pk", field)[: MOST_ROWS + 1], field, wanted)


def _locked(rows: "QuerySet[Any]") -> list[int]:
    """The rows' keys, locked in their order until the transaction ends."""
    found = rows.model._default_manager.filter(pk__in=rows.order_by().values("pk")).order_by("pk").select_for_update()
    keys = list(found.values_list("pk", flat=True)[: MOST_ROWS + 1])
    if len(keys) > MOST_ROWS:
        raise BulkRefusedError(
            _("More than %(most)d rows: narrow the filter and change them in parts.") % {"most": MOST_ROWS}, code="too_many_rows"
        )
    return keys


def _update(model: type[models.Model], keys: Sequence[int], values: dict[str, Any]) -> int:
    try:
        with transaction.atomic():
            return model._default_manager.filter(pk__in=keys).update(**values)
    except IntegrityError as error:
        diagnosis = getattr(error.__cause__, "diag", None)
        detail = diagnosis.constraint_name if diagnosis is not None else str(error)
        raise BulkRefusedError(
            _("The database refuses this value for at least one row (%(rule)s). Nothing was changed.") % {"rule": detail},
            code="constraint",
        ) from error


def remember_prices(model: type[models.Model], keys: Sequence[int], field: str) -> None:
    """A row of the price history for each new price, straight from the rows."""
    kind = PRICE_FIELDS[model][field]
    column = "kit_id" if model is SolarKit else "product_id"
    with connections[model._default_manager.db].cursor() as cursor:
        cursor.execute(
            f"INSERT INTO products.prices ({column}, kind, amount) "  # noqa: S608  (our own names)
            f"SELECT id, %s, {field} FROM products.{model._meta.db_table} WHERE id = ANY(%s) AND {field} IS NOT NULL ORDER BY id",
            [kind, list(keys)],
        )


def _counts(rows: "QuerySet[Any]", changing: "QuerySet[Any]") -> tuple[int, int, int]:
    return rows.order_by().count(), changing.order_by().count(), _published(changing)


def _published(changing: "QuerySet[Any]") -> int:
    """Kits on sale among the rows, or with such a product."""
    keys = changing.order_by().values("pk")
    kits = SolarKit.objects.filter(review_state=ReviewState.PUBLISHED)
    if changing.model is SolarKit:
        return kits.filter(pk__in=keys).count()
    return kits.filter(pk__in=KitComponent.objects.filter(product__in=keys).values("kit_id")).count()


def _related(model: type[models.Model], field: str) -> list[str]:
    return [field] if model._meta.get_field(field).is_relation else []
