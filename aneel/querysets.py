"""What "near" and "per state" mean for generation units, and "expired" for certifications."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Case, CharField, F, FloatField, Func, Max, Min, QuerySet, Sum, When
from django.db.models.functions import Cast, Round
from django.utils import timezone

from aneel.choices import CertificationStatus, UnitStatus
from aneel.models import GenerationUnit, GenerationUnitStatistics
from aneel.nearby import SPHERE_MARGIN, kept_candidates
from ysh.core.db.expressions import DistanceKm

# The area the database accepts for coordinates: west, south, east, north in degrees (a constraint of aneel.generation_units).
BRAZIL = (-75.0, -34.0, -28.0, 6.0)
STATISTICS_GROUPS = ("state", "consumer_class", "source_type")


def today() -> date:
    """The day in Brazil, by which certificates end."""
    return timezone.localdate()


class StatusToday(Func):
    """A certification's status at the moment of reading: active ones whose last day is over are expired.

    The stored status follows once a day (`aneel.actions.certifications`).
    """

    output_field = CharField()
    # Today in Brazil by the database's clock, so that the expression may be declared once for all requests.
    template = (
        "CASE WHEN %(expiry)s < (now() AT TIME ZONE 'America/Sao_Paulo')::date "
        f"AND %(status)s = '{CertificationStatus.ACTIVE.value}' "
        f"THEN '{CertificationStatus.EXPIRED.value}' ELSE %(status)s END"
    )

    def __init__(self) -> None:
        super().__init__(F("expiry_date"), F("status"))

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **kwargs: Any) -> tuple[str, tuple[Any, ...]]:
        expiry, status = (compiler.compile(expression)[0] for expression in self.get_source_expressions())
        return self.template % {"expiry": expiry, "status": status}, ()


def nearest_units(*, latitude: float, longitude: float, limit: int, max_km: float) -> QuerySet[GenerationUnit]:
    """The active units nearest to a point, nearest first, annotated with `distance_km` (geodesic, WGS 84).

    Indexes, and Redis around hot municipalities, work on a sphere, up to 0.6 % off: they choose candidates, the ellipsoid says
    how far those are.

    Args:
        latitude, longitude: degrees, WGS 84.
        limit: how many at most.
        max_km: none further away than this.
    """
    candidates = kept_candidates(latitude=latitude, longitude=longitude, limit=limit, max_km=max_km)
    if candidates is None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM aneel.find_nearest_units(%s::float8, %s::float8, %s, %s::float8)",
                [latitude, longitude, limit, max_km * SPHERE_MARGIN],
            )
            candidates = [row[0] for row in cursor.fetchall()]
    return (
        GenerationUnit.objects.filter(pk__in=candidates, status=UnitStatus.ACTIVE)
        .annotate(distance_km=DistanceKm("geolocation", latitude, longitude))
        .filter(distance_km__lte=max_km)
        .order_by("distance_km", "pk")[:limit]
    )


def unit_statistics(rows: QuerySet[GenerationUnitStatistics], group_by: Sequence[str]) -> list[dict[str, Any]]:
    """Active units summed up by some of `STATISTICS_GROUPS`, from the materialized view; the total without a group.

    Means are weighted by the number of units. A group without units is left out.
    """
    weight = Case(When(capacity_factor_avg__isnull=False, then=F("unit_count")))
    measures = {
        "unit_count": Sum("unit_count"),
        "power_sum_kw": _float(Sum("power_sum_kw")),
        "power_avg_kw": _float(Round(Sum("power_sum_kw") / Sum("unit_count"), 3)),
        "power_min_kw": _float(Min("power_min_kw")),
        "power_max_kw": _float(Max("power_max_kw")),
        "generation_sum_kwh": _float(Sum("generation_sum_kwh")),
        "capacity_factor_avg": _float(Round(Sum(F("capacity_factor_avg") * weight) / Sum(weight), 2)),
    }
    # Annotations may not carry the names of the model's own columns.
    renamed = {f"of_{name}": expression for name, expression in measures.items()}
    if not group_by:
        total = rows.aggregate(**renamed)
        return [{name: total[f"of_{name}"] for name in measures}] if total["of_unit_count"] else []
    summed = rows.order_by().values(*group_by).annotate(**renamed).order_by(*group_by)
    return [{**{name: row[name] for name in group_by}, **{name: row[f"of_{name}"] for name in measures}} for row in summed]


def _float(expression: Any) -> Cast:
    return Cast(expression, FloatField())
