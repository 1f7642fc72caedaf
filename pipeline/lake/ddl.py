"""Tables of Amazon Athena over the same files. Days are projected: no partition has ever to be added."""

from typing import Any

from django.conf import settings

from pipeline.lake.columns import LakeColumn, columns, tables

DATABASE = "ysh"


def athena_ddl(cursor: Any) -> str:
    """Statements that create the database and every table."""
    parts = [f"CREATE DATABASE IF NOT EXISTS {DATABASE};"]
    parts += [_table(name, columns(cursor, name)) for name in tables(cursor)]
    return "\n\n".join(parts)


def _table(name: str, chosen: list[LakeColumn]) -> str:
    lines = ",\n".join(f"  `{one.name}` {one.athena}" for one in chosen)
    place = f"{settings.LAKE_URL.rstrip('/')}/processed/{name}/"
    return (
        f"CREATE EXTERNAL TABLE IF NOT EXISTS {DATABASE}.{name} (\n{lines}\n)\n"
        "PARTITIONED BY (`snapshot_date` date)\nSTORED AS PARQUET\n"
        f"LOCATION '{place}'\n"
        "TBLPROPERTIES (\n"
        "  'projection.enabled' = 'true',\n"
        "  'projection.snapshot_date.type' = 'date',\n"
        "  'projection.snapshot_date.format' = 'yyyy-MM-dd',\n"
        "  'projection.snapshot_date.range' = '2024-01-01,NOW',\n"
        f"  'storage.location.template' = '{place}snapshot_date=${{snapshot_date}}/',\n"
        "  'parquet.compression' = 'ZSTD'\n"
        ");"
    )
