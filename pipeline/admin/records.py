"""What runs leave behind: files, refused rows, checks, and the lock of each source."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import BooleanRadioFilter, ChoicesDropdownFilter, DropdownFilter
from unfold.decorators import display

from pipeline.admin.words import source_label
from pipeline.labels import check_label, reason_label
from pipeline.models import ActiveRun, DataQualityCheck, RejectedRow, SourceFile
from pipeline.run_record import SUPPLIER_PREFIX
from pipeline.sources.registry import SOURCES
from pipeline.workflows.declared import WORKFLOWS
from ysh.core.admin import (
    DateRangeFilter,
    ReadOnlyAdmin,
    badge,
    code_block,
    data_size,
    external_link,
    json_block,
    moment,
    monospace,
    number,
    run_link,
)


class SourceFilter(DropdownFilter):
    """One of the declared sources or workflows, or every supplier's list."""

    title = _("source")
    parameter_name = "source"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        declared = [(key, source_label(key)) for key in SOURCES]
        flows = [(flow.log_source, str(flow.label)) for flow in WORKFLOWS.values()]
        return [*declared, *flows, (SUPPLIER_PREFIX, gettext("Suppliers' lists"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() == SUPPLIER_PREFIX:
            return queryset.filter(source__startswith=SUPPLIER_PREFIX)
        return queryset.filter(source=self.value()) if self.value() else queryset


@admin.register(SourceFile)
class SourceFileAdmin(ReadOnlyAdmin):
    """Files as they were fetched, archived before they were read."""

    list_display = ["when", "source_name", "file_name", "size_number", "published_label", "run"]
    list_filter = [SourceFilter, ("published", BooleanRadioFilter), ("fetched_at", DateRangeFilter)]
    ordering = ["-id"]
    sortable_by: list[str] = []
    search_fields = ["sha256"]
    search_help_text = _("Whole SHA-256")
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("source_name", "when"),
                    "address",
                    ("size", "last_modified"),
                    "hash_code",
                    "etag",
                    "archive",
                    "published",
                    "run",
                ]
            },
        ),
    ]

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        return (queryset.filter(sha256=search_term.strip().lower()) if search_term.strip() else queryset), False

    @display(description=_("source"))
    def source_name(self, file: SourceFile) -> str:
        return source_label(file.source)

    @display(description=_("file"))
    def file_name(self, file: SourceFile) -> str:
        return file.url.rstrip("/").rsplit("/", 1)[-1] or file.url

    @display(description=_("size"))
    def size_number(self, file: SourceFile) -> str:
        return data_size(file.bytes)

    @display(description=_("published"))
    def published_label(self, file: SourceFile) -> SafeString | str:
        return badge(_("published"), "success") if file.published else "–"

    @display(description=_("fetched at"))
    def when(self, file: SourceFile) -> str:
        return moment(file.fetched_at)

    @display(description="SHA-256")
    def short_hash(self, file: SourceFile) -> SafeString:
        return monospace(file.sha256[:12])

    @display(description=_("size"))
    def size(self, file: SourceFile) -> str:
        return f"{data_size(file.bytes)} ({number(file.bytes)} bytes)"

    @display(description=_("address"))
    def address(self, file: SourceFile) -> SafeString | str:
        return external_link(file.url)

    @display(description="SHA-256")
    def hash_code(self, file: SourceFile) -> SafeString:
        return monospace(file.sha256)

    @display(description=_("archive"))
    def archive(self, file: SourceFile) -> SafeString | str:
        return monospace(file.archive_uri) if file.archive_uri else "–"

    @display(description=_("run"))
    def run(self, file: SourceFile) -> SafeString | str:
        return run_link(file.run_id)


def may_see_rows(request: HttpRequest) -> bool:
    """A refused row is kept as published, holders included."""
    return request.user.has_perm("aneel.view_personal_data")


@admin.register(RejectedRow)
class RejectedRowAdmin(ReadOnlyAdmin):
    """Rows that were refused. The value and the row itself are shown only with `aneel.view_personal_data`."""

    ordering = ["-id"]
    sortable_by: list[str] = []

    def get_list_display(self, request: HttpRequest) -> list[str]:
        columns = ["line_number", "column", "reason_name", "why", "run"]
        if may_see_rows(request):
            columns.insert(3, "short_value")
        return columns

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        published = ["value", "row"] if may_see_rows(request) else ["hidden_row"]
        return [(None, {"fields": [("line", "column"), "reason_name", "why", *published, "run"]})]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Only by run: no questions about the rows' contents through the address line."""
        return lookup in {"run_id", "run_id__exact"}

    @display(description=_("line"))
    def line_number(self, row: RejectedRow) -> str:
        return number(row.line)

    @display(description=_("reason"))
    def reason_name(self, row: RejectedRow) -> SafeString:
        return format_html('<span title="{}">{}</span>', row.reason, reason_label(row.reason))

    @display(description=_("message"))
    def why(self, row: RejectedRow) -> str:
        return row.why

    @display(description=_("value"))
    def short_value(self, row: RejectedRow) -> SafeString:
        text = row.value if len(row.value) <= 40 else f"{row.value[:39]}…"
        return monospace(text)

    @display(description=_("row as published"))
    def row(self, row: RejectedRow) -> SafeString | str:
        return code_block(row.raw)

    @display(description=_("row as published"))
    def hidden_row(self, row: RejectedRow) -> SafeString:
        return format_html('<span title="{}">•••••</span>', gettext("Personal data: your account needs the permission to see it"))

    @display(description=_("run"))
    def run(self, row: RejectedRow) -> SafeString | str:
        return run_link(row.run_id)


@admin.register(DataQualityCheck)
class DataQualityCheckAdmin(ReadOnlyAdmin):
    """Results of the declared checks."""

    list_display = ["when", "check_label", "target", "result", "bad_number", "share_number", "run"]
    list_filter = [
        ("check_passed", BooleanRadioFilter),
        ("blocking", BooleanRadioFilter),
        ("check_type", ChoicesDropdownFilter),
        ("executed_at", DateRangeFilter),
    ]
    ordering = ["-executed_at", "-id"]
    sortable_by: list[str] = []
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("check_label", "check_type"),
                    ("check_code", "blocking"),
                    ("target", "when"),
                    "result",
                    ("checked_number", "bad_number"),
                    ("share_number", "limit"),
                    "run",
                ]
            },
        ),
        (_("Query and examples"), {"fields": ["query", "examples"]}),
    ]

    @display(description=_("executed"))
    def when(self, check: DataQualityCheck) -> str:
        return moment(check.executed_at)

    @display(description=_("check"))
    def check_label(self, check: DataQualityCheck) -> str:
        return check_label(check.check_name)

    @display(description=_("name in the declaration"))
    def check_code(self, check: DataQualityCheck) -> SafeString:
        return monospace(check.check_name)

    @display(description=_("on"))
    def target(self, check: DataQualityCheck) -> str:
        return ".".join(part for part in (check.table_name, check.column_name) if part)

    @display(description=_("result"))
    def result(self, check: DataQualityCheck) -> SafeString:
        if check.check_passed:
            return badge(_("passed"), "success")
        return badge(_("failed (blocking)"), "danger") if check.blocking else badge(_("failed"), "warning")

    @display(description=_("checked"))
    def checked_number(self, check: DataQualityCheck) -> str:
        return number(check.records_checked)

    @display(description=_("bad"))
    def bad_number(self, check: DataQualityCheck) -> str:
        return number(check.records_failed)

    @display(description=_("share of bad records"))
    def share_number(self, check: DataQualityCheck) -> str:
        return f"{number(check.failure_rate * 100, 3)} %"

    @display(description=_("limit"))
    def limit(self, check: DataQualityCheck) -> str:
        return "–" if check.threshold is None else f"{number(check.threshold * 100)} %"

    @display(description=_("query"))
    def query(self, check: DataQualityCheck) -> SafeString | str:
        return code_block(check.check_query)

    @display(description=_("examples"))
    def examples(self, check: DataQualityCheck) -> SafeString | str:
        return json_block(check.failure_examples)

    @display(description=_("run"))
    def run(self, check: DataQualityCheck) -> SafeString | str:
        return run_link(check.run_id)


@admin.register(ActiveRun)
class ActiveRunAdmin(ReadOnlyAdmin):
    """The lock of each source: at most one active run, kept by the database."""

    list_display = ["source_name", "run"]
    ordering = ["source"]
    fieldsets = [(None, {"fields": [("source_name", "run")]})]

    @display(description=_("source"))
    def source_name(self, active: ActiveRun) -> str:
        return source_label(active.source)

    @display(description=_("run"))
    def run(self, active: ActiveRun) -> SafeString | str:
        return run_link(active.run_id)
