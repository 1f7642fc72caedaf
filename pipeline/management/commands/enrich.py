"""`manage.py enrich`: say what datasets are about."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from pipeline.enrichment.enrich import enrich_datasets
from ysh.core.actor import Actor, acting_as


class Command(BaseCommand):
    help = (
        "Work out category, keywords, summary and relevance of datasets that changed: by the model of OLLAMA_URL, else by rules. "
        "What a person corrected stays.\n"
        "Example: manage.py enrich --all --rules\n"
        "Exit codes: 0 success, 2 bad usage, 3 the model was at fault and rules took its place."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--all", action="store_true", help="also those that did not change")
        parser.add_argument("--rules", action="store_true", help="ask no model; what one said is replaced")
        parser.add_argument("--json", action="store_true", help="exactly one JSON object on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        with acting_as(Actor("enrich", "command")):
            done = enrich_datasets(everything=options["all"], only_rules=options["rules"], on_progress=None)
        if options["json"]:
            self.stdout.write(json.dumps(done.as_json()))
        else:
            self.stdout.write(f"{done.datasets:,} datasets: {done.text}")
        if done.faults:
            raise SystemExit(3)
