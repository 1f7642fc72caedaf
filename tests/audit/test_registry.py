"""Every model has a declared granularity, and the database has exactly the triggers that follow from it."""

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection

from audit.registry import logged_table, logged_tables, policy_of, schema_of, undeclared
from audit.triggers import attach_triggers, wanted_triggers
from products.models import Product
from ysh.core.audit_policy import AuditPolicy, exempt

PRESENT = (
    "SELECT c.relnamespace::regnamespace || '.' || c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
    "JOIN pg_proc p ON p.oid = t.tgfoid WHERE t.tgparentid = 0 AND p.pronamespace = 'audit'::regnamespace AND t.tgname ~ '^log_'"
)


def test_every_model_says_how_it_is_logged():
    assert undeclared() == [], "add a line for each to ysh/settings/audit.py"


def test_no_policy_is_for_a_model_that_is_gone():
    known = {model._meta.label for model in apps.get_models(include_auto_created=True)}
    assert set(settings.AUDIT_POLICIES) - known == set()


def test_a_model_without_a_line_is_named(settings):
    settings.AUDIT_POLICIES = {label: line for label, line in settings.AUDIT_POLICIES.items() if label != "products.Product"}
    assert undeclared() == ["products.Product"]
    with pytest.raises(LookupError, match=r"products\.Product has no line in AUDIT_POLICIES"):
        policy_of(Product)


def test_columns_that_policies_name_exist():
    for logged in logged_tables():
        columns = {field.column for field in logged.model._meta.concrete_fields}
        policy = logged.policy
        named = {*policy.left_out, *policy.personal, *policy.watched} | ({policy.label} if policy.label else set())
        assert named <= columns, logged.name


@pytest.mark.django_db
def test_the_database_has_the_declared_triggers_and_no_other():
    with connection.cursor() as cursor:
        cursor.execute(PRESENT)
        present = set(cursor.fetchall())
    assert present == {(trigger.table, trigger.name) for trigger in wanted_triggers("x")}
    assert attach_triggers(connection) == 0


@pytest.mark.django_db
def test_triggers_that_are_gone_or_wrong_come_back_and_strangers_go():
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER log_update ON products.products")
        cursor.execute("COMMENT ON TRIGGER log_insert ON products.products IS 'something else'")
        cursor.execute("CREATE TRIGGER log_row AFTER INSERT ON products.prices FOR EACH ROW EXECUTE FUNCTION audit.log_row()")
        assert attach_triggers(connection) == 6  # drop; create and comment; drop, create and comment
        cursor.execute(PRESENT)
        assert set(cursor.fetchall()) == {(trigger.table, trigger.name) for trigger in wanted_triggers("x")}


def test_tables_of_other_apps_are_in_public():
    assert schema_of(Product) == "products"
    assert logged_table("public", "auth_user").policy.personal == ("password", "first_name", "last_name", "email")
    assert logged_table("products", "prices") is None


def test_what_is_not_logged_needs_a_reason():
    for bad in ({"granularity": "run"}, {"inserts": "none"}, {"deletes": False}):
        with pytest.raises(ValueError, match="needs a reason"):
            AuditPolicy(**bad)
    with pytest.raises(ValueError, match="keep_months"):
        AuditPolicy(keep_months=0)
    assert exempt("why").granularity == "exempt"
