"""`manage.py load_site_conditions FILE`: a person's own irradiation and temperatures by place."""

import json
import sys
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from products.actions.checks import request_recheck
from products.actions.load_sites import SiteFileError, load_sites
from ysh.core.actor import Actor, acting_as


class Command(BaseCommand):
    help = (
        "Load irradiation and temperatures of places from a CSV file with the columns code (BR, state, IBGE code) or STATE, "
        "JAN to DEC (kWh/m2 or Wh/m2 a day), min_ambient_c, max_cell_c. Mind the licence of what you load.\n"
        "Example: manage.py load_site_conditions means.csv --source 'Atlas 2017' --licence 'CC BY-NC-ND'\n"
        "Exit codes: 0 loaded, 1 not a table of places, 2 bad usage, 3 loaded but for some lines."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="CSV file")
        parser.add_argument("--source", required=True, help="where the values come from; shown with every estimate")
        parser.add_argument("--licence", default="", help="under which licence")
        parser.add_argument("--uncertainty", default="10", metavar="PERCENT", help="of the yearly sum (default 10)")
        parser.add_argument("--json", action="store_true", help="exactly one JSON object on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            uncertainty = Decimal(options["uncertainty"])
        except InvalidOperation:
            uncertainty = Decimal(-1)
        if not 0 <= uncertainty <= 100:
            raise CommandError(f"--uncertainty: expected 0 to 100, found {options['uncertainty']!r}.", returncode=2)
        if not path.is_file():
            raise CommandError(f"There is no file at {path}.", returncode=2)
        with acting_as(Actor("load_site_conditions", "command")):
            try:
                loaded = load_sites(
                    path.read_bytes(),
                    source=options["source"],
                    licence=options["licence"],
                    uncertainty_percent=uncertainty,
                )
            except SiteFileError as error:
                raise CommandError(str(error), returncode=1) from error
            request_recheck()
        for line, why in loaded.rejected[:20]:
            self.stderr.write(f"line {line}: {why}")
        if options["json"]:
            self.stdout.write(json.dumps({"written": loaded.written, "rejected": len(loaded.rejected)}))
        else:
            self.stdout.write(f"{loaded.written:,} places written, {len(loaded.rejected):,} lines rejected.")
        if loaded.rejected:
            sys.exit(3)
