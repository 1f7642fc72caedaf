"""Sizes, index use and slow queries are PostgreSQL's own figures, partitions added up."""

import json
from datetime import UTC, datetime

import pytest
from django.core.management import call_command
from django.db import connection

from tests.architecture import dictionary
from tests.factories.aneel import GenerationUnitFactory
from tests.factories.pipeline import DataQualityCheckFactory
from ysh.core.db.monitoring import index_use, slow_queries, table_sizes

pytestmark = pytest.mark.django_db


def asked(query, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return cursor.fetchone()[0]


def test_every_table_is_listed_once_the_largest_first():
    sizes = table_sizes(connection)
    sections = dictionary.read()
    wanted = set(dictionary.tables(sections)) | {name for name, one in sections.items() if one.is_materialized_view}

    assert {size.table for size in sizes} == wanted
    assert len(sizes) == len(wanted)
    assert [size.total_bytes for size in sizes] == sorted((size.total_bytes for size in sizes), reverse=True)


def test_sizes_are_those_of_the_catalog():
    GenerationUnitFactory()
    (units,) = [size for size in table_sizes(connection) if size.table == "aneel.generation_units"]

    assert units.total_bytes == asked("SELECT pg_total_relation_size('aneel.generation_units')")
    assert units.index_bytes == asked("SELECT pg_indexes_size('aneel.generation_units')")
    assert units.table_bytes + units.index_bytes == units.total_bytes


def test_partitions_count_for_their_table():
    DataQualityCheckFactory(executed_at=datetime(1999, 1, 1, tzinfo=UTC))
    DataQualityCheckFactory()
    (checks,) = [size for size in table_sizes(connection) if size.table == "pipeline.data_quality_checks"]
    names = {index.index: index for index in index_use(connection)}

    leaves = "SELECT sum(pg_total_relation_size(relid)) FROM pg_partition_tree('pipeline.data_quality_checks') WHERE isleaf"
    assert checks.total_bytes == asked(leaves)
    assert names["pipeline.data_quality_checks_run"].table == "pipeline.data_quality_checks"
    assert names["pipeline.data_quality_checks_run"].bytes == asked(
        "SELECT sum(pg_relation_size(relid)) FROM pg_partition_tree('pipeline.data_quality_checks_run') WHERE isleaf"
    )
    assert not [name for name in names if "_y20" in name or name.endswith("_default")]


def test_indexes_of_every_table_are_listed_and_keys_marked():
    found = {index.index: index for index in index_use(connection)}
    written = {
        f"{name.split('.')[0]}.{row[0]}"
        for name, section in dictionary.tables(dictionary.read()).items()
        for row in section.tables.get("Index", [])
    }

    assert written <= set(found)
    assert found["aneel.generation_units_unit_id"].unique is True
    assert found["aneel.generation_units_power"].unique is False


def test_slow_queries_where_the_server_keeps_count():
    available = asked("SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_stat_statements')")
    asked("SELECT sum(n) FROM generate_series(1, 300000) AS monitored(n)")

    found = slow_queries(connection, 5000)

    if not available:
        assert found is None
        return
    # Which statements PostgreSQL still remembers depends on what else the server does; that they are in order does not.
    assert len(slow_queries(connection, 1)) == 1
    assert [query.total_ms for query in found] == sorted((query.total_ms for query in found), reverse=True)
    assert all(query.calls >= 1 and query.max_ms <= query.total_ms + 0.1 and len(query.query) <= 300 for query in found)
    assert not any("300000" in query.query for query in found), "constants are replaced"


def test_the_command_in_words_and_in_json(capsys):
    GenerationUnitFactory()
    call_command("database_report", "--json")
    document = json.loads(capsys.readouterr().out)
    call_command("database_report", "--limit", "3")
    lines = capsys.readouterr().out.splitlines()

    assert set(document) == {"tables", "indexes", "slow_queries"}
    assert len(document["tables"]) == len(table_sizes(connection))
    assert lines[0].startswith("Largest tables")
    assert lines[4].startswith("Least used indexes")
    assert lines[8].startswith("Statements that took most time")
