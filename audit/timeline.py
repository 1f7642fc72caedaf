"""The log page by page, newest first: any filters, and always a bounded number of entries read.

A filter that few entries pass would make the database walk millions of them to fill a page. So a page looks at `WINDOW` entries
of the best index at most; when it is not full by then it says how far back it has looked, and the reader may go on from there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet, Value

from audit.models import ChangeLogEntry
from audit.relatives import family
from audit.tables import models_by_table
from ysh.core.db.expressions import RowComparison

WINDOW = 20_000
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

    def _leading(self) -> str:
        """The most telling condition that has an index."""
        if self.request_id:
            return "request_id"
        if self.run_id:
            return "run_id"
        if self.table and self.record_id:
            return "record"
        return "changed_by" if self.actor else "table" if self.table else ""

    def indexed(self) -> Q:
        """The conditions that one index serves, in order: the most telling one, and the time."""
        leading, where = self._leading(), Q()
        if leading == "record":
            where = self._record()
        elif leading == "table":
            where = Q(table_schema=self.schema, table_name=self.table)
        elif leading:
            where = Q(**{leading: {"request_id": self.request_id, "run_id": self.run_id, "changed_by": self.actor}[leading]})
        if self.since:
            where &= Q(changed_at__gte=self.since)
        if self.until:
            where &= Q(changed_at__lt=self.until)
        return where

    def rest(self) -> Q:
        """The other conditions, held against what the index finds; empty when it finds just what is wanted."""
        leading = self._leading()
        equal: Mapping[str, Any] = {
            "changed_by": self.actor,
            "change_source": self.source,
            "operation": self.operation,
            "request_id": self.request_id,
            "run_id": self.run_id,
        }
        where = Q(**{name: value for name, value in equal.items() if value and name != leading})
        if self.table and leading not in {"record", "table"}:
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
    walked = beyond(ChangeLogEntry.objects.filter(filters.indexed()), after)
    rest = filters.rest()
    found, end = walked, None
    if rest:
        # Without other conditions whatever the index finds is shown: there is nothing to walk past.
        end = _place(walked.order_by(*_newest()).values_list(*_ORDER)[window - 1 : window].first())
        found = walked.filter(rest)
    if end is not None:
        found = found.filter(RowComparison(_ORDER, [Value(end.changed_at), Value(end.id)], ">="))
    entries = list(found.order_by(*_newest())[: size + 1])
    if len(entries) > size:
        last = entries[size - 1]
        return TimelinePage(entries[:size], Place(last.changed_at, last.pk))
    return TimelinePage(entries, end, end.changed_at if end else None)


def beyond(rows: "QuerySet[ChangeLogEntry]", place: Place | None) -> "QuerySet[ChangeLogEntry]":
    """Entries older than a place."""
    return rows if place is None else rows.filter(RowComparison(_ORDER, [Value(place.changed_at), Value(place.id)], "<"))


def _newest() -> list[Any]:
    return [F(column).desc() for column in _ORDER]


def _place(row: tuple[datetime, int] | None) -> Place | None:
    return Place(*row) if row else None
