"""`manage.py sources`: what can be ingested."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import translation

from pipeline.sources.registry import SOURCES


class Command(BaseCommand):
    help = "List the sources that `ingest` knows.\nExample: manage.py sources --json"
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="exactly one JSON object on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        with translation.override("en"):
            rows = [
                {
                    "source": source.key,
                    "label": str(source.label),
                    "description": str(source.description),
                    "table": source.table,
                    "cadence_hours": source.cadence.total_seconds() / 3600,
                }
                for source in SOURCES.values()
            ]
        if options["json"]:
            self.stdout.write(json.dumps({"sources": rows}, ensure_ascii=False))
            return
        for row in rows:
            self.stdout.write(f"{row['source']:<20} {row['table']:<26} every {row['cadence_hours']:g} h   {row['description']}")
