"""Two databases of one cluster migrate at once: each ends with the roles, whoever was first."""

import threading

import pytest
from django.db import connection, connections, transaction

from ysh.core.db.operations import EnsureRoles

ROLE = "ysh_scratch_role"
WAITS = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'CREATE ROLE%%scratch%%'"


@pytest.fixture
def no_role(transactional_db):
    def drop():
        with connection.cursor() as cursor:
            cursor.execute(
                f"DO $$ BEGIN REVOKE ALL ON SCHEMA public FROM {ROLE}; EXCEPTION WHEN undefined_object THEN NULL; END $$"
            )
            cursor.execute(f"DROP ROLE IF EXISTS {ROLE}")

    drop()
    yield
    drop()


def migrate(operation):
    with connection.schema_editor(atomic=True) as editor:
        operation.database_forwards("core", editor, None, None)
        editor.execute(f"GRANT USAGE ON SCHEMA public TO {ROLE}")


def test_a_role_made_by_another_database_meanwhile_is_used(no_role):
    errors = []

    def other():
        try:
            migrate(EnsureRoles(ROLE))
        except Exception as error:  # whatever it is, the test shows it
            errors.append(error)
        finally:
            connections.close_all()

    thread = threading.Thread(target=other)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {ROLE} NOLOGIN")
        thread.start()
        own = connection.copy()  # a statement outside this transaction sees the others' present state
        try:
            with own.cursor() as watcher:
                while thread.is_alive():
                    watcher.execute(WAITS)
                    if watcher.fetchone()[0]:
                        break
        finally:
            own.close()
    thread.join(timeout=30)

    assert not thread.is_alive()
    assert errors == []


def test_a_role_that_is_there_is_left_as_it_is(no_role):
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {ROLE} LOGIN")
    migrate(EnsureRoles(ROLE))
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolcanlogin FROM pg_roles WHERE rolname = %s", [ROLE])
        assert cursor.fetchone() == (True,)
