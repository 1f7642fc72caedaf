"""Writes past the application leave exactly one right entry in the change log; the log itself cannot be rewritten."""

from datetime import UTC, datetime
from uuid import UUID

import psycopg
import pytest
from django.core.management import call_command
from django.db import IntegrityError, OperationalError, connection, transaction

from aneel.models import Distributor
from audit.models import ChangeLogEntry
from pipeline.models import IngestionRun
from tests.factories.aneel import CertificationFactory, DatasetFactory, DistributorFactory, TariffFactory
from tests.factories.identifiers import cnpj
from tests.factories.products import KitCheckFactory, ProductFactory, SolarKitFactory
from ysh.core.actor import Actor, acting_as

CNPJ = cnpj(90_000_001)
INSERT = f"INSERT INTO aneel.distributors (cnpj, sigla, name) VALUES ('{CNPJ}', 'PSQL', 'Typed by hand')"
COLUMNS = (
    "table_schema", "table_name", "record_id", "record_label", "operation", "changed_fields", "old_values", "new_values",
    "changed_by", "change_source", "reason", "request_id", "run_id",
)  # fmt: skip


def entries(session):
    cursor = session.execute(f"SELECT {', '.join(COLUMNS)} FROM audit.change_log ORDER BY id")
    return [dict(zip(COLUMNS, row, strict=True)) for row in cursor.fetchall()]


def test_an_insert_is_logged_with_the_whole_row(psql):
    psql.execute(INSERT)

    (entry,) = entries(psql)
    created = entry["new_values"].pop("created_at")
    assert datetime.fromisoformat(created).tzinfo is not None
    assert entry == {
        "table_schema": "aneel",
        "table_name": "distributors",
        "record_id": CNPJ,
        "record_label": "Typed by hand",
        "operation": "INSERT",
        "changed_fields": [],
        "old_values": None,
        "new_values": {
            "cnpj": CNPJ,
            "sigla": "PSQL",
            "name": "Typed by hand",
            "aliases": [],
            "state": None,
            "valid_tariff_until": None,
        },
        "changed_by": psql.execute("SELECT session_user").fetchone()[0],
        "change_source": "database",
        "reason": "",
        "request_id": None,
        "run_id": None,
    }


def test_an_update_is_logged_with_the_changed_fields_only(psql):
    psql.execute(INSERT)
    psql.execute("UPDATE aneel.distributors SET state = 'BR-SP', name = 'Renamed', sigla = 'PSQL'")

    entry = entries(psql)[1]
    assert (entry["operation"], entry["changed_fields"]) == ("UPDATE", ["name", "state"])
    assert entry["old_values"] == {"name": "Typed by hand", "state": None}
    assert entry["new_values"] == {"name": "Renamed", "state": "BR-SP"}


def test_a_delete_is_logged_with_the_row_that_went(psql):
    psql.execute(INSERT)
    psql.execute("DELETE FROM aneel.distributors")

    entry = entries(psql)[1]
    assert (entry["operation"], entry["record_id"], entry["new_values"]) == ("DELETE", CNPJ, None)
    assert entry["old_values"]["sigla"] == "PSQL"


def test_an_update_that_changes_nothing_is_not_logged(psql):
    psql.execute(INSERT)
    psql.execute("UPDATE aneel.distributors SET name = name, updated_at = '2001-01-01'")

    assert [entry["operation"] for entry in entries(psql)] == ["INSERT"]


def test_nothing_is_logged_of_what_was_rolled_back(psql):
    with psql.transaction(force_rollback=True):
        psql.execute(INSERT)
        assert len(entries(psql)) == 1

    assert entries(psql) == []


def test_one_entry_for_each_row_of_a_statement(psql):
    values = ", ".join(f"('{cnpj(80_000_000 + number)}', 'D{number}')" for number in range(5))
    psql.execute(f"INSERT INTO aneel.distributors (cnpj, name, sigla) SELECT *, '' FROM (VALUES {values}) v")

    assert len({entry["record_id"] for entry in entries(psql)}) == 5


def test_who_and_why_come_from_the_session(psql):
    psql.execute("SET LOCAL ysh.actor = 'maria'")
    psql.execute("SET LOCAL ysh.change_source = 'command'")
    psql.execute("SET LOCAL ysh.reason = 'typo in the name'")
    psql.execute("SET LOCAL ysh.request_id = '00000000-0000-0000-0000-000000000001'")
    psql.execute("SET LOCAL ysh.run_id = '00000000-0000-0000-0000-000000000002'")
    psql.execute(INSERT)

    (entry,) = entries(psql)
    assert (entry["changed_by"], entry["change_source"], entry["reason"]) == ("maria", "command", "typo in the name")
    assert (entry["request_id"], entry["run_id"]) == (UUID(int=1), UUID(int=2))


def test_settings_that_make_no_sense_do_not_fail_the_write(psql):
    psql.execute("SET LOCAL ysh.change_source = 'telepathy'")
    psql.execute("SET LOCAL ysh.request_id = 'not a uuid'")
    psql.execute("SET LOCAL ysh.run_id = '12345678'")
    psql.execute(f"SET LOCAL ysh.actor = '{'x' * 400}'")
    psql.execute(INSERT)

    (entry,) = entries(psql)
    assert (entry["change_source"], entry["request_id"], entry["run_id"], len(entry["changed_by"])) == (
        "database",
        None,
        None,
        150,
    )


def test_a_writer_that_logs_itself_is_not_logged_twice(psql):
    psql.execute("SET LOCAL ysh.audit_logged = 'on'")
    psql.execute(INSERT)
    assert entries(psql) == []

    psql.execute("SET LOCAL ysh.audit_logged = 'off'")
    psql.execute("DELETE FROM aneel.distributors")
    assert [entry["operation"] for entry in entries(psql)] == ["DELETE"]


def test_a_role_without_rights_on_the_log_is_logged_all_the_same(psql):
    psql.execute("GRANT ysh_api TO CURRENT_USER")
    psql.execute("REVOKE ALL ON audit.change_log FROM ysh_api")
    psql.execute("SET LOCAL ROLE ysh_api")
    psql.execute(INSERT)
    psql.execute("RESET ROLE")

    assert len(entries(psql)) == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("factory", "table", "label"),
    [
        (CertificationFactory, "aneel.certifications", "certificate_id"),
        (DatasetFactory, "aneel.datasets", "title"),
        (DistributorFactory, "aneel.distributors", "name"),
        (TariffFactory, "aneel.tariffs", "tariff_id"),
        (ProductFactory, "products.products", "sku"),
        (SolarKitFactory, "products.solar_kits", "kit_id"),
    ],
)
def test_every_logged_table_gives_key_and_label_and_no_search_vector(factory, table, label):
    row = factory()
    schema, name = table.split(".")

    entry = ChangeLogEntry.objects.get(table_schema=schema, table_name=name, operation="INSERT")

    assert (entry.record_id, entry.record_label) == (str(row.pk), str(getattr(row, label)))
    assert label in entry.new_values
    assert "search_vector" not in entry.new_values


@pytest.mark.django_db
def test_findings_are_not_logged_but_overrides_are():
    check = KitCheckFactory()
    assert not ChangeLogEntry.objects.filter(table_name="kit_checks").exists()

    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE products.kit_checks SET override_reason = 'measured on site', override_author = 'ana', override_at = now(), "
            "override_expires_at = now() + interval '1 year'"
        )

    entry = ChangeLogEntry.objects.get(table_name="kit_checks")
    assert entry.record_id == str(check.pk)
    assert entry.changed_fields == ["override_at", "override_author", "override_expires_at", "override_reason"]


@pytest.mark.django_db
@pytest.mark.parametrize("statement", ["UPDATE audit.change_log SET reason = 'x'", "DELETE FROM audit.change_log"])
def test_the_change_log_is_append_only_even_for_its_owner(statement):
    DistributorFactory()
    before = list(ChangeLogEntry.objects.values())

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert list(ChangeLogEntry.objects.values()) == before


@pytest.mark.django_db
def test_the_change_log_is_append_only_in_every_partition():
    ChangeLogEntry.objects.create(
        table_schema="s", table_name="t", record_id="1", operation="INSERT", change_source="system",
        changed_at=datetime(1999, 1, 1, tzinfo=UTC),
    )  # fmt: skip

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit.change_log_default")

    assert ChangeLogEntry.objects.count() == 1


def last():
    return ChangeLogEntry.objects.latest("id")


@pytest.mark.django_db
def test_the_application_is_logged_under_the_acting_persons_name():
    with acting_as(Actor("maria", "admin", UUID(int=5), UUID(int=6), "asked by phone")):
        distributor = DistributorFactory()
    entry = last()
    assert (entry.changed_by, entry.change_source, entry.reason) == ("maria", "admin", "asked by phone")
    assert (entry.request_id, entry.run_id) == (UUID(int=5), UUID(int=6))

    with acting_as(Actor("joão", "api")):
        distributor.delete()
    entry = last()
    assert (entry.operation, entry.changed_by, entry.change_source, entry.request_id) == ("DELETE", "joão", "api", None)


@pytest.mark.django_db
def test_nobody_known_is_the_system():
    DistributorFactory()

    assert (last().changed_by, last().change_source) == ("system", "system")


@pytest.mark.django_db
def test_the_actor_survives_a_savepoint_that_is_rolled_back():
    """Rolling back to a savepoint takes the setting back as well."""
    with acting_as(Actor("maria", "admin")):
        with transaction.atomic():
            DistributorFactory()
            transaction.set_rollback(True)
        DistributorFactory()
        assert last().changed_by == "maria"

        savepoint = transaction.savepoint()
        DistributorFactory()
        transaction.savepoint_rollback(savepoint)
        with acting_as(Actor("ana", "admin")):
            savepoint = transaction.savepoint()
            DistributorFactory()
            transaction.savepoint_rollback(savepoint)
        DistributorFactory()
        assert last().changed_by == "maria"


@pytest.mark.django_db
def test_telling_the_actor_costs_no_query_of_the_applications(django_assert_num_queries):
    distributor = DistributorFactory()
    with acting_as(Actor("maria", "admin")), django_assert_num_queries(1):
        Distributor.objects.filter(pk=distributor.pk).update(name="x")
    assert last().changed_by == "maria"


@pytest.mark.django_db(transaction=True)
def test_outside_transactions_the_actor_is_told_for_each_write_and_forgotten_after_it():
    with acting_as(Actor("maria", "admin")):
        Distributor.objects.create(cnpj=CNPJ, name="autocommit")
    assert last().changed_by == "maria"
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('ysh.actor', true)")
        assert cursor.fetchone()[0] == ""

    with acting_as(Actor("ana", "task")):
        with transaction.atomic():
            Distributor.objects.filter(pk=CNPJ).update(name="one")
        with transaction.atomic():
            Distributor.objects.filter(pk=CNPJ).exists()
            Distributor.objects.filter(pk=CNPJ).update(name="two")
    assert list(ChangeLogEntry.objects.order_by("id").values_list("changed_by", flat=True)) == ["maria", "ana", "ana"]


@pytest.mark.django_db(transaction=True)
def test_a_failed_write_in_autocommit_leaves_nothing_and_a_usable_connection():
    with acting_as(Actor("maria", "admin")), pytest.raises(IntegrityError):
        Distributor.objects.create(cnpj="12345678901234", name="wrong check digits")

    assert (Distributor.objects.count(), ChangeLogEntry.objects.count()) == (0, 0)
    Distributor.objects.create(cnpj=CNPJ, name="right")
    assert last().changed_by == "system"


@pytest.mark.django_db(transaction=True)
def test_a_cursor_of_a_closed_connection_fails_as_it_does_without_us():
    cursor = connection.cursor()
    connection.close()
    with pytest.raises(OperationalError, match="the connection is closed"):
        cursor.execute("UPDATE aneel.distributors SET name = name")


@pytest.mark.django_db(transaction=True)
def test_a_committed_write_of_psql_is_there_for_everybody(psql):
    psql.execute(INSERT)
    psql.commit()

    assert ChangeLogEntry.objects.get().record_id == CNPJ


def test_psycopg_raises_what_the_trigger_says(psql):
    psql.execute(INSERT)
    with pytest.raises(psycopg.errors.RestrictViolation, match="append-only: DELETE of entry"):
        psql.execute("DELETE FROM audit.change_log")


@pytest.mark.django_db(transaction=True)
def test_what_an_ingestion_writes_carries_its_run(tmp_path):
    call_command("seed_demo", units=30, tariffs=0, products=0, kits=0, out=tmp_path)

    run = IngestionRun.objects.get(source="generation_units")
    entries_of_run = ChangeLogEntry.objects.filter(table_name="distributors")
    assert entries_of_run.count() == Distributor.objects.count() > 0
    assert set(entries_of_run.values_list("changed_by", "change_source", "run_id")) == {(run.triggered_by, "command", run.run_id)}
