"""What the catalogue's pages share."""

from collections.abc import Callable
from copy import copy
from functools import wraps
from typing import Any, TypeVar

from django.db.models import GeneratedField, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from products.choices import CheckOutcome, CheckSeverity, CheckState, ProductStatus, ReviewState
from ysh.core.admin import NumberRangeFilter

Shown = TypeVar("Shown")

# Colours of the labels; the words say the same, so nothing depends on colour.
OUTCOME_KINDS: dict[str, str] = {
    CheckOutcome.PASS.value: "success",
    CheckOutcome.WARN.value: "warning",
    CheckOutcome.FAIL.value: "danger",
    CheckOutcome.UNKNOWN.value: "info",
    CheckState.STALE.value: "info",
}
SEVERITY_KINDS: dict[str, str] = {
    CheckSeverity.INFO.value: "info",
    CheckSeverity.WARNING.value: "warning",
    CheckSeverity.ERROR.value: "danger",
}
STATUS_KINDS: dict[str, str] = {
    ProductStatus.DRAFT.value: "info",
    ProductStatus.ACTIVE.value: "success",
    ProductStatus.INACTIVE.value: "warning",
    ProductStatus.OUT_OF_STOCK.value: "warning",
    ProductStatus.DISCONTINUED.value: "danger",
}
REVIEW_KINDS: dict[str, str] = {
    ReviewState.DRAFT.value: "info",
    ReviewState.IN_REVIEW.value: "warning",
    ReviewState.PUBLISHED.value: "success",
    ReviewState.ARCHIVED.value: "danger",
}


def once(method: Callable[[Any, Any], Shown]) -> Callable[[Any, Any], Shown]:
    """The theme looks a read-only field up several times before it shows it: a column that takes a query answers from the row."""

    @wraps(method)
    def answer(self: Any, row: Any) -> Shown:
        known = row.__dict__.setdefault("_shown", {})
        if method.__name__ not in known:
            known[method.__name__] = method(self, row)
        return known[method.__name__]

    return answer


def named(name: str, code: str) -> SafeString:
    """A row's name, its code under it."""
    return format_html('<span class="ysh-named">{}</span><span class="ysh-sub">{}</span>', name, code)


class GeneratedRangeFilter(NumberRangeFilter):
    """From one number to another over a generated column, which the theme's filter does not take for a number."""

    def __init__(self, field: GeneratedField, *args: Any, **kwargs: Any) -> None:
        number_field: Any = copy(field.output_field)
        number_field.verbose_name = field.verbose_name
        super().__init__(number_field, *args, **kwargs)


class MatchingSearch:
    """The search box asks the model's `matching`: every word somewhere, whatever the case and the accents, by an index."""

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple["QuerySet[Any]", bool]:
        return (queryset.matching(search_term) if search_term.strip() else queryset), False


class RankedSearch:
    """The search box forgives typos and knows synonyms (`products.search`); best rows first unless a column was clicked."""

    search_function: Callable[[Any, str], Any]

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple["QuerySet[Any]", bool]:
        if not search_term.strip():
            return queryset, False
        order = queryset.query.order_by
        found = type(self).search_function(queryset, search_term)
        return (found.order_by(*order) if request.GET.get("o") else found), False
