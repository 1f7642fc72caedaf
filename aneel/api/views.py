"""Datasets, distributors, municipalities, tariffs, certifications."""

from typing import Any, ClassVar

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db.models import F, FloatField, Func, QuerySet, TextField, Value
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from aneel.api.filters import (
    CertificationFilterSet,
    CurrentTariffFilterSet,
    DatasetFilterSet,
    DistributorFilterSet,
    MunicipalityFilterSet,
    TariffFilterSet,
)
from aneel.api.serializers import (
    CertificationSerializer,
    DatasetSerializer,
    DistributorSerializer,
    MunicipalitySerializer,
    TariffSerializer,
)
from aneel.models import Certification, Dataset, Distributor, Municipality, Tariff
from aneel.querysets import StatusToday
from ysh.core.api.errors import Fault, InvalidQuery
from ysh.core.api.ordering import Ordering
from ysh.core.api.pagination import Reading
from ysh.core.api.query_fields import TextField as TextParameter
from ysh.core.api.viewsets import ListViewSet, ReadOnlyViewSet
from ysh.core.db.search import Folded


def example(name: str, body: dict[str, Any]) -> list[OpenApiExample]:
    return [OpenApiExample(name, body, response_only=True)]


DATASET_EXAMPLE = {
    "aneel_id": "5e0fafd2-21b9-4d5b-b622-40438d40aba2",
    "title": "Relação de empreendimentos de Geração Distribuída",
    "category": "geracao_distribuida",
    "extracted_keywords": ["geração distribuída", "empreendimentos"],
    "summary": "Lista de empreendimentos com micro e minigeração distribuída.",
    "solar_relevance": 0.9,
    "enriched_by": "RULES",
    "formats": ["CSV", "PARQUET"],
    "spatial": "BR",
    "source_api": "CKAN",
    "modified": "2026-08-13T12:04:00Z",
}
TARIFF_EXAMPLE = {
    "distributor": "02328280000197",
    "base": "APLICACAO",
    "subgroup": "B1",
    "modality": "Convencional",
    "unit": "MWH",
    "tusd_value": "412.35000",
    "te_value": "310.21000",
    "total_brl_per_kwh": "0.72256000",
    "valid_from": "2026-07-04",
    "valid_to": "2027-07-03",
}

DISTRIBUTOR_EXAMPLE = {
    "cnpj": "01543032000104",
    "sigla": "EQUATORIAL GO",
    "name": "EQUATORIAL GOIÁS DISTRIBUIDORA DE ENERGIA S.A.",
}
MUNICIPALITY_EXAMPLE = {"ibge_code": 5208707, "name": "Goiânia", "state": "BR-GO", "region": "Centro-Oeste"}


@extend_schema(tags=["datasets"])
@extend_schema_view(
    list=extend_schema(
        summary="List datasets",
        parameters=[
            OpenApiParameter(
                "q", OpenApiTypes.STR, description="Full-text search in title, keywords and description; best first."
            )
        ],
        examples=example("A dataset", DATASET_EXAMPLE),
    ),
    retrieve=extend_schema(summary="One dataset", examples=example("A dataset", DATASET_EXAMPLE)),
)
class DatasetViewSet(ReadOnlyViewSet):
    queryset = Dataset.objects.annotate(title_key=Folded("title"))
    serializer_class = DatasetSerializer
    filterset_class = DatasetFilterSet
    lookup_field = "aneel_id"
    lookup_value_regex = r"[0-9A-Za-z._-]{1,100}"
    orderings = (
        Ordering("title", "title_key", field=TextField()),
        Ordering("modified", nullable=True),
        Ordering("updated_at"),
    )
    relevance: ClassVar[Ordering] = Ordering("relevance", "relevance", field=FloatField())

    def allowed_parameters(self) -> set[str]:
        allowed = super().allowed_parameters()
        return allowed | {"q"} if self.action == "list" else allowed

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        queryset = super().filter_queryset(queryset)
        text = self._search_text()
        if not text:
            return queryset
        query = SearchQuery(text, config="public.portuguese_unaccent", search_type="websearch")
        ranked = queryset.annotate(relevance=Cast(SearchRank(F("search_vector"), query), FloatField()))
        return ranked.filter(search_vector=query)

    def reading(self) -> Reading:
        reading = super().reading()
        if self._search_text():
            return Reading(reading.resource, (*reading.orderings, self.relevance), "-relevance", namespaces=reading.namespaces)
        if self.request.query_params.get("ordering", "").removeprefix("-") == "relevance":
            raise InvalidQuery([Fault("ordering", "invalid_choice", _("“relevance” needs a search: give “q” too."))])
        return reading

    def _search_text(self) -> str:
        text = self.request.query_params.get("q", "").strip()
        if len(text) > TextParameter().max_length:
            detail = _("“q” is longer than %(limit)d characters.") % {"limit": TextParameter().max_length}
            raise InvalidQuery([Fault("q", "too_long", detail)])
        return text


@extend_schema(tags=["distributors"])
@extend_schema_view(
    list=extend_schema(
        summary="List distributors",
        examples=example("A distributor", DISTRIBUTOR_EXAMPLE),
    ),
    retrieve=extend_schema(summary="One distributor", examples=example("A distributor", DISTRIBUTOR_EXAMPLE)),
)
class DistributorViewSet(ReadOnlyViewSet):
    queryset = Distributor.objects.annotate(
        name_key=Folded("name"),
        aliases_text=Func(F("aliases"), Value("\n"), function="array_to_string", output_field=TextField()),
    )
    serializer_class = DistributorSerializer
    filterset_class = DistributorFilterSet
    lookup_field = "cnpj"
    lookup_value_regex = r"[0-9A-Z]{12}[0-9]{2}"
    orderings = (Ordering("name", "name_key", field=TextField()), Ordering("cnpj"), Ordering("updated_at"))


@extend_schema(tags=["municipalities"])
@extend_schema_view(
    list=extend_schema(
        summary="List municipalities",
        examples=example("A municipality", MUNICIPALITY_EXAMPLE),
    ),
    retrieve=extend_schema(summary="One municipality", examples=example("A municipality", MUNICIPALITY_EXAMPLE)),
)
class MunicipalityViewSet(ReadOnlyViewSet):
    queryset = Municipality.objects.all()
    serializer_class = MunicipalitySerializer
    filterset_class = MunicipalityFilterSet
    lookup_field = "ibge_code"
    lookup_value_regex = r"[1-9][0-9]{6}"
    orderings = (Ordering("name", "search_name"), Ordering("ibge_code"), Ordering("updated_at"))


@extend_schema(tags=["tariffs"])
@extend_schema_view(
    list=extend_schema(summary="List tariffs", examples=example("A tariff", TARIFF_EXAMPLE)),
    current=extend_schema(
        summary="Tariffs in force on a day",
        description="Today, in Brasília's time, unless `on` names a day. Published periods overlap: expect several rows.",
        responses=TariffSerializer(many=True),
        examples=example("A tariff", TARIFF_EXAMPLE),
    ),
)
class TariffViewSet(ListViewSet):
    cache_by_day = True
    queryset = Tariff.objects.all()
    serializer_class = TariffSerializer
    filterset_class = TariffFilterSet
    lookup_field = "tariff_id"
    orderings = (Ordering("valid_from"), Ordering("updated_at"))
    default_ordering = "-valid_from"
    list_actions = frozenset({"list", "current"})
    has_exports = True

    @action(detail=False, filterset_class=CurrentTariffFilterSet)
    def current(self, request: Request) -> Response:
        return self.list(request)

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        queryset = super().filter_queryset(queryset)
        if self.action == "current" and "on" not in self.request.query_params:
            return queryset.filter(validity__contains=timezone.localdate())
        return queryset


@extend_schema(tags=["certifications"])
@extend_schema_view(
    list=extend_schema(
        summary="List certifications",
        examples=example(
            "A certification",
            {"certificate_number": "006543/2023", "manufacturer": "Deye", "model": "SUN-5K-G", "status": "ACTIVE"},
        ),
    ),
)
class CertificationViewSet(ListViewSet):
    cache_by_day = True
    queryset = Certification.objects.annotate(manufacturer_key=Folded("manufacturer"), status_today=StatusToday())
    serializer_class = CertificationSerializer
    has_exports = True
    filterset_class = CertificationFilterSet
    lookup_field = "certificate_id"
    orderings = (
        Ordering("manufacturer", "manufacturer_key", field=TextField()),
        Ordering("issue_date", nullable=True),
        Ordering("expiry_date", nullable=True),
        Ordering("updated_at"),
    )
