"""Wide tables have a function of their own for updates; it writes what the general one writes."""

from decimal import Decimal

import pytest
from django.db import connection
from django.db.models.signals import pre_migrate

from audit.apps import AuditConfig
from audit.models import ChangeLogEntry
from audit.registry import logged_tables
from audit.triggers import attach_triggers
from audit.typed_updates import function_of, make_functions
from products.models import Product
from tests.factories.products import ProductFactory
from ysh.core.actor import Actor, acting_as

pytestmark = pytest.mark.django_db

VALUES = {
    "sale_price": Decimal("10.50"),
    "stock_quantity": None,
    "specifications": {"power_wp": 610, "bifacial": True},
    "raw_data": None,
    "image_urls": ["https://example.org/a.png", "https://example.org/b,c.png"],
    "name": 'Módulo "novo" \\ 100 %',
    "seo_slug": None,
}
COLUMNS = ("record_id", "record_label", "operation", "changed_fields", "old_values", "new_values", "changed_by", "reason")


def of(product, start=0):
    rows = ChangeLogEntry.objects.filter(table_name="products", record_id=str(product.pk), pk__gt=start).order_by("pk")
    return list(rows.values(*COLUMNS))


def newest():
    return ChangeLogEntry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def source(name="audit.log_update_products_products()"):
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE oid = %s::regprocedure", [name])
        return cursor.fetchone()[0]


def update(product):
    before = {name: getattr(product, name) for name in VALUES}
    start = newest()
    with acting_as(Actor("maria", "admin", reason="campanha")):
        Product.objects.filter(pk=product.pk).update(**VALUES)
    written = of(product, start)
    Product.objects.filter(pk=product.pk).update(**before)
    return written


def test_it_writes_what_the_general_function_writes():
    product = ProductFactory(specifications={"power_wp": 600}, raw_data={"a": 1}, stock_quantity=4)
    typed = update(product)
    assert source() != source("audit.log_statement()")

    make_functions(connection, general=True)

    assert source() == source("audit.log_statement()")
    assert update(product) == typed
    (entry,) = typed
    assert set(VALUES) - {"raw_data", "seo_slug"} <= set(entry["changed_fields"])
    assert entry["old_values"]["specifications"] == {"power_wp": 600}
    assert (entry["new_values"]["stock_quantity"], entry["changed_by"], entry["reason"]) == (None, "maria", "campanha")


def test_a_changed_key_is_a_row_that_went_and_one_that_came():
    product = ProductFactory()
    start = newest()

    Product.objects.filter(pk=product.pk).update(id=product.pk + 1_000_000)

    entries = ChangeLogEntry.objects.filter(pk__gt=start, table_name="products").order_by("operation")
    assert [(entry.operation, entry.record_id) for entry in entries] == [
        ("DELETE", str(product.pk)),
        ("INSERT", str(product.pk + 1_000_000)),
    ]
    assert entries[0].old_values["sku"] == entries[1].new_values["sku"] == product.sku
    assert "search_vector" not in entries[1].new_values


def test_rows_that_do_not_change_leave_nothing_whether_few_or_many():
    ProductFactory.create_batch(60)
    start = newest()

    Product.objects.update(stock_quantity=7)
    written = ChangeLogEntry.objects.filter(pk__gt=start, table_name="products").count()
    Product.objects.update(stock_quantity=7)
    Product.objects.filter(pk=Product.objects.first().pk).update(stock_quantity=7)

    assert (written, ChangeLogEntry.objects.filter(pk__gt=start, table_name="products").count()) == (60, 60)


def test_a_migration_that_takes_a_column_away_may_write_afterwards():
    product = ProductFactory()
    pre_migrate.send(sender=_config(), using="default", plan=[("a migration", False)])
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE products.products DROP COLUMN medusa_product_id CASCADE")
        start = newest()
        cursor.execute("UPDATE products.products SET stock_quantity = 77 WHERE id = %s", [product.pk])

        attach_triggers(connection)

        cursor.execute("UPDATE products.products SET stock_quantity = 78 WHERE id = %s", [product.pk])
    assert [entry["new_values"] for entry in of(product, start)] == [{"stock_quantity": 77}, {"stock_quantity": 78}]
    assert "medusa_product_id" not in source()


def test_without_anything_to_migrate_they_stay_as_they_are():
    before = source()

    pre_migrate.send(sender=_config(), using="default", plan=[])

    assert source() == before != source("audit.log_statement()")


def test_only_wide_tables_have_one():
    typed = {logged.name for logged in logged_tables() if function_of(logged) != "audit.log_statement"}

    assert typed == {"products.products", "products.solar_kits"}


def _config():
    return AuditConfig.create("audit")
