"""Paging over tables of millions: no COUNT(*), no deep OFFSET, no sort without an index."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.core.paginator import Page, Paginator
from django.db import connections, transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from unfold.views import ChangeList

from ysh.core.db.counts import estimated_row_count

CAP = 10_000


def table_size(model: type[Model]) -> tuple[int, bool]:
    """How many rows a table holds, and whether that is the planner's estimate: small tables are counted, large ones never."""
    rows = model._default_manager.all()
    estimate = estimated_row_count(connections[rows.db], model._meta.db_table)
    return (estimate, True) if estimate > CAP else (rows.order_by()[: CAP + 1].count(), False)


class EstimatingPaginator(Paginator):
    """Shows at most the first `cap` rows of a list, and counts no further.

    The whole table: its size comes from the planner's statistics when it is larger than `cap`.
    A filtered list in the order of its key: the keys are fetched without an order, at most `cap` + 1 of them, and sorted here.
    Otherwise the planner may walk the key's index backwards through millions of rows that the filter refuses, because it
    takes the filter's column to be spread evenly, and a file sorted by state is not.
    Any other order: counted up to `cap` + 1, and left to the index of the column.

    Attributes:
        cap: how deep a person may page, and how far rows are counted.
    """

    template_name = "ysh/admin/pagination.html"
    cap = CAP

    def __init__(self, object_list: Any, per_page: int, *args: Any, **kwargs: Any) -> None:
        super().__init__(object_list, per_page, *args, **kwargs)
        self.is_estimate = False

    @cached_property
    def count(self) -> int:
        """Rows that can be paged through: exact up to `cap`."""
        return min(self.total, self.cap)

    @cached_property
    def total(self) -> int:
        """Rows in the list: exact up to `cap`, the statistics' figure when `is_estimate`, else `cap` + 1 meaning "more"."""
        if not isinstance(self.object_list, QuerySet):
            return len(self.object_list)
        if self._is_whole_table:
            size, self.is_estimate = table_size(self.object_list.model)
            return size
        if self._found_keys is not None:
            return len(self._found_keys)
        return self.object_list.order_by()[: self.cap + 1].count()

    @property
    def is_capped(self) -> bool:
        """There are more rows than were counted."""
        return not self.is_estimate and self.total > self.cap

    @property
    def has_hidden_rows(self) -> bool:
        """The last page is not the end of the list."""
        return self.total > self.cap

    def page(self, number: int | str) -> Page:
        """One page; of a filtered list by the keys already at hand."""
        if not isinstance(self.object_list, QuerySet) or self._is_whole_table or self._found_keys is None:
            return super().page(number)
        number = self.validate_number(number)
        bottom = (number - 1) * self.per_page
        keys = self._found_keys[: self.cap][bottom : bottom + self.per_page]
        return Page(self.object_list.filter(pk__in=keys), number, self)

    @cached_property
    def _is_whole_table(self) -> bool:
        query: Any = getattr(self.object_list, "query", None)
        return not query.where and not query.distinct and not query.is_sliced and not query.combinator

    @cached_property
    def _found_keys(self) -> list[Any] | None:
        """Keys of a list in the order of its key, sorted; None for other orders."""
        if not isinstance(self.object_list, QuerySet):
            return None
        order = _key_order(self.object_list)
        return None if order is None else _keys(self.object_list, self.cap + 1, descending=order == "-")


def _keys(rows: "QuerySet[Model]", most: int, *, descending: bool) -> list[Any]:
    """The first `most` keys that are found, sorted: as one array, which costs a tenth of as many rows.

    Without sequential scans: with a limit the planner prefers one, expecting to meet enough rows soon, and in a file sorted by
    state the first row of São Paulo comes after millions of others. Through an index the same rows are found each time, too.
    """
    connection = connections[rows.db]
    try:
        sql, parameters = rows.order_by().values("pk")[:most].query.sql_with_params()
    except EmptyResultSet:
        return []
    direction = "DESC" if descending else "ASC"
    query = f"SELECT array_agg(key ORDER BY key {direction}) FROM ({sql}) AS found (key)"  # noqa: S608  (Django's own SQL)
    with transaction.atomic(using=rows.db), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL max_parallel_workers_per_gather = 0")
        cursor.execute(query, parameters)
        keys: list[Any] = cursor.fetchone()[0] or []
        cursor.execute("SET LOCAL enable_seqscan TO DEFAULT; SET LOCAL max_parallel_workers_per_gather TO DEFAULT")
    return keys


def _key_order(rows: "QuerySet[Model]") -> str | None:
    """ "-" or "" when the rows are in descending or ascending order of the primary key alone, else None."""
    order: Sequence[Any] = rows.query.order_by
    if not order or not isinstance(order[0], str):
        return None
    if order[0].lstrip("-") not in {"pk", rows.model._meta.pk.name}:
        return None
    return "-" if order[0].startswith("-") else ""


class EstimatingChangeList(ChangeList):
    """Says how many rows there are only at the list's foot, where "about" and "more than" can be said."""

    is_dataset = False

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.full_result_count = self.result_count
