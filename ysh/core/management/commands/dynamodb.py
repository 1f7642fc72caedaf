"""`manage.py dynamodb`: the four tables."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ysh.core.dynamodb import administration, definitions
from ysh.core.dynamodb.tables import TABLES
from ysh.core.errors import RetryableError


class Command(BaseCommand):
    help = (
        "Create, show or delete the DynamoDB tables, or print them as a CloudFormation template or a CDK construct.\n"
        "Exit codes: 0 done (status: all tables are as declared), 1 not.\n"
        "Example: manage.py dynamodb create --dry-run"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=("create", "status", "delete", "cloudformation", "cdk"), help="What to do.")
        parser.add_argument("--dry-run", action="store_true", help="Only say what would be done.")
        parser.add_argument("--yes", action="store_true", help="Delete without asking.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["what"] == "cloudformation":
            self.stdout.write(json.dumps(definitions.cloudformation(), indent=2))
        elif options["what"] == "cdk":
            self.stdout.write(definitions.cdk(), ending="")
        else:
            try:
                getattr(self, f"_{options['what']}")(administration.connect(), **options)
            except RetryableError as error:
                raise CommandError(str(error)) from error
            except administration.FAULTS as error:
                raise CommandError(f"DynamoDB did not do it: {error}") from error

    def _create(self, connection: Any, *, dry_run: bool, **options: Any) -> None:
        for table in TABLES:
            done = administration.create(connection, table, dry_run=dry_run)
            said = ", ".join(done) or "is as declared"
            self.stdout.write(f"{table.name}: {'would ' if dry_run and done else ''}{said}")

    def _status(self, connection: Any, **options: Any) -> None:
        named = {table.name: table for table in TABLES}
        states = [administration.state(connection, table) for table in TABLES]
        for state in states:
            items = "" if state.items is None else f", {state.items:,} items"
            size = "" if state.size_bytes is None else f", {state.size_bytes:,} bytes"
            mean = "" if state.item_bytes is None else f" ({state.item_bytes:,} an item)"
            self.stdout.write(f"{state.name}: {state.status}{items}{size}{mean}")
            if state.status == "ACTIVE" and state.items != 0:
                read = administration.consumed(connection, named[state.name])
                units = "" if read.units is None else f": {read.units:g} read capacity units"
                self.stdout.write(f"  {read.items:,} items read{units}, the largest of {read.largest_bytes:,} bytes")
            for difference in state.differences:
                self.stdout.write(f"  {difference}")
        if any(state.status != "ACTIVE" or state.differences for state in states):
            sys.exit(1)

    def _delete(self, connection: Any, *, dry_run: bool, yes: bool, **options: Any) -> None:
        if not dry_run and not yes:
            names = ", ".join(table.name for table in TABLES)
            self.stdout.write(f"This deletes {names} and all that is in them. Type yes to go on: ")
            if input().strip() != "yes":
                raise CommandError("Nothing was deleted.")
        for table in TABLES:
            was_there = administration.delete(connection, table, dry_run=dry_run)
            verb = "would delete" if dry_run else "deleted"
            self.stdout.write(f"{table.name}: {verb if was_there else 'was not there'}")
