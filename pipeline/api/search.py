"""One ranked list over products, kits and datasets."""

import html
import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import Any

from django.contrib.postgres.search import SearchQuery, SearchRank, TrigramWordSimilarity
from django.db.models import F, FloatField, QuerySet, Value
from django.db.models.functions import Cast
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from aneel.models import Dataset
from products.models import Product, SolarKit
from products.search import search_kits, search_products
from products.search_terms import MOST_CHARACTERS, terms_of
from ysh.core.api import parameters
from ysh.core.api.errors import Fault, InvalidQuery
from ysh.core.api.openapi_parameters import choices
from ysh.core.api.scopes import allows
from ysh.core.api.views import StrictView
from ysh.core.db.search import Folded

CONFIG = "public.portuguese_unaccent"
# As products and kits are weighed: description, –, keywords, title.
_WEIGHTS = [0.05, 0.1, 0.6, 1.0]
_LEAST_SIMILARITY = 0.45
QUERY = {"type": "string", "minLength": 1, "maxLength": MOST_CHARACTERS}
LIMIT = {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}
_CUT = 240


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


def _datasets(text: str) -> "QuerySet[Dataset]":
    """By words; when there are none, by likeness of the title."""
    query = SearchQuery(text, config=CONFIG, search_type="websearch")
    found = Dataset.objects.filter(search_vector=query).annotate(
        search_rank=Cast(SearchRank(F("search_vector"), query, weights=_WEIGHTS), FloatField())
    )
    if found.exists():
        return found
    asked: Any = Folded(Value(text))  # the stubs know of texts only
    alike = Cast(TrigramWordSimilarity(asked, Folded("title")), FloatField())
    return Dataset.objects.annotate(search_rank=alike).filter(search_rank__gte=_LEAST_SIMILARITY)


def _sources(request: Request) -> dict[str, tuple[Callable[[str], Any], str, str, str]]:
    """By type: the search, the columns of key, title and description."""
    products: Any = Product.objects.all()
    kits: Any = SolarKit.objects.all()
    if not allows(request, "drafts"):
        products, kits = products.in_catalogue(), kits.published()
    return {
        "product": (lambda text: search_products(products, text), "sku", "name", "description"),
        "kit": (lambda text: search_kits(kits, text), "kit_id", "name", "description"),
        "dataset": (_datasets, "aneel_id", "title", "description"),
    }


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
        found: list[dict[str, Any]] = []
        for kind, (search, key, title, description) in _sources(request).items():
            if kind in types:
                rows = search(text)
                if "search_rank" not in rows.query.annotations:  # a text without words
                    continue
                best = rows.order_by("-search_rank", "pk").values_list(key, title, description, "search_rank")[:limit]
                found += [_shown(kind, text, *row) for row in best]
        found.sort(key=lambda item: (-item["rank"], TYPES.index(item["type"]), item["key"]))
        return {"results": found[:limit]}


def _shown(kind: str, text: str, key: str, title: str, description: str, rank: float) -> dict[str, Any]:
    return {
        "type": kind,
        "key": key,
        "title": title,
        "highlight": marked(title, text),
        "snippet": snippet(description, text),
        "path": f"{kind}s/{key}/",
        "rank": round(float(rank), 6),
    }


def _folded(text: str) -> str:
    """Lower case without accents, character by character, so that places stay the same."""
    return "".join((unicodedata.normalize("NFKD", char)[:1] or char).lower()[:1] or char for char in text)


def _places(text: str, asked: str) -> list[tuple[int, int]]:
    """Where the terms of a search, or their synonyms, stand in a text: words that begin with them."""
    phrases = {phrase for term in terms_of(asked) for phrase in term.phrases if phrase}
    if not phrases:
        return []
    longest_first = "|".join(re.escape(phrase) for phrase in sorted(phrases, key=len, reverse=True))
    return [match.span() for match in re.finditer(rf"(?<!\w)(?:{longest_first})\w*", _folded(text))]


def _mark(text: str, places: Iterable[tuple[int, int]]) -> str:
    parts, position = [], 0
    for begin, end in places:
        parts += [html.escape(text[position:begin]), "<mark>", html.escape(text[begin:end]), "</mark>"]
        position = end
    return "".join(parts) + html.escape(text[position:])


def marked(text: str, asked: str) -> str:
    """The text as HTML with what was asked for in <mark>."""
    return _mark(text, _places(text, asked))


def snippet(text: str, asked: str) -> str:
    """The surroundings of the first place, as HTML; empty when there is none."""
    places = _places(text, asked)
    if not places:
        return ""
    begin = max(0, places[0][0] - _CUT // 3)
    part = text[begin : begin + _CUT]
    return ("…" if begin else "") + marked(part, asked) + ("…" if begin + _CUT < len(text) else "")
