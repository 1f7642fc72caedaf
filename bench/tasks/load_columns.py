"""The columns that a load of generation units fills."""

from bench.children import answer
from pipeline.sources.generation_units import GENERATION_UNITS

if __name__ == "__main__":
    answer({"columns": [*GENERATION_UNITS.table_columns, "raw_data", "row_hash", "source_fingerprint", "source_run_id"]})
