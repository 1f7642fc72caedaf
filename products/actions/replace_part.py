"""One product in another's place in many kits, with its effect on power, price and checks shown before it is done."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from products.actions.bulk import BulkRefusedError, BulkResult, one_unit
from products.actions.checks import check_kits
from products.actions.shown import require_as_shown, revision
from products.choices import ComponentType, ReviewState
from products.models import KitComponent, Product, SolarKit

# Kits whose checks a preview computes; the rest follows in the background once it is applied.
MOST_CHECKED = 300
MOST_KITS = 20_000
SAMPLES = 10
# The parts of a kit that make its powers: column -> kinds of components, attribute of their products.
_POWERS = {
    "power_kwp": ((ComponentType.PANEL,), "power_wp", 1000),
    "inverter_power_kw": ((ComponentType.INVERTER, ComponentType.MICROINVERTER), "ac_power_kw", 1),
}


@dataclass(frozen=True, slots=True)
class KitEffect:
    """One kit before and after."""

    label: str
    power_before: Decimal
    power_after: Decimal
    price_before: Decimal | None
    price_after: Decimal | None
    checks_before: str
    checks_after: str


@dataclass(frozen=True, slots=True)
class ReplacePreview:
    """What a replacement would do.

    Attributes:
        kits: kits that have the part.
        published: those on sale.
        checked: kits whose checks were computed with the new part, at most `MOST_CHECKED`, those on sale first.
        checks_before, checks_after: how many of these are in each state.
        worse: of these, how many fail or cannot be told that did not before.
        power_before, power_after: kWp of all kits.
        price_before, price_after: the sum of the kits' prices, R$.
        without_price: kits whose price does not follow, as they or one of the parts have none.
        samples: some kits, those that get worse first.
        revision: what it was made of, see `products.actions.shown`.
    """

    kits: int
    published: int
    checked: int
    checks_before: Mapping[str, int]
    checks_after: Mapping[str, int]
    worse: int
    power_before: Decimal
    power_after: Decimal
    price_before: Decimal
    price_after: Decimal
    without_price: int
    samples: tuple[KitEffect, ...]
    revision: str


def preview_replacement(*, old: Product, new: Product, kits: "QuerySet[SolarKit]", adjust_price: bool) -> ReplacePreview:
    """Rehearse a replacement on the data as it is, read what it did, and take it back. See `replace_part`.

    Raises:
        BulkRefusedError: as `replace_part` does.
    """
    with transaction.atomic():
        keys = _kits_with(old, kits)
        before = _figures(keys)
        told = _revision(keys, old, new, adjust_price=adjust_price)
        checked = sorted(keys, key=lambda key: (before[key]["review_state"] != ReviewState.PUBLISHED, key))[:MOST_CHECKED]
        # What is stored may be out of date; the comparison is between two computations of now.
        check_kits(checked)
        states = _states(checked)
        unpriced = _replace(keys, old, new, adjust_price=adjust_price)
        check_kits(checked)
        found = _preview(keys, checked, before, _figures(keys), states, _states(checked), unpriced, told)
        transaction.set_rollback(True)
    return found


def replace_part(
    *,
    old: Product,
    new: Product,
    kits: "QuerySet[SolarKit]",
    adjust_price: bool,
    by: User,
    reason: str,
    shown: str | None = None,
) -> BulkResult:
    """Put a product in another's place in every one of the kits that has it, in the same quantity and at its own cost.

    A kit that has the new product in the same part already gets the quantities added up. Powers follow the parts where all of
    them say theirs. With `adjust_price` the kit's price moves by what the exchanged parts cost more or less; a kit or part
    without a price leaves it as it is. Kits changed are out of date until the rules are asked again.

    Args:
        old: the product to be replaced.
        new: of the same category, not merged into another.
        kits: where; others with the part keep it.
        adjust_price: whether the kits' own prices follow.
        by: who.
        reason: why.
        shown: the revision of the preview somebody looked at; None to replace wherever the part is.

    Raises:
        NotAsShownError: kits, prices or parts are no longer what the preview showed.
        BulkRefusedError: the same or an unlike product, no kit has the part, too many kits, no reason.
    """
    _require_alike(old, new)
    with one_unit(by, reason) as request_id:
        keys = _kits_with(old, kits)
        require_as_shown(shown, _revision(keys, old, new, adjust_price=adjust_price))
        _replace(keys, old, new, adjust_price=adjust_price)
    return BulkResult(len(keys), request_id)


def _require_alike(old: Product, new: Product) -> None:
    if old.pk == new.pk:
        raise BulkRefusedError(_("Old and new part are the same product."), code="same_product")
    if old.category != new.category:
        raise BulkRefusedError(
            _("Expected a product of the same category (%(old)s), found one of %(new)s.")
            % {"old": old.get_category_display(), "new": new.get_category_display()},
            code="other_category",
        )
    if new.merged_into_id is not None:
        raise BulkRefusedError(_("%(sku)s was merged into another product: use that one.") % {"sku": new.sku}, code="merged")


def _kits_with(old: Product, kits: "QuerySet[SolarKit]") -> list[int]:
    parts = KitComponent.objects.filter(product=old, kit__in=kits.order_by().values("pk")).order_by()
    rows = SolarKit.objects.filter(pk__in=parts.values("kit_id")).order_by("pk").select_for_update()
    keys = list(rows.values_list("pk", flat=True)[: MOST_KITS + 1])
    if not keys:
        raise BulkRefusedError(_("None of these kits has %(sku)s.") % {"sku": old.sku}, code="not_used")
    if len(keys) > MOST_KITS:
        raise BulkRefusedError(_("More than %(most)d kits: narrow the filter.") % {"most": MOST_KITS}, code="too_many_rows")
    return keys


def _revision(keys: list[int], old: Product, new: Product, *, adjust_price: bool) -> str:
    """The kits with their prices and the part as it stands in them: what the effect follows from."""
    rows = KitComponent.objects.filter(product=old, kit__in=keys).order_by("kit_id", "pk")
    columns = rows.values_list("kit_id", "kit__kit_cost", "quantity", "unit_price", "is_optional")
    return revision(columns, old.pk, new.pk, old.cost_price, new.cost_price, adjust_price)


def _replace(keys: list[int], old: Product, new: Product, *, adjust_price: bool) -> int:
    """Exchange the parts, let prices and powers follow; how many kits' prices could not follow."""
    _require_alike(old, new)
    unpriced = 0
    with connection.cursor() as cursor:
        if adjust_price:
            unpriced = _adjust_prices(cursor, keys, old, new)
        cursor.execute(  # the new product plays the part already: quantities add up
            "UPDATE products.kit_components kept SET quantity = kept.quantity + gone.quantity FROM products.kit_components gone "
            "WHERE kept.kit_id = ANY(%s) AND kept.product_id = %s AND gone.product_id = %s AND gone.kit_id = kept.kit_id "
            "AND gone.component_type = kept.component_type",
            [keys, new.pk, old.pk],
        )
        cursor.execute(
            "DELETE FROM products.kit_components gone USING products.kit_components kept WHERE gone.kit_id = ANY(%s) "
            "AND gone.product_id = %s AND kept.product_id = %s AND kept.kit_id = gone.kit_id "
            "AND kept.component_type = gone.component_type",
            [keys, old.pk, new.pk],
        )
        cursor.execute(
            "UPDATE products.kit_components SET product_id = %s, unit_price = %s WHERE kit_id = ANY(%s) AND product_id = %s",
            [new.pk, new.cost_price, keys, old.pk],
        )
        follow_parts_of_kits(cursor, keys)
    return unpriced


def _adjust_prices(cursor: Any, keys: list[int], old: Product, new: Product) -> int:
    cursor.execute(
        "WITH moved AS ("
        "  SELECT kit_id, sum(quantity * (%s::numeric - coalesce(unit_price, %s::numeric))) AS difference, "
        "         bool_or(quantity IS NULL) AS is_open "
        "  FROM products.kit_components WHERE kit_id = ANY(%s) AND product_id = %s AND NOT is_optional GROUP BY kit_id"
        ") UPDATE products.solar_kits k SET kit_cost = greatest(k.kit_cost + moved.difference, 0) FROM moved "
        "WHERE k.id = moved.kit_id AND k.kit_cost IS NOT NULL AND moved.difference IS NOT NULL AND NOT moved.is_open "
        "AND moved.difference <> 0 RETURNING k.id",
        [new.cost_price, old.cost_price, keys, old.pk],
    )
    changed = [row[0] for row in cursor.fetchall()]
    cursor.execute(
        "INSERT INTO products.prices (kit_id, kind, amount) SELECT id, 'COST', kit_cost FROM products.solar_kits "
        "WHERE id = ANY(%s) ORDER BY id",
        [changed],
    )
    cursor.execute(
        "SELECT count(DISTINCT c.kit_id) FROM products.kit_components c JOIN products.solar_kits k ON k.id = c.kit_id "
        "WHERE c.kit_id = ANY(%s) AND c.product_id = %s "
        "AND (k.kit_cost IS NULL OR c.quantity IS NULL OR %s::numeric IS NULL OR coalesce(c.unit_price, %s::numeric) IS NULL)",
        [keys, old.pk, new.cost_price, old.cost_price],
    )
    return int(cursor.fetchone()[0])


def follow_parts_of_kits(cursor: Any, keys: list[int]) -> None:
    """Set the powers of kits to what their parts add up to, where every part of the kind says its power and its quantity."""
    for column, (kinds, attribute, divisor) in _POWERS.items():
        cursor.execute(
            f"WITH sums AS ("  # noqa: S608  (our own names)
            "  SELECT c.kit_id, sum(c.quantity * (p.specifications ->> %s)::numeric) / %s AS power, "
            "         bool_and(c.quantity IS NOT NULL AND p.specifications ->> %s IS NOT NULL) AS is_known "
            "  FROM products.kit_components c JOIN products.products p ON p.id = c.product_id "
            "  WHERE c.kit_id = ANY(%s) AND c.component_type = ANY(%s) AND NOT c.is_optional GROUP BY c.kit_id"
            f") UPDATE products.solar_kits k SET {column} = round(sums.power, 3) FROM sums "
            f"WHERE k.id = sums.kit_id AND sums.is_known AND sums.power > 0 AND k.{column} IS DISTINCT FROM round(sums.power, 3)",
            [attribute, divisor, attribute, keys, [str(kind.value) for kind in kinds]],
        )


def _figures(keys: list[int]) -> dict[int, dict[str, Any]]:
    columns = ("pk", "kit_id", "name", "power_kwp", "kit_cost", "review_state")
    return {row["pk"]: row for row in SolarKit.objects.filter(pk__in=keys).values(*columns)}


def _states(keys: list[int]) -> dict[int, str]:
    return dict(SolarKit.objects.filter(pk__in=keys).values_list("pk", "check_state"))


def _preview(
    keys: list[int],
    checked: list[int],
    before: dict[int, dict[str, Any]],
    after: dict[int, dict[str, Any]],
    states_before: dict[int, str],
    states_after: dict[int, str],
    unpriced: int,
    told: str,
) -> ReplacePreview:
    rank = {"PASS": 0, "WARN": 1, "STALE": 2, "UNKNOWN": 2, "FAIL": 3}
    worse = [key for key in checked if rank[states_after[key]] > max(rank[states_before[key]], 1)]
    shown = [*worse, *(key for key in checked if key not in set(worse))][:SAMPLES]

    def total(figures: dict[int, dict[str, Any]], name: str) -> Decimal:
        return sum((figures[key][name] for key in keys if figures[key][name] is not None), Decimal(0))

    return ReplacePreview(
        kits=len(keys),
        published=sum(before[key]["review_state"] == ReviewState.PUBLISHED for key in keys),
        checked=len(checked),
        checks_before=Counter(states_before.values()),
        checks_after=Counter(states_after.values()),
        worse=len(worse),
        power_before=total(before, "power_kwp"),
        power_after=total(after, "power_kwp"),
        price_before=total(before, "kit_cost"),
        price_after=total(after, "kit_cost"),
        without_price=unpriced,
        samples=tuple(
            KitEffect(
                label=f"{before[key]['kit_id']} – {before[key]['name']}",
                power_before=before[key]["power_kwp"],
                power_after=after[key]["power_kwp"],
                price_before=before[key]["kit_cost"],
                price_after=after[key]["kit_cost"],
                checks_before=states_before[key],
                checks_after=states_after[key],
            )
            for key in shown
        ),
        revision=told,
    )
