"""One ranked list over products, kits and datasets."""

from collections.abc import Collection, Iterator
from typing import Any

from django.contrib.postgres.search import SearchQuery, SearchRank, TrigramWordSimilarity
from django.db.models import F, FloatField, QuerySet, Value
from django.db.models.functions import Cast
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from aneel.models import Dataset
from pipeline.api.highlights import Marker
from products.models import Product, SolarKit
from products.search import search_both, search_kits, search_products
from products.search_terms import MOST_CHARACTERS
from ysh.core.api import parameters
from ysh.core.api.errors import Fault, InvalidQuery
from ysh.core.api.openapi_parameters import choices
from ysh.core.api.scopes import allows
from ysh.core.api.views import StrictView
from ysh.core.cache import structures
from ysh.core.db.search import Folded

CONFIG = "public.portuguese_unaccent"
# As products and kits are weighed: description, –, keywords, title.
_WEIGHTS = [0.05, 0.1, 0.6, 1.0]
_LEAST_SIMILARITY = 0.45
QUERY = {"type": "string", "minLength": 1, "maxLength": MOST_CHARACTERS}
LIMIT = {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}


class FoundSerializer(serializers.Serializer[Any]):
    type = serializers.ChoiceField(choices=[("product", "product"), ("kit", "kit"), ("dataset", "dataset")])
    key = serializers.CharField(help_text="SKU, kit id or ANEEL's id.")
    title = serializers.CharField()
    highlight = serializers.CharField(help_text="The title as HTML, what was found in <mark>.")
    snippet = serializers.CharField(help_text="Where it was found in the description, as HTML; empty when it was not.")
    path = serializers.CharField(help_text="Where it is, under /api/v1/.")
    rank = serializers.FloatField()


class SearchSerializer(serializers.Serializer[Any]):
    results = FoundSerializer(many=True)


def _datasets(text: str) -> "tuple[QuerySet[Dataset], QuerySet[Dataset]]":
    """By words; and, for when there are none, by likeness of the title."""
    query = SearchQuery(text, config=CONFIG, search_type="websearch")
    found = Dataset.objects.filter(search_vector=query).annotate(
        search_rank=Cast(SearchRank(F("search_vector"), query, weights=_WEIGHTS), FloatField())
    )
    asked: Any = Folded(Value(text))  # the stubs know of texts only
    alike = Cast(TrigramWordSimilarity(asked, Folded("title")), FloatField())
    return found, Dataset.objects.annotate(search_rank=alike).filter(search_rank__gte=_LEAST_SIMILARITY)


Columns = tuple[str, str, str]
_COLUMNS: dict[str, Columns] = {
    "product": ("sku", "name", "description"),
    "kit": ("kit_id", "name", "description"),
    "dataset": ("aneel_id", "title", "description"),
}


def _best(found: Any, columns: Columns, limit: int) -> list[tuple[Any, ...]]:
    if "search_rank" not in found.query.annotations:  # a text without words
        return []
    return list(found.order_by("-search_rank", "pk").values_list(*columns, "search_rank")[:limit])


def _found(request: Request, text: str, types: Collection[str], limit: int) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Type and columns of the best rows of each type."""
    products: Any = Product.objects.all()
    kits: Any = SolarKit.objects.all()
    if not allows(request, "drafts"):
        products, kits = products.in_catalogue(), kits.published()
    catalogue: dict[str, Any] = {}
    if {"product", "kit"} <= set(types):
        catalogue["product"], catalogue["kit"] = search_both(products, kits, text)
    elif "product" in types:
        catalogue["product"] = search_products(products, text)
    elif "kit" in types:
        catalogue["kit"] = search_kits(kits, text)
    for kind, rows in catalogue.items():
        yield from ((kind, row) for row in _best(rows, _COLUMNS[kind], limit))
    if "dataset" in types:
        by_words, by_likeness = _datasets(text)
        rows = _best(by_words, _COLUMNS["dataset"], limit) or _best(by_likeness, _COLUMNS["dataset"], limit)
        yield from (("dataset", row) for row in rows)


TYPES = ("product", "kit", "dataset")


@extend_schema(
    tags=["search"],
    summary="Search everything",
    description=(
        "The best of products, kits and datasets in one list. Accents, case, inflections, typos and synonyms are forgiven; "
        "powers are understood however they are spelt (5kw, 5 kW, 550w). For more than the best hundred use `q=` of the lists."
    ),
    parameters=[
        OpenApiParameter("q", QUERY, required=True, description="What to look for."),
        choices("type", TYPES, "Only these."),
        OpenApiParameter("limit", LIMIT, description="At most so many."),
    ],
    responses=SearchSerializer,
    examples=[
        OpenApiExample(
            "Found",
            {
                "results": [
                    {
                        "type": "kit",
                        "key": "KIT-00042",
                        "title": "Kit solar 6,1 kWp telhado cerâmico",
                        "highlight": "Kit solar 6,1 kWp telhado <mark>cerâmico</mark>",
                        "snippet": "",
                        "path": "kits/KIT-00042/",
                        "rank": 0.61,
                    }
                ]
            },
            response_only=True,
        )
    ],
)
class SearchView(StrictView):
    base_parameters = ("q", "type", "limit", "format")
    cache_namespaces = ("datasets", "kits", "products")

    def read(self, request: Request, *args: Any, **kwargs: Any) -> dict[str, Any]:
        text = request.query_params.get("q", "").strip()
        if not text or len(text) > MOST_CHARACTERS:
            detail = f"“q”: 1–{MOST_CHARACTERS}"
            raise InvalidQuery([Fault("q", "too_long" if text else "required", detail)])
        types = parameters.names(request, "type", TYPES) or TYPES
        limit = parameters.integer(request, "limit", default=20, low=1, high=100)
        marker = Marker(text)
        found = [_shown(kind, marker, *row) for kind, row in _found(request, text, types, limit)]
        found.sort(key=lambda item: (-item["rank"], TYPES.index(item["type"]), item["key"]))
        if found:
            structures.note_search(text)
        return {"results": found[:limit]}


def _shown(kind: str, marker: Marker, key: str, title: str, description: str, rank: float) -> dict[str, Any]:
    return {
        "type": kind,
        "key": key,
        "title": title,
        "highlight": marker.marked(title),
        "snippet": marker.snippet(description),
        "path": f"{kind}s/{key}/",
        "rank": round(float(rank), 6),
    }
