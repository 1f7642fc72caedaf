"""`manage.py database_report`: sizes, index use and slow queries of the database."""

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import connection
from django.template.defaultfilters import filesizeformat
from django.utils import translation

from ysh.core.db.monitoring import index_use, slow_queries, table_sizes


class Command(BaseCommand):
    help = (
        "Show what takes room and time in the database: tables by size, indexes by use, statements by time.\n"
        "Example: manage.py database_report --limit 20\n"
        "Exit codes: 0 success, 2 bad usage."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--limit", type=int, default=10, metavar="N", help="how many lines of each kind (default 10)")
        parser.add_argument("--json", action="store_true", help="exactly one JSON object on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        limit = options["limit"]
        sizes, indexes, slow = table_sizes(connection), index_use(connection), slow_queries(connection, limit)
        if options["json"]:
            document = {
                "tables": [asdict(size) for size in sizes],
                "indexes": [asdict(index) for index in indexes],
                "slow_queries": None if slow is None else [asdict(query) for query in slow],
            }
            self.stdout.write(json.dumps(document))
            return
        with translation.override("en"):
            self._section("Largest tables", "rows, dead rows, table, indexes")
            for size in sizes[:limit]:
                parts = (f"{size.rows:,}", f"{size.dead_rows:,}", _size(size.table_bytes), _size(size.index_bytes))
                self.stdout.write(f"  {size.table:<36}" + "".join(f"{part:>14}" for part in parts))
            self._section("Least used indexes", "scans, size; those that enforce a key left out")
            for index in [index for index in indexes if not index.unique][:limit]:
                self.stdout.write(f"  {index.index:<50}{index.scans:>14,}{_size(index.bytes):>14}")
            self._section("Statements that took most time", "calls, total, mean")
            if slow is None:
                self.stdout.write(
                    "  PostgreSQL keeps no count: preload pg_stat_statements and CREATE EXTENSION pg_stat_statements."
                )
            for query in slow or []:
                self.stdout.write(
                    f"  {query.calls:>10,} x {query.total_ms:>12,.0f} ms {query.mean_ms:>10,.2f} ms  {query.query[:90]}"
                )

    def _section(self, title: str, columns: str) -> None:
        self.stdout.write(f"{title} ({columns})")


def _size(size: int) -> str:
    return str(filesizeformat(size)).replace("\xa0", " ")
