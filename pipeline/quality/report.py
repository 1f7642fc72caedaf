"""One look at a source's stored rows: checks, figures against the past, columns, score. Kept, so that looks can be compared."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from pipeline.alerts.incidents import close_alert, open_alert
from pipeline.choices import GOOD_STATUSES, AlertKind, AlertSeverity, RunStatus
from pipeline.models import ColumnProfile, IngestionRun, QualityReport
from pipeline.quality.anomalies import Anomaly, find_anomalies
from pipeline.quality.figures import in_use, measure
from pipeline.quality.profile import profile_table
from pipeline.quality.run_checks import CheckResult
from pipeline.quality.stored import check_stored
from pipeline.sources.base import Source
from ysh.core.quality_score import Part, check_part, reasons, score, share_part, timeliness_part
from ysh.core.said import CODE, Said, in_english, say

#: how many earlier looks make the past
LOOKS_BACK = 30


def make_report(source: Source, *, run_id: UUID | None = None) -> tuple[QualityReport, list[CheckResult]]:
    """Look at what is stored of a source, and keep what was seen. Anomalies open an incident, or end it when there are none.

    Args:
        source: the declaration.
        run_id: the run that asked for it.
    """
    checks = check_stored(source)
    with connection.cursor() as cursor:
        figures = measure(cursor.cursor, source)
        rows, profiles = profile_table(cursor.cursor, source.table, in_use(source))
    earlier = list(QualityReport.objects.filter(source=source.key).order_by("-measured_at", "-id")[:LOOKS_BACK])
    anomalies = find_anomalies(figures, [report.metrics for report in earlier])
    columns, groups = published_columns(source), _groups(source, anomalies)
    parts = _parts(source, checks, rows, len(figures), [_figure(one, groups) for one in anomalies])
    with transaction.atomic():
        report = QualityReport.objects.create(
            source=source.key,
            run_id=run_id,
            row_count=rows,
            score=score(parts),
            reasons=reasons(parts),
            metrics=figures,
            anomalies=[asdict(anomaly) | {"group": groups[anomaly.figure]} for anomaly in anomalies],
            columns=columns,
            drift=compare_columns(earlier[0].columns if earlier else columns, columns),
        )
        ColumnProfile.objects.bulk_create(
            ColumnProfile(
                report=report, column=one.column, data_type=one.data_type, null_count=one.nulls, distinct_estimate=one.distinct,
                minimum=one.minimum, maximum=one.maximum, quantiles=one.quantiles, top_values=one.top_values,
            )
            for one in profiles
        )  # fmt: skip
    _tell(source, anomalies, groups, run_id)
    return report, checks


def published_columns(source: Source) -> dict[str, str]:
    """Columns of the file that was loaded last: name -> what we make of it; empty when none was loaded yet."""
    details = (
        IngestionRun.objects.filter(source=source.key, status__in=(RunStatus.SUCCESS, RunStatus.PARTIAL))
        .order_by("-started_at", "-id")
        .values_list("execution_metadata", flat=True)
        .first()
    )
    if not details or "unknown_columns" not in details:
        return {}
    absent = set(details.get("absent_columns") or ())
    known = {column.name: type(column.kind).__name__ for column in source.columns if column.name not in absent}
    return known | dict.fromkeys(details.get("unknown_columns") or (), "unknown")


def compare_columns(before: dict[str, str], now: dict[str, str]) -> list[dict[str, str]]:
    """What changed, column by column; nothing when no file had been loaded before."""
    if not before:
        return []
    drift = [{"column": name, "change": "added", "type": now[name]} for name in sorted(set(now) - set(before))]
    drift += [{"column": name, "change": "removed", "type": before[name]} for name in sorted(set(before) - set(now))]
    both = sorted(set(before) & set(now))
    return drift + [{"column": name, "change": "type", "type": now[name]} for name in both if before[name] != now[name]]


def _parts(source: Source, checks: list[CheckResult], rows: int, figures: int, unusual: list[Said]) -> list[Part]:
    if not rows:
        return [Part("completeness", "rows", 0.0, say("nothing_stored"))]
    parts = [
        check_part(one.check.check_type, one.check.name, rate=one.rate, passed=one.passed, threshold=one.check.threshold)
        for one in checks
    ]
    last = IngestionRun.objects.filter(source=source.key, status__in=GOOD_STATUSES).order_by("-started_at", "-id").first()
    ended = last.ended_at if last else None
    age = None if ended is None or last is None else datetime.now(UTC) - ended + (last.data_age or timedelta())
    parts.append(timeliness_part(age, source.cadence))
    loaded = (
        IngestionRun.objects.filter(source=source.key, status__in=(RunStatus.SUCCESS, RunStatus.PARTIAL))
        .exclude(execution_metadata__contains={"options": {"keep_missing": True}})
        .order_by("-started_at", "-id")
        .first()
    )
    if loaded is not None and loaded.rows_fetched:
        bad = max(loaded.rows_rejected - int(loaded.execution_metadata.get("rejects_by_reason", {}).get("duplicate", 0)), 0)
        fetched = loaded.rows_fetched
        said = say("rows_refused", bad=bad, all=fetched)
        parts.append(share_part("validity", "rejected_rows", bad, fetched, said))
        twice = loaded.rows_fetched - loaded.rows_processed - bad
        said = say("keys_repeated", bad=twice, all=fetched)
        parts.append(share_part("uniqueness", "repeated_keys", twice, fetched, said))
    if loaded is not None and source.within is None and source.vanished != "keep" and loaded.rows_processed:
        off = abs(rows - loaded.rows_processed)
        said = say("rows_unlike_published", bad=rows, all=loaded.rows_processed)
        parts.append(share_part("accuracy", "rows_as_published", off, loaded.rows_processed, said))
    parts.append(share_part("stability", "own_history", len(unusual), figures, say("figures_unusual", figures=unusual)))
    return parts


def _figure(anomaly: Anomaly, groups: Mapping[str, str]) -> Said:
    return say("figure", figure=anomaly.figure, group=groups[anomaly.figure])


def _groups(source: Source, anomalies: list[Anomaly]) -> dict[str, str]:
    """Names of the figures' groups where a figure has only an id, by figure; a name is the same in every language."""
    parts = {anomaly.figure: anomaly.figure.removesuffix("]").partition("[") for anomaly in anomalies}
    wanted = {name for name, _bracket, group in parts.values() if group}
    names = {metric.name: metric.group_names() for metric in source.metrics if metric.name in wanted and metric.group_names}
    return {figure: names.get(name, {}).get(group, "") for figure, (name, _bracket, group) in parts.items()}


def _tell(source: Source, anomalies: list[Anomaly], groups: Mapping[str, str], run_id: UUID | None) -> None:
    if not anomalies:
        close_alert(AlertKind.QUALITY, source.key, because=say("alert_usual"))
        return
    lines = [say("unusual_figure", figure=_figure(one, groups), value=one.value, low=one.low, high=one.high) for one in anomalies]
    open_alert(
        AlertKind.QUALITY, source.key, severity=AlertSeverity.WARNING, run_id=run_id, message=say("lines", parts=lines),
        title=say("alert_unusual", source=say("source", key=source.key), count=len(anomalies)),
    )  # fmt: skip


def as_json(report: QualityReport) -> dict[str, Any]:
    """One report as an object."""
    return {
        "measured_at": report.measured_at.isoformat(),
        "rows": report.row_count,
        "score": float(report.score),
        "reasons": [_reason_as_json(one) for one in report.reasons],
        "anomalies": report.anomalies,
        "drift": report.drift,
        "figures": report.metrics,
        "columns": [
            {
                "column": one.column, "type": one.data_type, "nulls": one.null_count, "distinct": one.distinct_estimate,
                "min": one.minimum, "max": one.maximum, "quantiles": one.quantiles, "top": one.top_values,
            }
            for one in report.profiles.all()
        ],
    }  # fmt: skip


def _reason_as_json(reason: dict[str, Any]) -> dict[str, Any]:
    """Its code and values, and what they say in English."""
    said = reason.get("said") or {}
    known = {name: reason[name] for name in ("dimension", "check", "value")}
    return known | {
        "code": said.get(CODE, ""),
        "values": {name: value for name, value in said.items() if name != CODE},
        "text": in_english(said) if said else str(reason.get("text", "")),
    }
