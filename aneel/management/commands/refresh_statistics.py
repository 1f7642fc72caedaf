"""`manage.py refresh_statistics`: recompute the totals over the generation units."""

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from aneel.statistics import VIEW, refresh_statistics


class Command(BaseCommand):
    help = (
        f"Refresh {VIEW} without stopping its readers. Every load and a daily task do it too.\n"
        "Example: manage.py refresh_statistics --json\n"
        "Exit codes: 0 success, 1 failed, 2 bad usage."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="exactly one JSON object on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = refresh_statistics()
        except DatabaseError as error:
            raise CommandError(f"{VIEW} was not refreshed: {error}") from error
        if options["json"]:
            self.stdout.write(json.dumps(asdict(done)))
        else:
            how = "concurrently" if done.concurrently else "for the first time"
            self.stdout.write(f"{VIEW} refreshed {how}: {done.rows:,} rows in {done.seconds:.1f} s")
