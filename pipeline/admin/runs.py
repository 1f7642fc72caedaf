"""Ingestion runs: what came of them, live while they work, with buttons to start, repeat and stop."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.dataclasses import UnfoldAction
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminSelectWidget

from pipeline import actions
from pipeline.admin.progress import run_progress
from pipeline.admin.records import SourceFilter, may_see_rows
from pipeline.admin.rejects_csv import rejects_csv
from pipeline.admin.related import ChecksOfRun, FilesOfRun, RejectsOfRun
from pipeline.admin.words import COUNT_LABELS, STATUS_COLOURS, source_label
from pipeline.choices import GOOD_STATUSES
from pipeline.errors import RunAlreadyActiveError
from pipeline.models import IngestionRun
from pipeline.sources.registry import SOURCES
from ysh.core.admin import (
    DateRangeFilter,
    ReadOnlyAdmin,
    code_block,
    duration,
    external_link,
    json_block,
    moment,
    monospace,
    number,
)
from ysh.core.errors import YshError


class SourceForm(BaseDialogForm):
    """Which source to fetch."""

    source = forms.ChoiceField(
        label=_("source"), choices=lambda: [(key, source_label(key)) for key in SOURCES], widget=UnfoldAdminSelectWidget
    )


@admin.register(IngestionRun)
class IngestionRunAdmin(ReadOnlyAdmin):
    """One page a run. The log is written by the runner alone."""

    list_display = [
        "source_name",
        "status_label",
        "started",
        "duration_number",
        "fetched_number",
        "inserted_number",
        "updated_number",
        "removed_number",
        "rejected_number",
        "trigger",
    ]
    list_filter = [
        SourceFilter,
        ("status", ChoicesDropdownFilter),
        ("trigger_type", ChoicesDropdownFilter),
        ("started_at", DateRangeFilter),
    ]
    ordering = ["-started_at", "-id"]
    sortable_by: list[str] = []
    actions_list = ["run_now"]
    actions_detail = ["retry", "cancel", "download_rejects"]
    change_form_before_template = "ysh/admin/run_progress.html"
    change_form_datasets = [ChecksOfRun, RejectsOfRun, FilesOfRun]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("source_name", "status_label"),
                    ("trigger", "run_code"),
                    ("started_at_exact", "ended_at_exact"),
                    ("elapsed_time", "heartbeat"),
                    ("origin", "data_age_days"),
                ]
            },
        ),
        (_("Error"), {"fields": ["error_text", "stack"]}),
        (
            _("Details"),
            {"fields": [("archive", "celery_task_id"), ("workflow_name", "fallback"), "rejects_by_reason", "metadata"]},
        ),
    ]

    class Media:
        js = ["ysh/run_progress.js"]

    # --- permissions (methods, because the theme looks names with a dot up in a database that `migrate` is yet to fill)
    def has_run_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("pipeline.run_ingestion")

    def has_download_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("pipeline.view_rejectedrow")

    # --- addresses
    def get_urls(self) -> list[URLPattern]:
        site = self.admin_site
        own = [
            path("start/", site.admin_view(require_POST(self.start_view)), name="pipeline_start"),
            path("run/<uuid:run_id>/", site.admin_view(self.run_view), name="pipeline_run"),
            path("<int:pk>/progress/", site.admin_view(require_GET(self.progress_view)), name="pipeline_progress"),
            path("<int:pk>/rejects.csv", site.admin_view(require_GET(self.rejects_view)), name="pipeline_rejects"),
        ]
        return own + super().get_urls()

    def run_view(self, request: HttpRequest, run_id: UUID) -> HttpResponse:
        """From a run's UUID, which rows carry, to its page."""
        run = IngestionRun.objects.filter(run_id=run_id).only("pk").first()
        if run is None:
            messages.warning(
                request, gettext("Run %(run)s is not in the log: it is older than the log is kept.") % {"run": run_id}
            )
            return redirect("admin:pipeline_ingestionrun_changelist")
        return redirect("admin:pipeline_ingestionrun_change", run.pk)

    def progress_view(self, request: HttpRequest, pk: int) -> JsonResponse:
        """The run's state for its page, which asks every second while the run works."""
        self._check_view(request)
        response = JsonResponse(run_progress(get_object_or_404(IngestionRun, pk=pk)))
        response["Cache-Control"] = "no-store"
        return response

    def rejects_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        self._check_view(request)
        if not self.has_download_permission(request):
            raise PermissionDenied
        return rejects_csv(get_object_or_404(IngestionRun, pk=pk), with_personal_data=may_see_rows(request))

    def start_view(self, request: HttpRequest) -> HttpResponse:
        """The home page's "run now"."""
        if not self.has_run_permission(request):
            raise PermissionDenied
        source = request.POST.get("source", "")
        if source not in SOURCES:
            raise Http404(f"Unknown source {source!r}. Known: {', '.join(SOURCES)}.")
        return redirect(self._start(request, source))

    def _check_view(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    # --- buttons
    def _start(self, request: HttpRequest, source: str) -> str:
        """Ask for a run and say what came of it; the address to go to next."""
        try:
            run = actions.request_ingestion(source, by=request.user.get_username())
        except RunAlreadyActiveError as error:
            messages.warning(request, str(error))
            return reverse("admin:pipeline_ingestionrun_changelist")
        messages.success(request, gettext("%(source)s: run requested.") % {"source": source_label(source)})
        return reverse("admin:pipeline_ingestionrun_change", args=[run.pk])

    @action(
        description=_("Run now"),
        icon="play_arrow",
        variant=ActionVariant.PRIMARY,
        permissions=["run"],
        url_path="run-now",
        dialog={
            "title": _("Run now"),
            "description": _("Fetches the source and takes over what changed. One run at a time for each source."),
            "form_class": SourceForm,
            "form_submit_text": _("Run now"),
        },
    )
    def run_now(self, request: HttpRequest, form: SourceForm) -> HttpResponse:
        return _go(self._start(request, form.cleaned_data["source"]))

    @action(
        description=_("Retry"),
        icon="replay",
        variant=ActionVariant.PRIMARY,
        permissions=["run"],
        dialog={
            "title": _("Retry this run?"),
            "description": _("A new run of the same source starts; this one stays in the log."),
            "form_class": None,
            "form_submit_text": _("Retry"),
        },
    )
    def retry(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        run = get_object_or_404(IngestionRun, pk=object_id)
        try:
            new = actions.retry_run(run, by=request.user.get_username())
        except YshError as error:
            messages.warning(request, str(error))
            return _go(reverse("admin:pipeline_ingestionrun_change", args=[run.pk]))
        messages.success(request, gettext("%(source)s: run requested.") % {"source": source_label(run.source)})
        return _go(reverse("admin:pipeline_ingestionrun_change", args=[new.pk]))

    @action(
        description=_("Cancel"),
        icon="stop_circle",
        variant=ActionVariant.DANGER,
        permissions=["run"],
        dialog={
            "title": _("Cancel this run?"),
            "description": _("It stops at its next step. Nothing of it is published."),
            "form_class": None,
            "form_submit_text": _("Cancel the run"),
        },
    )
    def cancel(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        run = get_object_or_404(IngestionRun, pk=object_id)
        try:
            actions.cancel_run(run, by=request.user.get_username())
        except YshError as error:
            messages.warning(request, str(error))
        else:
            messages.success(request, gettext("The run was asked to stop."))
        return _go(reverse("admin:pipeline_ingestionrun_change", args=[run.pk]))

    @action(description=_("Rejected rows (CSV)"), icon="download", permissions=["download"], url_path="rejects")
    def download_rejects(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect("admin:pipeline_rejects", int(object_id))

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[UnfoldAction]:
        """Only what makes sense in the run's state."""
        run = self.get_object(request, str(object_id))
        if run is None:
            return []
        hidden = {"retry"} if run.is_active or run.status in GOOD_STATUSES else set()
        if not run.is_active:
            hidden.add("cancel")
        if not run.rows_rejected and not run.rows_duplicate:
            hidden.add("download_rejects")
        allowed = super().get_actions_detail(request, object_id)
        return [item for item in allowed if item.action_name.removeprefix("pipeline_ingestionrun_") not in hidden]

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        run = self.get_object(request, object_id) if object_id else None
        progress = run_progress(run) if run else None
        return super().changeform_view(
            request, object_id, form_url, {**(extra_context or {}), "progress": progress, "count_labels": COUNT_LABELS}
        )

    def get_fieldsets(self, request: HttpRequest, obj: IngestionRun | None = None) -> Any:
        """Without the error's part when there was none."""
        if obj is not None and not obj.error_message and not obj.error_stack:
            return [part for part in self.fieldsets if part[0] != _("Error")]
        return self.fieldsets

    # --- columns
    @display(description=_("source"))
    def source_name(self, run: IngestionRun) -> str:
        return source_label(run.source)

    @display(description=_("status"), label=STATUS_COLOURS)
    def status_label(self, run: IngestionRun) -> tuple[str, str]:
        return run.status, run.get_status_display()

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

    @display(description=_("fallback used"), boolean=True)
    def fallback(self, run: IngestionRun) -> bool:
        return run.used_fallback

    @display(description=_("message"))
    def error_text(self, run: IngestionRun) -> SafeString | str:
        return code_block(run.error_message)

    @display(description=_("stack"))
    def stack(self, run: IngestionRun) -> SafeString | str:
        return code_block(run.error_stack)

    @display(description=_("rejected by reason"))
    def rejects_by_reason(self, run: IngestionRun) -> str:
        reasons = run.execution_metadata.get("rejects_by_reason") or {}
        return (
            "\n".join(f"{reason}: {number(count)}" for reason, count in sorted(reasons.items(), key=lambda item: -item[1])) or "–"
        )

    @display(description=_("metadata"))
    def metadata(self, run: IngestionRun) -> SafeString | str:
        return json_block(run.execution_metadata)


def _go(url: str) -> HttpResponse:
    """Send the page that opened a dialog somewhere else (the dialog is answered by htmx, which follows redirects silently)."""
    return HttpResponse(headers={"HX-Redirect": url})
