"""What a kit adds up to, from its parts. A sum with an unknown summand is unknown, never a part of the truth."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

_AC_ROLES = frozenset({"INVERTER", "MICROINVERTER"})


@dataclass(frozen=True, slots=True)
class PartFigures:
    """One part of a kit.

    Attributes:
        role: PANEL, INVERTER, ...
        quantity: pieces; None while open.
        power_wp: of one panel in Wp; None when its data do not say.
        ac_power_kw: of one inverter in kW; None when its data do not say.
        unit_price: R$ a piece in the kit; None when not known.
        cost_price: R$ a piece in the catalogue; None when not known.
        optional: offered beside the kit, not part of it.
    """

    role: str
    quantity: int | None
    power_wp: Decimal | None = None
    ac_power_kw: Decimal | None = None
    unit_price: Decimal | None = None
    cost_price: Decimal | None = None
    optional: bool = False


@dataclass(frozen=True, slots=True)
class KitTotals:
    """Sums over the parts that belong to the kit; None when there is nothing to add or one summand is unknown.

    Attributes:
        power_kwp: sum of quantity × Wp of the panels / 1000.
        ac_power_kw: sum of quantity × AC power of the inverters.
        parts_price: sum of quantity × unit price in R$.
        catalogue_cost: sum of quantity × cost price of the catalogue in R$.
        unpriced: how many parts have no unit price or no quantity.
    """

    power_kwp: Decimal | None
    ac_power_kw: Decimal | None
    parts_price: Decimal | None
    catalogue_cost: Decimal | None
    unpriced: int

    @property
    def dc_ac_ratio(self) -> Decimal | None:
        """kWp over kW AC."""
        return self.power_kwp / self.ac_power_kw if self.power_kwp is not None and self.ac_power_kw else None


def kit_totals(parts: Iterable[PartFigures]) -> KitTotals:
    """Add the parts up."""
    own = [part for part in parts if not part.optional]
    watts = _sum([_times(part.quantity, part.power_wp) for part in own if part.role == "PANEL"])
    return KitTotals(
        power_kwp=None if watts is None else watts / 1000,
        ac_power_kw=_sum([_times(part.quantity, part.ac_power_kw) for part in own if part.role in _AC_ROLES]),
        parts_price=_sum([_times(part.quantity, part.unit_price) for part in own]),
        catalogue_cost=_sum([_times(part.quantity, part.cost_price) for part in own]),
        unpriced=sum(1 for part in own if _times(part.quantity, part.unit_price) is None),
    )


def price_per_wp(price: Decimal | None, power_kwp: Decimal | None) -> Decimal | None:
    """R$ a watt-peak; None without a price or a power."""
    return None if price is None or not power_kwp else price / (power_kwp * 1000)


def _times(quantity: int | None, each: Decimal | None) -> Decimal | None:
    return None if quantity is None or each is None else quantity * each


def _sum(summands: Sequence[Decimal | None]) -> Decimal | None:
    known = [summand for summand in summands if summand is not None]
    return sum(known, Decimal(0)) if known and len(known) == len(summands) else None
