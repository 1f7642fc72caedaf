"""Kits side by side: figures, parts and findings, each row marked where the kits differ."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from products.admin.bases import OUTCOME_KINDS, REVIEW_KINDS
from products.models import SolarKit
from ysh.core.admin import badge, brl, number
from ysh.core.admin.formats import EMPTY


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """One row of the table: a cell for each kit."""

    label: str
    cells: tuple[Any, ...]

    @property
    def differs(self) -> bool:
        return len(set(map(str, self.cells))) > 1


@dataclass(frozen=True, slots=True)
class Comparison:
    kits: Sequence[SolarKit]
    sections: Sequence[tuple[str, Sequence[ComparedRow]]]


def comparison(keys: Sequence[int]) -> Comparison | None:
    """The kits with these primary keys, in that order; None when there are none. Four queries, however many kits."""
    rows = (
        SolarKit.objects.filter(pk__in=keys)
        .select_related("supplier")
        .with_components()
        .prefetch_related("checks")
        .defer("raw_data", "search_vector")
    )
    by_key = {kit.pk: kit for kit in rows}
    kits = [by_key[key] for key in keys if key in by_key]
    if not kits:
        return None
    sections = [
        (_("Figures"), [_row(kits, label, figure) for label, figure in _figures()]),
        (_("Components"), _parts(kits)),
        (_("Findings"), _findings(kits)),
    ]
    return Comparison(kits, sections)


def _figures() -> list[tuple[str, Any]]:
    return [
        (_("review"), lambda kit: badge(kit.get_review_state_display(), REVIEW_KINDS[kit.review_state])),
        (_("checks"), lambda kit: badge(kit.get_check_state_display(), OUTCOME_KINDS[kit.check_state])),
        (_("supplier"), lambda kit: kit.supplier.name if kit.supplier else EMPTY),
        (_("system"), lambda kit: kit.get_system_type_display()),
        (_("grid"), lambda kit: kit.get_voltage_phase_display() or EMPTY),
        (_("roof"), lambda kit: kit.get_roof_type_display() or EMPTY),
        (_("power"), lambda kit: number(kit.power_kwp, 2, "kWp")),
        (_("AC power"), lambda kit: number(kit.inverter_power_kw, 2, "kW")),
        (_("DC/AC ratio"), lambda kit: number(kit.dc_ac_ratio, 2)),
        (_("kit (R$)"), lambda kit: brl(kit.kit_cost)),
        (_("total price"), lambda kit: brl(kit.total_price)),
        (_("price per Wp"), lambda kit: brl(kit.price_per_wp)),
        (_("warranty (years)"), lambda kit: number(kit.warranty_years)),
    ]


def _row(kits: Iterable[SolarKit], label: str, figure: Any) -> ComparedRow:
    return ComparedRow(label, tuple(figure(kit) for kit in kits))


def _parts(kits: Sequence[SolarKit]) -> list[ComparedRow]:
    """A row for each kind of part: quantity and product."""
    kinds: dict[str, str] = {}
    of_kits: list[dict[str, list[str]]] = []
    for kit in kits:
        parts: dict[str, list[str]] = {}
        for part in kit.components.all():
            kinds.setdefault(part.component_type, part.get_component_type_display())
            quantity = "?" if part.quantity is None else number(part.quantity)
            parts.setdefault(part.component_type, []).append(f"{quantity} × {part.product.name}")
        of_kits.append(parts)
    return [
        ComparedRow(label, tuple("; ".join(parts.get(kind, [])) or EMPTY for parts in of_kits)) for kind, label in kinds.items()
    ]


def _findings(kits: Sequence[SolarKit]) -> list[ComparedRow]:
    """A row for each rule: the worst outcome of each kit."""
    order = {"FAIL": 0, "WARN": 1, "UNKNOWN": 2, "PASS": 3}
    rules: dict[str, None] = {}
    of_kits = []
    for kit in kits:
        worst: dict[str, Any] = {}
        for check in kit.checks.all():
            rules[check.rule_id] = None
            known = worst.get(check.rule_id)
            if known is None or order[check.outcome] < order[known.outcome]:
                worst[check.rule_id] = check
        of_kits.append(worst)
    return [
        ComparedRow(
            rule,
            tuple(
                badge(worst[rule].get_outcome_display(), OUTCOME_KINDS[worst[rule].outcome]) if rule in worst else EMPTY
                for worst in of_kits
            ),
        )
        for rule in sorted(rules)
    ]
