"""`bench audit`: what the change log costs where it is written, and how fast it is read and verified. Ratios are of one run."""

import json
import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from typing import Any

import psycopg

from bench.children import Children
from bench.console import say
from bench.figures import percentile
from bench.files import Files, UnitsFile
from bench.options import Options
from bench.report import Check, Finding

SAVE_RATIO, BULK_RATIO, LOAD_RATIO, HISTORY_MS, VERIFY_SECONDS = 1.25, 2.0, 1.1, 50.0, 30.0
BULK_ROWS, VERIFIED, FULL_ENTRIES, FULL_UNITS = 100_000, 1_000_000, 20_000_000, 1_000_000
ROUNDS = 5
SLICE, WRITERS = 1_000_000, 2
# Seconds over which entries are spread: within the partitions that `migrate` makes ahead.
SPREAD = 112 * 86_400

_TRIGGERS = """
SELECT c.relnamespace::regnamespace || '.' || c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
JOIN pg_proc p ON p.oid = t.tgfoid
WHERE NOT t.tgisinternal AND t.tgparentid = 0 AND p.pronamespace = 'audit'::regnamespace AND t.tgname ~ '^log_'
"""
# 10 entries a record, as of somebody who changes prices, in the order of time over this month and the three ahead, which have
# partitions. Every thousandth changes the description; a tenth are of runs of 100,000.
_FILL = """
INSERT INTO audit.change_log (table_schema, table_name, record_id, record_label, operation, changed_fields, old_values,
                              new_values, changed_by, change_source, reason, request_id, run_id, changed_at)
SELECT 'products', 'products', (g %% %(records)s)::text, 'BENCH-' || g %% %(records)s, 'UPDATE',
       CASE WHEN g %% 1000 = 0 THEN '{description}'::text[] ELSE '{sale_price}' END,
       jsonb_build_object('sale_price', g %% 1000), jsonb_build_object('sale_price', g %% 1000 + 1), 'person ' || g %% 20,
       'admin', 'price list', md5((g / 100)::text)::uuid, CASE WHEN g / 100000 %% 10 = 0 THEN md5('run ' || g / 100000)::uuid END,
       date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' + g * %(apart)s * interval '1 microsecond'
FROM generate_series(%(first)s::bigint, %(last)s) g
"""
# Pages of the admin and the API, as `audit.timeline` reads them, with their sentences.
PAGES = {
    "page_history": "page of a record's history, with its sentences,",
    "page_actor": "timeline of a person, of one kind of record,",
    "page_field": "timeline of a kind of record and a field that changes seldom",
    "page_days": "timeline of a day and a way",
    "page_request": "timeline of a request",
    "page_run": "timeline of a run of 100,000 entries",
    "page_nothing": "timeline of what nobody did (a full window is looked at)",
}
_INDEXES = """
SELECT replace(pg_get_indexdef(indexrelid), ' ON ONLY ', ' ON '), indexrelid::regclass::text FROM pg_index
WHERE indrelid = 'audit.change_log'::regclass AND NOT indisprimary
"""
_SIZE = "SELECT sum(pg_total_relation_size(inhrelid)) FROM pg_inherits WHERE inhparent = 'audit.change_log'::regclass"
_HISTORY = """
SELECT id, operation, changed_fields, old_values, new_values, changed_by, change_source, reason, changed_at FROM audit.change_log
WHERE table_schema = 'products' AND table_name = 'products' AND record_id = %s ORDER BY changed_at DESC, id DESC LIMIT 50
"""


def apart(entries: int) -> int:
    """Microseconds between two entries; so that the million that is verified lies in one month."""
    return SPREAD * 1_000_000 // max(entries, 4 * VERIFIED)


class AuditBenchmark:
    """Measures everything once. Afterwards `figures` holds seconds, milliseconds and ratios by name."""

    def __init__(self, options: Options, children: Children, connection: psycopg.Connection[Any]) -> None:
        self._options, self._children, self._connection = options, children, connection
        self._bulk_rows = min(BULK_ROWS, options.rows)
        self.figures: dict[str, float] = {}
        self.checks: list[Check] = []

    def measure(self) -> None:
        """Cheapest first; the units come last, as they fill the disk."""
        self._saves()
        self._bulk()
        self._verify()
        self._history()
        self._loads()

    def findings(self) -> list[Finding]:
        """A line for each goal."""
        f, entries = self.figures, self._options.entries
        full = entries >= FULL_ENTRIES

        def ratio(name: str, what: str, goal: float, *, judged: bool = True) -> Finding:
            met = f[name] <= goal if judged else None
            return Finding(what, f"{f[name]:.2f} x", f"<= {goal} x", met)

        verified = f["verify_s"] * VERIFIED / f["verified"]
        return [
            ratio("save_ratio", f"save one product ({f['save_on_ms']:.2f} ms), to the time without log", SAVE_RATIO),
            Finding("queries of one save more with the log", f"{f['save_queries']:.0f}", "<= 1", f["save_queries"] <= 1),
            ratio(
                "bulk_ratio",
                f"UPDATE of {self._bulk_rows:,} products in SQL, to the time without log",
                BULK_RATIO,
                judged=self._bulk_rows == BULK_ROWS,
            ),
            ratio(
                "load_ratio",
                f"load of {self._options.rows:,} units, 0.5 % changed, to the time without log",
                LOAD_RATIO,
                judged=self._options.rows >= FULL_UNITS,
            ),
            Finding(
                f"history of one record among {entries:,} entries",
                f"p50 {f['history_p50_ms']:.2f} ms, p95 {f['history_p95_ms']:.2f} ms",
                f"p95 <= {HISTORY_MS:.0f} ms",
                f["history_p95_ms"] <= HISTORY_MS if full else None,
            ),
            *(
                Finding(
                    f"{what} among {entries:,} entries",
                    f"p50 {f[f'{name}_p50_ms']:.2f} ms, p95 {f[f'{name}_p95_ms']:.2f} ms",
                )
                for name, what in PAGES.items()
            ),
            Finding(
                "verify, for 1,000,000 entries", f"{verified:.1f} s", f"<= {VERIFY_SECONDS:.0f} s", verified <= VERIFY_SECONDS
            ),
            Finding(f"size of {entries:,} entries with their indexes", f"{f['log_gb']:.1f} GB"),
            Finding("seal, entries a second", f"{f['seal_per_s']:,.0f}"),
        ]

    # --- parts

    def _log(self, *, on: bool) -> None:
        for table, name in self._connection.execute(_TRIGGERS).fetchall():
            self._connection.execute(f"ALTER TABLE {table} {'ENABLE' if on else 'DISABLE'} TRIGGER {name}")

    def _entries(self) -> int:
        row = self._connection.execute("SELECT count(*) FROM audit.change_log").fetchone()
        assert row is not None
        return int(row[0])

    def _timed(self, work: Callable[[], object]) -> float:
        begun = time.perf_counter()
        work()
        return time.perf_counter() - begun

    def _saves(self) -> None:
        say("saving one product, with and without log in turn")
        found = self._children.task("audit_log", {"what": "saves", "saves": self._options.requests})
        self.figures |= found["figures"]
        self.checks.append(Check("one entry for each save", found["expected"], found["entries"]))

    def _bulk(self) -> None:
        say(f"UPDATE of {self._bulk_rows:,} products")
        self._log(on=False)
        self._connection.execute(
            "INSERT INTO products.products (sku, name, description, category, model, brand, specifications, sale_price, "
            "seo_slug, missing, image_urls, seo_keywords) SELECT 'BENCH-' || g, 'Módulo fotovoltaico ' || g, "
            "'monocristalino, bifacial', 'paineis', 'M-' || g, 'Marca', jsonb_build_object('power_wp', 600), g, "
            "'bench-' || g, '{}', '{}', '{}' FROM generate_series(1, %s) g",
            [self._bulk_rows],
        )
        self._connection.execute("VACUUM ANALYZE products.products")
        times: dict[bool, list[float]] = {True: [], False: []}
        before = self._entries()
        # The first two are for the caches and for the room that updates leave.
        for number, on in enumerate((False, True, False, True, True, False, False, True)):
            self._log(on=on)
            self._connection.execute("VACUUM products.products")
            statement = "UPDATE products.products SET sale_price = sale_price + 1 WHERE sku LIKE 'BENCH-%'"
            taken = self._timed(lambda text=statement: self._connection.execute(text))
            if number >= 2:
                times[on].append(taken)
        self._log(on=True)
        self.checks.append(Check("one entry for each product updated", 4 * self._bulk_rows, self._entries() - before))
        self.figures |= {"bulk_on_s": median(times[True]), "bulk_off_s": median(times[False])}
        self.figures["bulk_ratio"] = self.figures["bulk_on_s"] / self.figures["bulk_off_s"]

    def _fill(self, first: int, last: int) -> None:
        entries = self._options.entries
        values = {"records": max(entries // 10, 1), "apart": apart(entries)}
        slices = range(first, last, SLICE)
        self._at_once([(_FILL, values | {"first": start, "last": min(start + SLICE, last) - 1}) for start in slices])

    def _at_once(self, statements: Sequence[tuple[str, dict[str, Any]]]) -> None:
        """Run statements in `WRITERS` connections at a time."""
        info = self._connection.info

        def run(statement: tuple[str, dict[str, Any]]) -> None:
            with psycopg.connect(info.dsn, password=info.password or None, autocommit=True) as connection:
                connection.execute(*statement)

        with ThreadPoolExecutor(WRITERS) as pool:
            list(pool.map(run, statements))

    def _verify(self) -> None:
        count = min(VERIFIED, self._options.entries)
        say(f"sealing and verifying {count:,} entries")
        self._connection.execute("TRUNCATE audit.change_log, audit.chain_heads, audit.seal_progress")
        self._fill(0, count)
        self._connection.execute("VACUUM ANALYZE audit.change_log")

        def seal() -> None:
            while self._connection.execute("SELECT audit.seal()").fetchone() != (0,):
                pass

        seconds = self._timed(seal)
        self._connection.execute("VACUUM ANALYZE audit.change_log")
        found = self._children.task("audit_log", {"what": "verify"})
        self.checks += [Check("entries verified", count, found["entries"]), Check("findings of verify", 0, found["findings"])]
        self.figures |= {"seal_per_s": count / seconds, "verify_s": found["seconds"], "verified": count}

    def _history(self) -> None:
        say(f"history among {self._options.entries:,} entries")
        # Twenty million rows are many times faster there before their indexes.
        indexes = self._connection.execute(_INDEXES).fetchall()
        for _definition, name in indexes:
            self._connection.execute(f"DROP INDEX {name}")
        self._fill(min(VERIFIED, self._options.entries), self._options.entries)
        say(f"{len(indexes)} indexes")
        self._at_once([(definition, {}) for definition, _name in indexes])
        self._connection.execute("VACUUM ANALYZE audit.change_log")
        row = self._connection.execute(_SIZE).fetchone()
        assert row is not None
        self.figures["log_gb"] = float(row[0]) / 1e9
        chosen = random.Random(self._options.seed)
        taken = []
        for _number in range(self._options.requests):
            record = str(chosen.randrange(max(self._options.entries // 10, 1)))
            taken.append(self._timed(lambda key=record: self._connection.execute(_HISTORY, [key]).fetchall()) * 1000)
        self.checks.append(Check("entries in the log", self._options.entries, self._entries()))
        self.figures |= {"history_p50_ms": percentile(taken, 50), "history_p95_ms": percentile(taken, 95)}
        wanted = {
            "what": "pages",
            "requests": self._options.requests,
            "entries": self._options.entries,
            "days": self._options.entries * apart(self._options.entries) // 86_400_000_000,
            "seed": self._options.seed,
        }
        for name, times in self._children.task("audit_log", wanted)["milliseconds"].items():
            self.figures |= {f"{name}_p50_ms": percentile(times, 50), f"{name}_p95_ms": percentile(times, 95)}

    def _loads(self) -> None:
        days = Files(self._options, self._children).days()
        # Whatever `ingest` left there.
        self._connection.execute("TRUNCATE aneel.generation_units")
        # The first day after a load touches each page for the first time, whether it is logged or not.
        for file in (days.first, days.following, days.first):
            self._ingest(file)
        times: dict[bool, float] = {True: 0.0, False: 0.0}
        row = self._connection.execute("SELECT coalesce(max(id), 0) FROM audit.change_log").fetchone()
        assert row is not None
        logged = 0
        # There and back, each once with and once without the log.
        for on, file in ((True, days.following), (False, days.first), (False, days.following), (True, days.first)):
            self._log(on=on)
            found = self._ingest(file)
            times[on] += found["duration_seconds"]
            if on:
                logged += found["updated"] + found["removed"] + bool(found["inserted"])
        self._log(on=True)
        units = self._connection.execute(
            "SELECT count(*) FROM audit.change_log WHERE table_name = 'generation_units' AND id > %s", [row[0]]
        ).fetchone()
        assert units is not None
        self.figures |= {"load_on_s": times[True], "load_off_s": times[False], "load_ratio": times[True] / times[False]}
        self.checks.append(Check("an entry for each unit changed or removed, one for those inserted", logged, units[0]))

    def _ingest(self, file: UnitsFile) -> dict[str, Any]:
        say(f"loading {file.path.name}")
        ended = self._children.manage(
            "ingest", "generation_units", "--file", str(file.path), "--force", "--allow-removals", "--json", accept=(0, 3)
        )
        document: dict[str, Any] = json.loads(ended.output)
        return document
