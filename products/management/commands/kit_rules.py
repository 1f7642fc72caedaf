"""`manage.py kit_rules`: the page about the engineering rules."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from products.rules_table import page

PLACE = "docs/kit-rules.md"


class Command(BaseCommand):
    help = (
        "Print what the engineering rules check and where each comes from, or bring docs/kit-rules.md up to date.\n"
        "Example: manage.py kit_rules --write\n"
        "Exit codes: 0 success, 2 bad usage."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--write", action="store_true", help=f"write {PLACE} instead of printing")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["write"]:
            self.stdout.write(page())
            return
        (settings.BASE_DIR / PLACE).write_text(page(), encoding="utf-8")
        self.stdout.write(f"{PLACE} written.")
