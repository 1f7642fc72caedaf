"""Writes the technical file that goes with a file of units, and a file of tariffs."""

from datetime import date
from pathlib import Path
from typing import Any

import django

from bench.children import answer, question
from pipeline.demo.tariffs import write_tariffs_csv
from pipeline.demo.technical import write_technical_csv

django.setup()

from pipeline.sources.tariffs import TARIFFS  # noqa: E402  (models can be imported after django.setup() only)


def write(*, units: str, technical: str, tariffs: str, rows: int, seed: int, day: str) -> dict[str, Any]:
    """Rows of both files, and the columns a load of tariffs fills."""
    made = write_technical_csv(Path(technical), units=Path(units), seed=seed, day=date.fromisoformat(day))
    count = write_tariffs_csv(Path(tariffs), rows=rows, seed=seed, day=date.fromisoformat(day))
    columns = [*TARIFFS.table_columns, "raw_data", "row_hash", "source_run_id"]
    return {"technical": made.rows, "tariffs": count, "columns": columns}


if __name__ == "__main__":
    answer(write(**question()))
