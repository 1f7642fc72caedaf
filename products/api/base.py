"""What products and kits have in common as resources: who sees drafts, heavy fields, related rows, search."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from django.db.models import F, FloatField, QuerySet, Value
from django.db.models.functions import Cast
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from ysh.core.api import parameters
from ysh.core.api.database import bounded_reads
from ysh.core.api.errors import Fault, InvalidQuery
from ysh.core.api.exports import is_export
from ysh.core.api.ordering import Ordering
from ysh.core.api.pagination import Page, Reading
from ysh.core.api.rows import Column, RowSerializer
from ysh.core.api.scopes import allows
from ysh.core.api.slicing import Rows, Slice, direct
from ysh.core.api.viewsets import Expressions, ReadOnlyViewSet


def sees_drafts(request: Request) -> bool:
    """Whether what is not published may be shown: to staff, and to keys of that scope."""
    return allows(request, "drafts")


class CatalogueSerializer(RowSerializer):
    """Columns, and nested serializers for rows that belong to the row; only columns are read with it."""

    @classmethod
    def names(cls) -> tuple[str, ...]:
        return tuple(name for name, field in cls._declared_fields.items() if isinstance(field, Column))


@dataclass(frozen=True, slots=True)
class Relation:
    """Rows that belong to the rows of a page, read with one query however many rows there are.

    Attributes:
        read: primary keys, request -> what belongs to each key.
        empty: makes the value of a key that has none.
    """

    read: Callable[[Sequence[int], Request], Mapping[int, Any]]
    empty: Callable[[], Any] = list


class CatalogueViewSet(ReadOnlyViewSet):
    """Lists without heavy fields unless `fields=` names them, details with all; `include=` adds related rows.

    Attributes:
        detail_fields: fields that lists leave out unless asked for.
        relations: what `include=` knows; a detail without `fields=` and `include=` has all of them.
        search: queryset, text -> the rows that are meant, annotated with `search_rank`.
    """

    has_exports = True
    detail_fields: ClassVar[frozenset[str]] = frozenset()
    relations: ClassVar[Mapping[str, Relation]] = {}
    search: ClassVar[Callable[..., Any]]
    base_parameters = ("fields", "include", "format")  # type: ignore[assignment]
    # Facets and breakdowns carry labels; what is certified depends on the day.
    cache_by_language = True
    cache_by_day = True
    relevance: ClassVar[Ordering] = Ordering("relevance", "search_key", field=FloatField())

    # --- parameters

    def allowed_parameters(self) -> set[str]:
        return super().allowed_parameters() - ({"include"} if is_export(self.request) else set())

    def field_names(self, request: Request) -> Sequence[str]:
        asked = parameters.names(request, "fields", self.serializer_class.names())
        if asked:
            return asked
        names = self.serializer_class.names()
        return names if self.action == "retrieve" else [name for name in names if name not in self.detail_fields]

    def included(self) -> Sequence[str]:
        """The relations to add.

        Raises:
            InvalidQuery: an unknown one.
        """
        asked = parameters.names(self.request, "include", self.relations)
        if asked is not None:
            return asked
        return tuple(self.relations) if self.action == "retrieve" and "fields" not in self.request.query_params else ()

    # --- search

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        queryset = super().filter_queryset(queryset)
        text = self.search_text()
        if not text:
            return queryset
        found: QuerySet[Any] = type(self).search(queryset, text)
        if "search_rank" not in found.query.annotations:  # a text without words finds nothing
            found = found.annotate(search_rank=Value(0.0, output_field=FloatField()))
        return found.annotate(search_key=Cast("search_rank", FloatField())).order_by()

    def search_text(self) -> str:
        """What `q` says, trimmed; empty without it."""
        filterset = getattr(self, "filterset", None)
        return str(filterset.form.cleaned_data.get("q") or "") if filterset is not None else ""

    def reading(self) -> Reading:
        reading = super().reading()
        if self.search_text():
            return replace(
                reading, orderings=(*reading.orderings, self.relevance), default_ordering="-relevance", slicer=best_first
            )
        if self.request.query_params.get("ordering", "").removeprefix("-") == "relevance":
            raise InvalidQuery([Fault("ordering", "invalid_choice", _("“relevance” needs a search: give “q” too."))])
        return reading

    # --- rows

    def columns(self, names: Iterable[str]) -> Expressions:
        return [*super().columns(names), F("pk")]

    def collection(self, rows: Iterable[Sequence[Any]], names: Sequence[str], page: Page | None = None) -> dict[str, Any]:
        rows = list(rows)
        body = super().collection(rows, names, page)
        self._attach(body["results"], [row[-1] for row in rows])
        return body

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        names = self.field_names(request)
        if is_export(request):
            return self.export(request, names)
        self.included()  # refused before the database is asked
        with bounded_reads():
            queryset = self.filter_queryset(self.get_queryset())
            page = self.paginator_.read(request, queryset, self.columns(names), self.reading())
            return Response(self.collection(page.rows, names, page))

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        names = self.field_names(request)
        self.included()
        with bounded_reads():
            queryset = self.get_queryset().filter(**{self.lookup_field: kwargs[self.lookup_field]})
            row = queryset.order_by().values_list(*self.columns(names)).first()
            if row is None:
                raise Http404
            body = self.item(row, names)
            self._attach([body], [row[-1]])
        return Response(body)

    def _attach(self, bodies: Sequence[dict[str, Any]], keys: Sequence[int]) -> None:
        for name in self.included():
            relation = self.relations[name]
            found = relation.read(keys, self.request) if keys else {}
            for body, key in zip(bodies, keys, strict=True):
                body[name] = found[key] if key in found else relation.empty()


def best_first(wanted: Slice) -> Rows:
    """A page of what was searched: the best rows' keys first, so that nothing more is computed for rows that are sorted away."""
    if isinstance(wanted.queryset.query.annotations["search_rank"], Value):  # nothing is ranked: any rows will do
        return direct(wanted)
    best = wanted.beyond(wanted.queryset, wanted.after).order_by(*wanted.order.order_by()).values_list("pk", flat=True)
    return wanted.read(wanted.queryset.filter(pk__in=list(best[: wanted.limit])), wanted.limit)
