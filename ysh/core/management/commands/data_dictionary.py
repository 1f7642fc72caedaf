"""`manage.py data_dictionary`: write or check docs/data-dictionary.md."""

from difflib import unified_diff
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from ysh.core.data_dictionary import render


class Command(BaseCommand):
    help = (
        "Write the data dictionary from the models.\n"
        "Example: manage.py data_dictionary --check\n"
        "Exit codes: 0 success, 1 the file differs (with --check), 2 bad usage."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        default = settings.BASE_DIR / "docs" / "data-dictionary.md"
        parser.add_argument("--output", type=Path, default=default, help="the file; by default docs/data-dictionary.md")
        parser.add_argument("--check", action="store_true", help="write nothing, fail when the file differs")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["output"]
        wanted = render()
        found = path.read_text(encoding="utf-8") if path.is_file() else ""
        if options["check"]:
            if found != wanted:
                lines = list(unified_diff(found.splitlines(), wanted.splitlines(), "the file", "the models", lineterm="", n=0))
                raise CommandError(
                    f"{path} differs from the models. Run: manage.py data_dictionary\n" + "\n".join(lines[:40]), returncode=1
                )
            self.stdout.write(f"{path} is up to date.")
            return
        if found == wanted:
            self.stdout.write(f"{path} was up to date.")
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(wanted, encoding="utf-8")
        self.stdout.write(f"{path} written: {len(wanted.splitlines()):,} lines.")
