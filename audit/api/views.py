"""The change log for staff: list, detail, export."""

from datetime import datetime
from typing import Any, ClassVar

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.viewsets import GenericViewSet

from audit.api.exports import TYPES, export
from audit.api.filters import AuditFilterSet
from audit.api.serializers import EntrySerializer, entry_row
from audit.models import ChangeLogEntry
from audit.presenters import Narrator
from audit.timeline import Filters, Place, read
from ysh.core.api import parameters
from ysh.core.api.cursors import Cursor, invalid_cursor
from ysh.core.api.database import bounded_reads
from ysh.core.api.errors import Fault, InvalidQuery
from ysh.core.api.filters import StrictFilterBackend
from ysh.core.api.openapi_examples import csv_of, ndjson_of
from ysh.core.api.pagination import KeysetPagination
from ysh.core.api.parameters import faults_of
from ysh.core.api.views import StrictMixin

RESOURCE = "audit"
ORDERING = "-changed_at"
EXAMPLE = {
    "id": 4711,
    "kind": "products.products",
    "record": "42",
    "record_label": "PNL-DAH-610",
    "operation": "UPDATE",
    "changed_fields": ["sale_price"],
    "old_values": {"sale_price": 9990.0},
    "new_values": {"sale_price": 9490.0},
    "actor": "maria",
    "source": "admin",
    "reason": "campanha",
    "request_id": "7b0c2bb6-3c50-4a53-9f0b-8e5a4d5e8c11",
    "run_id": None,
    "changed_at": "2026-11-23T05:02:11.480321Z",
    "sentence": "Maria changed the sale price from R$ 9,990.00 to R$ 9,490.00 on product PNL-DAH-610, for “campanha”.",
}


class MayReadLog(BasePermission):
    """Staff who may see the change log."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return bool(request.user.is_staff) and request.user.has_perm("audit.view_changelogentry")


class TimelinePagination(KeysetPagination):
    """`cursor` and `page_size`; always the newest first."""

    parameters = ("cursor", "page_size")  # type: ignore[assignment]

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return [item for item in super().get_schema_operation_parameters(view) if item["name"] in self.parameters]

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        whole = super().get_paginated_response_schema(schema)
        found = {name: whole["properties"][name] for name in ("next", "results")}
        found["searched_to"] = {
            "type": "string",
            "format": "date-time",
            "nullable": True,
            "example": None,
            "description": "How far back was looked when the page is not full and `next` goes on from there; null otherwise.",
        }
        return {"type": "object", "required": ["next", "searched_to", "results"], "properties": found}


@extend_schema(tags=["audit"])
@extend_schema_view(
    list=extend_schema(
        summary="List changes",
        description=(
            "For staff who may see the change log. Newest first. A page looks at a bounded number of entries: it may hold "
            "fewer than `page_size`, or none, and still have a `next`."
        ),
        examples=[OpenApiExample("A change", EXAMPLE, response_only=True)],
    ),
    retrieve=extend_schema(summary="One change", examples=[OpenApiExample("A change", EXAMPLE, response_only=True)]),
)
class AuditViewSet(StrictMixin, GenericViewSet):
    queryset = ChangeLogEntry.objects.all()
    serializer_class = EntrySerializer
    filterset_class: Any = AuditFilterSet
    filter_backends = [StrictFilterBackend]
    pagination_class = TimelinePagination
    permission_classes = [MayReadLog]
    is_restricted = True
    lookup_value_regex = r"[0-9]{1,18}"
    http_method_names = ["get", "head"]
    cache_namespaces = ()
    orderings: ClassVar[tuple[Any, ...]] = ()
    default_ordering = ORDERING

    def allowed_parameters(self) -> set[str]:
        allowed = set(self.base_parameters)
        if self.action in {"list", "export"}:
            allowed.update(AuditFilterSet.base_filters)
        if self.action == "list":
            allowed.update(TimelinePagination.parameters)
        if self.action == "export":
            allowed.add("as")
        return allowed

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        filters = self._filters(request)
        size = parameters.integer(request, "page_size", default=50, low=1, high=TimelinePagination.max_page_size)
        after = _place(request.query_params.get("cursor"))
        with bounded_reads():
            page = read(filters, after=after, size=size)
            narrator = Narrator.of(page.entries)
            rows = [entry_row(entry, narrator) for entry in page.entries]
        following = None
        if page.next is not None:
            text = Cursor(ORDERING, backwards=False, key=(page.next.changed_at, page.next.id)).encode(RESOURCE)
            following = replace_query_param(request.build_absolute_uri(), "cursor", text)
        return Response({"next": following, "searched_to": page.searched_to, "results": rows})

    def retrieve(self, request: Request, pk: str) -> Response:
        with bounded_reads():
            entry = self.get_queryset().filter(pk=int(pk)).first()
            if entry is None:
                raise Http404
            return Response(entry_row(entry, Narrator.of([entry])))

    @extend_schema(
        summary="Changes as a file",
        description="Everything the filters find, at least one of which has to be given; written while it is read.",
        parameters=[OpenApiParameter("as", OpenApiTypes.STR, enum=sorted(TYPES), default="csv", description="Kind of file.")],
        responses={(200, "text/csv"): OpenApiTypes.STR, (200, "application/x-ndjson"): OpenApiTypes.STR},
        examples=[
            OpenApiExample("CSV", csv_of([EXAMPLE]), response_only=True, media_type="text/csv"),
            OpenApiExample("NDJSON", ndjson_of([EXAMPLE]), response_only=True, media_type="application/x-ndjson"),
        ],
    )
    @action(detail=False, pagination_class=None)
    def export(self, request: Request) -> Any:
        filters = self._filters(request)
        if not filters.any():
            raise InvalidQuery([Fault("", "filter_required", _("Give at least one filter: the whole log is no file."))])
        kind = (parameters.names(request, "as", TYPES) or ["csv"])[0]
        return export(filters, kind)

    def _filters(self, request: Request) -> Filters:
        filterset: AuditFilterSet = StrictFilterBackend().get_filterset(request, self.get_queryset(), self)
        if not filterset.is_valid():
            raise InvalidQuery(faults_of(filterset.form))
        faults = [Fault(name, "one_value", _("“%(name)s” takes one value.") % {"name": name}) for name in filterset.several()]
        filters = filterset.wanted()
        if filters.record_id and not filters.table:
            faults.append(Fault("record", "needs_kind", _("“record” needs “kind”: keys are unique within a table only.")))
        if faults:
            raise InvalidQuery(faults)
        return filters


def _place(text: str | None) -> Place | None:
    """Where a cursor points.

    Raises:
        InvalidQuery: it is not one of this list's.
    """
    if not text:
        return None
    cursor = Cursor.decode(text, RESOURCE)
    try:
        instant, key = cursor.key
        return Place(datetime.fromisoformat(instant), int(key))
    except (TypeError, ValueError):
        raise invalid_cursor(_("The cursor is out of date: start again without it.")) from None
