"""Kits: list, detail, findings, what the price is made of, facets."""

from decimal import Decimal
from typing import Any, ClassVar

from django.db.models import Case, DecimalField, F, QuerySet, Value, When
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce, Round
from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from products.api.base import CatalogueViewSet, Relation, sees_drafts
from products.api.facets import Facet, count_facets
from products.api.filters import PHASES, STATES, KitFilterSet
from products.api.products import ENCE_EXAMPLE, FACETS, SORTED_BY_RELEVANCE, include_parameter
from products.api.relations import findings, kit_prices, parts
from products.api.serializers import CheckSummarySerializer, CostBreakdownSerializer, KitSerializer, available
from products.breakdown import cost_breakdown
from products.choices import CheckState, ProductStatus, RoofType, SystemType, TargetConsumerClass, VoltagePhase
from products.models import SolarKit
from products.search import search_kits
from ysh.core.api import parameters
from ysh.core.api.database import bounded_reads
from ysh.core.api.ordering import Ordering

MONEY: Any = DecimalField(max_digits=14, decimal_places=2)
KIT_EXAMPLE = {
    "kit_id": "KIT-00042",
    "name": "Kit solar 6,1 kWp telhado cerâmico",
    "system_type": "ON_GRID",
    "power_kwp": 6.1,
    "inverter_power_kw": 5.0,
    "dc_ac_ratio": 1.22,
    "voltage_phase": "MONO_220",
    "roof_type": "CERAMIC",
    "total_price": "8900.00",
    "price_per_wp": "1.4590",
    "review_state": "PUBLISHED",
    "status": "ACTIVE",
    "availability": "IN_STOCK",
    "inmetro_certified": True,
    "check_state": "PASS",
    "supplier": "fortlev",
    "updated_at": "2026-08-13T05:02:11.480321Z",
}
CHECK_EXAMPLE = {
    "rule_id": "R01",
    "outcome": "PASS",
    "severity": "ERROR",
    "value": 512.4,
    "limit": 600.0,
    "margin_percent": 14.6,
    "unit": "V",
    "reference": "ABNT NBR 16690:2019",
    "message": "Coldest open-circuit voltage of the string is below the inverter's limit.",
}
PART_EXAMPLE = {
    "sku": "PNL-DAH-610",
    "name": "Módulo fotovoltaico DAH 610 Wp bifacial",
    "component_type": "PANEL",
    "quantity": 10,
    "unit_price": "489.90",
    "total_price": "4899.00",
    "is_optional": False,
    "ence": ENCE_EXAMPLE,
}
BREAKDOWN_EXAMPLE = {
    "kit_id": "KIT-00042",
    "total_price": "8900.00",
    "lines": [
        {
            "item": "Módulo fotovoltaico DAH 610 Wp bifacial",
            "label": "Módulo fotovoltaico DAH 610 Wp bifacial",
            "quantity": 10,
            "unit_price": "489.90",
            "total": "4899.00",
            "share": "0.5504",
        },
        {
            "item": "UNITEMISED",
            "label": "Rest of the kit's price",
            "quantity": 1,
            "unit_price": "4001.00",
            "total": "4001.00",
            "share": "0.4496",
        },
    ],
}
STATE = OpenApiParameter("state", OpenApiTypes.STR, description="State whose price `regional_price` is, e.g. BR-AM.")
RELATIONS = {"components": Relation(parts), "checks": Relation(findings), "prices": Relation(kit_prices)}


def regional_price(state: str | None) -> Any:
    """Total price in a state (R$, two decimals); NULL without a state."""
    if state is None:
        return Cast(Value(None), MONEY)
    percent = Coalesce(Cast(KT(f"regional_adjustments__{state.removeprefix('BR-')}"), MONEY), Value(Decimal(0)))
    return Round(F("total_price") * (Value(Decimal(1)) + percent / Value(Decimal(100))), 2, output_field=MONEY)


PHASE = Case(
    *(When(voltage_phase__in=codes, then=Value(phase)) for phase, codes in PHASES.items()),
    default=Value(None),
)


@extend_schema(tags=["kits"])
@extend_schema_view(
    list=extend_schema(
        summary="List kits",
        description=f"Published kits. {SORTED_BY_RELEVANCE}",
        parameters=[include_parameter(RELATIONS)],
        examples=[OpenApiExample("A kit", KIT_EXAMPLE, response_only=True)],
    ),
    retrieve=extend_schema(
        summary="One kit",
        description="With its parts, the findings of the engineering rules and its prices.",
        parameters=[include_parameter(RELATIONS), STATE],
        examples=[
            OpenApiExample(
                "A kit",
                {**KIT_EXAMPLE, "components": [PART_EXAMPLE], "checks": [CHECK_EXAMPLE], "prices": []},
                response_only=True,
            )
        ],
    ),
)
class KitViewSet(CatalogueViewSet):
    queryset = SolarKit.objects.all()
    serializer_class = KitSerializer
    filterset_class = KitFilterSet
    lookup_field = "kit_id"
    lookup_value_regex = r"[^/\x00]{1,100}"
    orderings = (
        Ordering("name"),
        Ordering("kit_id"),
        Ordering("power_kwp"),
        Ordering("total_price", nullable=True),
        Ordering("price_per_wp", nullable=True),
        Ordering("updated_at"),
    )
    detail_fields = frozenset(
        {
            *("description", "regional_adjustments", "available_quantity", "missing", "seo_title", "seo_description"),
            *("technical_sheet_url", "installation_guide_url"),
        }
    )
    relations = RELATIONS
    search = staticmethod(search_kits)
    cache_namespaces = ("kits", "products", "prices", "certifications")
    facets_: ClassVar[tuple[Facet, ...]] = (
        Facet("system_type", "system_type", SystemType.choices),
        Facet("phase", PHASE),
        Facet("voltage_phase", "voltage_phase", VoltagePhase.choices),
        Facet("roof_type", "roof_type", RoofType.choices),
        Facet("target_consumer_class", "target_consumer_class", TargetConsumerClass.choices),
        Facet("check_state", "check_state", CheckState.choices),
        Facet("status", "status", ProductStatus.choices),
        Facet("supplier", "supplier_id"),
    )

    def get_queryset(self) -> QuerySet[SolarKit]:
        rows: Any = super().get_queryset()
        state = self.request.query_params.get("state")
        # One that is unknown is refused further on.
        price = regional_price(state if state in STATES else None)
        rows = rows.annotate(regional_price=price, available=available())
        rows = rows.alias(price_key=price if state in STATES else F("total_price"))
        return rows if sees_drafts(self.request) else rows.published()

    def allowed_parameters(self) -> set[str]:
        if self.action == "facets":
            return {"format", *KitFilterSet.base_filters}
        if self.action == "retrieve":
            return super().allowed_parameters() | {"state"}
        return super().allowed_parameters()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if self.action == "retrieve" and "state" in request.query_params:
            parameters.names(request, "state", STATES)

    def _kit(self, kit_id: str, *fields: str) -> Any:
        """Its key and the fields' values.

        Raises:
            Http404: unknown, or not for this reader.
        """
        row = self.get_queryset().order_by().filter(kit_id=kit_id).values_list("pk", *fields).first()
        if row is None:
            raise Http404
        return row

    @extend_schema(
        summary="Findings on a kit",
        description="Of the engineering rules, the worst first. Missing data is UNKNOWN, never PASS.",
        responses=CheckSummarySerializer,
        examples=[
            OpenApiExample(
                "Findings",
                {
                    "kit_id": "KIT-00042",
                    "check_state": "PASS",
                    "checked_at": "2026-08-13T05:02:11.480321Z",
                    "findings": [CHECK_EXAMPLE],
                },
                response_only=True,
            )
        ],
    )
    @action(detail=True, pagination_class=None, filterset_class=None, base_parameters=("format",))
    def check(self, request: Request, kit_id: str) -> Response:
        with bounded_reads():
            key, state, checked_at = self._kit(kit_id, "check_state", "checked_at")
            found = findings([key]).get(key, [])
        return Response({"kit_id": kit_id, "check_state": state, "checked_at": checked_at, "findings": found})

    @extend_schema(
        summary="What a kit's price is made of",
        description="Lines add up to the total price; none when the kit has no price.",
        responses=CostBreakdownSerializer,
        examples=[OpenApiExample("A breakdown", BREAKDOWN_EXAMPLE, response_only=True)],
    )
    @action(detail=True, url_path="cost-breakdown", pagination_class=None, filterset_class=None, base_parameters=("format",))
    def cost_breakdown(self, request: Request, kit_id: str) -> Response:
        with bounded_reads():
            _key, total = self._kit(kit_id, "total_price")
            lines = [
                {
                    "item": line.item,
                    "label": line.label,
                    "quantity": line.quantity,
                    "unit_price": line.unit_price,
                    "total": line.total,
                    "share": line.share,
                }
                for line in cost_breakdown(kit_id)
            ]
        return Response({"kit_id": kit_id, "total_price": total, "lines": lines})

    @extend_schema(**FACETS)
    @action(detail=False, pagination_class=None, base_parameters=("format",))
    def facets(self, request: Request) -> Response:
        with bounded_reads():
            rows = self.filter_queryset(self.get_queryset())
            return Response(
                count_facets(
                    rows,
                    self.facets_,
                    {"power_kwp": "power_kwp", "inverter_power_kw": "inverter_power_kw", "price": "price_key"},
                )
            )
