"""Rows of datasets that are only declared."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import display

from aneel.models import PublishedRow
from ysh.core.admin import ReadOnlyAdmin, monospace, number, run_link

# As many of a row's values as a line of the list holds.
SHOWN = 4


class DatasetFilter(DropdownFilter):
    """Rows of one dataset: those there are."""

    title = _("dataset")
    parameter_name = "dataset"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        names = PublishedRow.objects.order_by("dataset").values_list("dataset", flat=True).distinct()
        return [(name, name) for name in names]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[PublishedRow]") -> "QuerySet[PublishedRow]":
        return queryset.filter(dataset=self.value()) if self.value() else queryset


def shown(value: Any) -> str:
    """A value as people read it."""
    if isinstance(value, bool) or value is None:
        return str(value)
    return number(value) if isinstance(value, float) else str(value)


@admin.register(PublishedRow)
class PublishedRowAdmin(ReadOnlyAdmin):
    """Looked up here; what the product computes with has a page of its own."""

    list_display = ["row_label", "dataset", "own_key", "values_in_short"]
    list_filter = [DatasetFilter]
    ordering = ["dataset", "row_key"]
    sortable_by: list[str] = []
    search_fields = ["row_key"]
    search_help_text = _("Key or a word of the row")
    fieldsets = [
        (None, {"fields": [("row_label", "dataset"), "own_key"]}),
        (_("As published"), {"fields": ["values"]}),
        (_("Origin"), {"fields": ["run", ("created_at", "updated_at")]}),
    ]

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[PublishedRow]", search_term: str
    ) -> tuple["QuerySet[PublishedRow]", bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        return queryset.filter(Q(label__folded__contains=term) | Q(row_key__endswith=f":{term}")), False

    @display(description=_("row"))
    def row_label(self, row: PublishedRow) -> str:
        return row.label or "–"

    @display(description=_("key"))
    def own_key(self, row: PublishedRow) -> SafeString:
        return monospace(row.row_key.partition(":")[2])

    @display(description=_("values"))
    def values_in_short(self, row: PublishedRow) -> str:
        pairs = [(name, value) for name, value in row.data.items() if value not in (row.label, row.row_key.partition(":")[2])]
        return " · ".join(f"{name}: {shown(value)}" for name, value in pairs[:SHOWN])

    @display(description=_("values"))
    def values(self, row: PublishedRow) -> SafeString:
        lines = format_html_join(
            "",
            '<tr class="border-b border-base-200 dark:border-base-800">'
            '<td class="py-1.5 pr-8">{}</td><td class="py-1.5">{}</td></tr>',
            ((name, shown(value)) for name, value in row.data.items()),
        )
        return format_html('<table class="text-sm">{}</table>', lines)

    @display(description=_("run"))
    def run(self, row: PublishedRow) -> SafeString | str:
        return run_link(row.source_run_id)
