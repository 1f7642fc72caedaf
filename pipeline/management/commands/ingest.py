"""`manage.py ingest SOURCE`: run one source now."""

import json
import sys
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from pipeline.actions import RunAlreadyActive, run_ingestion
from pipeline.choices import RunStatus
from pipeline.sources.registry import SOURCES
from pipeline.summary import RunSummary
from ysh.core.actor import Actor, acting_as, current_actor

EXIT_SUCCESS, EXIT_FAILED, EXIT_USAGE, EXIT_PARTIAL, EXIT_LOCKED = 0, 1, 2, 3, 4
_EXIT = {
    RunStatus.SUCCESS: EXIT_SUCCESS,
    RunStatus.UNCHANGED: EXIT_SUCCESS,
    RunStatus.SKIPPED: EXIT_SUCCESS,
    RunStatus.PARTIAL: EXIT_PARTIAL,
}


class Command(BaseCommand):
    requires_system_checks = ()  # a second saved at every start; `check` runs in CI
    help = (
        "Load one source, from a file, an address, or where the portal keeps it.\n"
        "Example: manage.py ingest generation_units --file empreendimento-geracao-distribuida.zip --json\n"
        "Exit codes: 0 success, 1 failed or errored, 2 bad usage, 3 finished with rejected rows, 4 another run holds the lock."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", choices=sorted(SOURCES), help="the source's key")
        place = parser.add_mutually_exclusive_group()
        place.add_argument("--file", type=Path, help="CSV, CSV in ZIP or GZIP, or Parquet; recognised by content")
        place.add_argument("--url", help="http(s) address of such a file")
        parser.add_argument("--dry-run", action="store_true", help="the same counts, nothing written")
        parser.add_argument("--limit", type=_positive, metavar="N", help="only the first N rows; nothing is removed")
        parser.add_argument("--force", action="store_true", help="load even when these bytes were published last")
        parser.add_argument("--keep-missing", action="store_true", help="the file is an extract: leave rows alone that it lacks")
        parser.add_argument("--allow-removals", action="store_true", help="accept any share of vanished rows")
        parser.add_argument("--json", action="store_true", help="exactly one JSON object on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        show = _Progress(self.stderr)
        typed = current_actor()
        person = typed.name if typed.source == "command" else "command line"
        try:
            with acting_as(Actor(person, "command", typed.request_id)):
                summary = run_ingestion(
                    options["source"],
                    file=options["file"],
                    url=options["url"],
                    dry_run=options["dry_run"],
                    limit=options["limit"],
                    force=options["force"],
                    keep_missing=options["keep_missing"],
                    allow_removals=options["allow_removals"],
                    by=person,
                    on_progress=show,
                )
        except RunAlreadyActive as error:
            show.end()
            if options["json"]:
                self.stdout.write(json.dumps({"source": options["source"], "status": "LOCKED", "error": str(error)}))
            self.stderr.write(str(error))
            sys.exit(EXIT_LOCKED)
        show.end()
        if options["json"]:
            self.stdout.write(json.dumps(summary.as_json(), ensure_ascii=False))
        else:
            self.stdout.write(_as_text(summary))
        if summary.error:
            self.stderr.write(summary.error)
        sys.exit(_EXIT.get(RunStatus(summary.status), EXIT_FAILED))


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise ValueError(text)
    return value


def _as_text(summary: RunSummary) -> str:
    lines = [
        f"{summary.source}: {summary.status}{' (dry run, nothing written)' if summary.dry_run else ''}",
        f"  rows  {summary.fetched:,} fetched, {summary.processed:,} processed, "
        f"{summary.rejected:,} rejected, {summary.duplicates:,} duplicates",
        f"  table {summary.inserted:,} inserted, {summary.updated:,} updated, "
        f"{summary.unchanged:,} unchanged, {summary.removed:,} removed",
        f"  time  {summary.duration_seconds:.1f} s, {summary.rows_per_second:,.0f} rows/s",
        f"  file  {summary.source_url}",
    ]
    lines += [f"  rejected  {reason}: {count:,}" for reason, count in sorted(summary.rejects_by_reason.items())]
    return "\n".join(lines)


class _Progress:
    """A bar on a terminal, a line per stage elsewhere; on stderr."""

    def __init__(self, stream: Any) -> None:
        self._stream, self._stage, self._shown = stream, "", 0.0
        self._tty = bool(getattr(stream, "isatty", lambda: False)())

    def __call__(self, stage: str, progress: dict[str, int]) -> None:
        now = time.monotonic()
        if stage == self._stage and (not self._tty or now - self._shown < 0.2):
            return
        if not self._tty:
            self._stream.write(f"{stage} ...")
        else:
            total = progress.get("total_bytes", 0)
            share = min(progress.get("bytes", 0) / total, 1.0) if total else 0.0
            bar = "#" * round(share * 30)
            end = "\n" if stage != self._stage and self._stage else ""
            self._stream.write(f"{end}\r{stage:<18} [{bar:<30}] {progress.get('rows', 0):>10,} rows", ending="")
        self._stage, self._shown = stage, now

    def end(self) -> None:
        if self._tty and self._stage:
            self._stream.write("")
