"""Keyset pages: a page starts where the last one ended, so that page 10,000 costs what page 1 costs, and no row comes twice."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param

from ysh.core.api import parameters
from ysh.core.api.counting import whole_count
from ysh.core.api.cursors import Cursor, invalid_cursor
from ysh.core.api.ordering import KeyOrder, Ordering, choose
from ysh.core.api.slicing import Rows, Shortcut, Slice, Slicer, direct


@dataclass(frozen=True, slots=True)
class Page:
    """One page.

    Attributes:
        rows: tuples of the selected columns.
        next, previous: absolute links; None at the ends.
        count: exact number of rows of the whole list, when it was asked for.
    """

    rows: Rows
    next: str | None
    previous: str | None
    count: int | None


def _no_bounds(_column: str) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class Reading:
    """How a list wants to be read.

    Attributes:
        resource: name that cursors are bound to.
        orderings: orders on offer.
        default_ordering: the one without `ordering=`.
        slicer: how rows are read.
        equalities, is_narrowed: what `slicing.Slice` says of them.
        bounds: the filters on the range of a column, by lookup.
        shortcut: what `slicing.Slice` says of it.
        namespaces: what the list's number of rows is made of (`counting`).
    """

    resource: str
    orderings: tuple[Ordering, ...]
    default_ordering: str
    slicer: Slicer = direct
    equalities: Mapping[str, Any] = field(default_factory=dict)
    is_narrowed: bool = False
    bounds: Callable[[str], Mapping[str, Any]] = _no_bounds
    shortcut: Shortcut | None = None
    namespaces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a list that one index can serve: the rows with a value in the order's column, or those without.

    Attributes:
        queryset: the part's rows.
        order: their order.
        after: key to go on from; None from the part's start.
        is_null_part: whether these are the rows without a value; their order is the unique column alone.
    """

    queryset: QuerySet[Any]
    order: KeyOrder
    after: tuple[Any, ...] | None
    is_null_part: bool = False


class KeysetPagination(BasePagination):
    """`cursor`, `page_size`, `count` and `ordering`."""

    page_size = 50
    max_page_size = 500
    parameters = ("cursor", "page_size", "count", "ordering")

    def read(self, request: Request, queryset: QuerySet[Any], columns: Sequence[Any], reading: Reading) -> Page:
        """The page a request asks for.

        Args:
            request: the request; its parameters are checked here.
            queryset: filtered, annotated with what the orderings need, without an order.
            columns: expressions to select.
            reading: the list's ways.

        Raises:
            InvalidQuery: a parameter is not understood, or the cursor is not one of this list and order.
        """
        size = parameters.integer(request, "page_size", default=self.page_size, low=1, high=self.max_page_size)
        counted = parameters.boolean(request, "count")
        ordering, descending = choose(request.query_params.get("ordering"), reading.orderings, reading.default_ordering)
        spelled = f"{'-' if descending else ''}{ordering.name}"
        text = request.query_params.get("cursor")
        cursor = _decode(text, reading.resource, spelled, queryset, ordering) if text else None
        rows: Rows = []
        for segment in segments(queryset, ordering, descending, cursor):
            rows += _read_segment(segment, columns, size + 1 - len(rows), reading)
            if len(rows) > size:
                break
        has_more, rows = len(rows) > size, rows[:size]
        backwards = cursor is not None and cursor.backwards
        if backwards:
            rows.reverse()

        width = len(columns)

        def link(row: tuple[Any, ...], *, back: bool) -> str:
            place = Cursor(spelled, back, row[width:])
            return str(replace_query_param(request.build_absolute_uri(), "cursor", place.encode(reading.resource)))

        return Page(
            rows=[row[:width] for row in rows],
            next=link(rows[-1], back=False) if rows and (has_more or backwards) else None,
            previous=link(rows[0], back=True) if rows and (has_more if backwards else cursor is not None) else None,
            count=whole_count(request, queryset, reading.namespaces) if counted else None,
        )

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """For the OpenAPI document."""
        relevance = getattr(view, "relevance", None)
        names = [ordering.name for ordering in (*view.orderings, *([relevance] if relevance else []))]
        default = view.default_ordering or names[0]

        def parameter(name: str, description: str, **schema: Any) -> dict[str, Any]:
            return {"name": name, "in": "query", "required": False, "description": description, "schema": schema}

        return [
            parameter("cursor", "A place in the list, as `next` and `previous` give it. Opaque and signed.", type="string"),
            parameter("page_size", "Rows a page.", type="integer", minimum=1, maximum=self.max_page_size, default=self.page_size),
            parameter("count", "Count the whole list exactly. Costs time on large lists.", type="boolean", default=False),
            parameter(
                "ordering",
                "A leading minus reverses. Rows without a value come last either way."
                + (" `relevance` needs `q`, and is the order then unless another is asked for." if relevance else ""),
                type="string",
                enum=[sign + name for name in names for sign in ("", "-")],
                default=default,
            ),
        ]

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """For the OpenAPI document."""
        link = {"type": "string", "format": "uri", "nullable": True}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {
                "count": {"type": "integer", "description": "Exact number of rows; only with count=true.", "example": 1234},
                "next": {
                    **link,
                    "description": "The next page; null on the last one.",
                    "example": "https://ysh.example/api/v1/…?cursor=WyJpZCIsMCw1MF0…",
                },
                "previous": {**link, "description": "The page before; null on the first one.", "example": None},
                "results": schema,
            },
        }


def segments(queryset: QuerySet[Any], ordering: Ordering, descending: bool, cursor: Cursor | None) -> list[Segment]:
    """The parts of the list still to be read, in reading order. Rows without a value stand last, whatever the direction."""
    unique = queryset.model._meta.pk.attname
    column = ordering.column or ordering.name
    backwards = cursor is not None and cursor.backwards
    key = cursor.key if cursor is not None else None
    one, both = KeyOrder((unique,), descending != backwards), KeyOrder((column, unique), descending != backwards)
    if column == unique:
        return [Segment(queryset, one, key)]
    if not ordering.nullable:
        return [Segment(queryset, both, key)]
    stands_on_null = key is not None and key[0] is None
    valued = Segment(queryset.filter(**{f"{column}__isnull": False}), both, None if stands_on_null else key)
    nulls = Segment(
        queryset.filter(**{f"{column}__isnull": True}), one, key[1:] if key and stands_on_null else None, is_null_part=True
    )
    if backwards:
        return [nulls, valued] if stands_on_null else [valued]
    return [nulls] if stands_on_null else [valued, nulls]


def _read_segment(segment: Segment, columns: Sequence[Any], limit: int, reading: Reading) -> Rows:
    wanted = Slice(
        segment.queryset,
        segment.order,
        columns,
        limit,
        segment.after,
        reading.equalities,
        reading.is_narrowed or segment.is_null_part,
        {} if segment.is_null_part else reading.bounds(segment.order.columns[0]),
        reading.shortcut,
    )
    rows = reading.slicer(wanted)
    return [(*row[:-1], None, row[-1]) for row in rows] if segment.is_null_part else rows


def _decode(text: str, resource: str, spelled: str, queryset: QuerySet[Any], ordering: Ordering) -> Cursor:
    cursor = Cursor.decode(text, resource)
    if cursor.ordering != spelled:
        raise invalid_cursor(
            _("The cursor belongs to ordering “%(was)s”, the request says “%(is)s”.") % {"was": cursor.ordering, "is": spelled}
        )
    unique = queryset.model._meta.pk
    fields = [unique] if (ordering.column or ordering.name) == unique.attname else [ordering.field_of(queryset), unique]
    try:
        key = tuple(field.to_python(value) for field, value in zip(fields, cursor.key, strict=True))
    except (ValueError, ValidationError):  # made by an earlier version of this list
        raise invalid_cursor(_("The cursor is out of date: start again without it.")) from None
    return Cursor(spelled, cursor.backwards, key)
