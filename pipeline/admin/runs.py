"""Ingestion runs: what came of them, live while they work."""

from typing import Any, cast

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from pipeline.admin.progress import run_progress
from pipeline.admin.records import SourceFilter
from pipeline.admin.related import ChecksOfRun, FilesOfRun, RejectsOfRun
from pipeline.admin.run_buttons import RunButtons
from pipeline.admin.words import COUNT_LABELS, STATUS_COLOURS, source_label
from pipeline.admin.workflow_stages import is_workflow
from pipeline.labels import reason_label
from pipeline.models import IngestionRun
from ysh.core.admin import (
    DateRangeFilter,
    ReadOnlyAdmin,
    badge,
    code_block,
    duration,
    external_link,
    json_block,
    moment,
    monospace,
    number,
)
from ysh.core.said import in_words, say


def error_words(run: IngestionRun) -> str:
    """Why a run failed: what kind of fault, then what was found, as the program that found it said."""
    said = run.execution_metadata.get("error_said")
    code = run.execution_metadata.get("error_code", "")
    return in_words(said) if said else in_words(say("fault", code=code, detail=run.error_message))


@admin.register(IngestionRun)
class IngestionRunAdmin(RunButtons, ReadOnlyAdmin):
    """One page a run. The log is written by the runner alone."""

    list_display = [
        "source_and_trigger",
        "status_label",
        "started",
        "duration_number",
        "fetched_number",
        "inserted_number",
        "updated_number",
        "removed_number",
        "rejected_number",
    ]
    list_filter = [
        SourceFilter,
        ("status", ChoicesDropdownFilter),
        ("trigger_type", ChoicesDropdownFilter),
        ("started_at", DateRangeFilter),
    ]
    ordering = ["-started_at", "-id"]
    sortable_by: list[str] = []
    change_form_before_template = "ysh/admin/run_progress.html"
    change_form_datasets = [ChecksOfRun, RejectsOfRun, FilesOfRun]
    fieldsets = [
        (_("Error"), {"fields": ["error_text", "stack"]}),
        (
            None,
            {
                "fields": [
                    ("source_name", "status_label"),
                    ("trigger", "run_code"),
                    "changes",
                    ("started_at_exact", "ended_at_exact"),
                    ("elapsed_time", "heartbeat"),
                    "rejects_by_reason",
                ]
            },
        ),
        (_("Origin"), {"fields": ["origin", "archive", ("data_age_days", "fallback")]}),
        (_("Details"), {"fields": [("workflow_name", "celery_task_id"), "metadata"]}),
    ]

    class Media:
        js = ["ysh/run_progress.js"]

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        run = self.get_object(request, object_id) if object_id else None
        progress = run_progress(run) if run else None
        return super().changeform_view(
            request,
            object_id,
            form_url,
            {
                **(extra_context or {}),
                "progress": progress,
                "count_labels": COUNT_LABELS,
                "is_workflow": run is not None and is_workflow(run),
            },
        )

    def get_fieldsets(self, request: HttpRequest, obj: IngestionRun | None = None) -> Any:
        """Without the parts that have nothing to say: no error, no stack, nothing refused."""
        if obj is None:
            return self.fieldsets
        reasons = obj.execution_metadata.get("rejects_by_reason")
        said = {"error_text": obj.error_message, "stack": obj.error_stack, "rejects_by_reason": reasons}
        kept = [
            (title, [name for name in options["fields"] if said.get(name, True)]) for title, options in cast(Any, self.fieldsets)
        ]
        return [(title, {"fields": fields}) for title, fields in kept if fields]

    # --- columns
    @display(description=_("source"), header=True)
    def source_and_trigger(self, run: IngestionRun) -> tuple[str, str]:
        return source_label(run.source), self.trigger(run)

    @display(description=_("source"))
    def source_name(self, run: IngestionRun) -> str:
        return source_label(run.source)

    @display(description=_("status"))
    def status_label(self, run: IngestionRun) -> SafeString:
        return badge(run.get_status_display(), STATUS_COLOURS[run.status])

    @display(description=_("started"))
    def started(self, run: IngestionRun) -> str:
        return moment(run.started_at)

    @display(description=_("duration"))
    def duration_number(self, run: IngestionRun) -> str:
        return duration(run.duration_seconds)

    @display(description=_("fetched"))
    def fetched_number(self, run: IngestionRun) -> str:
        return number(run.rows_fetched)

    @display(description=_("inserted"))
    def inserted_number(self, run: IngestionRun) -> str:
        return number(run.rows_inserted)

    @display(description=_("updated"))
    def updated_number(self, run: IngestionRun) -> str:
        return number(run.rows_updated)

    @display(description=_("removed"))
    def removed_number(self, run: IngestionRun) -> str:
        return number(run.rows_removed)

    @display(description=_("rejected"))
    def rejected_number(self, run: IngestionRun) -> str:
        return number(run.rows_rejected)

    @display(description=_("trigger"))
    def trigger(self, run: IngestionRun) -> str:
        return f"{run.get_trigger_type_display()} · {run.triggered_by}" if run.triggered_by else run.get_trigger_type_display()

    # --- page
    @display(description=_("run"))
    def run_code(self, run: IngestionRun) -> SafeString:
        return monospace(str(run.run_id))

    @display(description=_("changes"))
    def changes(self, run: IngestionRun) -> SafeString:
        """The way to what the run changed, row by row, in the change log."""
        address = f"{reverse('admin:audit_changelogentry_changelist')}?request={run.run_id}"
        return format_html('<a class="text-link" href="{}">{}</a>', address, gettext("what it changed, in the change log"))

    @display(description=_("started"))
    def started_at_exact(self, run: IngestionRun) -> str:
        return moment(run.started_at)

    @display(description=_("ended"))
    def ended_at_exact(self, run: IngestionRun) -> str:
        return moment(run.ended_at)

    @display(description=_("duration"))
    def elapsed_time(self, run: IngestionRun) -> str:
        return duration(run.duration_seconds)

    @display(description=_("heartbeat"))
    def heartbeat(self, run: IngestionRun) -> str:
        return moment(run.heartbeat_at)

    @display(description=_("data age"))
    def data_age_days(self, run: IngestionRun) -> str:
        return "–" if run.data_age is None else duration(run.data_age.total_seconds())

    @display(description=_("address"))
    def origin(self, run: IngestionRun) -> SafeString | str:
        return external_link(str(run.execution_metadata.get("source_url") or ""))

    @display(description=_("archive"))
    def archive(self, run: IngestionRun) -> SafeString | str:
        uri = run.execution_metadata.get("archive_uri")
        return monospace(str(uri)) if uri else "–"

    @display(description=_("fallback used"))
    def fallback(self, run: IngestionRun) -> str:
        return gettext("yes") if run.used_fallback else gettext("no")

    @display(description=_("message"))
    def error_text(self, run: IngestionRun) -> SafeString | str:
        return code_block(error_words(run))

    @display(description=_("stack"))
    def stack(self, run: IngestionRun) -> SafeString | str:
        return code_block(run.error_stack)

    @display(description=_("rejected by reason"))
    def rejects_by_reason(self, run: IngestionRun) -> str:
        reasons = run.execution_metadata.get("rejects_by_reason") or {}
        most_first = sorted(reasons.items(), key=lambda item: -item[1])
        return "\n".join(f"{reason_label(reason)}: {number(count)}" for reason, count in most_first) or "–"

    @display(description=_("metadata"))
    def metadata(self, run: IngestionRun) -> SafeString | str:
        return json_block(run.execution_metadata)
