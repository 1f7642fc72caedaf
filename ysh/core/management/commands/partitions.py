"""`manage.py partitions`: maintain the monthly partitions now."""

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from ysh.core.db.partitions import PartitionReport, maintain_all
from ysh.core.errors import TerminalError


class Command(BaseCommand):
    help = (
        "Create the months ahead, move rows out of the default partitions, detach and drop months past the retention.\n"
        "The worker does it daily. Safe to run at any time and twice at once.\n"
        "Example: manage.py partitions --dry-run\n"
        "Exit codes: 0 success, 1 failed, 2 bad usage."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say what would be done")
        parser.add_argument("--json", action="store_true", help="exactly one JSON object on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            reports = maintain_all(dry_run=options["dry_run"])
        except (TerminalError, DatabaseError) as error:
            raise CommandError(f"Partitions were not maintained: {error}") from error
        if options["json"]:
            document = {"dry_run": options["dry_run"], "tables": [asdict(report) for report in reports]}
            self.stdout.write(json.dumps(document))
            return
        for report in reports:
            self.stdout.write(_as_text(report, dry_run=options["dry_run"]))


def _as_text(report: PartitionReport, *, dry_run: bool) -> str:
    verb = "would " if dry_run else ""
    lines = [f"{report.table}: nothing to do"]
    if report.created or report.dropped or report.moved or report.purged:
        lines = [f"{report.table}:"]
        lines += [f"  {verb}create {name}" for name in report.created]
        lines += [f"  {verb}drop {name}, past the retention" for name in report.dropped]
        lines += [f"  {verb}move {report.moved:,} rows out of the default partition"] * bool(report.moved)
        lines += [f"  {verb}delete {report.purged:,} rows past the retention from the default partition"] * bool(report.purged)
    return "\n".join(lines)
