"""`manage.py quality [SOURCE]`: run the declared checks on what is stored."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from pipeline.quality.report import as_json, make_report
from pipeline.quality.run_checks import CheckResult
from pipeline.sources.registry import SOURCES


class Command(BaseCommand):
    help = (
        "Look at the stored rows: checks, figures against their own past, columns, score. Keeps what was seen.\n"
        "Example: manage.py quality generation_units --json\n"
        "Exit codes: 0 all passed, 1 some failed, 2 bad usage."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", nargs="?", choices=sorted(SOURCES), help="one source; all when left out")
        parser.add_argument("--json", action="store_true", help="exactly one JSON object on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        chosen = [SOURCES[options["source"]]] if options["source"] else list(SOURCES.values())
        reports, results = {}, {}
        for source in chosen:
            reports[source.key], results[source.key] = make_report(source)
        if options["json"]:
            said = {
                "sources": {key: [_as_json(result) for result in found] for key, found in results.items()},
                "reports": {key: as_json(report) for key, report in reports.items()},
            }
            self.stdout.write(json.dumps(said, ensure_ascii=False))
        else:
            for key, found in results.items():
                report = reports[key]
                self.stdout.write(f"{key}: score {report.score:.3f} over {report.row_count:,} rows")
                for anomaly in report.anomalies:
                    self.stdout.write(
                        f"odd   {key}.{anomaly['figure']:<30} {anomaly['value']:g}, its past allows "
                        f"{anomaly['low']:g} to {anomaly['high']:g}"
                    )
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
