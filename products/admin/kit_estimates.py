"""What a kit is expected to give, save in CO2 and cost per kWh, as its page shows it. Computed when asked; nothing is stored."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from products.actions.estimates import kit_summary
from products.models import SolarKit
from ysh.core.admin import brl, number


@dataclass(frozen=True, slots=True)
class EstimateLine:
    """One figure, its range where it has one, and what it rests on."""

    label: str
    value: str
    note: str = ""


def estimate_lines(kit: SolarKit) -> list[EstimateLine]:
    """Generation with its range and source, energy cost, CO2. Payback needs a tariff and a consumption and is not shown here."""
    summary = kit_summary(kit)
    sun = summary.generation
    reach = _("%(low)s to %(high)s a year; %(source)s") % {
        "low": number(round(sun.low), unit="kWh"),
        "high": number(round(sun.high), unit="kWh"),
        "source": sun.irradiation.source,
    }
    return [
        EstimateLine(_("generation a month"), number(round(sun.month), unit="kWh"), reach),
        EstimateLine(
            _("energy over 25 years"), f"{brl(summary.levelised_brl_kwh)}/kWh" if summary.levelised_brl_kwh is not None else "–"
        ),
        EstimateLine(
            _("CO₂ avoided a year"),
            number(round(summary.co2_kg_year), unit="kg"),
            _("factor of %(year)s, %(source)s") % {"year": summary.co2_factor_year, "source": summary.co2_source},
        ),
    ]
