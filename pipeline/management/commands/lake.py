"""`manage.py lake …`: snapshots, questions over them, past days, Athena's tables, how long what is kept."""

import json
import sys
from datetime import UTC, date, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection

from pipeline.errors import SourceFileError
from pipeline.lake.ddl import athena_ddl
from pipeline.lake.export import export
from pipeline.lake.lifecycle import apply, policy
from pipeline.lake.past import archived_files, reingest
from pipeline.lake.query import query
from pipeline.management.commands.ingest import EXIT_FAILED, EXIT_USAGE
from pipeline.sources.registry import SOURCES
from ysh.core.actor import Actor, acting_as, current_actor


class Command(BaseCommand):
    requires_system_checks = ()
    help = (
        "The lake at LAKE_URL: typed snapshots in Parquet, SQL over them, the archive of fetched files.\n"
        'Example: manage.py lake query "SELECT state, sum(installed_power_kw) FROM generation_units GROUP BY 1"\n'
        "Exit codes: 0 success, 1 failed, 2 bad usage."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(
            dest="verb", required=True, metavar="export|query|ddl|lifecycle|files|reingest", help="what to do"
        )
        one = verbs.add_parser("export", help="write today's snapshot of every table")
        one.add_argument("--table", action="append", help="only this one; may be repeated")
        one.add_argument("--date", type=date.fromisoformat, metavar="YYYY-MM-DD", help="the snapshot's day; today when left out")
        two = verbs.add_parser("query", help="ask the snapshots in SQL (DuckDB)")
        two.add_argument("sql", help="one statement; tables by their bare names, each with snapshot_date")
        verbs.add_parser("ddl", help="print the statements that make the tables in Athena")
        three = verbs.add_parser("lifecycle", help="show how long what is kept, or put it in force")
        three.add_argument("--apply", action="store_true", help="set the bucket's rules, or prune the folder")
        four = verbs.add_parser("files", help="list the archived files of a source")
        four.add_argument("source", choices=sorted(SOURCES), help="the source's key")
        five = verbs.add_parser("reingest", help="load what was fetched on a past day again, from the archive alone")
        five.add_argument("source", choices=sorted(SOURCES), help="the source's key")
        five.add_argument("--date", type=date.fromisoformat, required=True, metavar="YYYY-MM-DD", help="the day it was fetched")
        for verb in verbs.choices.values():
            verb.add_argument("--json", action="store_true", help="exactly one JSON object on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            said, text = getattr(self, f"_{options['verb']}")(options)
        except KeyError as error:
            self.stderr.write(str(error.args[0]))
            sys.exit(EXIT_USAGE)
        except SourceFileError as error:
            self.stderr.write(str(error))
            sys.exit(EXIT_FAILED)
        self.stdout.write(json.dumps(said, cls=DjangoJSONEncoder, ensure_ascii=False) if options["json"] else text)
        if said.get("failed"):
            sys.exit(EXIT_FAILED)

    def _export(self, options: dict[str, Any]) -> tuple[dict[str, Any], str]:
        done = export(options["table"], day=options["date"])
        said = [{"table": one.table, "rows": one.rows, "bytes": one.bytes, "files": sorted(one.files)} for one in done]
        lines = [f"{one.table:<24} {one.rows:>12,} rows {one.bytes / 1e6:>10,.1f} MB" for one in done]
        return {"day": done[0].day if done else None, "tables": said}, "\n".join(lines)

    def _query(self, options: dict[str, Any]) -> tuple[dict[str, Any], str]:
        answer = query(options["sql"])
        lines = ["\t".join("" if value is None else str(value) for value in row) for row in (answer.columns, *answer.rows)]
        return {"columns": answer.columns, "rows": answer.rows}, "\n".join(lines)

    def _ddl(self, options: dict[str, Any]) -> tuple[dict[str, Any], str]:
        with connection.cursor() as cursor:
            text = athena_ddl(cursor.cursor)
        return {"ddl": text}, text

    def _lifecycle(self, options: dict[str, Any]) -> tuple[dict[str, Any], str]:
        deleted = apply(datetime.now(UTC).date()) if options["apply"] else []
        said = policy() | {"applied": options["apply"], "deleted": deleted}
        return said, json.dumps(said, indent=1)

    def _files(self, options: dict[str, Any]) -> tuple[dict[str, Any], str]:
        found = archived_files(options["source"])
        lines = [f"{one.day}  {one.bytes:>14,}  {one.address}" for one in found]
        return {"files": [{"day": one.day, "bytes": one.bytes, "address": one.address} for one in found]}, "\n".join(lines)

    def _reingest(self, options: dict[str, Any]) -> tuple[dict[str, Any], str]:
        typed = current_actor()
        with acting_as(Actor(typed.name, "command", typed.request_id, reason=f"archive of {options['date']}")):
            summary = reingest(options["source"], options["date"], by=typed.name)
        counts = f"{summary.inserted:,} inserted, {summary.updated:,} updated, {summary.removed:,} removed"
        text = summary.error or f"{summary.source}: {summary.status}, {counts}"
        return summary.as_json() | {"failed": bool(summary.error)}, text
