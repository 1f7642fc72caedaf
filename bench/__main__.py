"""Run the benchmarks that are named.

Exit codes: 0 measured (goals may be missed: see the table), 1 a count was wrong or something failed, 130 stopped.
"""

import signal
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from bench import files, machine
from bench.api import ApiBenchmark
from bench.audit import AuditBenchmark
from bench.checks import ChecksBenchmark
from bench.children import Children
from bench.console import say
from bench.curation import CurationBenchmark
from bench.errors import BenchError
from bench.figures import as_json, percentile, summed_up
from bench.imports import ImportBenchmark
from bench.ingest import IngestBenchmark
from bench.ingest_findings import Findings, ratios
from bench.options import Options, parse
from bench.reads import ReadsBenchmark
from bench.report import Report
from bench.scratch import Scratch, scratch_database
from bench.sources import SourcesBenchmark
from bench.table import Table
from bench.workflows import WorkflowsBenchmark

INGEST_NOTES = (
    "Times are the run's own duration, with archive, checks, indexes and statistics; “with start-up” is the whole process of "
    "`manage.py ingest`, interpreter and imports included. “only without start-up”: the goal holds for the first alone.",
    "The other ways of writing get typed rows ready in memory and a table no larger than their rows; "
    "ours opens, archives, parses, checks and converts the file, in a table of full size.",
    "pandas: `to_sql` in chunks of 1,000 with a `method` that runs INSERT ... ON CONFLICT DO UPDATE; "
    "a plain insert could not write rows again.",
    "The write-ahead log is the whole server's: indexes, full-page images and the run's own records included.",
)
READS_NOTES = (
    "One client, one request after the other over a kept connection, the client's own time included; "
    "gunicorn gthread with 4 workers of 2 threads, production settings, no answer cached.",
)
AUDIT_NOTES = (
    "“Without log”: the triggers are switched off, and nobody tells the database who acts. With and without in turn; the "
    "caches are told of each save either way.",
    "History is the query alone; pages are read as the admin and the API read them, with their sentences, without a server.",
)
CHECKS_NOTES = (
    "Kits of the demo's generators with complete data sheets, checked as by `manage.py check_kits --workers 2`, start of the "
    "processes included; the change log is on.",
    "The editor is asked through the whole of Django without a web server; queries of the session and the person are included.",
)

CURATION_NOTES = (
    "Each page through the whole of Django without a web server, the same one again and again: what PostgreSQL has read stays in "
    "its memory. Goals of lists are set for 50,000 kits (--kits 50000).",
)
IMPORT_NOTES = (
    "`manage.py import_catalog` with interpreter and imports, archive, parsing, comparison, writing and the change log included; "
    "two CSV lists as a supplier would write them, the articles' data sheets as columns.",
)
WORKFLOWS_NOTES = (
    "Each workflow in one process, one source after the other; workers load what does not wait for each other side by side. "
    "Times are the workflow's own, without the start of the interpreter, which a worker has behind it.",
    "The portal is another process on the same cores; its files are CSV, fetched over loopback and archived before being read.",
)
API_NOTES = (
    "gunicorn as script/server runs it, production settings, Redis and DynamoDB-compatible server of the benchmark's own; the "
    "load generator, eight kept connections, has its share of the same cores. The bare view runs in the same server behind the "
    "same middlewares.",
    "Uncached: one client, one request after the other, who shows credentials nobody gave out, so that nothing is kept for it; "
    "a server of its own straight on PostgreSQL.",
    "Outages: 100 requests/s over 40 addresses, the service away for 6 s: Redis and DynamoDB's stand-in by SIGKILL, PostgreSQL "
    "by cutting every connection.",
)


def main() -> int:
    """Measure, show, write down."""
    load = machine.load_average()
    options = parse()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, _stop)
    try:
        faulty = _run(options, load) if options.names else False
    except BenchError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        say("stopped; the scratch database is dropped")
        return 130
    if options.clean:
        files.clean(options.data)
    return 1 if faulty else 0


def _stop(_number: int, _frame: Any) -> None:
    raise KeyboardInterrupt


def _run(options: Options, load: float) -> bool:
    """Whether a count was wrong."""
    if load > machine.QUIET:
        say(f"WARNING: load average {load}: other work will disturb the figures")
    options.data.mkdir(parents=True, exist_ok=True)
    faulty, large = False, False
    with scratch_database() as scratch:
        children = Children(scratch.url, options.out, options.out / f"log-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.txt")
        say(f"database {scratch.name}: migrating")
        children.manage("migrate", "--no-input", "-v", "0")
        for name in ("sources", "workflows", "ingest", "reads", "api", "audit", "checks", "import", "curation"):
            if name not in options.names:
                continue
            if name == "ingest":
                report, large = _ingest(options, children, scratch, load)
            elif name == "sources":
                report = _sources(options, children, scratch, load)
            elif name == "workflows":
                report = _workflows(options, children, scratch, load)
            elif name == "api":
                report = _api(options, children, scratch, load, loaded=large or "reads" in options.names)
            elif name == "reads":
                report = _reads(options, children, scratch, load, loaded=large)
            elif name == "checks":
                report = _checks(options, children, scratch, load)
            elif name == "curation":
                report = _curation(options, children, scratch, load)
            elif name == "import":
                report = _import(options, children, scratch, load)
            else:
                report = _audit(options, children, scratch, load)
            paths = report.write(options.out)
            sys.stdout.write(report.screen() + "\n")
            sys.stdout.write("".join(f"{path}\n" for path in paths))
            sys.stdout.flush()
            faulty = faulty or bool(report.faults)
    return faulty


def _ingest(options: Options, children: Children, scratch: Scratch, load: float) -> tuple[Report, bool]:
    """The report, and whether the large load is left in the table."""
    passes: list[dict[str, float]] = []
    with scratch.connect() as connection:
        report = Report("ingest", "Ingestion of generation units", machine.describe(connection), load, options=_shown(options))
        table = Table(connection)
        needs_columns = {"copy", "upserts"} & set(options.steps)
        columns = children.task("load_columns", {})["columns"] if needs_columns else []
        runs = []
        for number in range(options.repeat):
            if options.repeat > 1:
                say(f"pass {number + 1} of {options.repeat}")
            benchmark = IngestBenchmark(options, children, table, columns)
            benchmark.measure()
            passes.append(benchmark.figures | ratios(benchmark.figures))
            runs.append(benchmark.runs)
            report.checks += benchmark.checks
    figures = summed_up(passes)
    report.findings = Findings(figures).lines()
    report.measurements = {"figures": as_json(figures), "passes": passes, "runs": runs}
    report.notes += INGEST_NOTES
    if not table.checkpoints:
        report.notes.append("The role may not ask for checkpoints; they came as they came.")
    if options.rows < 1_000_000:
        report.notes.append("Goals are set for 1,000,000 rows and more.")
    return report, "big" in options.steps


def _sources(options: Options, children: Children, scratch: Scratch, load: float) -> Report:
    with scratch.connect() as connection:
        report = Report("sources", "Technical data and tariffs", machine.describe(connection), load, options=_shown(options))
        benchmark = SourcesBenchmark(options, children, connection)
        benchmark.measure()
    report.findings, report.checks = benchmark.findings(), benchmark.checks
    report.measurements = {"figures": benchmark.figures, "runs": benchmark.runs}
    return report


def _workflows(options: Options, children: Children, scratch: Scratch, load: float) -> Report:
    with scratch.connect() as connection:
        report = Report("workflows", "", machine.describe(connection), load, options=_shown(options), notes=[*WORKFLOWS_NOTES])
        connection.execute(
            "TRUNCATE aneel.generation_units, aneel.technical_data, aneel.tariffs, aneel.datasets, aneel.dataset_entries, "
            "pipeline.source_files CASCADE"
        )
    benchmark = WorkflowsBenchmark(options, children)
    benchmark.measure()
    report.title = f"Workflows: {benchmark.rows:,} units"
    report.findings, report.checks = benchmark.findings(), benchmark.checks
    report.measurements = {"figures": benchmark.figures, "runs": benchmark.runs}
    return report


def _reads(options: Options, children: Children, scratch: Scratch, load: float, *, loaded: bool) -> Report:
    with scratch.connect() as connection:
        table = Table(connection)
        report = Report("reads", "", machine.describe(connection), load, options=_shown(options), notes=[*READS_NOTES])
        benchmark = ReadsBenchmark(options, children, table)
        benchmark.measure(loaded=loaded)
    report.title = f"Pages over {benchmark.rows:,} units ({benchmark.table_mb:,.0f} MB with indexes)"
    report.findings, report.checks = benchmark.findings(), benchmark.checks
    report.notes += benchmark.remarks()
    report.measurements = {
        "rows": benchmark.rows,
        "table_mb": benchmark.table_mb,
        "cases": {
            key: {
                "requests": len(taken),
                **{f"p{p}_ms": percentile(taken, p) for p in (50, 95, 99)},
                "max_ms": max(taken),
                "slowest_path": benchmark.slowest[key],
            }
            for key, taken in benchmark.timings.items()
        },
    }
    return report


def _api(options: Options, children: Children, scratch: Scratch, load: float, *, loaded: bool) -> Report:
    with scratch.connect() as connection:
        table = Table(connection)
        report = Report("api", "", machine.describe(connection), load, options=_shown(options), notes=[*API_NOTES])
        if not loaded:
            ReadsBenchmark(options, children, table).load()
        rows = table.rows()
        benchmark = ApiBenchmark(options, children, rows, table.settle)
        benchmark.measure()
    report.title = f"Kept answers of the API over {rows:,} units"
    report.findings, report.checks, report.measurements = benchmark.findings, benchmark.checks, benchmark.measurements
    return report


def _audit(options: Options, children: Children, scratch: Scratch, load: float) -> Report:
    with scratch.connect() as connection:
        report = Report("audit", "What the change log costs", machine.describe(connection), load, options=_shown(options))
        benchmark = AuditBenchmark(options, children, connection)
        benchmark.measure()
    report.findings, report.checks, report.notes = benchmark.findings(), benchmark.checks, [*AUDIT_NOTES]
    report.measurements = {"figures": benchmark.figures}
    return report


def _checks(options: Options, children: Children, scratch: Scratch, load: float) -> Report:
    with scratch.connect() as connection:
        report = Report("checks", "", machine.describe(connection), load, options=_shown(options), notes=[*CHECKS_NOTES])
    benchmark = ChecksBenchmark(options, children)
    benchmark.measure()
    report.title = (
        f"Checking {options.kits:,} kits ({benchmark.figures['different']:,} different sets of modules, inverters and batteries)"
    )
    report.findings, report.checks, report.measurements = benchmark.findings(), benchmark.checks, benchmark.figures
    return report


def _curation(options: Options, children: Children, scratch: Scratch, load: float) -> Report:
    with scratch.connect() as connection:
        report = Report("curation", "", machine.describe(connection), load, options=_shown(options), notes=[*CURATION_NOTES])
    benchmark = CurationBenchmark(options, children)
    benchmark.measure()
    report.title = f"Curators' pages over {benchmark.figures['kits']:,} kits and {benchmark.figures['products']:,} products"
    report.findings, report.checks, report.measurements = benchmark.findings(), benchmark.checks, benchmark.figures
    return report


def _import(options: Options, children: Children, scratch: Scratch, load: float) -> Report:
    title = f"Import of a supplier's lists: {options.products:,} products, {options.kits:,} kits"
    with scratch.connect() as connection:
        report = Report("import", title, machine.describe(connection), load, options=_shown(options), notes=[*IMPORT_NOTES])
    benchmark = ImportBenchmark(options, children)
    benchmark.measure()
    report.findings, report.checks = benchmark.findings(), benchmark.checks
    report.measurements = {"figures": benchmark.figures, "runs": benchmark.runs}
    return report


def _shown(options: Options) -> dict[str, Any]:
    return {name: str(value) if name in {"files", "out"} else value for name, value in asdict(options).items()}


if __name__ == "__main__":
    sys.exit(main())
