"""The feed of changes under /api/v1/changes/."""

from datetime import UTC, datetime
from typing import Any

from django.core import signing
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import exceptions, serializers, status
from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param

from pipeline.changes import Place, PlaceLost, beginning, latest, read_changes, shown
from pipeline.choices import ChangeKind, ChangeOperation
from ysh.core.api import parameters
from ysh.core.api.errors import Fault, InvalidQuery
from ysh.core.api.openapi_parameters import choices
from ysh.core.api.views import StrictView

LATEST = "latest"
PAGE_SIZE = {"type": "integer", "minimum": 1, "maximum": 500, "default": 100}
_signer = signing.Signer(salt="ysh.api.changes")
EXAMPLE = {
    "results": [
        {
            "type": "kit",
            "key": "KIT-00042",
            "operation": "UPDATE",
            "changed_at": "2026-08-13T05:02:11.480321Z",
            "path": "kits/KIT-00042/",
            "data": None,
        },
        {
            "type": "price",
            "key": "PNL-DAH-610",
            "operation": "INSERT",
            "changed_at": "2026-08-13T05:02:12.011400Z",
            "path": "products/PNL-DAH-610/",
            "data": {"of": "product", "kind": "SALE", "amount": "612.38", "valid_from": "2026-08-13T05:02:12.011400Z"},
        },
    ],
    "cursor": "WzE4NDQsMTg2MCwwLDE3…",
    "next": "https://ysh.example/api/v1/changes/?since=WzE4NDQsMTg2MCwwLDE3…",
    "has_more": False,
}


class CursorExpired(exceptions.APIException):
    """410: the changes since then are not all kept."""

    status_code = status.HTTP_410_GONE
    default_code = "cursor_expired"
    default_detail = gettext_lazy(
        "The cursor is older than the changes that are kept: take a new one with “since=latest”, then read the lists again."
    )


class ChangeSerializer(serializers.Serializer[Any]):
    type = serializers.ChoiceField(choices=ChangeKind.choices)
    key = serializers.CharField(help_text="SKU, kit id or certificate id; of a price, what it is the price of.")
    operation = serializers.ChoiceField(
        choices=ChangeOperation.choices, help_text="As readers see it: what is withdrawn from sale is a DELETE."
    )
    changed_at = serializers.DateTimeField()
    path = serializers.CharField(help_text="Where the object is, under /api/v1/.")
    data = serializers.JSONField(allow_null=True, help_text="Of a price: of, kind, amount, valid_from. Else null.")  # type: ignore[assignment]


class ChangesSerializer(serializers.Serializer[Any]):
    results = ChangeSerializer(many=True)
    cursor = serializers.CharField(help_text="For `since`, now or later.")
    next = serializers.URLField(help_text="The same as an address.")
    has_more = serializers.BooleanField(help_text="Whether to ask again at once; else poll as often as you like.")


@extend_schema(
    tags=["changes"],
    summary="What changed since",
    description=(
        "Insertions, updates and deletions of products, kits, sale prices and certifications, as readers see them. Nothing is "
        "missed and nothing comes twice, whoever writes meanwhile; changes of one object come in the order of their commits. "
        "To keep a copy: take a cursor with `since=latest`, read the lists, then ask for the changes since that cursor, again "
        "and again. Without `since` the feed begins with the oldest change that is kept. A cursor that is too old is answered "
        "with 410."
    ),
    parameters=[
        OpenApiParameter("since", OpenApiTypes.STR, description="`cursor` of an earlier answer, or `latest`."),
        choices("type", ChangeKind.values, "Only these."),
        OpenApiParameter("page_size", PAGE_SIZE, description="At most so many."),
    ],
    responses={200: ChangesSerializer, 410: OpenApiResponse(description="The cursor is older than what is kept.")},
    examples=[OpenApiExample("Changes", EXAMPLE, response_only=True, status_codes=["200"])],
)
class ChangesView(StrictView):
    """Never cached: an answer is right for one moment."""

    base_parameters = ("since", "type", "page_size", "format")

    def read(self, request: Request, *args: Any, **kwargs: Any) -> dict[str, Any]:
        kinds = parameters.names(request, "type", ChangeKind.values) or []
        limit = parameters.integer(request, "page_size", default=100, low=1, high=500)
        since = request.query_params.get("since")
        place = beginning() if since is None else latest() if since == LATEST else decode(since)
        try:
            page = read_changes(place, limit=limit, kinds=kinds)
        except PlaceLost:
            raise CursorExpired from None
        cursor = encode(page.place)
        return {
            "results": [shown(change) for change in page.rows],
            "cursor": cursor,
            "next": replace_query_param(request.build_absolute_uri(), "since", cursor),
            "has_more": page.has_more,
        }


def encode(place: Place) -> str:
    """An opaque, signed text."""
    return _signer.sign_object([place.low, place.high, place.last, int(place.at.timestamp())])


def decode(text: str) -> Place:
    """Read a cursor back.

    Raises:
        InvalidQuery: not one of ours.
    """
    try:
        low, high, last, at = _signer.unsign_object(text)
    except signing.BadSignature:
        detail = _("The cursor is not one of this feed's: take it from “cursor” or “next” as it is.")
        raise InvalidQuery([Fault("since", "invalid_cursor", detail)]) from None
    return Place(int(low), int(high), int(last), datetime.fromtimestamp(at, UTC))
