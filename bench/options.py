"""The command line."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ysh.env import BASE_DIR

BENCHMARKS = ("ingest", "sources", "workflows", "reads", "api", "audit", "checks", "import", "curation")
INGEST_STEPS = ("first", "same", "unchanged", "next", "copy", "upserts", "big")
# What has to have happened before a step can be measured, and what its goal is a ratio to.
NEEDS: dict[str, tuple[str, ...]] = {
    "first": (),
    "same": ("first",),
    "unchanged": ("first",),
    "next": ("first",),
    "copy": ("first",),
    "upserts": ("first",),
    "big": (),
}


@dataclass(frozen=True, slots=True)
class Options:
    """What to measure, and how large.

    Attributes:
        names: benchmarks, in order.
        rows: units of the first load.
        big: units of the large load, and of `workflows`; 0 leaves it out, and lets `workflows` take `rows`.
        reads_rows: units behind the pages, when `ingest` has not left a large table.
        upsert_rows: rows the other ways of writing are measured on.
        files: folder with day1.csv, day2.csv and same.csv to use in place of generated ones.
        repeat: how often everything is measured.
        steps: steps of `ingest`, with those they need.
        requests: measured requests per page or endpoint.
        load_seconds: how long each kind of answer is asked for by `api`.
        entries: entries of the change log that `audit` reads and verifies.
        products: articles of the lists that `import` imports.
        kits: kits that `checks` and `curation` make, and `import` imports.
        seed: of the generated files and of every random choice.
        clean: delete the generated files.
        out: where results and files go.
    """

    names: tuple[str, ...]
    rows: int
    big: int
    reads_rows: int
    upsert_rows: int
    files: Path | None
    repeat: int
    steps: tuple[str, ...]
    requests: int
    load_seconds: float
    entries: int
    products: int
    kits: int
    seed: int
    clean: bool
    out: Path

    @property
    def data(self) -> Path:
        """Generated files, kept between runs."""
        return self.out / "data"


def parse(arguments: Sequence[str] | None = None) -> Options:
    """Read the command line; exits with 2 and a message when it makes no sense."""
    parser = argparse.ArgumentParser(
        prog="script/bench",
        description="Measure on the real services, in a database of its own. Example: script/bench ingest --rows 200000 --big 0",
    )
    add = parser.add_argument
    add("names", nargs="*", metavar="NAME", help=f"any of {', '.join(BENCHMARKS)}; all when none is named")
    add("--rows", type=_positive, default=1_000_000, metavar="N", help="units of the first load (default 1,000,000)")
    add(
        "--big",
        type=_not_negative,
        default=4_600_000,
        metavar="N",
        help="units of the large load and of workflows (default 4,600,000; 0: none)",
    )
    add(
        "--reads-rows",
        type=_positive,
        default=4_000_000,
        metavar="N",
        help="units `reads` loads when `ingest` left no large table",
    )
    add(
        "--upsert-rows", type=_positive, default=100_000, metavar="N", help="rows for the other ways of writing (default 100,000)"
    )
    add("--files", type=Path, metavar="DIR", help="use day1.csv, day2.csv and same.csv (day1's rows, later date) of this folder")
    add("--repeat", type=_positive, default=1, metavar="N", help="measure so often; medians are shown with their range")
    add("--only", type=_steps, default=INGEST_STEPS, metavar="STEP,...", help=f"of ingest, only these: {', '.join(INGEST_STEPS)}")
    add("--requests", type=_positive, default=200, metavar="N", help="measured requests per endpoint (default 200)")
    add("--load-seconds", type=_positive, default=15, metavar="N", help="of api: seconds of load of each kind (default 15)")
    add(
        "--entries",
        type=_positive,
        default=2_000_000,
        metavar="N",
        help="entries of the change log (default 2,000,000; goals: 20,000,000)",
    )
    add(
        "--kits",
        type=_kits,
        default=10_000,
        metavar="N",
        help="kits that `checks` and `curation` make, and `import` imports (default 10,000; at least 10)",
    )
    add("--products", type=_positive, default=20_000, metavar="N", help="of import: articles of the list (default 20,000)")
    add("--seed", type=int, default=20260813, help="of generated files and random choices")
    add("--clean", action="store_true", help="delete the generated files (afterwards, when benchmarks are named)")
    add("--out", type=Path, default=BASE_DIR / "var" / "bench", metavar="DIR", help="results and files (default var/bench)")
    given = parser.parse_args(arguments)
    unknown = [name for name in given.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"no benchmark is called {unknown[0]!r}; there are {', '.join(BENCHMARKS)}")
    if given.files is not None and not given.files.is_dir():
        parser.error(f"--files: no folder at {given.files}")
    names = tuple(given.names) or (() if given.clean else BENCHMARKS)
    steps = with_needs(given.only)
    return Options(
        names=names,
        rows=given.rows,
        big=given.big,
        reads_rows=given.reads_rows,
        upsert_rows=min(given.upsert_rows, given.rows),
        files=given.files.resolve() if given.files else None,
        repeat=given.repeat,
        steps=tuple(step for step in steps if step != "big" or given.big),
        requests=given.requests,
        load_seconds=given.load_seconds,
        entries=given.entries,
        products=given.products,
        kits=given.kits,
        seed=given.seed,
        clean=given.clean,
        out=given.out.resolve(),
    )


def with_needs(steps: Sequence[str]) -> tuple[str, ...]:
    """The steps and those they need, in the order they are run."""
    wanted = {*steps, *(need for step in steps for need in NEEDS[step])}
    return tuple(step for step in INGEST_STEPS if step in wanted)


def _steps(text: str) -> tuple[str, ...]:
    steps = tuple(part.strip() for part in text.split(",") if part.strip())
    unknown = [step for step in steps if step not in INGEST_STEPS]
    if unknown or not steps:
        raise argparse.ArgumentTypeError(f"no step is called {', '.join(unknown) or text!r}; there are {', '.join(INGEST_STEPS)}")
    return steps


def _positive(text: str) -> int:
    value = _not_negative(text)
    if not value:
        raise argparse.ArgumentTypeError("must be at least 1")
    return value


def _kits(text: str) -> int:
    value = _not_negative(text)
    if value < 10:
        raise argparse.ArgumentTypeError("must be at least 10")
    return value


def _not_negative(text: str) -> int:
    try:
        value = int(text.replace("_", "").replace(",", ""))
    except ValueError:
        value = -1
    if value < 0:
        raise argparse.ArgumentTypeError(f"expected a whole number, found {text!r}")
    return value
