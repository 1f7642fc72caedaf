"""The price panel as the pages show it: a chart, the suppliers side by side, the power band."""

import json
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from products.models import Product, SolarKit
from products.price_panel import Band, Series, price_panel
from ysh.core.admin import brl, number

# The theme's colours, told apart in print by their dashes.
_STYLES: tuple[tuple[str, list[int]], ...] = (
    ("var(--color-primary-600)", []),
    ("var(--color-blue-500)", [6, 3]),
    ("var(--color-green-600)", [2, 2]),
    ("var(--color-red-500)", [8, 3, 2, 3]),
)


def price_block(owner: Product | SolarKit) -> SafeString | str:
    """Chart, spread and band; a dash when there is nothing to say."""
    found = price_panel(owner)
    if not found.series and found.band is None:
        return "–"
    spread = [
        {
            "supplier": row.supplier,
            "amount": brl(row.amount),
            "above": f"+{number(row.above_percent, 1, '%')}" if row.above_percent else "",
        }
        for row in found.spread
    ]
    context: dict[str, Any] = {
        "chart": chart(found.series),
        "legend": legend(found.series),
        "spread": spread,
        "band": band_text(found.band),
    }
    return render_to_string("ysh/admin/price_panel.html", context)


def legend(series: Any) -> list[dict[str, str]]:
    """What each line is: the theme draws charts without a legend."""
    lines = []
    for place, line in enumerate(series):
        colour, dashes = _STYLES[place % len(_STYLES)]
        name = line.supplier or _("own price")
        lines.append({"label": f"{name} – {line.kind}", "style": f"border-top: 2px {'dashed' if dashes else 'solid'} {colour}"})
    return lines


def chart(series: list[Series] | Any) -> str:
    """Data of a line chart over days; "" with fewer than two prices."""
    days = sorted({timezone.localtime(at).date() for line in series for at, _amount in line.points})
    if sum(len(line.points) for line in series) < 2:
        return ""
    datasets, own = [], _("own price")
    for place, line in enumerate(series):
        of_day = {timezone.localtime(at).date(): float(amount) for at, amount in line.points}
        colour, dashes = _STYLES[place % len(_STYLES)]
        datasets.append(
            {
                "label": f"{line.supplier or own} – {line.kind}",
                "data": [of_day.get(day) for day in days],
                "borderColor": colour,
                "backgroundColor": colour,
                "borderDash": dashes,
                "spanGaps": True,
                "stepped": True,
                "displayYAxis": True,
            }
        )
    return json.dumps({"labels": [date_format(day, "SHORT_DATE_FORMAT") for day in days], "datasets": datasets})


def band_text(band: Band | None) -> str:
    """ "R$ 1,46/Wp; the median of 4 to 6 kWp is R$ 1,52/Wp over 38 others (-4,0 %)"."""
    if band is None:
        return ""
    reach = f"{number(band.low)}–{number(band.high)}" if band.high is not None else f"> {number(band.low)}"
    own = f"{brl(band.own)}/Wp" if band.own is not None else _("no price yet")
    if band.median is None:
        return _("%(own)s; nothing else on offer in its band, %(reach)s %(unit)s.") % {
            "own": own,
            "reach": reach,
            "unit": band.unit,
        }
    text = _("%(own)s; the median of its band, %(reach)s %(unit)s, is %(median)s/Wp (%(count)s others)") % {
        "own": own,
        "reach": reach,
        "unit": band.unit,
        "median": brl(band.median),
        "count": number(band.count),
    }
    difference = band.difference_percent
    return text if difference is None else f"{text}: {'+' if difference > 0 else ''}{number(difference, 1, '%')}"
