"""What the three roles may and may not do, tried as each of them."""

import pytest
from django.db import ProgrammingError, connection, transaction
from django.db.utils import DatabaseError

from tests.architecture import catalog, dictionary
from tests.factories.aneel import DistributorFactory, GenerationUnitFactory
from tests.factories.pipeline import IngestionRunFactory, RejectedRowFactory
from ysh.core.database_objects import WITHHELD

pytestmark = pytest.mark.django_db

SECTIONS = dictionary.read()
TABLES = dictionary.tables(SECTIONS)
ROLES = ("ysh_admin", "ysh_api", "ysh_readonly")


@pytest.fixture
def as_role(db):
    """`with as_role("ysh_api") as cursor:` acts as that role. A CREATEROLE owner may grant itself the roles it made."""

    class AsRole:
        def __init__(self, role):
            self.role = role

        def __enter__(self):
            self.cursor = connection.cursor()
            try:
                with transaction.atomic():
                    self.cursor.execute(f"GRANT {self.role} TO CURRENT_USER")
            except DatabaseError as error:
                pytest.skip(f"this server's role may not act as {self.role}: {error}")
            self.cursor.execute(f"SET LOCAL ROLE {self.role}")
            return self.cursor

        def __exit__(self, *exception):
            self.cursor.execute("RESET ROLE")
            self.cursor.close()

    return AsRole


def refused(cursor, statement):
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        cursor.execute(statement)


def asked(query, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return cursor.fetchone()[0]


@pytest.mark.parametrize("role", ROLES)
def test_roles_cannot_log_in_and_are_nobody_special(role):
    powers = "rolcanlogin OR rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls"
    assert asked(f"SELECT {powers} FROM pg_roles WHERE rolname = %s", role) is False


def test_every_role_is_written_down():
    assert [row[0] for row in SECTIONS["Roles"].tables["Role"]] == list(ROLES)


@pytest.mark.parametrize("name", sorted(TABLES))
def test_readonly_reads_what_the_dictionary_does_not_withhold(name):
    section = TABLES[name]
    columns = [row[0] for row in section.tables["Column"]]
    withheld = columns if section.withheld is None else section.withheld
    readable = [
        column for column in columns if asked("SELECT has_column_privilege('ysh_readonly', %s, %s, 'SELECT')", name, column)
    ]

    assert readable == [column for column in columns if column not in withheld]


@pytest.mark.parametrize("name", sorted(TABLES))
@pytest.mark.parametrize("right", ["INSERT", "UPDATE", "DELETE", "TRUNCATE"])
def test_readonly_writes_nowhere(name, right):
    assert asked("SELECT has_table_privilege('ysh_readonly', %s, %s)", name, right) is False
    if right in {"INSERT", "UPDATE"}:
        assert asked("SELECT has_any_column_privilege('ysh_readonly', %s, %s)", name, right) is False


@pytest.mark.parametrize("name", sorted(TABLES))
def test_the_api_writes_data_but_only_adds_to_append_only_tables(name):
    def may(right):
        return asked("SELECT has_table_privilege('ysh_api', %s, %s)", name, right)

    append_only = name in {"audit.change_log", "audit.reverts", "products.prices"}
    # Written by audit.seal() and audit.close_month() alone.
    inserts, changes = name not in {"audit.chain_heads", "audit.seal_progress"}, not append_only

    assert (may("SELECT"), may("INSERT"), may("UPDATE"), may("DELETE")) == (
        True,
        inserts,
        changes and inserts,
        changes and inserts,
    )
    assert may("TRUNCATE") is False


@pytest.mark.parametrize("name", sorted(TABLES))
def test_the_administrator_may_do_everything(name):
    for right in ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE"):
        assert asked("SELECT has_table_privilege('ysh_admin', %s, %s)", name, right) is True


def test_partitions_give_no_way_around_their_tables_rights():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relnamespace::regnamespace || '.' || c.relname FROM pg_class c WHERE c.relispartition AND c.relkind = 'r' "
            "AND c.relnamespace::regnamespace::text = ANY (%s)",
            [list(catalog.SCHEMAS)],
        )
        partitions = [row[0] for row in cursor.fetchall()]
    assert len(partitions) >= 15
    for partition in partitions:
        for role in ("ysh_api", "ysh_readonly"):
            assert asked("SELECT has_any_column_privilege(%s, %s, 'SELECT, INSERT, UPDATE')", role, partition) is False, partition
            assert asked("SELECT has_table_privilege(%s, %s, 'DELETE, TRUNCATE')", role, partition) is False, partition


def test_readonly_cannot_see_djangos_own_tables():
    for table in ("auth_user", "django_session", "django_admin_log", "django_celery_beat_periodictask"):
        assert asked("SELECT has_any_column_privilege('ysh_readonly', %s, 'SELECT')", f"public.{table}") is False


def test_readonly_meets_no_personal_data(as_role):
    GenerationUnitFactory(consumer_name="EMPRESA LTDA", cpf_cnpj="00000000000191", cep="01310100", raw_data={"NumCPFCNPJ": "1"})
    RejectedRowFactory()
    with as_role("ysh_readonly") as cursor:
        cursor.execute("SELECT unit_id, state, installed_power_kw FROM aneel.generation_units")
        assert cursor.rowcount == 1
        for column in ("consumer_name", "cpf_cnpj", "cep", "raw_data", "*"):
            refused(cursor, f"SELECT {column} FROM aneel.generation_units")
        cursor.execute("SELECT title FROM aneel.datasets")
        refused(cursor, "SELECT contact_email FROM aneel.datasets")
        refused(cursor, "SELECT raw FROM aneel.dataset_entries")
        refused(cursor, "SELECT reason FROM pipeline.rejected_rows")
        refused(cursor, "SELECT changed_by FROM audit.change_log")
        refused(cursor, "SELECT failure_examples FROM pipeline.data_quality_checks")
        refused(cursor, "SELECT username FROM public.auth_user")
        refused(cursor, "UPDATE aneel.generation_units SET state = 'BR-SP'")
        refused(cursor, "CREATE TABLE aneel.mine (id integer)")


def test_readonly_reads_the_views_and_calls_the_functions(as_role):
    first = GenerationUnitFactory(latitude="-23.5", longitude="-46.6")
    second = GenerationUnitFactory(latitude="-23.6", longitude="-46.6")
    views = [section.name for section in SECTIONS.values() if section.is_view or section.is_materialized_view]
    views = [name for name in views if WITHHELD.get(name) != ()]
    assert len(views) == 8
    with as_role("ysh_readonly") as cursor:
        for view in views:
            cursor.execute(f"SELECT * FROM {view}")
        cursor.execute("SELECT aneel.calculate_distance_km(%s, %s)", [first.unit_id, second.unit_id])
        assert cursor.fetchone()[0] == pytest.approx(11.08, abs=0.02)
        cursor.execute("SELECT unit_id FROM aneel.find_nearest_units(-23.6, -46.6, 1, 5)")
        assert cursor.fetchall() == [(second.unit_id,)]


def test_views_give_readonly_no_way_to_what_is_withheld():
    for section in SECTIONS.values():
        if section.is_view:
            columns = {row[0] for row in section.tables["Column"]}
            assert not columns & {
                "consumer_name",
                "cpf_cnpj",
                "cep",
                "cost_price",
                "markup_percent",
                "raw_data",
                "failure_examples",
            }


def test_the_api_adds_to_the_change_log_and_cannot_change_it(as_role):
    DistributorFactory()
    with as_role("ysh_api") as cursor:
        cursor.execute(
            "INSERT INTO audit.change_log (table_schema, table_name, record_id, operation, change_source) "
            "VALUES ('s', 't', '1', 'INSERT', 'api')"
        )
        cursor.execute("SELECT count(*) FROM audit.change_log")
        assert cursor.fetchone()[0] == 2
        for table in ("audit.change_log", "audit.change_log_default"):
            refused(cursor, f"UPDATE {table} SET reason = 'x'")
            refused(cursor, f"DELETE FROM {table}")
            refused(cursor, f"TRUNCATE {table}")
        for statement in ("DROP TABLE audit.change_log", "ALTER TABLE audit.change_log DISABLE TRIGGER USER"):
            with pytest.raises(ProgrammingError, match="must be owner"), transaction.atomic():
                cursor.execute(statement)


def test_the_api_writes_data_and_its_writes_are_logged(as_role):
    distributor = DistributorFactory()
    with as_role("ysh_api") as cursor:
        cursor.execute("UPDATE aneel.distributors SET name = 'renamed' WHERE cnpj = %s", [distributor.cnpj])
        cursor.execute(
            "INSERT INTO pipeline.ingestion_log (run_id, source, trigger_type) VALUES (gen_random_uuid(), 'tariffs', 'manual')"
        )
        cursor.execute("SELECT source FROM pipeline.active_runs")
        assert cursor.fetchall() == [("tariffs",)]
    assert asked("SELECT count(*) FROM audit.change_log WHERE operation = 'UPDATE'") == 1


def test_the_administrator_meets_the_append_only_trigger_but_no_missing_right(as_role):
    IngestionRunFactory()
    DistributorFactory()
    with as_role("ysh_admin") as cursor:
        cursor.execute("DELETE FROM pipeline.ingestion_log")
        assert cursor.rowcount == 1
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            cursor.execute("DELETE FROM audit.change_log")
