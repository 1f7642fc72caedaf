"""`manage.py sync_schedule`: the declared schedule into the database."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from pipeline.schedule import sync_schedule


class Command(BaseCommand):
    help = (
        "Create the declared periodic tasks that the database lacks; times and switches changed in the admin are kept.\n"
        "Example: manage.py sync_schedule --json"
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="exactly one JSON object on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        created, switched_off = sync_schedule()
        if options["json"]:
            self.stdout.write(json.dumps({"created": created, "switched_off": switched_off}))
        else:
            self.stdout.write(f"Schedule: {created} created, {switched_off} no longer declared and switched off.")
