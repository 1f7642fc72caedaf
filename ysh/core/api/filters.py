"""Filters of lists. A parameter or value that is not understood is refused, never ignored."""

import copy
from typing import Any, ClassVar

import django_filters
from django.db.models import Q, QuerySet, Value
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework.request import Request

from ysh.core.api import query_fields
from ysh.core.api.errors import InvalidQuery
from ysh.core.api.parameters import faults_of
from ysh.core.api.slicing import Shortcut
from ysh.core.db.expressions import WithinBox
from ysh.core.db.search import Folded


class _ManyFilter(django_filters.Filter):
    """Several values mean any of them."""

    def filter(self, qs: QuerySet[Any], value: list[Any]) -> QuerySet[Any]:
        if not value:
            return qs
        if len(value) == 1:
            return qs.filter(**{self.field_name: value[0]})
        return qs.filter(**{f"{self.field_name}__in": value})


class VocabularyFilter(_ManyFilter):
    """Values of a closed list (`values=`)."""

    field_class = query_fields.VocabularyField


class CodeFilter(_ManyFilter):
    """Codes of a fixed form (`pattern=`, `expected=`)."""

    field_class = query_fields.PatternField


class ArrayFilter(django_filters.Filter):
    """Rows whose array column holds all the given values (`values=`)."""

    field_class = query_fields.VocabularyField

    def filter(self, qs: QuerySet[Any], value: list[str]) -> QuerySet[Any]:
        return qs.filter(**{f"{self.field_name}__contains": value}) if value else qs


@extend_schema_field(OpenApiTypes.DOUBLE)
class NumberFilter(django_filters.Filter):
    """A number (`low=`, `high=`)."""

    field_class = query_fields.NumberField


@extend_schema_field(OpenApiTypes.DATE)
class DayFilter(django_filters.Filter):
    field_class = query_fields.DayField


@extend_schema_field(OpenApiTypes.DATETIME)
class InstantFilter(django_filters.Filter):
    field_class = query_fields.InstantField


@extend_schema_field(OpenApiTypes.STR)
class ContainsFilter(django_filters.Filter):
    """Text anywhere in one of the columns, whatever its case and accents.

    Args:
        columns: text columns.
        folded_columns: text columns that are stored without case and accents.
    """

    field_class = query_fields.TextField

    def __init__(self, *, columns: tuple[str, ...] = (), folded_columns: tuple[str, ...] = (), **options: Any) -> None:
        self.columns, self.folded_columns = columns, folded_columns
        super().__init__(**options)

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        if not value:
            return qs
        matches = Q()
        for column in self.columns:
            matches |= Q(**{f"{column}__folded__contains": value})
        for column in self.folded_columns:
            matches |= Q(**{f"{column}__contains": Folded(Value(value))})
        return qs.filter(matches)


_RANGES = frozenset({"gt", "gte", "lt", "lte"})


class _Declared(dict[str, Any]):
    """Filters as a class declares them. Each request gets copies; what hangs on them is not written to and need not be copied."""

    def __deepcopy__(self, memo: Any) -> dict[str, Any]:
        return {name: copy.copy(one) for name, one in self.items()}


class StrictFilterSet(django_filters.FilterSet):
    """Base of the API's filter sets.

    Attributes:
        walks: parameter -> column, for equality filters whose column leads an index (column, key): a list narrowed by one of
            them can be read in order from that index.
        takes_one_value: whether the view refuses several values of a filter; for the OpenAPI document.
    """

    walks: ClassVar[dict[str, str]] = {}
    takes_one_value: ClassVar[bool] = False
    _forms: ClassVar[dict[type, Any]] = {}
    _unasked: ClassVar[dict[type, Any]] = {}
    base_filters: Any  # the metaclass sets it

    def __init__(self, *args: Any, **options: Any) -> None:
        self.base_filters = _Declared(self.base_filters)
        super().__init__(*args, **options)

    def get_form_class(self) -> Any:
        """Made once a class: its fields depend on no request, and a form copies them."""
        return self._forms.get(type(self)) or self._forms.setdefault(type(self), super().get_form_class())

    @property
    def form(self) -> Any:
        """The request's parameters, validated. Requests that ask for nothing share one form a class, which nobody writes to."""
        if any(name in self.data for name in self.base_filters):
            return super().form
        if type(self) not in self._unasked:
            empty = self.get_form_class()({})
            if not empty.is_valid():  # something has to be asked for, and it says so in the reader's language
                return super().form
            self._unasked[type(self)] = empty
        return self._unasked[type(self)]

    def equalities(self) -> dict[str, Any]:
        """The `walks` columns that are narrowed to one value."""
        chosen = self.form.cleaned_data
        return {column: chosen[name][0] for name, column in self.walks.items() if len(chosen.get(name) or ()) == 1}

    def bounds(self, column: str) -> dict[str, Any]:
        """The filters on a column's range that were asked for: lookup -> value."""
        chosen = self.form.cleaned_data
        asked = ((name, one) for name, one in self.filters.items() if one.field_name == column and chosen.get(name) is not None)
        return {f"{column}__{one.lookup_expr}": chosen[name] for name, one in asked if one.lookup_expr in _RANGES}

    def shortcut(self) -> Shortcut | None:
        """What `slicing.Slice` says of it; none unless the list has one for these filters."""
        return None

    def is_narrowed(self) -> bool:
        """Whether any filter was asked for."""
        return any(self.data.get(name) for name in self.filters)


class UpdatedSinceMixin(django_filters.FilterSet):
    """`updated_since=`: rows written at that moment or later."""

    updated_since = InstantFilter(
        field_name="updated_at", lookup_expr="gte", label="written at or after this moment (ISO 8601 with offset)"
    )


class StrictFilterBackend(DjangoFilterBackend):
    """Applies the view's `filterset_class`; leaves it on the view as `filterset`."""

    raise_exception = True

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        view.filterset = self.get_filterset(request, queryset, view)
        if view.filterset is None:
            return queryset
        if not view.filterset.is_valid():
            raise InvalidQuery(faults_of(view.filterset.form))
        narrowed: QuerySet[Any] = view.filterset.qs
        return narrowed


@extend_schema_field(OpenApiTypes.STR)
class SameTextFilter(django_filters.Filter):
    """Exactly this text, whatever its case and accents."""

    field_class = query_fields.TextField

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        return qs.filter(**{f"{self.field_name}__folded": value}) if value else qs


@extend_schema_field(OpenApiTypes.STR)
class BoxFilter(django_filters.Filter):
    """Points in a box of longitudes and latitudes (`bounds=` is the area outside which there are no points)."""

    field_class = query_fields.BoxField

    def __init__(self, *, bounds: tuple[float, float, float, float], **options: Any) -> None:
        self.bounds = bounds
        super().__init__(**options)

    def filter(self, qs: QuerySet[Any], value: tuple[float, float, float, float] | None) -> QuerySet[Any]:
        if not value:
            return qs
        box = self.clipped(value)
        return qs.filter(WithinBox(self.field_name, box)) if box[0] < box[2] and box[1] < box[3] else qs.none()

    def clipped(self, box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
        """The part of a box that lies within the bounds; it may be empty (west not west of east)."""
        (west, south, east, north), (left, bottom, right, top) = box, self.bounds
        return max(west, left), max(south, bottom), min(east, right), min(north, top)


class ContainsDayFilter(DayFilter):
    """Rows whose range column holds the day."""

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        return qs.filter(**{f"{self.field_name}__contains": value}) if value else qs
