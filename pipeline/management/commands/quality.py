"""`manage.py quality [SOURCE]`: run the declared checks on what is stored."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from pipeline.quality.run_checks import CheckResult
from pipeline.quality.stored import check_stored
from pipeline.sources.registry import SOURCES


class Command(BaseCommand):
    help = (
        "Run the quality checks over the stored rows, and keep the results.\n"
        "Example: manage.py quality generation_units --json\n"
        "Exit codes: 0 all passed, 1 some failed, 2 bad usage."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", nargs="?", choices=sorted(SOURCES), help="one source; all when left out")
        parser.add_argument("--json", action="store_true", help="exactly one JSON object on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        chosen = [SOURCES[options["source"]]] if options["source"] else list(SOURCES.values())
        results = {source.key: check_stored(source) for source in chosen}
        if options["json"]:
            self.stdout.write(json.dumps({"sources": {key: [_as_json(r) for r in found] for key, found in results.items()}}))
        else:
            for key, found in results.items():
                for result in found:
                    verdict = "pass" if result.passed else "FAIL"
                    self.stdout.write(
                        f"{verdict}  {key}.{result.check.name:<30} {result.failed:>9,} of {result.checked:>9,} bad "
                        f"({result.rate:.3%}, at most {result.check.threshold:.3%})"
                    )
        if not all(result.passed for found in results.values() for result in found):
            sys.exit(1)


def _as_json(result: CheckResult) -> dict[str, Any]:
    return {
        "check": result.check.name,
        "type": result.check.check_type,
        "column": result.check.column,
        "passed": result.passed,
        "blocking": result.check.blocking,
        "checked": result.checked,
        "failed": result.failed,
        "rate": result.rate,
        "threshold": result.check.threshold,
        "examples": list(result.examples),
    }
