"""The usual ways of writing rows, at their best: typed rows lie ready in memory, one transaction, everything in batches of 1,000.

Each way does the work our load does: all columns, the location, every index and constraint in place,
INSERT ... ON CONFLICT (unit_id) DO UPDATE of all columns.
The rows are first written into the empty table, then the same rows once more.
"""

# ruff: noqa: PLC0415  (each way imports its own driver only: the others would cost it memory)

import asyncio
import json
import time
import warnings
from collections.abc import Callable
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from bench.children import answer, question
from bench.scratch import conninfo_of
from bench.table import KEY, TABLE
from bench.tasks.ways import ASYNCPG, DJANGO, PANDAS, PSYCOPG
from ysh import env

BATCH = 1_000
Rows = list[tuple[Any, ...]]


def clean_rows(conninfo: str, columns: list[str]) -> Rows:
    """The rows put aside, as Python's own types; location and JSON as text."""
    as_text = {"geolocation", "raw_data"}
    names = [sql.SQL("{}::text" if name in as_text else "{}").format(sql.Identifier(name)) for name in columns]
    with psycopg.connect(conninfo) as connection:
        return connection.execute(sql.SQL("SELECT {} FROM public.bench_clean").format(sql.SQL(", ").join(names))).fetchall()


def converted(rows: Rows, columns: list[str], column: str, convert: Callable[[str], Any]) -> Rows:
    """The rows with one column's texts converted, empty ones left empty."""
    place = columns.index(column)
    return [(*row[:place], row[place] and convert(row[place]), *row[place + 1 :]) for row in rows]


def upsert_statement(columns: list[str], placeholder: Callable[[int], str]) -> str:
    """INSERT ... ON CONFLICT DO UPDATE with a driver's own placeholders."""
    places = ", ".join(placeholder(number) for number in range(1, len(columns) + 1))
    updates = ", ".join(f"{name} = EXCLUDED.{name}" for name in columns if name != KEY)
    return f"INSERT INTO {TABLE} ({', '.join(columns)}) VALUES ({places}) ON CONFLICT ({KEY}) DO UPDATE SET {updates}"


def psycopg_executemany(conninfo: str, columns: list[str], rows: Rows) -> list[float]:
    """psycopg 3: `executemany`, which uses the protocol's pipeline mode."""
    statement = upsert_statement(columns, lambda _number: "%s")

    def write() -> None:
        with psycopg.connect(conninfo) as connection, connection.cursor() as cursor:
            for start in range(0, len(rows), BATCH):
                cursor.executemany(statement, rows[start : start + BATCH])

    return [_seconds(write), _seconds(write)]


def asyncpg_executemany(conninfo: str, columns: list[str], rows: Rows) -> list[float]:
    """asyncpg: `executemany` of a prepared statement in the binary protocol."""
    import asyncpg

    parts = conninfo_to_dict(conninfo)
    address = {"host": parts.get("host"), "port": parts.get("port"), "user": parts.get("user"), "password": parts.get("password")}
    statement = upsert_statement(columns, lambda number: f"${number}")

    async def write() -> None:
        connection = await asyncpg.connect(database=parts["dbname"], **{key: value for key, value in address.items() if value})
        try:
            await connection.set_type_codec("geography", schema="public", encoder=str, decoder=str, format="text")
            async with connection.transaction():
                for start in range(0, len(rows), BATCH):
                    await connection.executemany(statement, rows[start : start + BATCH])
        finally:
            await connection.close()

    return [_seconds(lambda: asyncio.run(write())), _seconds(lambda: asyncio.run(write()))]


def django_bulk_create(conninfo: str, columns: list[str], rows: Rows) -> list[float]:
    """Django: `bulk_create(update_conflicts=True)`; the model objects are made before the clock starts."""
    import django

    django.setup()
    from django.contrib.gis.geos import GEOSGeometry
    from django.db import transaction

    from aneel.models import GenerationUnit

    by_column = {field.column: field.attname for field in GenerationUnit._meta.concrete_fields}
    names = [by_column[column] for column in columns]
    ready = converted(converted(rows, columns, "geolocation", GEOSGeometry), columns, "raw_data", json.loads)
    fields = {field.attname: field.name for field in GenerationUnit._meta.concrete_fields}
    updated = [fields[name] for name in names if name != KEY]

    def write(units: list[GenerationUnit]) -> None:
        with transaction.atomic():
            GenerationUnit.objects.bulk_create(
                units, batch_size=BATCH, update_conflicts=True, unique_fields=[KEY], update_fields=updated
            )

    seconds = []
    for _time in range(2):
        units = [GenerationUnit(**dict(zip(names, row, strict=True))) for row in ready]
        seconds.append(_seconds(lambda units=units: write(units)))  # type: ignore[misc]
    return seconds


def pandas_to_sql(conninfo: str, columns: list[str], rows: Rows) -> list[float]:
    """pandas: `to_sql` with chunks of 1,000 and a `method` that upserts; a plain insert could not be run a second time."""
    import pandas as pd
    import sqlalchemy as sa
    from sqlalchemy.dialects.postgresql import insert

    engine = sa.create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(conninfo))
    frame = pd.DataFrame(converted(rows, columns, "raw_data", json.loads), columns=columns, dtype=object)
    schema, name = TABLE.split(".")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sa.exc.SAWarning)  # it does not know PostGIS's types and hands the text on as it is
        table = sa.Table(name, sa.MetaData(), schema=schema, autoload_with=engine, resolve_fks=False)
    plain = insert(table)
    statement = plain.on_conflict_do_update(
        index_elements=[KEY], set_={column: plain.excluded[column] for column in columns if column != KEY}
    )

    def upsert(_table: Any, connection: Any, keys: list[str], data: Any) -> None:
        connection.execute(statement, [dict(zip(keys, row, strict=True)) for row in data])

    def write() -> None:
        with engine.begin() as connection:
            frame.to_sql(name, connection, schema=schema, if_exists="append", index=False, chunksize=BATCH, method=upsert)

    return [_seconds(write), _seconds(write)]


FUNCTIONS: dict[str, Callable[[str, list[str], Rows], list[float]]] = {
    PSYCOPG: psycopg_executemany,
    ASYNCPG: asyncpg_executemany,
    DJANGO: django_bulk_create,
    PANDAS: pandas_to_sql,
}


def _seconds(write: Callable[[], None]) -> float:
    begun = time.perf_counter()
    write()
    return time.perf_counter() - begun


if __name__ == "__main__":
    asked, address = question(), conninfo_of(env.DATABASE_URL)
    clean = clean_rows(address, asked["columns"])
    first, again = FUNCTIONS[asked["way"]](address, asked["columns"], clean)
    answer({"rows": len(clean), "first_s": first, "again_s": again})
