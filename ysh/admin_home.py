"""The admin's first page: how fresh each source is, the last runs, what the database holds, and whether the services answer."""

import json
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model, Sum
from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aneel.admin.states import state_code
from aneel.models import GenerationUnitStatistics
from pipeline.admin.progress import run_progress
from pipeline.admin.words import STATUS_COLOURS, source_label
from pipeline.choices import RunStatus
from pipeline.models import IngestionRun
from pipeline.service_health import ServiceHealth, service_health
from pipeline.status import SourceState, source_states
from ysh.core.admin import badge, duration, moment, number, since, table_size

LAST_RUNS = 8
COUNTED = (
    "aneel.generationunit",
    "aneel.tariff",
    "aneel.certification",
    "aneel.dataset",
    "products.product",
    "products.solarkit",
)
_STATES = {
    "fresh": (gettext_lazy("fresh"), "success"),
    "stale": (gettext_lazy("stale"), "danger"),
    "never": (gettext_lazy("never loaded"), "warning"),
    "running": (gettext_lazy("running"), "info"),
}
_SERVICES = {
    "postgresql": "PostgreSQL",
    "redis": gettext_lazy("Redis (cache)"),
    "broker": gettext_lazy("Task queue"),
    "dynamodb": "DynamoDB",
    "s3": "S3",
    "workers": gettext_lazy("Workers"),
}
BAD_STATUSES = (RunStatus.FAILED, RunStatus.ERRORED)


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """What the home page's template shows; each part only to those who may see what it speaks of."""
    user = request.user
    context["counts"] = row_counts(request)
    if user.has_perm("pipeline.view_ingestionrun"):
        context["sources"] = [_source_card(source) for source in source_states()]
        context["can_run"] = user.has_perm("pipeline.run_ingestion")
        context["last_runs"] = last_runs()
        context["health_url"] = reverse("admin:health")
    if any(item["url"].endswith(("/solarkit/", "/product/")) for item in context["counts"]):
        context["catalogue_url"] = reverse("admin:home_catalogue")
    if user.has_perm("aneel.view_generationunitstatistics"):
        context["power_chart"] = power_by_state()
    return context


def _source_card(source: SourceState) -> dict[str, Any]:
    state = _state(source)
    label, colour = _STATES[state]
    run, active = source.last_run, source.active_run
    return {
        "key": source.source,
        "label": source.label,
        "state_label": label,
        "colour": colour,
        "last_good": since(source.last_success_at) if source.last_success_at else "",
        "last_good_at": moment(source.last_success_at) if source.last_success_at else "",
        "data_age": duration(source.data_age.total_seconds()) if source.data_age is not None else "",
        "next_run_at": date_format(timezone.localtime(source.next_run_at), "DATETIME_FORMAT") if source.next_run_at else "",
        "failed": run is not None and run.status in BAD_STATUSES,
        "run_url": reverse("admin:pipeline_ingestionrun_change", args=[run.pk]) if run else "",
        "progress": run_progress(active) if active else None,
        "progress_url": reverse("admin:pipeline_progress", args=[active.pk]) if active else "",
    }


def _state(source: SourceState) -> str:
    if source.active_run is not None:
        return "running"
    if source.last_success is None:
        return "never"
    return "stale" if source.is_stale else "fresh"


def last_runs() -> dict[str, Any]:
    """A table for the theme's component."""
    rows = [
        [
            format_html(
                '<a class="text-link" href="{}">{}</a>',
                reverse("admin:pipeline_ingestionrun_change", args=[run.pk]),
                source_label(run.source),
            ),
            badge(run.get_status_display(), STATUS_COLOURS[run.status]),
            moment(run.started_at),
            duration(run.duration_seconds),
            number(run.rows_inserted + run.rows_updated + run.rows_removed),
            number(run.rows_rejected),
        ]
        for run in IngestionRun.objects.order_by("-started_at", "-id")[:LAST_RUNS]
    ]
    return {"headers": [_("source"), _("status"), _("started"), _("duration"), _("changed rows"), _("rejected")], "rows": rows}


def row_counts(request: HttpRequest) -> list[dict[str, Any]]:
    """How many rows the main tables hold; the large ones as the planner knows it."""
    registered = {model._meta.label_lower: (model, page) for model, page in admin.site._registry.items()}
    counts = []
    for label in COUNTED:
        model, page = registered.get(label, (None, None))
        if model is not None and page is not None and page.has_view_permission(request):
            counts.append(_count(model))
    return counts


def _count(model: type[Model]) -> dict[str, Any]:
    meta = model._meta
    return {
        "title": capfirst(str(meta.verbose_name_plural)),
        "count": number(table_size(model)[0]),
        "url": reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist"),
    }


def power_by_state() -> str:
    """Data of a bar chart: active units' power in MW by state, largest first; empty when there are no units."""
    rows = GenerationUnitStatistics.objects.values("state").annotate(power=Sum("power_sum_kw")).order_by("-power", "state")
    if not rows:
        return ""
    dataset = {
        "label": _("MW installed"),
        "data": [round(float(row["power"]) / 1000, 1) for row in rows],
        "backgroundColor": "var(--color-primary-500)",
        "maxBarThickness": 22,
        "displayYAxis": True,
    }
    return json.dumps({"labels": [state_code(row["state"]) for row in rows], "datasets": [dataset]})


def health(request: HttpRequest) -> JsonResponse:
    """The services' state for the home page, which asks once it is shown: a silent service does not hold the page up."""
    if not request.user.has_perm("pipeline.view_ingestionrun"):
        raise PermissionDenied
    response = JsonResponse({"services": [_service(service) for service in service_health(workers=True)]})
    response["Cache-Control"] = "no-store"
    return response


def _service(service: ServiceHealth) -> dict[str, str]:
    state = {True: "up", False: "down", None: "off"}[service.ok]
    texts = {"up": number(service.latency_ms, 0, "ms"), "down": _("does not answer"), "off": _("not configured")}
    return {
        "name": str(_SERVICES.get(service.name, service.name)),
        "state": state,
        "text": str(texts[state]),
        "detail": service.detail,
    }
