"""Products: list, detail, facets."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_view, inline_serializer
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from products.api.base import CatalogueViewSet, Relation, sees_drafts
from products.api.facets import Facet, count_facets
from products.api.filters import ProductFilterSet
from products.api.relations import labels, product_prices
from products.api.serializers import FacetsSerializer, ProductSerializer
from products.api.trending import CARD, TrendingProductSerializer, trending
from products.choices import ProductCategory, ProductStatus, StockStatus
from products.models import Product
from products.search import search_products
from ysh.core.api import parameters
from ysh.core.api.database import bounded_reads
from ysh.core.api.openapi_parameters import choices
from ysh.core.api.ordering import Ordering

ENCE_EXAMPLE = {
    "registration": "001234/2024",
    "in_force": True,
    "valid_until": "2028-05-01",
    "manufacturer": "DAH Solar",
    "model": "DHN-78X16/DG-610W",
    "efficiency_percent": 21.8,
    "regulation": "Portaria INMETRO 140/2022",
    "source": "registry",
}
PRODUCT_EXAMPLE = {
    "sku": "PNL-DAH-610",
    "name": "Módulo fotovoltaico DAH 610 Wp bifacial",
    "category": "paineis",
    "manufacturer": "DAH Solar",
    "model": "DHN-78X16/DG-610W",
    "sale_price": "612.38",
    "status": "ACTIVE",
    "stock_status": "IN_STOCK",
    "inmetro_certified": True,
    "inmetro_certificate_number": "001234/2024",
    "updated_at": "2026-08-13T05:02:11.480321Z",
}
TRENDING_EXAMPLE = {
    **{name: value for name, value in PRODUCT_EXAMPLE.items() if name in CARD},
    "views": 118,
}
FACETS_EXAMPLE = {
    "count": 42,
    "facets": {"category": [{"value": "paineis", "label": "Solar panels", "count": 42}]},
    "ranges": {"price": {"min": 489.9, "max": 1290.0}},
}
SORTED_BY_RELEVANCE = "With `q` the best come first; `ordering` may say otherwise."
FACETS: dict[str, Any] = {
    "summary": "Counts by facet",
    "description": "How many rows that pass the same filters as the list's have each value; at most 100 values a facet.",
    "responses": FacetsSerializer,
    "examples": [OpenApiExample("Facets", FACETS_EXAMPLE, response_only=True)],
}


def include_parameter(names: Any) -> OpenApiParameter:
    return choices("include", tuple(names), "Related rows to add.")


RELATIONS = {"ence": Relation(labels, lambda: None), "prices": Relation(product_prices)}


@extend_schema(tags=["products"])
@extend_schema_view(
    list=extend_schema(
        summary="List products",
        description=f"Products on sale, those out of stock included. {SORTED_BY_RELEVANCE}",
        parameters=[include_parameter(RELATIONS)],
        examples=[OpenApiExample("A product", PRODUCT_EXAMPLE, response_only=True)],
    ),
    retrieve=extend_schema(
        summary="One product",
        parameters=[include_parameter(RELATIONS)],
        examples=[
            OpenApiExample("A product", {**PRODUCT_EXAMPLE, "ence": ENCE_EXAMPLE, "prices": []}, response_only=True),
        ],
    ),
)
class ProductViewSet(CatalogueViewSet):
    queryset = Product.objects.with_stock_status()
    serializer_class = ProductSerializer
    filterset_class = ProductFilterSet
    lookup_field = "sku"
    lookup_value_regex = r"[^/\x00]{1,100}"
    orderings = (
        Ordering("name"),
        Ordering("sku"),
        Ordering("price", "sale_price", nullable=True),
        Ordering("completeness", nullable=True),
        Ordering("updated_at"),
    )
    detail_fields = frozenset({"description", "specifications", "missing", "manual_url", "seo_title", "seo_description"})
    relations = RELATIONS
    search = staticmethod(search_products)
    cache_namespaces = ("products", "prices", "certifications")
    cache_counts = True
    facets_: ClassVar[tuple[Facet, ...]] = (
        Facet("category", "category", ProductCategory.choices),
        Facet("manufacturer", "manufacturer__name"),
        Facet("status", "status", ProductStatus.choices),
        Facet("stock_status", "stock_status", StockStatus.choices),
        Facet("inmetro_certified", "inmetro_certified"),
    )

    def get_queryset(self) -> QuerySet[Product]:
        rows: Any = super().get_queryset()
        return rows if sees_drafts(self.request) else rows.in_catalogue()

    def allowed_parameters(self) -> set[str]:
        if self.action == "facets":
            return {"format", *ProductFilterSet.base_filters}
        if self.action == "trending":
            return {"format", "days", "limit"}
        return super().allowed_parameters()

    @extend_schema(**FACETS)
    @action(detail=False, pagination_class=None, base_parameters=("format",))
    def facets(self, request: Request) -> Response:
        with bounded_reads():
            rows = self.filter_queryset(self.get_queryset())
            return Response(count_facets(rows, self.facets_, {"price": "sale_price"}))

    @extend_schema(
        summary="What is looked at most",
        description=(
            "Products on sale, by how often their details were read without credentials within the last days; counted in Redis, "
            "some minutes old at most, and empty while Redis does not answer. No reader is noted."
        ),
        parameters=[
            OpenApiParameter("days", {"type": "integer", "minimum": 1, "maximum": 7, "default": 7}, description="How many days."),
            OpenApiParameter(
                "limit", {"type": "integer", "minimum": 1, "maximum": 50, "default": 10}, description="At most so many."
            ),
        ],
        responses=inline_serializer("TrendingProducts", {"results": TrendingProductSerializer(many=True)}),
        examples=[OpenApiExample("A product", {"results": [TRENDING_EXAMPLE]}, response_only=True)],
    )
    @action(detail=False, filterset_class=None, pagination_class=None, base_parameters=("format",), has_exports=False)
    def trending(self, request: Request) -> Response:
        days = parameters.integer(request, "days", default=7, low=1, high=7)
        limit = parameters.integer(request, "limit", default=10, low=1, high=50)
        with bounded_reads():
            return Response({"results": trending(timezone.localdate(), days=days, limit=limit)})
