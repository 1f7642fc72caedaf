"""Which feed says what of a dataset: filters of the list, and the table of origins on its page."""

from datetime import datetime
from typing import Any

from django.contrib.admin import ModelAdmin as AnyAdmin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter

from aneel.choices import SourceApi
from aneel.dataset_merge import TIMES
from aneel.models import Dataset
from ysh.core.admin import labels, moment


class FeedFilter(DropdownFilter):
    """Datasets that a feed knows."""

    title = _("known to feed")
    parameter_name = "known_to"

    def lookups(self, request: HttpRequest, model_admin: "AnyAdmin[Any]") -> list[tuple[str, Any]]:
        return [(str(value), label) for value, label in SourceApi.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Dataset]) -> QuerySet[Dataset]:
        return queryset.filter(feeds__contains=[self.value()]) if self.value() in SourceApi.values else queryset


class DoubtFilter(DropdownFilter):
    """Datasets somebody should look at."""

    title = _("to look at")
    parameter_name = "doubt"

    def lookups(self, request: HttpRequest, model_admin: "AnyAdmin[Any]") -> list[tuple[str, Any]]:
        return [("conflicts", _("feeds disagree")), ("duplicate", _("possible duplicate"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Dataset]) -> QuerySet[Dataset]:
        if self.value() == "conflicts":
            return queryset.exclude(conflicts={})
        return queryset.filter(Q(is_doubtful=True)) if self.value() == "duplicate" else queryset


def column_name(column: str) -> str:
    """A column's name for people, as a heading."""
    field: Any = Dataset._meta.get_field(column)
    return str(capfirst(field.verbose_name))


def origin_table(dataset: Dataset) -> SafeString | str:
    """A line a column: the feed its value is from, and what others say instead."""
    if not dataset.provenance:
        return "–"
    rows = []
    for column, feed in dataset.provenance.items():
        others = [one for one in dataset.conflicts.get(column, []) if isinstance(one, dict)]
        said = format_html_join(
            "", "<div>{} {}</div>", ((labels([SourceApi(one["feed"]).label]), _value(column, one.get("value"))) for one in others)
        )
        rows.append((column_name(column), labels([SourceApi(feed).label]), said or "–"))
    return format_html(
        '<table class="w-full text-left"><thead><tr><th class="{0}">{1}</th><th class="{0}">{2}</th><th class="{0}">{3}</th></tr>'
        "</thead><tbody>{4}</tbody></table>",
        "py-2 pr-4 align-top font-semibold",
        gettext("Value"),
        gettext("From"),
        gettext("Others say"),
        format_html_join(
            "",
            '<tr class="border-t border-base-200 dark:border-base-800"><td class="py-2 pr-4 align-top">{}</td>'
            '<td class="py-2 pr-4 align-top">{}</td><td class="py-2 pr-4 align-top" style="overflow-wrap: anywhere">{}</td></tr>',
            rows,
        ),
    )


def _value(column: str, value: Any) -> str:
    if column in TIMES and isinstance(value, str):
        return moment(datetime.fromisoformat(value))
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)[:300]
