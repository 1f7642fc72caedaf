"""The log page by page, newest first: any filters, and always a bounded number of entries read.

A filter that few entries pass would make the database walk millions of them to fill a page. So a page looks at `WINDOW` entries
of the best index at most; when it is not full by then it says how far back it has looked, and the reader may go on from there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import F, Q, QuerySet, Value

from audit.models import ChangeLogEntry
from audit.relatives import family
from audit.tables import models_by_table
from ysh.core.db.expressions import RowComparison

WINDOW = 10_000
_ORDER = ("changed_at", "id")


@dataclass(frozen=True, slots=True)
class Filters:
    """What the reader looks for; everything given has to hold.

    Attributes:
        schema, table: the kind of record.
        record_id: one record of that kind, by its key as the log writes it.
        with_children: the record's children too.
        actor, source, operation: as the log has them.
        field: a column that changed.
        since, until: from this moment on; before this moment.
        request_id, run_id: what wrote them.
    """

    schema: str = ""
    table: str = ""
    record_id: str = ""
    with_children: bool = False
    actor: str = ""
    source: str = ""
    operation: str = ""
    field: str = ""
    since: datetime | None = None
    until: datetime | None = None
    request_id: UUID | None = None
    run_id: UUID | None = None

    def any(self) -> bool:
        """Something is looked for."""
        return any((self.table, self.actor, self.source, self.operation, self.field, self.since, self.until)) or bool(
            self.request_id or self.run_id
        )

    def leads(self) -> tuple[str, ...]:
        """The conditions that have an index of their own, the most telling ones; of two, either may reach further back."""
        if self.request_id:
            return ("request_id",)
        if self.run_id:
            return ("run_id",)
        if self.table and self.record_id:
            return ("record",)
        return tuple(lead for lead, given in (("changed_by", self.actor), ("table", self.table)) if given) or ("",)

    def indexed(self, lead: str) -> Q:
        """The conditions that one index serves, in order: one of `leads()`, and the time."""
        where = Q()
        if lead == "record":
            where = self._record()
        elif lead == "table":
            where = Q(table_schema=self.schema, table_name=self.table)
        elif lead:
            where = Q(**{lead: {"request_id": self.request_id, "run_id": self.run_id, "changed_by": self.actor}[lead]})
        if self.since:
            where &= Q(changed_at__gte=self.since)
        if self.until:
            where &= Q(changed_at__lt=self.until)
        return where

    def rest(self, lead: str) -> Q:
        """The other conditions, held against what that index finds; empty when it finds just what is wanted."""
        equal: Mapping[str, Any] = {
            "changed_by": self.actor,
            "change_source": self.source,
            "operation": self.operation,
            "request_id": self.request_id,
            "run_id": self.run_id,
        }
        where = Q(**{name: value for name, value in equal.items() if value and name != lead})
        if self.table and lead not in {"record", "table"}:
            where &= self._record() if self.record_id else Q(table_schema=self.schema, table_name=self.table)
        if self.field:
            where &= Q(changed_fields__contains=[self.field])
        return where

    def _record(self) -> Q:
        model = models_by_table().get((self.schema, self.table))
        if self.with_children and model is not None:
            return family(model, self.record_id)
        return Q(table_schema=self.schema, table_name=self.table, record_id=self.record_id)


@dataclass(frozen=True, slots=True)
class Place:
    """An entry's place in the order."""

    changed_at: datetime
    id: int


@dataclass(frozen=True, slots=True)
class TimelinePage:
    """A page.

    Attributes:
        entries: newest first.
        next: where to go on; None at the end.
        searched_to: the window ended here before the page was full; None otherwise.
    """

    entries: list[ChangeLogEntry]
    next: Place | None
    searched_to: datetime | None = None


def read(filters: Filters, *, after: Place | None = None, size: int = 50, window: int = WINDOW) -> TimelinePage:
    """One page of the log.

    Args:
        filters: what is looked for.
        after: entries older than this place.
        size: entries a page.
        window: entries of the index looked at, at most.
    """
    walked, rest, end = _window(filters, after, window)
    entries = _held(walked[:window], rest, size + 1) if rest else list(walked[: size + 1])
    if len(entries) > size:
        last = entries[size - 1]
        return TimelinePage(entries[:size], Place(last.changed_at, last.pk))
    return TimelinePage(entries, end, end.changed_at if end else None)


def _window(filters: Filters, after: Place | None, window: int) -> "tuple[QuerySet[ChangeLogEntry], Q, Place | None]":
    """What to walk, newest first; what to hold against it; and the window's last place, None when the log ends before.

    Of two indexes the one whose window reaches further back is walked.
    """
    found: list[tuple[QuerySet[ChangeLogEntry], Q, Place | None]] = []
    for lead in filters.leads():
        walked = beyond(ChangeLogEntry.objects.filter(filters.indexed(lead)), after).order_by(*_newest())
        rest = filters.rest(lead)
        # Without other conditions whatever the index finds is shown: there is nothing to walk past.
        end = _place(walked.values_list(*_ORDER)[window - 1 : window].first()) if rest else None
        found.append((walked, rest, end))
        if end is None:
            return found[-1]
    return min(found, key=lambda one: (one[2].changed_at, one[2].id) if one[2] else ())


def _held(window: "QuerySet[ChangeLogEntry]", rest: Q, most: int) -> list[ChangeLogEntry]:
    """The entries of a window that pass; the window is a query of its own, so that no plan can look past it."""
    inner, given = window.query.sql_with_params()
    held = ChangeLogEntry.objects.filter(rest).query
    where, more = held.where.as_sql(held.get_compiler(connection=connection), connection)
    return list(
        ChangeLogEntry.objects.raw(
            # The window goes by the table's name, as the conditions call it.
            f'SELECT * FROM ({inner}) "change_log" WHERE {where} ORDER BY changed_at DESC, id DESC LIMIT %s',  # noqa: S608
            [*given, *more, most],
        )
    )


def beyond(rows: "QuerySet[ChangeLogEntry]", place: Place | None) -> "QuerySet[ChangeLogEntry]":
    """Entries older than a place."""
    return rows if place is None else rows.filter(RowComparison(_ORDER, [Value(place.changed_at), Value(place.id)], "<"))


def _newest() -> list[Any]:
    return [F(column).desc() for column in _ORDER]


def _place(row: tuple[datetime, int] | None) -> Place | None:
    return Place(*row) if row else None
