"""`manage.py workflow NAME`: carry a workflow out now, in this process."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from pipeline.choices import RunStatus
from pipeline.errors import RunAlreadyActiveError
from pipeline.management.commands.ingest import EXIT_FAILED, EXIT_LOCKED, EXIT_PARTIAL, EXIT_SUCCESS
from pipeline.models import IngestionRun
from pipeline.sources.registry import SOURCES
from pipeline.workflows.declared import ALIASES, RECOVERY, WORKFLOWS, get_workflow
from pipeline.workflows.record import COUNTS, WorkflowRecord
from pipeline.workflows.run import left_to_recover, run_workflow
from ysh.core.actor import Actor, acting_as, current_actor

_EXIT = {
    RunStatus.SUCCESS: EXIT_SUCCESS,
    RunStatus.UNCHANGED: EXIT_SUCCESS,
    RunStatus.SKIPPED: EXIT_SUCCESS,
    RunStatus.PARTIAL: EXIT_PARTIAL,
}


class Command(BaseCommand):
    requires_system_checks = ()
    help = (
        "Carry out a workflow: several sources in their order, then what follows from them.\n"
        "Example: manage.py workflow daily_full_ingestion --json\n"
        "Exit codes: 0 success or nothing new, 1 failed or errored, 2 bad usage, 3 something failed and the rest went on, "
        "4 the workflow is running already."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        names = [name for key in WORKFLOWS for name in (key, key.partition("_")[0])] + list(ALIASES)
        parser.add_argument("workflow", choices=names, metavar="|".join(WORKFLOWS), help="its first word will do")
        parser.add_argument("--source", action="append", choices=sorted(SOURCES), help="only this source; may be repeated")
        parser.add_argument("--json", action="store_true", help="exactly one JSON object on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        typed = current_actor()
        person = typed.name if typed.source == "command" else "command line"
        workflow = get_workflow(options["workflow"])
        try:
            with acting_as(Actor(person, "command", typed.request_id)):
                row = run_workflow(
                    workflow.key, by=person, sources=options["source"], on_step=lambda name: self.stderr.write(f"{name} ...")
                )
                recovered = self._recover(row, person)
        except RunAlreadyActiveError as error:
            if options["json"]:
                self.stdout.write(json.dumps({"workflow": workflow.key, "status": "LOCKED", "error": str(error)}))
            self.stderr.write(str(error))
            sys.exit(EXIT_LOCKED)
        if options["json"]:
            recovery = {"recovery": as_json(recovered)} if recovered else {}
            self.stdout.write(json.dumps(as_json(row) | recovery, ensure_ascii=False))
        else:
            self.stdout.write("\n".join(_as_text(item) for item in (row, recovered) if item))
        if row.error_message:
            self.stderr.write(row.error_message)
        sys.exit(_EXIT.get(RunStatus(row.status), EXIT_FAILED))

    def _recover(self, row: IngestionRun, person: str) -> IngestionRun | None:
        """A failed run starts a recovery of what failed; None when nothing is left to recover, or one is going on."""
        sources = left_to_recover(row)
        try:
            return run_workflow(RECOVERY.key, by=person, trigger="fallback", sources=sources) if sources else None
        except RunAlreadyActiveError as error:
            self.stderr.write(str(error))
            return None


def as_json(row: IngestionRun) -> dict[str, Any]:
    """The run of a workflow as one object."""
    return {
        "run_id": str(row.run_id),
        "workflow": row.workflow_name,
        "status": row.status,
        "duration_seconds": round(row.duration_seconds or 0.0, 3),
        "sources_attempted": row.sources_attempted,
        "sources_succeeded": row.sources_succeeded,
        "sources_failed": row.sources_failed,
        "used_fallback": row.used_fallback,
        "data_age_hours": None if row.data_age is None else round(row.data_age.total_seconds() / 3600, 1),
        **{name: getattr(row, f"rows_{name}") for name in COUNTS},
        "error": row.error_message,
        "steps": [{"step": name, **step} for name, step in WorkflowRecord.steps(row).items()],
    }


def _as_text(row: IngestionRun) -> str:
    lines = [f"{row.workflow_name}: {row.status} in {row.duration_seconds or 0:.1f} s"]
    for name, step in WorkflowRecord.steps(row).items():
        lines.append(
            f"  {step.get('status', 'did not end'):<10} {name:<28} {step.get('seconds', 0):>8.1f} s  {step.get('text', '')}"
        )
    return "\n".join(lines)
