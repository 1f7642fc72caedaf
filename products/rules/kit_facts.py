"""A kit as the rules see it: plain values, no database."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from products.rules.findings import Given

if TYPE_CHECKING:
    from functools import cached_property as lazy
else:

    class lazy:  # noqa: N801  (it stands for a function)
        """As `functools.cached_property`, without its lock: up to Python 3.11 that costs more than what it keeps here."""

        def __init__(self, function: Any) -> None:
            self._function, self._name = function, function.__name__

        def __get__(self, instance: Any, owner: type) -> Any:
            value = instance.__dict__[self._name] = self._function(instance)
            return value


# A number and how it is told.
Reading = tuple[float | None, Given | None]
DC_PARTS = frozenset({"STRING_BOX", "CABLE", "CONNECTOR", "STRUCTURE", "FIXING_KIT", "PROTECTION"})


@dataclass(frozen=True, slots=True)
class Registration:
    """A certificate linked to a product.

    Attributes:
        kind: INMETRO, IEC, ...
        status: ACTIVE, EXPIRED, SUSPENDED, REVOKED, PENDING.
        expires_on: the last day it counts; None when it has no end.
    """

    kind: str
    number: str
    status: str
    expires_on: date | None = None
    manufacturer: str = ""
    model: str = ""
    ordinance: str = ""
    power_w: float | None = None
    efficiency_percent: float | None = None
    standards: tuple[str, ...] = ()


@dataclass(frozen=True)
class Article:
    """A product.

    Attributes:
        specifications: attributes of its family by name; what does not fit its declaration counts as missing.
        stated_registration: INMETRO number as the supplier writes it; empty when there is none.
        status: ACTIVE, DISCONTINUED, ...
        stock: pieces; None when the supplier does not say.
        origins: where attributes come from, by name, as far as it is recorded.
        readings: numbers among the specifications that a rule has asked for already, by name.
    """

    key: int
    sku: str
    name: str
    category: str
    specifications: Mapping[str, Any] = field(default_factory=dict)
    brand: str = ""
    model: str = ""
    registration: Registration | None = None
    stated_registration: str = ""
    datasheet_url: str = ""
    status: str = "ACTIVE"
    stock: int | None = None
    origins: Mapping[str, str] = field(default_factory=dict)
    readings: dict[str, Reading] = field(default_factory=dict, init=False, compare=False, repr=False)

    def source_of(self, attribute: str) -> str:
        """Where an attribute comes from: as recorded with it, else the linked data sheet, else its mere presence."""
        return self.origins.get(attribute) or self.datasheet_url or "specifications"


@dataclass(frozen=True)
class Part:
    """A product in a kit. `quantity`: None where the source leaves a microinverter's count open."""

    role: str
    article: Article
    quantity: int | None
    optional: bool = False


@dataclass(frozen=True)
class Kit:
    """A kit. Powers in kW(p), money in R$.

    `price_date`: day of the newest price known. `sold_in`: states it is offered in by name; empty when nobody said.
    `detailed`: whether the list of parts goes beyond modules and inverters; None: as the parts show.
    """

    kit_id: str
    system_type: str
    parts: tuple[Part, ...]
    voltage_phase: str | None = None
    roof_type: str | None = None
    power_kwp: float | None = None
    declared_power_kwp: float | None = None
    cost_brl: float | None = None
    sale_brl: float | None = None
    price_date: date | None = None
    sold_in: frozenset[str] = frozenset()
    detailed: bool | None = None

    def of(self, *roles: str) -> tuple[Part, ...]:
        """The parts that play one of these roles; optional ones are left out, as the kit is sold without them."""
        if len(roles) == 1:
            return self._by_role.get(roles[0], ())
        return tuple(part for part in self.required if part.role in roles)

    @lazy
    def _by_role(self) -> dict[str, tuple[Part, ...]]:
        found: dict[str, tuple[Part, ...]] = {}
        for part in self.required:
            found[part.role] = (*found.get(part.role, ()), part)
        return found

    def playing(self, roles: frozenset[str]) -> tuple[Part, ...]:
        """As `of`, for roles that are asked for again and again."""
        parts = self._playing.get(roles)
        if parts is None:
            parts = self._playing[roles] = tuple([part for part in self.required if part.role in roles])
        return parts

    @lazy
    def _playing(self) -> dict[frozenset[str], tuple[Part, ...]]:
        return {}

    @lazy
    def required(self) -> tuple[Part, ...]:
        """The parts the kit is sold with."""
        return tuple(part for part in self.parts if not part.optional)

    @lazy
    def panels(self) -> tuple[Part, ...]:
        return self.of("PANEL")

    @lazy
    def micros(self) -> tuple[Part, ...]:
        """Microinverters, by role or by what their specifications say."""
        return tuple(
            part
            for part in self.of("INVERTER", "MICROINVERTER")
            if part.role == "MICROINVERTER" or part.article.specifications.get("topology") == "micro"
        )

    @lazy
    def inverters(self) -> tuple[Part, ...]:
        """Inverters that are not micro."""
        micros = self.micros
        return tuple(part for part in self.of("INVERTER", "MICROINVERTER") if part not in micros)

    @lazy
    def controllers(self) -> tuple[Part, ...]:
        return self.of("CHARGE_CONTROLLER")

    @lazy
    def module_count(self) -> int:
        return sum(part.quantity or 0 for part in self.panels)

    @lazy
    def lists_small_parts(self) -> bool:
        """Whether the list of parts goes beyond modules and inverters, so that something absent from it is really absent."""
        return self.detailed if self.detailed is not None else any(part.role in DC_PARTS for part in self.required)

    @lazy
    def has_strings(self) -> bool:
        """Modules go in series on an inverter's MPPT inputs (not on microinverters, not on a charge controller)."""
        return bool(self.inverters) and not self.micros and not self.controllers


@dataclass(frozen=True, slots=True)
class Site:
    """Temperatures the rules assume.

    Attributes:
        min_ambient_c: lowest ambient temperature on record: at dawn a cell is as cold as the air.
        max_cell_c: hottest cell: Tamb_max + (NOCT - 20) / 800 * 1000.
        cold_region_c: where it is colder: a kit sold in the South is warned of when it fails there.
        source: who says so.
    """

    min_ambient_c: float = 0.0
    max_cell_c: float = 70.0
    cold_region_c: float = -5.0
    source: str = "default"


@dataclass(frozen=True, slots=True)
class Bands:
    """Thresholds that are a matter of judgement; none of them comes from a clause.

    Attributes:
        ratio_low_warn .. ratio_high_warn: DC/AC ratio (FDI); below ratio_low_info it is said to be low.
        declared_tolerance_percent: between the title's power and the parts' sum.
        expiry_warning_days: before a registration ends.
        price_age_days: after which a price is stale.
        mppt_margin_percent: room over the MPPT minimum below which hot Vmp is warned of.
        cable_drop_percent: voltage drop of the DC cable.
        rear_irradiance_percent: behind a bifacial module, of that in front: 135 W/m² behind 1000 (the bifacial nameplate
            irradiance of IEC 61215-1).
        grid_power_kw: AC power a connection of so many phases takes, by phases, unless the distributor says otherwise.
    """

    ratio_low_warn: float = 0.8
    ratio_low_info: float = 0.9
    ratio_high_warn: float = 1.35
    ratio_very_high: float = 1.7
    declared_tolerance_percent: float = 3.0
    expiry_warning_days: int = 60
    price_age_days: int = 60
    mppt_margin_percent: float = 5.0
    cable_drop_percent: float = 3.0
    cable_run_m: float = 30.0
    rear_irradiance_percent: float = 13.5
    grid_power_kw: Mapping[int, float] = field(default_factory=lambda: MappingProxyType({1: 10.0}))


@dataclass(frozen=True)
class Case:
    """A kit at a site on a day."""

    kit: Kit
    today: date
    site: Site = field(default_factory=Site)
    bands: Bands = field(default_factory=Bands)
    memo: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)
