"""SQL over the lake's files: DuckDB reads the Parquet snapshots where they lie, in a folder or a bucket."""

from dataclasses import dataclass
from typing import Any

from pipeline.errors import SourceFileError
from pipeline.lake import store


@dataclass(frozen=True, slots=True)
class Answer:
    """Names of the columns, and the rows."""

    columns: list[str]
    rows: list[tuple[Any, ...]]


def snapshot_tables() -> list[str]:
    """Tables that have a snapshot."""
    keys = {entry.key.split("/")[1] for entry in store.entries("processed/") if entry.key.endswith(".parquet")}
    return sorted(keys)


def query(text: str) -> Answer:
    """Ask. Every table has its columns and `snapshot_date`; the database's files and the network are out of reach.

    Raises:
        SourceFileError: the SQL is not understood, or names what is not there.
    """
    import duckdb  # noqa: PLC0415  (a tenth of a second, for who needs it)
    import pyarrow as pa  # noqa: PLC0415
    from pyarrow import dataset  # noqa: PLC0415

    system, root = store.file_system()
    by_day = dataset.partitioning(pa.schema([("snapshot_date", pa.date32())]), flavor="hive")
    with duckdb.connect(":memory:") as database:
        database.execute("SET enable_external_access = false")
        for table in snapshot_tables():
            source = dataset.dataset(f"{root}/processed/{table}", filesystem=system, format="parquet", partitioning=by_day)
            database.register(table, source)
        try:
            found = database.execute(text)
            names = [column[0] for column in found.description or ()]
            return Answer(names, found.fetchall())
        except duckdb.Error as error:
            known = ", ".join(snapshot_tables()) or "none yet: run `manage.py lake export`"
            raise SourceFileError(f"{error}", todo=f"Tables: {known}.", code="bad_query") from error
