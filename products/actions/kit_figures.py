"""What is worked out about a kit beside the rules: expected generation and coverage."""

from collections.abc import Sequence
from decimal import Decimal
from json import dumps
from typing import Any

from django.db import connection

from products.actions.kit_facts import StoredKit
from products.actions.sites import irradiation_at
from products.rules.generation import coverage_percent, estimate
from products.rules.pricing import to_cents

_COLUMNS = ("avg_monthly_generation_kwh", "estimated_coverage_percent")


def write_figures(kits: Sequence[StoredKit]) -> int:
    """Bring generation and coverage of these kits up to date; only rows that differ are written.

    Generation is that of the country's irradiation (`irradiation_at`), as a kit has no place of its own. Coverage is of the
    middle of the recommended consumption, and stays as it is where none is given.

    Returns:
        How many kits changed.
    """
    sun = irradiation_at()
    changed = []
    for kit in kits:
        figures = _figures(kit, sun)
        if any(kit.row[name] != figures[name] for name in _COLUMNS):
            changed.append({"id": kit.key, **{name: _plain(figures[name]) for name in _COLUMNS}})
    if changed:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE products.solar_kits k SET avg_monthly_generation_kwh = g.avg_monthly_generation_kwh, "
                "estimated_coverage_percent = g.estimated_coverage_percent "
                "FROM jsonb_to_recordset(%s::jsonb) AS g (id bigint, avg_monthly_generation_kwh numeric, "
                "estimated_coverage_percent numeric) WHERE k.id = g.id",
                [dumps(changed)],
            )
    return len(changed)


def _figures(kit: StoredKit, sun: Any) -> dict[str, Any]:
    row = kit.row
    month = to_cents(Decimal(str(estimate(float(row["power_kwp"]), sun).month)))
    coverage = row["estimated_coverage_percent"]
    low, high = row["recommended_consumption_min_kwh"], row["recommended_consumption_max_kwh"]
    if low is not None and high is not None and (percent := coverage_percent(float(month), float(low + high) / 2)) is not None:
        coverage = min(to_cents(Decimal(str(percent))), Decimal("99999.99"))
    return {
        "avg_monthly_generation_kwh": month,
        "estimated_coverage_percent": coverage,
    }


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal) else value
