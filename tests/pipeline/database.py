"""What the database holds, in a form two moments can be compared by."""

from typing import Any

from django.db import connection

#: emptied between tests; `municipalities` stay, as they cost a third of a second and every run only tops them up
TABLES = (
    "aneel.generation_units",
    "aneel.technical_data",
    "aneel.tariffs",
    "aneel.tariff_components",
    "aneel.tariff_flags",
    "aneel.published_rows",
    "aneel.certifications",
    "aneel.distributors",
    "aneel.dataset_entries",
    "aneel.dataset_matches",
    "aneel.datasets",
    "pipeline.ingestion_log",
    "pipeline.active_runs",
    "pipeline.source_files",
    "pipeline.rejected_rows",
    "pipeline.data_quality_checks",
    "pipeline.alert_notices",
    "pipeline.alerts",
    "pipeline.column_profiles",
    "pipeline.quality_reports",
)


def query(text: str, *args: Any) -> list[tuple[Any, ...]]:
    """Rows of a query; several statements when there are no arguments."""
    with connection.cursor() as cursor:
        cursor.execute(text, list(args) or None)
        return cursor.fetchall() if cursor.description else []


def value(text: str, *args: Any) -> Any:
    """The only value of a query."""
    return query(text, *args)[0][0]


def empty(*, municipalities: bool = False) -> None:
    """Take out what the runs of a test left. Small tables are deleted from, which is ten times faster than TRUNCATE."""
    name = str(value("SELECT current_database()"))
    assert name.startswith("test_"), f"refusing to empty {name}: not a test database"
    many = value("SELECT pg_relation_size('aneel.generation_units')") > 8 * 1024**2
    statements = [f"{'TRUNCATE' if many and table == TABLES[0] else 'DELETE FROM'} {table}" for table in TABLES]
    if municipalities:
        statements += ["DELETE FROM aneel.municipalities", "TRUNCATE audit.change_log"]
    query("; ".join(statements))


def digest(table: str, columns: str = "t") -> str:
    """MD5 over all rows of a table, whatever their order on disk."""
    return str(
        value(
            f"SELECT count(*) || ' ' || coalesce(md5(string_agg(({columns})::text, '|' ORDER BY ({columns})::text)), '') FROM {table} t"
        )
    )


def published_state() -> dict[str, str]:
    """All that a failed run may not touch: the data, their indexes and constraints, and which file counts as published."""
    return {
        "units": digest("aneel.generation_units"),
        "where the rows lie": digest("aneel.generation_units", "t.ctid, t.xmin, t.unit_id"),
        "distributors": digest("aneel.distributors"),
        "municipalities": digest("aneel.municipalities"),
        "statistics": digest("aneel.mv_gen_units_statistics"),
        "published files": digest("(SELECT * FROM pipeline.source_files WHERE published)"),
        "schema": schema_of("aneel.generation_units"),
    }


def schema_of(table: str) -> str:
    """Names and definitions of a table's constraints and indexes, with their validity."""
    rows = query(
        """
        SELECT conname::text, pg_get_constraintdef(oid), convalidated FROM pg_constraint WHERE conrelid = %s::regclass
        UNION ALL
        SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid), indisvalid AND indisready FROM pg_index WHERE indrelid = %s::regclass
        ORDER BY 1, 2
        """,
        table,
        table,
    )
    return "\n".join(" | ".join(map(str, row)) for row in rows)


def whole_database() -> dict[str, str]:
    """A digest of every table and materialized view of our schemas, log and archive tables included, and every sequence's value."""
    tables = query(
        "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname IN ('public', 'aneel', 'products', 'pipeline', 'audit') AND c.relkind IN ('r', 'm') "
        "AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e') ORDER BY 1"
    )
    sequences = query("SELECT schemaname || '.' || sequencename, coalesce(last_value, 0) FROM pg_sequences ORDER BY 1")
    return {name: digest(name) for (name,) in tables} | {name: str(last) for name, last in sequences}


def stored_units() -> dict[str, dict[str, Any]]:
    """Every unit by code, all columns but keys and times."""
    columns = [
        "unit_id",
        "consumer_class",
        "consumer_name",
        "cpf_cnpj",
        "person_type",
        "distributor_id",
        "utility_company",
        "municipality_id",
        "municipality",
        "state",
        "cep",
        "latitude",
        "longitude",
        "location_precision",
        "installed_power_kw",
        "source_type",
        "compensation_modality",
        "size_class",
        "tariff_subgroup",
        "credited_units",
        "connection_date",
        "status",
        "deactivation_date",
        "quality_flags",
        "raw_data",
        "source_run_id",
    ]
    point = "round(public.ST_Y(geolocation::public.geometry)::numeric, 5)::text, round(public.ST_X(geolocation::public.geometry)::numeric, 5)::text"
    rows = query(f"SELECT {', '.join(columns)}, {point} FROM aneel.generation_units")
    return {row[0]: dict(zip([*columns, "point_lat", "point_lon"], row, strict=True)) for row in rows}


def row_versions() -> dict[str, tuple[str, str]]:
    """Which transaction wrote each unit, and where its row lies: equal means that the row was not written."""
    return {row[0]: (row[1], row[2]) for row in query("SELECT unit_id, xmin::text, ctid::text FROM aneel.generation_units")}
