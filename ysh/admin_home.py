"""The admin's first page: how fresh each source is, the last runs, what the database holds, and whether the services answer."""

import json
from typing import Any

from django.contrib import admin
from django.db import connection
from django.db.models import Model, Sum
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aneel.admin.states import state_code
from aneel.models import GenerationUnitStatistics
from pipeline.admin.freshness import Freshness, freshness
from pipeline.admin.progress import run_progress
from pipeline.admin.words import STATUS_COLOURS, source_label
from pipeline.models import IngestionRun
from ysh.core.admin import duration, labels, moment, number, since
from ysh.core.db.counts import estimated_row_count

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
    "due": (gettext_lazy("due"), "info"),
    "stale": (gettext_lazy("stale"), "danger"),
    "never": (gettext_lazy("never loaded"), "warning"),
    "running": (gettext_lazy("running"), "info"),
}


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """What the home page's template shows; each part only to those who may see what it speaks of."""
    user = request.user
    context["counts"] = row_counts(request)
    if user.has_perm("pipeline.view_ingestionrun"):
        context["sources"] = [_source_card(source) for source in freshness()]
        context["can_run"] = user.has_perm("pipeline.run_ingestion")
        context["last_runs"] = last_runs()
        context["health_url"] = _health_url()
    if user.has_perm("aneel.view_generationunitstatistics"):
        context["power_chart"] = power_by_state()
    return context


def _source_card(source: Freshness) -> dict[str, Any]:
    state_label, colour = _STATES[source.state]
    run, good = source.last_run, source.last_good
    return {
        "key": source.key,
        "label": source_label(source.key),
        "state": source.state,
        "state_label": state_label,
        "colour": colour,
        "last_good": since(good.ended_at) if good else "",
        "last_good_at": moment(good.ended_at) if good else "",
        "next_run_at": moment(source.next_run_at) if source.next_run_at else "",
        "failed": bool(run and not run.is_active and run != good and run.status in {"FAILED", "ERRORED"}),
        "run_url": reverse("admin:pipeline_ingestionrun_change", args=[run.pk]) if run else "",
        "progress": run_progress(run) if run and run.is_active else None,
        "progress_url": reverse("admin:pipeline_progress", args=[run.pk]) if run and run.is_active else "",
    }


def last_runs() -> dict[str, Any]:
    """A table for the theme's component."""
    rows = [
        [
            format_html(
                '<a class="text-link" href="{}">{}</a>',
                reverse("admin:pipeline_ingestionrun_change", args=[run.pk]),
                source_label(run.source),
            ),
            labels([run.get_status_display()], STATUS_COLOURS[run.status]),
            moment(run.started_at),
            duration(run.duration_seconds),
            number(run.rows_inserted + run.rows_updated + run.rows_removed),
            number(run.rows_rejected),
        ]
        for run in IngestionRun.objects.order_by("-started_at", "-id")[:LAST_RUNS]
    ]
    return {"headers": [_("source"), _("status"), _("started"), _("duration"), _("changed rows"), _("rejected")], "rows": rows}


def row_counts(request: HttpRequest) -> list[dict[str, Any]]:
    """How many rows the main tables hold, as the planner knows it: nothing is counted."""
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
        "count": number(estimated_row_count(connection, meta.db_table)),
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


def _health_url() -> str:
    """Where the services' health is asked for, by the page itself after it has loaded; empty when it is not served."""
    try:
        return reverse("readyz")
    except NoReverseMatch:
        return ""
