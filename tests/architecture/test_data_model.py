"""The database holds the agreed data model: every table, column, key, vocabulary and index of it."""

import re
from dataclasses import dataclass

import pytest
from django.db import connection

from tests.architecture import catalog, data_model

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Wanted:
    table: str
    column: str
    type: str
    facts: str

    def fixes(self, word):
        return re.search(rf"(^|\s){word}(\s|$)", self.facts) is not None

    @property
    def target(self):
        match = re.search(r"-> (\S+)", self.facts)
        return match[1] if match else None


def wanted_columns():
    for table, text in data_model.TABLES.items():
        for line in text.strip().splitlines():
            column, kind, *facts = line.split()
            yield Wanted(table, column, kind, " ".join(facts))


WANTED = list(wanted_columns())
SHORT = (("character varying", "varchar"), ("timestamp with time zone", "timestamptz"), ("character(", "char("))


def short(kind):
    for long, abbreviated in SHORT:
        kind = kind.replace(long, abbreviated)
    return kind


@pytest.fixture
def cursor():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL search_path = public")
        yield cursor


@pytest.fixture
def described(cursor):
    return {table: catalog.describe(cursor, table) for table in data_model.TABLES}


def test_every_table_is_there_and_no_other(cursor):
    found = {name for name, kind in catalog.ask(cursor, catalog.TABLES, catalog.SCHEMAS) if kind in "rp"}

    assert found == set(data_model.TABLES) | set(data_model.ADDED)


@pytest.mark.parametrize("table", data_model.TABLES)
def test_columns_have_the_agreed_types_and_nullability(described, table):
    found = described[table]["columns"]
    for wanted in (wanted for wanted in WANTED if wanted.table == table):
        assert wanted.column in found, f"{table} lacks {wanted.column}"
        kind, not_null, _default, generated, _identity = found[wanted.column]
        place = f"{table}.{wanted.column}"
        if wanted.type != ".":
            assert short(kind) == wanted.type, place
        assert (generated == "s") == wanted.fixes("generated"), f"{place} is generated: {generated!r}"
        if wanted.fixes("not null") or wanted.fixes("pk"):
            assert not_null, f"{place} may be null"
        elif wanted.fixes("null"):
            assert not not_null, f"{place} may not be null"


@pytest.mark.parametrize("table", data_model.TABLES)
def test_keys_are_the_agreed_ones(described, table):
    definitions = [definition for _kind, definition in described[table]["constraints"].values()]
    uniques = [definition for definition, *_rest in described[table]["indexes"].values() if "UNIQUE" in definition]
    for wanted in (wanted for wanted in WANTED if wanted.table == table):
        if wanted.fixes("pk"):
            assert f"PRIMARY KEY ({wanted.column})" in definitions
        if wanted.fixes("unique"):
            assert any(f"({wanted.column})" in unique for unique in uniques), f"{wanted.column} is not unique"
        if wanted.target:
            pattern = rf"FOREIGN KEY \({wanted.column}\) REFERENCES {wanted.target}\("
            assert any(re.match(pattern, definition) for definition in definitions), (
                f"{wanted.column} does not refer to {wanted.target}"
            )


@pytest.mark.parametrize(("table", "pattern"), data_model.INDEXES)
def test_the_agreed_indexes_are_there_and_valid(described, table, pattern):
    found = [(definition, valid) for definition, _unique, valid in described[table]["indexes"].values()]

    assert [valid for definition, valid in found if re.search(pattern, definition)], [definition for definition, _valid in found]
    assert all(valid for _definition, valid in found)


@pytest.mark.parametrize("place", data_model.VOCABULARIES)
def test_vocabularies_are_closed_in_the_database(described, place):
    table, column = place.rsplit(".", 1)
    lists = [
        set(re.findall(r"'([^']+)'::(?:character varying|text)", definition))
        for kind, definition in described[table]["constraints"].values()
        if kind == "c" and re.match(rf"CHECK \(\(\(?\(?{column}\)?(::text)?\)? = ANY", definition)
    ]

    assert lists == [set(data_model.VOCABULARIES[place].split())]


@pytest.mark.parametrize("table", [table for table in data_model.TABLES if table.startswith(data_model.STAMPED_SCHEMAS)])
def test_rows_are_stamped_by_the_database(cursor, described, table):
    columns = described[table]["columns"]
    for name in ("created_at", "updated_at"):
        kind, not_null, default, *_rest = columns[name]
        assert (short(kind), not_null) == ("timestamptz", True)
        assert default is not None, f"{table}.{name} has no default"
    triggers = {(row[0], row[1]) for row in catalog.ask(cursor, catalog.TRIGGERS, catalog.SCHEMAS)}
    assert (table, "touch_updated_at") in triggers


@pytest.mark.parametrize(("table", "key"), data_model.PARTITIONED.items())
def test_tables_partitioned_by_month(cursor, table, key):
    assert catalog.ask(cursor, catalog.PARTITION_KEY, table) == [(f"RANGE ({key})",)]
    bounds = [bound for _name, bound in catalog.ask(cursor, catalog.PARTITIONS, table)]
    assert bounds.count("DEFAULT") == 1
    assert len(bounds) >= 5


def test_no_other_table_is_partitioned(cursor):
    found = {name for name, kind in catalog.ask(cursor, catalog.TABLES, catalog.SCHEMAS) if kind == "p"}
    assert found == set(data_model.PARTITIONED)


def test_views_and_functions_are_there(cursor):
    found = dict(catalog.ask(cursor, catalog.TABLES, catalog.SCHEMAS))
    assert {name for name, kind in found.items() if kind == "v"} == data_model.VIEWS
    assert {name for name, kind in found.items() if kind == "m"} == {
        data_model.MATERIALIZED_VIEW,
        *data_model.ADDED_MATERIALIZED_VIEWS,
    }
    arguments = {
        signature.split("(")[0]: len(signature.rstrip(")").split("(")[1].split(","))
        for signature, _result in catalog.ask(cursor, catalog.FUNCTIONS, catalog.SCHEMAS)
    }
    assert {name: arguments.get(name) for name in data_model.FUNCTIONS} == data_model.FUNCTIONS


def test_the_materialized_view_can_be_refreshed_while_it_is_read(cursor):
    indexes = catalog.describe(cursor, data_model.MATERIALIZED_VIEW)["indexes"].values()
    assert [unique for _definition, unique, valid in indexes if valid and unique] == [True]


def test_extensions_are_there(cursor):
    cursor.execute("SELECT extname FROM pg_extension")
    assert {row[0] for row in cursor.fetchall()} >= data_model.EXTENSIONS


def test_the_database_finds_tables_by_bare_name_for_psql_too(cursor):
    cursor.execute(
        "SELECT array_to_string(setconfig, ' ') FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase "
        "WHERE d.datname = current_database() AND s.setrole = 0"
    )
    assert "search_path=public, aneel, products, pipeline, audit" in cursor.fetchone()[0]
