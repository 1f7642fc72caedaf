"""Buttons and addresses of the runs' pages: start, repeat, stop, live state, refused rows. Deeds are in `pipeline.actions`."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST
from unfold.admin import ModelAdmin
from unfold.dataclasses import UnfoldAction
from unfold.decorators import action
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminSelectWidget

from pipeline import actions
from pipeline.admin.progress import run_progress
from pipeline.admin.records import may_see_rows
from pipeline.admin.rejects_csv import rejects_csv
from pipeline.admin.source_page import source_view
from pipeline.admin.words import source_label
from pipeline.admin.workflow_stages import is_workflow
from pipeline.choices import GOOD_STATUSES, RunStatus
from pipeline.errors import RunAlreadyActiveError
from pipeline.models import IngestionRun
from pipeline.sources.registry import SOURCES
from pipeline.workflows import canvas
from pipeline.workflows.declared import RECOVERY, WORKFLOWS
from ysh.core.errors import YshError


class SourceForm(BaseDialogForm):
    """Which source to fetch."""

    source = forms.ChoiceField(
        label=_("Source"), choices=lambda: [(key, source_label(key)) for key in SOURCES], widget=UnfoldAdminSelectWidget
    )


class WorkflowForm(BaseDialogForm):
    """Which workflow to start."""

    workflow = forms.ChoiceField(
        label=_("Workflow"),
        choices=lambda: [(key, str(workflow.label)) for key, workflow in WORKFLOWS.items()],
        widget=UnfoldAdminSelectWidget,
    )


class RunButtons(ModelAdmin):
    """Every write is a POST with its token, by people with `pipeline.run_ingestion`."""

    actions_list = ["run_now", "start_workflow"]
    actions_detail = ["retry", "cancel", "download_rejects"]

    # --- permissions (methods, because the theme looks names with a dot up in a database that `migrate` is yet to fill)
    def has_run_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("pipeline.run_ingestion")

    def has_download_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("pipeline.view_rejectedrow")

    # --- addresses
    def get_urls(self) -> list[URLPattern]:
        site = self.admin_site
        own = [
            path("source/<slug:key>/", site.admin_view(require_GET(source_view)), name="pipeline_source"),
            path("recover/", site.admin_view(require_POST(self.recover_view)), name="pipeline_recover"),
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

    def recover_view(self, request: HttpRequest) -> HttpResponse:
        """The source page's "recover"."""
        if not self.has_run_permission(request):
            raise PermissionDenied
        source = request.POST.get("source", "")
        if source not in SOURCES:
            raise Http404(f"Unknown source {source!r}. Known: {', '.join(SOURCES)}.")
        try:
            run = canvas.request_workflow(RECOVERY.key, by=request.user.get_username(), sources=[source])
        except RunAlreadyActiveError as error:
            messages.warning(request, str(error))
            return redirect("admin:pipeline_source", source)
        messages.success(request, gettext("%(source)s: run requested.") % {"source": source_label(run.source)})
        return redirect("admin:pipeline_ingestionrun_change", run.pk)

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
        description=_("Start a workflow"),
        icon="account_tree",
        permissions=["run"],
        url_path="start-workflow",
        dialog={
            "title": _("Start a workflow"),
            "description": _("Several sources in their order, then statistics, caches and quality. One run of each at a time."),
            "form_class": WorkflowForm,
            "form_submit_text": _("Start"),
        },
    )
    def start_workflow(self, request: HttpRequest, form: WorkflowForm) -> HttpResponse:
        key = form.cleaned_data["workflow"]
        try:
            run = canvas.request_workflow(key, by=request.user.get_username())
        except RunAlreadyActiveError as error:
            messages.warning(request, str(error))
            return _go(reverse("admin:pipeline_ingestionrun_changelist"))
        messages.success(request, gettext("%(source)s: run requested.") % {"source": source_label(run.source)})
        return _go(reverse("admin:pipeline_ingestionrun_change", args=[run.pk]))

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
            again = canvas.retry_workflow if is_workflow(run) else actions.retry_run
            new = again(run, by=request.user.get_username())
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
            "form_submit_text": _("Yes, cancel the run"),
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
        # A supplier's list cannot be fetched again: it is uploaded again.
        repeats = run.source in SOURCES or is_workflow(run)
        done = run.is_active or (run.status in GOOD_STATUSES and run.status != RunStatus.PARTIAL)
        hidden = set() if repeats and not done else {"retry"}
        if not run.is_active:
            hidden.add("cancel")
        if not run.rows_rejected and not run.rows_duplicate:
            hidden.add("download_rejects")
        allowed = super().get_actions_detail(request, object_id)
        return [item for item in allowed if item.action_name.removeprefix("pipeline_ingestionrun_") not in hidden]


def _go(url: str) -> HttpResponse:
    """Send the page that opened a dialog somewhere else (the dialog is answered by htmx, which follows redirects silently)."""
    return HttpResponse(headers={"HX-Redirect": url})
