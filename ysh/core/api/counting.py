"""How many rows a whole list has (`count=true`). Counting millions takes a second; every page of a list would ask again.

So the number is remembered in Redis, for readers whose answers may be kept too, under the tokens of what it was counted from: a
committed change ends it as it ends those. Without Redis each page counts for itself.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from ysh.core.api.caching import may_be_kept
from ysh.core.cache import structures, versions
from ysh.core.cache.names import digest

# What says in its `repr` all it is; of anything else two that differ might look the same.
_PLAIN = (str, int, float, Decimal, date, UUID, type(None))


def whole_count(request: HttpRequest, queryset: "QuerySet[Any]", namespaces: Sequence[str]) -> int:
    """The exact number of rows.

    Args:
        request: whose answer it goes into.
        queryset: the filtered list.
        namespaces: what it is made of; none when nothing is to be remembered.
    """
    question = _question(queryset) if namespaces and may_be_kept(request) else ""
    under = versions.under(sorted(namespaces)) if question else ""  # before anything is counted
    if not under:
        return queryset.count()
    what = digest(f"{question}\n{timezone.localdate()}\n{under}")
    known = structures.count(what)
    if known is None:
        known = queryset.count()
        structures.set_count(what, known)
    return known


def _question(queryset: "QuerySet[Any]") -> str:
    """The list's own words: statement and values, its order and columns left out; empty when they do not tell it from others."""
    try:
        sql, values = queryset.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:
        return ""
    return f"{sql}\n{values!r}" if all(_is_plain(value) for value in values) else ""


def _is_plain(value: Any) -> bool:
    return all(map(_is_plain, value)) if isinstance(value, list | tuple) else isinstance(value, _PLAIN)
