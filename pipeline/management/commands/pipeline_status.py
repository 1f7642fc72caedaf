"""`manage.py pipeline_status`: how every source and service is doing."""

import json
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db.models import Count, Q

from pipeline.models import DataQualityCheck
from pipeline.service_health import service_health
from pipeline.status import SourceState, source_states

_VERDICT = {True: "ok  ", False: "DOWN", None: "n/a "}


class Command(BaseCommand):
    help = (
        "Last run, last success, age, next run and quality of every source; health of every service.\n"
        "Example: manage.py pipeline_status --json"
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="exactly one JSON object on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        states = source_states()
        quality = _quality(states)
        services = service_health(workers=True)
        if options["json"]:
            report = {
                "sources": [_as_json(state, quality) for state in states],
                "services": [
                    {"service": s.name, "ok": s.ok, "required": s.required, "latency_ms": s.latency_ms, "detail": s.detail}
                    for s in services
                ],
            }
            self.stdout.write(json.dumps(report, ensure_ascii=False))
            return
        for state in states:
            last = f"{state.last_run.status} {state.last_run.started_at:%Y-%m-%d %H:%M} UTC" if state.last_run else "never ran"
            age = _hours(state.data_age)
            due = f"{state.next_run_at:%Y-%m-%d %H:%M} UTC" if state.next_run_at else "not scheduled"
            passed, checked = quality.get(state.source, (0, 0))
            self.stdout.write(
                f"{state.source}: {'STALE' if state.is_stale else 'fresh'}; last run {last}; data age "
                f"{'unknown' if age is None else f'{age:g} h'}; next run {due}; checks passed {passed} of {checked}"
            )
        for service in services:
            took = "" if service.latency_ms is None else f" {service.latency_ms:.1f} ms"
            self.stdout.write(f"{_VERDICT[service.ok]} {service.name}{took}  {service.detail}")


def _quality(states: list[SourceState]) -> dict[str, tuple[int, int]]:
    """Checks passed and made in the last successful run of each source, one query."""
    runs = {state.last_success.run_id: state.source for state in states if state.last_success}
    rows = (
        DataQualityCheck.objects.filter(run_id__in=runs)
        .values_list("run_id")
        .annotate(passed=Count("id", filter=Q(check_passed=True)), made=Count("id"))
        .order_by("run_id")
    )
    return {runs[run_id]: (passed, made) for run_id, passed, made in rows}


def _hours(age: timedelta | None) -> float | None:
    return None if age is None else round(age.total_seconds() / 3600, 1)


def _as_json(state: SourceState, quality: dict[str, tuple[int, int]]) -> dict[str, Any]:
    passed, made = quality.get(state.source, (0, 0))
    run = state.last_run
    return {
        "source": state.source,
        "last_run": None
        if run is None
        else {
            "run_id": str(run.run_id),
            "status": run.status,
            "started_at": run.started_at.isoformat(),
            "error": run.error_message,
        },
        "last_success_at": state.last_success_at.isoformat() if state.last_success_at else None,
        "data_age_hours": _hours(state.data_age),
        "next_run_at": state.next_run_at.isoformat() if state.next_run_at else None,
        "is_stale": state.is_stale,
        "checks_passed": passed,
        "checks_made": made,
    }
