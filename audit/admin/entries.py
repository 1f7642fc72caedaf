"""The change log: read, searched, never written."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from audit.admin.reverts import RevertPages
from audit.choices import Operation
from audit.differences import Difference, differences
from audit.models import ChangeLogEntry
from ysh.core.admin import DateRangeFilter, ReadOnlyAdmin, badge, moment, monospace, run_link

OPERATION_COLOURS: dict[str, str] = {
    Operation.INSERT.value: "success",
    Operation.UPDATE.value: "info",
    Operation.DELETE.value: "danger",
}


@admin.register(ChangeLogEntry)
class ChangeLogEntryAdmin(RevertPages, ReadOnlyAdmin):
    """Who changed what, when and through what."""

    list_display = ["when", "operation_label", "record", "fields_changed", "changed_by", "change_source", "reason"]
    list_filter = [
        ("operation", ChoicesDropdownFilter),
        ("change_source", ChoicesDropdownFilter),
        ("changed_at", DateRangeFilter),
    ]
    ordering = ["-changed_at", "-id"]
    sortable_by: list[str] = []
    search_fields = ["record_id"]
    search_help_text = _("Person, or table and record")
    fieldsets = [
        (None, {"fields": [("record", "operation_label"), ("when", "changed_by"), ("change_source", "reason")]}),
        (_("Changes"), {"fields": ["difference_table"]}),
        (_("Trace"), {"fields": [("request_code", "run"), ("hash_code", "previous_hash")]}),
    ]

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[ChangeLogEntry]", search_term: str
    ) -> tuple["QuerySet[ChangeLogEntry]", bool]:
        """`products.products 42` (table and record), `products.products` (table), or a person's name: each has an index."""
        words = search_term.split()
        if not words:
            return queryset, False
        schema, dot, table = words[0].partition(".")
        if dot:
            found = queryset.filter(table_schema=schema, table_name=table)
            return (found.filter(record_id=" ".join(words[1:])) if len(words) > 1 else found), False
        return queryset.filter(changed_by=search_term.strip()), False

    @display(description=_("when"))
    def when(self, entry: ChangeLogEntry) -> str:
        return moment(entry.changed_at)

    @display(description=_("operation"))
    def operation_label(self, entry: ChangeLogEntry) -> SafeString:
        return badge(entry.get_operation_display(), OPERATION_COLOURS[entry.operation])

    @display(description=_("record"))
    def record(self, entry: ChangeLogEntry) -> str:
        label = entry.record_label or entry.record_id
        return f"{entry.table_schema}.{entry.table_name} · {label}"

    @display(description=_("fields"))
    def fields_changed(self, entry: ChangeLogEntry) -> str:
        names = entry.changed_fields
        return ", ".join(names[:4]) + (f" +{len(names) - 4}" if len(names) > 4 else "") if names else "–"

    @display(description=_("changes"))
    def difference_table(self, entry: ChangeLogEntry) -> SafeString | str:
        rows = differences(entry)
        if not rows:
            return "–"
        body = format_html_join("", "<tr><th>{}</th><td><del>{}</del></td><td><ins>{}</ins></td></tr>", map(_cells, rows))
        headings = (_("Field"), _("Before"), _("After"))
        return format_html(
            '<table class="ysh-diff"><tr>{}</tr>{}</table>', format_html_join("", "<th>{}</th>", ((h,) for h in headings)), body
        )

    @display(description=_("request"))
    def request_code(self, entry: ChangeLogEntry) -> SafeString | str:
        return monospace(str(entry.request_id)) if entry.request_id else "–"

    @display(description=_("run"))
    def run(self, entry: ChangeLogEntry) -> SafeString | str:
        return run_link(entry.run_id)

    @display(description=_("hash"))
    def hash_code(self, entry: ChangeLogEntry) -> SafeString | str:
        return monospace(bytes(entry.entry_hash).hex()) if entry.entry_hash else "–"

    @display(description=_("previous entry's hash"))
    def previous_hash(self, entry: ChangeLogEntry) -> SafeString | str:
        return monospace(bytes(entry.prev_hash).hex()) if entry.prev_hash else "–"


def _cells(difference: Difference) -> tuple[Any, Any, Any]:
    return difference.label, difference.before, difference.after
