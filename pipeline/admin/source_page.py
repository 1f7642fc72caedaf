"""A source's page: how fresh it is, when it comes next, its history in charts, its quality, what is wrong with it."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from pipeline.admin.progress import run_progress
from pipeline.admin.words import STATUS_COLOURS, source_label
from pipeline.choices import GOOD_STATUSES
from pipeline.labels import check_label, figure_label, type_label
from pipeline.models import Alert, IngestionRun, QualityReport, SourceFile
from pipeline.sources.registry import SOURCES
from pipeline.status import SourceState, source_states
from ysh.core.admin import badge, data_size, duration, moment, monospace, number, since
from ysh.core.quality_score import DIMENSIONS
from ysh.core.said import in_words

#: points of a chart, lines of a table
HISTORY, LAST = 30, 8


def source_view(request: HttpRequest, key: str) -> HttpResponse:
    """The page of one source."""
    if not request.user.has_perm("pipeline.view_ingestionrun"):
        raise PermissionDenied
    if key not in SOURCES:
        raise Http404(f"Unknown source {key!r}. Known: {', '.join(SOURCES)}.")
    state = next(item for item in source_states() if item.source == key)
    reports = list(QualityReport.objects.filter(source=key).order_by("-measured_at", "-id")[:HISTORY])
    good = IngestionRun.objects.filter(source=key, status__in=GOOD_STATUSES).order_by("-started_at", "-id")[:HISTORY]
    runs = list(IngestionRun.objects.filter(source=key).order_by("-started_at", "-id")[:LAST])
    context = {
        **admin.site.each_context(request),
        "title": source_label(key),
        "source": SOURCES[key],
        "facts": _facts(state),
        "active": state.active_run,
        "progress": run_progress(state.active_run) if state.active_run else None,
        "progress_url": reverse("admin:pipeline_progress", args=[state.active_run.pk]) if state.active_run else "",
        "can_run": request.user.has_perm("pipeline.run_ingestion") and SOURCES[key].has_address,
        "can_recover": request.user.has_perm("pipeline.run_ingestion") and bool(runs) and not runs[0].is_active,
        "alerts": _alerts(key),
        "charts": _charts(list(reversed(good)), list(reversed(reports))),
        "runs": _runs(runs),
        "files": _files(key),
        "report": _report(reports[0]) if reports else None,
        "all_runs_url": f"{reverse('admin:pipeline_ingestionrun_changelist')}?source={key}",
    }
    return TemplateResponse(request, "ysh/admin/source.html", context)


def _facts(state: SourceState) -> list[tuple[str, str]]:
    due = date_format(timezone.localtime(state.next_run_at), "DATETIME_FORMAT") if state.next_run_at else _("not scheduled")
    return [
        (
            _("Last good load"),
            f"{moment(state.last_success_at)} ({since(state.last_success_at)})" if state.last_success_at else "–",
        ),
        (_("Data age"), duration(state.data_age.total_seconds()) if state.data_age is not None else "–"),
        (_("Expected every"), duration(SOURCES[state.source].cadence.total_seconds())),
        (_("Next run"), due),
    ]


def _alerts(key: str) -> list[dict[str, Any]]:
    found = Alert.objects.filter(subject=key, closed_at__isnull=True).order_by("-opened_at", "-id")
    return [
        {
            "title": alert.heading,
            "began": moment(alert.opened_at),
            "critical": alert.severity == "critical",
            "url": reverse("admin:pipeline_alert_change", args=[alert.pk]),
        }
        for alert in found
    ]


def _charts(runs: Sequence[IngestionRun], reports: Sequence[QualityReport]) -> list[dict[str, str]]:
    days = [_day(run.started_at) for run in runs]
    looks = [_day(report.measured_at) for report in reports]
    charts = [
        (_("Stored rows"), _line(looks, _("rows"), [report.row_count for report in reports]), len(looks)),
        (_("Duration (s)"), _line(days, _("seconds"), [round(run.duration_seconds or 0, 1) for run in runs]), len(days)),
        (_("Quality score"), _line(looks, _("score"), [float(report.score) for report in reports]), len(looks)),
    ]
    return [{"title": title, "data": data} for title, data, points in charts if points > 1]


def _day(at: datetime) -> str:
    return f"{timezone.localtime(at):%d/%m %H:%M}"


def _line(labels: Sequence[str], name: str, values: Sequence[float]) -> str:
    line = {
        "label": name,
        "data": list(values),
        "borderColor": "var(--color-primary-500)",
        "backgroundColor": "var(--color-primary-500)",
        "pointRadius": 2,
        "displayYAxis": True,
    }
    return json.dumps({"labels": list(labels), "datasets": [line]})


def _link(url: str, text: str) -> SafeString:
    return format_html('<a class="text-link" href="{}">{}</a>', url, text)


def _runs(runs: Sequence[IngestionRun]) -> dict[str, Any]:
    rows = [
        [
            _link(reverse("admin:pipeline_ingestionrun_change", args=[run.pk]), moment(run.started_at)),
            badge(run.get_status_display(), STATUS_COLOURS[run.status]),
            str(run.get_trigger_type_display()),
            duration(run.duration_seconds),
            number(run.rows_inserted + run.rows_updated + run.rows_removed),
            number(run.rows_rejected),
        ]
        for run in runs
    ]
    return {"headers": [_("started"), _("status"), _("trigger"), _("duration"), _("changed rows"), _("rejected")], "rows": rows}


def _files(key: str) -> dict[str, Any]:
    rows = [
        [
            _link(reverse("admin:pipeline_sourcefile_change", args=[file.pk]), moment(file.fetched_at)),
            file.url.rstrip("/").rsplit("/", 1)[-1],
            data_size(file.bytes),
            badge(_("published"), "success") if file.published else "–",
            monospace(file.sha256[:12]),
        ]
        for file in SourceFile.objects.filter(source=key).order_by("-fetched_at", "-id")[:LAST]
    ]
    return {"headers": [_("fetched at"), _("file"), _("size"), _("published"), "SHA-256"], "rows": rows}


def _report(report: QualityReport) -> dict[str, Any]:
    """The newest look, as tables."""
    reasons = [
        [
            str(DIMENSIONS.get(str(one["dimension"]), one["dimension"])),
            check_label(str(one["check"])),
            number(float(one["value"]), 3),
            in_words(one.get("said")) or str(one.get("text", "")),
        ]
        for one in report.reasons
    ]
    unusual = [
        [
            figure_label(one["figure"], one.get("group", "")),
            number(one["value"], 3),
            number(one["expected"], 3),
            f"{number(one['low'], 3)} – {number(one['high'], 3)}",
        ]
        for one in report.anomalies
    ]
    columns = [
        [
            monospace(one.column),
            type_label(one.data_type),
            f"{number(100 * one.null_count / report.row_count, 1)} %" if report.row_count else "–",
            "–" if one.distinct_estimate is None else number(one.distinct_estimate),
            _short(one.minimum),
            _short(one.quantiles.get("0.5")),
            _short(one.maximum),
            ", ".join(f"{_short(top['value'])} ({number(100 * top['share'], 1)} %)" for top in one.top_values[:3]) or "–",
        ]
        for one in report.profiles.all()
    ]
    words = {"added": _("new"), "removed": _("gone"), "type": _("another kind")}
    drift = [[monospace(one["column"]), words.get(one["change"], one["change"]), one["type"]] for one in report.drift]
    titles = [
        _("column"),
        _("type"),
        _("empty values"),
        _("different values"),
        _("smallest"),
        _("median"),
        _("largest"),
        _("most frequent"),
    ]
    return {
        "score": number(float(report.score), 3),
        "rows": number(report.row_count),
        "measured_at": moment(report.measured_at),
        "reasons": {"headers": [_("dimension"), _("check"), _("value"), _("why")], "rows": reasons},
        "anomalies": {"headers": [_("figure"), _("now"), _("expected"), _("the past allows")], "rows": unusual},
        "drift": {"headers": [_("column"), _("change"), _("type")], "rows": drift},
        "columns": {"headers": titles, "rows": columns},
    }  # fmt: skip


def _short(text: str | None) -> str:
    if text is None:
        return "–"
    return text if len(text) <= 28 else f"{text[:27]}…"
