"""Generation units: list, detail, nearest, statistics; JSON and GeoJSON."""

from typing import Any, ClassVar

from django import forms
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_view, inline_serializer
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from aneel.api.filters import GenerationUnitFilterSet, StatisticsFilterSet
from aneel.api.serializers import GenerationUnitSerializer, NearestUnitSerializer, UnitStatisticsSerializer
from aneel.models import GenerationUnit, GenerationUnitStatistics
from aneel.querysets import STATISTICS_GROUPS, nearest_units, unit_statistics
from ysh.core.api import parameters, query_fields
from ysh.core.api.database import bounded_reads
from ysh.core.api.errors import InvalidQuery
from ysh.core.api.openapi_parameters import choices
from ysh.core.api.ordering import Ordering
from ysh.core.api.renderers import GeoJsonRenderer, JsonRenderer
from ysh.core.api.slicing import ProbeThenGather
from ysh.core.api.viewsets import ReadOnlyViewSet

UNIT_EXAMPLE = {
    "unit_id": "GD.GO.003.331.534",
    "status": "ACTIVE",
    "state": "BR-GO",
    "municipality": 5208707,
    "municipality_name": "Goiânia",
    "distributor": "01543032000104",
    "distributor_name": "EQUATORIAL GOIÁS DISTRIBUIDORA DE ENERGIA S.A.",
    "latitude": -16.68,
    "longitude": -49.25,
    "location_precision": "municipality",
    "installed_power_kw": 5.5,
    "source_type": "UFV",
    "consumer_class": "RESIDENTIAL",
    "person_type": "PF",
    "compensation_modality": "OWN_UNIT",
    "size_class": "MICRO",
    "tariff_subgroup": "B1",
    "connection_date": "2025-06-12",
    "quality_flags": [],
    "updated_at": "2026-08-13T05:02:11.480321Z",
}
POINTS = (
    *(
        OpenApiParameter(name, schema, required=needed, description=description)
        for name, schema, needed, description in (
            ("lat", {"type": "number", "minimum": -90, "maximum": 90}, True, "Latitude, degrees (WGS 84)."),
            ("lon", {"type": "number", "minimum": -180, "maximum": 180}, True, "Longitude, degrees (WGS 84)."),
            ("max_km", {"type": "number", "minimum": 0.001, "maximum": 500, "default": 50}, False, "None further away."),
            ("limit", {"type": "integer", "minimum": 1, "maximum": 100, "default": 10}, False, "How many at most."),
        )
    ),
)


class NearestForm(forms.Form):
    """Parameters of `nearest/`."""

    lat = query_fields.NumberField(low=-90, high=90)
    lon = query_fields.NumberField(low=-180, high=180)
    max_km = query_fields.NumberField(low=0.001, high=500, required=False)
    limit = query_fields.WholeNumberField(low=1, high=100, required=False)


@extend_schema(tags=["generation-units"])
@extend_schema_view(
    list=extend_schema(
        summary="List units",
        description="Active units unless `status` says otherwise; who follows changes by `updated_since` wants `status=ALL`.",
        examples=[OpenApiExample("A unit", UNIT_EXAMPLE, response_only=True)],
    ),
    retrieve=extend_schema(
        summary="One unit",
        description="By ANEEL's code; a unit that is no longer published has status REMOVED.",
        examples=[OpenApiExample("A unit", UNIT_EXAMPLE, response_only=True)],
    ),
)
class GenerationUnitViewSet(ReadOnlyViewSet):
    cache_namespaces = ("units", "unit_statistics", "distributors", "municipalities")
    queryset = GenerationUnit.objects.all()
    serializer_class = GenerationUnitSerializer
    filterset_class = GenerationUnitFilterSet
    renderer_classes = [JsonRenderer, GeoJsonRenderer]
    lookup_field = "unit_id"
    lookup_value_regex = r"[0-9A-Za-z._-]{1,50}"
    geometry = "geolocation"
    has_exports = True
    orderings = (
        Ordering("id"),
        Ordering("installed_power_kw"),
        Ordering("connection_date", nullable=True),
    )
    slicer: ClassVar[Any] = ProbeThenGather(expected_rows=4_700_000)

    def allowed_parameters(self) -> set[str]:
        allowed = super().allowed_parameters()
        if self.action == "nearest":
            return allowed | set(NearestForm.base_fields)
        if self.action == "statistics":
            return {"format", "group_by", *StatisticsFilterSet.base_filters}
        return allowed

    @extend_schema(
        summary="Units near a point",
        description="Active units, nearest first. Those without coordinates of their own stand in their municipality's centre.",
        parameters=[*POINTS],
        responses=inline_serializer("NearestUnits", {"results": NearestUnitSerializer(many=True)}),
        examples=[OpenApiExample("A unit", {"results": [{**UNIT_EXAMPLE, "distance_km": 0.42}]}, response_only=True)],
    )
    @action(detail=False, filterset_class=None, pagination_class=None, serializer_class=NearestUnitSerializer)
    def nearest(self, request: Request) -> Response:
        names = self.field_names(request)
        form = NearestForm(request.query_params)
        if not form.is_valid():
            raise InvalidQuery(parameters.faults_of(form))
        asked = form.cleaned_data
        with bounded_reads():
            near = nearest_units(
                latitude=float(asked["lat"]),
                longitude=float(asked["lon"]),
                max_km=float(asked["max_km"] or 50),
                limit=asked["limit"] or 10,
            )
            rows = list(near.values_list(*self.columns(names)))
        return Response(self.collection(rows, names))

    @extend_schema(
        summary="Totals of active units",
        description="Summed up by state, consumer class and kind of plant as of the last load, from a materialized view.",
        parameters=[
            choices("group_by", (*STATISTICS_GROUPS, "total"), "What to sum up by, or total; state unless told."),
        ],
        responses=inline_serializer("UnitTotals", {"results": UnitStatisticsSerializer(many=True)}),
        examples=[
            OpenApiExample(
                "A state",
                {
                    "results": [
                        {
                            "state": "BR-GO",
                            "unit_count": 229713,
                            "power_sum_kw": 1822341.52,
                            "power_avg_kw": 7.933,
                            "power_min_kw": 0.0,
                            "power_max_kw": 5000.0,
                            "generation_sum_kwh": None,
                            "capacity_factor_avg": None,
                        }
                    ]
                },
                response_only=True,
            )
        ],
    )
    @action(
        detail=False,
        queryset=GenerationUnitStatistics.objects.all(),
        filterset_class=StatisticsFilterSet,
        serializer_class=UnitStatisticsSerializer,
        renderer_classes=[JsonRenderer],
        base_parameters=("format",),
        pagination_class=None,
    )
    def statistics(self, request: Request) -> Response:
        groups = parameters.names(request, "group_by", (*STATISTICS_GROUPS, "total")) or ["state"]
        with bounded_reads():
            rows = unit_statistics(self.filter_queryset(self.get_queryset()), [name for name in groups if name != "total"])
        return Response({"results": rows})
