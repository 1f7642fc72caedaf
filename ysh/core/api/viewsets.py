"""Read-only resources. A viewset is its queryset, its row serializer, its filters, its orderings and the name of its key."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from django.db.models import F, QuerySet
from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from ysh.core.api import exports, parameters
from ysh.core.api.database import bounded_reads
from ysh.core.api.filters import StrictFilterBackend
from ysh.core.api.ordering import Ordering
from ysh.core.api.pagination import KeysetPagination, Page, Reading
from ysh.core.api.renderers import feature
from ysh.core.api.rows import RowSerializer
from ysh.core.api.slicing import Slicer, direct
from ysh.core.api.views import StrictMixin
from ysh.core.cache import namespaces
from ysh.core.db.expressions import GeoJson

# Inside the class, `list` is the action.
Expressions = list[Any]


class ListViewSet(StrictMixin, GenericViewSet):
    """A list.

    Attributes:
        queryset: the rows; a list's filters narrow it.
        serializer_class: a `RowSerializer`.
        filterset_class: the list's filters.
        lookup_field: the key; of a detail's address, and of a GeoJSON Feature.
        orderings: the orders on offer, the first one ascending being the default unless `default_ordering` says otherwise.
        default_ordering: as in `ordering=`.
        slicer: how pages are read; `ProbeThenGather` for tables of millions.
        geometry: the geography column of `format=geojson`; None without one.
        list_actions: the actions that are lists, with pages, orders and filters.
        has_exports: whether `format=csv` and `format=ndjson` stream the whole filtered list.
    """

    queryset: QuerySet[Any]
    serializer_class: type[RowSerializer]
    filterset_class: Any = None
    filter_backends = [StrictFilterBackend]
    pagination_class = KeysetPagination
    orderings: ClassVar[tuple[Ordering, ...]]
    default_ordering: ClassVar[str] = ""
    slicer: ClassVar[Slicer] = staticmethod(direct)
    geometry: ClassVar[str | None] = None
    list_actions: ClassVar[frozenset[str]] = frozenset({"list"})
    has_exports: ClassVar[bool] = False
    http_method_names = ["get", "head"]
    base_parameters = ("fields", "format")

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        names = self.field_names(request)
        if exports.is_export(request):
            return self.export(request, names)
        with bounded_reads():
            queryset = self.filter_queryset(self.get_queryset())
            page = self.paginator_.read(request, queryset, self.columns(names), self.reading())
        return Response(self.collection(page.rows, names, page))

    def export(self, request: Request, names: Sequence[str]) -> Any:
        """The whole filtered list, streamed."""
        exports.check_limit(request)
        with bounded_reads():
            queryset = self.filter_queryset(self.get_queryset())
        return exports.export(request, queryset, names, self.columns(names), self.basename)

    def get_renderers(self) -> Expressions:
        renderers = super().get_renderers()
        if self.has_exports and self.action in self.list_actions:
            renderers += [renderer() for renderer in exports.EXPORTS]
        return renderers

    # --- what subclasses may change

    def allowed_parameters(self) -> set[str]:
        allowed = set(self.base_parameters)
        if self.action in self.list_actions:
            if not exports.is_export(self.request):
                allowed.update(KeysetPagination.parameters)
            if self.filterset_class is not None:
                allowed.update(self.filterset_class.base_filters)
        return allowed

    def reading(self) -> Reading:
        """How the list wants to be read, filters included."""
        filterset = getattr(self, "filterset", None)
        if filterset is None:
            return Reading(
                self.basename,
                self.orderings,
                self.default_ordering or self.orderings[0].name,
                type(self).slicer,
                namespaces=self._made_of(),
            )
        return Reading(
            resource=self.basename,
            orderings=self.orderings,
            default_ordering=self.default_ordering or self.orderings[0].name,
            slicer=type(self).slicer,
            equalities=filterset.equalities(),
            is_narrowed=filterset.is_narrowed(),
            bounds=filterset.bounds,
            shortcut=filterset.shortcut(),
            namespaces=self._made_of(),
        )

    def _made_of(self) -> tuple[str, ...]:
        names = self.cache_namespaces
        return tuple(namespaces.of_models([self.queryset.model])) if names is None else names

    # --- rows to JSON

    @property
    def paginator_(self) -> KeysetPagination:
        paginator = self.paginator
        assert isinstance(paginator, KeysetPagination)  # noqa: S101  (typing: DRF calls it a BasePagination)
        return paginator

    @property
    def is_geojson(self) -> bool:
        """Whether GeoJSON is asked for."""
        return self.request.accepted_renderer.format == "geojson"

    def field_names(self, request: Request) -> Sequence[str]:
        """The fields asked for; all of them without `fields=`.

        Raises:
            InvalidQuery: an unknown field.
        """
        return parameters.names(request, "fields", self.serializer_class.names()) or self.serializer_class.names()

    def columns(self, names: Iterable[str]) -> Expressions:
        """What to select: the fields, and for GeoJSON the geometry and the key."""
        columns = self.serializer_class.expressions(names)
        if self.is_geojson:
            assert self.geometry is not None  # noqa: S101  (only such viewsets offer the renderer)
            columns += [GeoJson(self.geometry), F(self.lookup_field)]
        return columns

    def item(self, row: Sequence[Any], names: Sequence[str]) -> dict[str, Any]:
        """One row of `columns(names)` as JSON or as a GeoJSON Feature."""
        properties = dict(zip(names, row, strict=False))
        if not self.is_geojson:
            return properties
        return feature(properties, row[len(names)], row[len(names) + 1])

    def collection(self, rows: Iterable[Sequence[Any]], names: Sequence[str], page: Page | None = None) -> dict[str, Any]:
        """Many rows as one body."""
        items = [self.item(row, names) for row in rows]
        body: dict[str, Any] = {"type": "FeatureCollection"} if self.is_geojson else {}
        if page is not None:
            if page.count is not None:
                body["count"] = page.count
            body |= {"next": page.next, "previous": page.previous}
        body["features" if self.is_geojson else "results"] = items
        return body


class ReadOnlyViewSet(ListViewSet):
    """A list and a detail.

    Attributes:
        lookup_value_regex: the form of the key; anything else is a 404 before the database is asked.
    """

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        names = self.field_names(request)
        with bounded_reads():
            queryset = self.get_queryset().filter(**{self.lookup_field: kwargs[self.lookup_url_kwarg or self.lookup_field]})
            row = queryset.order_by().values_list(*self.columns(names)).first()
        if row is None:
            raise Http404
        return Response(self.item(row, names))
