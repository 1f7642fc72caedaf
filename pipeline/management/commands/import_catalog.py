"""`manage.py import_catalog --supplier CODE PATH...`: import a supplier's price lists now."""

import json
import re
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from pipeline.choices import RunStatus
from pipeline.errors import RunAlreadyActiveError
from pipeline.suppliers.mapping import Mapping, MappingError, load
from pipeline.suppliers.notes import message_of_refusal
from pipeline.suppliers.report import ImportReport
from pipeline.suppliers.run import ImportOptions, run_import
from ysh.core.actor import Actor, acting_as

EXIT_FAILED, EXIT_USAGE, EXIT_PARTIAL, EXIT_LOCKED = 1, 2, 3, 4
_EXIT = {RunStatus.SUCCESS: 0, RunStatus.UNCHANGED: 0, RunStatus.PARTIAL: EXIT_PARTIAL}
COMMAND = "import_catalog"
_SHOWN = 20


class Command(BaseCommand):
    requires_system_checks = ()  # a second saved at every start; `check` runs in CI
    help = (
        "Import a supplier's price lists: CSV, XLSX, JSON or Markdown page captures, recognised by content. A supplier the code "
        "does not know is read by --mapping (docs/suppliers.md), or by what its columns are called and hold.\n"
        "Example: manage.py import_catalog --supplier fortlev products.csv kits.csv --json\n"
        "Exit codes: 0 success, 1 failed or errored, 2 bad usage, 3 finished with rejected records, 4 another import is at work."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "paths", nargs="+", type=Path, metavar="PATH", help="a list; several belong to one import, in any order"
        )
        parser.add_argument(
            "--supplier", required=True, metavar="CODE", help="the supplier's code, e.g. fortlev; made when it is new"
        )
        parser.add_argument(
            "--mapping", type=Path, metavar="FILE.json", help="a mapping as the admin exports it, instead of the supplier's own"
        )
        parser.add_argument("--all-or-nothing", action="store_true", help="write nothing when a record is refused")
        parser.add_argument("--dry-run", action="store_true", help="the same figures, nothing written")
        parser.add_argument("--json", action="store_true", help="exactly one JSON object on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        supplier = options["supplier"].strip().lower()
        if not re.fullmatch(r"[a-z0-9]+([_-][a-z0-9]+)*", supplier) or len(supplier) > 40:
            raise CommandError(
                f"--supplier: expected a code such as fortlev, found {options['supplier']!r}.", returncode=EXIT_USAGE
            )
        for path in options["paths"]:
            if not path.is_file():
                raise CommandError(f"{path}: expected a file, found none.", returncode=EXIT_USAGE)
        request = ImportOptions(
            supplier=supplier,
            files=tuple((path, path.name) for path in options["paths"]),
            mapping=_mapping(options["mapping"], supplier),
            all_or_nothing=options["all_or_nothing"],
            dry_run=options["dry_run"],
            by=COMMAND,
        )
        shown: list[str] = []

        def show(stage: str, progress: dict[str, int]) -> None:
            if not shown or shown[-1] != stage:
                shown.append(stage)
                self.stderr.write(f"{stage} ...", style_func=str)

        try:
            with acting_as(Actor(COMMAND, "command")):
                report = run_import(request, on_progress=show)
        except RunAlreadyActiveError as error:
            if options["json"]:
                self.stdout.write(json.dumps({"supplier": supplier, "status": "LOCKED", "error": str(error)}))
            self.stderr.write(str(error))
            sys.exit(EXIT_LOCKED)
        self.stdout.write(json.dumps(report.as_json(), ensure_ascii=False) if options["json"] else _as_text(report))
        if report.error:
            self.stderr.write(report.error)
        code = _EXIT.get(RunStatus(report.status), EXIT_FAILED)
        if code:
            sys.exit(code)


def _mapping(path: Path | None, supplier: str) -> Mapping | None:
    if path is None:
        return None
    try:
        return load(path.read_bytes(), supplier=supplier, origin=path.name)
    except (OSError, MappingError, UnicodeDecodeError) as error:
        raise CommandError(f"--mapping: {error}", returncode=EXIT_USAGE) from error


def _as_text(report: ImportReport) -> str:
    lines = [f"{report.supplier}: {report.status}{' (dry run, nothing written)' if report.dry_run else ''}"]
    for name, counts in (("products", report.products), ("kits", report.kits)):
        lines.append(f"  {name:<9}" + ", ".join(f"{count:,} {word}" for word, count in counts.items()))
    lines.append(f"  prices   {report.price_changes:,} moved")
    lines += [f"  rejected {reason}: {count:,}" for reason, count in sorted(report.rejects_by_reason.items())]
    for row in report.refused[:_SHOWN]:
        place = f"{row.file}:{row.line}" + (f", {row.column}" if row.column else "")
        lines.append(f"    {place}: {message_of_refusal(row)}")
    if sum(report.rejects_by_reason.values()) > _SHOWN:
        lines.append("    ... (all of them: --json, or the list's page in the admin)")
    codes: dict[str, int] = {}
    for note in report.notes:
        codes[note.code] = codes.get(note.code, 0) + 1
    lines += [f"  warning  {code}: {count:,}" for code, count in sorted(codes.items())]
    return "\n".join([*lines, f"  time     {report.duration_seconds:.1f} s"])
