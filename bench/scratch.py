"""The database a benchmark works in: `<name>_bench` beside the product's, made for the call and dropped whatever happens."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from bench.errors import BenchError
from ysh import env

SUFFIX = "_bench"


@dataclass(frozen=True, slots=True)
class Scratch:
    """The scratch database.

    Attributes:
        name: its name.
        url: what the application takes as DATABASE_URL.
        conninfo: the same for psycopg.
    """

    name: str
    url: str
    conninfo: str

    def connect(self) -> psycopg.Connection[Any]:
        """A connection in autocommit."""
        return psycopg.connect(self.conninfo, autocommit=True)


@contextmanager
def scratch_database() -> Iterator[Scratch]:
    """The empty scratch database for the block; dropped at its end, also on Ctrl-C.

    Raises:
        BenchError: DATABASE_URL is not set, its server does not answer, or another benchmark works there.
    """
    if not env.DATABASE_URL:
        raise BenchError("DATABASE_URL is not set. Run script/bench, which starts the local services and sets it.")
    given = urlsplit(env.DATABASE_URL)
    name = f"{given.path.strip('/')}{SUFFIX}"
    url = given._replace(path=f"/{name}").geturl()
    scratch = Scratch(name, url, conninfo_of(url))
    with _maintenance() as server:
        _take_lock(server, name)
        drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        server.execute(drop)  # left by a benchmark that was killed
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield scratch
        finally:
            server.execute(drop)


def conninfo_of(url: str, database: str = "") -> str:
    """A database URL of the application's as psycopg takes it; with another database's name when one is given."""
    settings = cast("dict[str, Any]", env.database(url))
    parts = {
        "host": settings.get("HOST"),
        "port": settings.get("PORT"),
        "user": settings.get("USER"),
        "password": settings.get("PASSWORD"),
    }
    given = {key: value for key, value in parts.items() if value}
    return make_conninfo(dbname=database or settings["NAME"], application_name="bench", **(given | settings.get("OPTIONS", {})))


def _maintenance() -> psycopg.Connection[Any]:
    """A connection to another database of the server: one cannot create or drop the database one is in."""
    refusals = []
    for database in ("postgres", ""):
        try:
            return psycopg.connect(conninfo_of(env.DATABASE_URL, database), autocommit=True)
        except psycopg.OperationalError as error:
            refusals.append(str(error).strip())
    raise BenchError(
        "The server of DATABASE_URL does not let us in:\n" + "\n".join(refusals) + "\nStart it with script/stack up."
    )


def _take_lock(server: psycopg.Connection[Any], name: str) -> None:
    row = server.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [name]).fetchone()
    if row is None or not row[0]:
        raise BenchError(f"Another benchmark works in database {name}. Wait until it is done.")
