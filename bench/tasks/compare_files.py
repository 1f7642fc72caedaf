"""What changes from one file of units to another, found by comparing them; the importer has no part in it."""

from pathlib import Path
from typing import Any

import polars as pl

from bench.children import answer, question
from pipeline.sources.generation_units import GENERATION_UNITS

VOLATILE = [column.name for column in GENERATION_UNITS.columns if column.volatile]
KEY = GENERATION_UNITS.key_column


def difference(before: Path, after: Path) -> dict[str, Any]:
    """Rows of the later file, and how many were changed, removed and added, leaving the load date out.

    Raises:
        ValueError: a code stands more than once with different values; which of them counts is the importer's rule.
    """
    old, new = _hashes(before), _hashes(after)
    rows, old, new = new.height, old.unique(), new.unique()
    for path, frame in ((before, old), (after, new)):
        if frame[KEY].n_unique() < frame.height:
            raise ValueError(f"{path} has codes that stand more than once with different values; give files without them.")
    both = old.join(new, on=KEY, suffix="_new")
    return {
        "rows": rows,
        "changed": both.filter(pl.col("hash") != pl.col("hash_new")).height,
        "removed": old.height - both.height,
        "added": new.height - both.height,
    }


def _hashes(path: Path) -> pl.DataFrame:
    lines = pl.scan_csv(path, separator=";", infer_schema=False, encoding="utf8-lossy")
    rest = pl.struct(pl.exclude([KEY, *VOLATILE])).hash(seed=0).alias("hash")
    return lines.select(KEY, rest).collect(engine="streaming")


if __name__ == "__main__":
    asked = question()
    answer(difference(Path(asked["before"]), Path(asked["after"])))
