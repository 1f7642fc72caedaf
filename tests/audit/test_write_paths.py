"""Every way to write leaves exactly the right entries: none more, none less, none when nothing changed or all was rolled back."""

import json
from decimal import Decimal
from uuid import UUID

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import connection, transaction
from django.urls import reverse
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from aneel.models import GenerationUnit
from audit import task_actor
from audit.models import ChangeLogEntry
from products.models import KitComponent, Manufacturer, Product, SolarKit
from tests.factories.aneel import GenerationUnitFactory
from tests.factories.products import KitComponentFactory, ManufacturerFactory, ProductFactory
from ysh.core.actor import Actor, acting_as, current_actor

MARIA = Actor("maria", "admin", UUID(int=7), None, "campanha")


@pytest.fixture
def maker(db):
    return ManufacturerFactory(name="Antes", website="https://example.org/a")


def since(last, *tables):
    found = ChangeLogEntry.objects.filter(id__gt=last).order_by("id")
    return list(found.filter(table_name__in=tables) if tables else found)


def newest():
    return ChangeLogEntry.objects.order_by("-id").values_list("id", flat=True).first() or 0


def by_save(maker):
    maker.name = "Depois"
    maker.save()


def by_save_of_fields(maker):
    maker.name, maker.website = "Depois", "https://example.org/not-saved"
    maker.save(update_fields=["name"])


def by_stale_object(maker):
    stale = Manufacturer.objects.get(pk=maker.pk)
    stale.name = "Depois"
    stale.save()


def by_update(maker):
    Manufacturer.objects.filter(pk=maker.pk).update(name="Depois")


def by_bulk_update(maker):
    maker.name = "Depois"
    Manufacturer.objects.bulk_update([maker], ["name"])


def by_update_or_create(maker):
    Manufacturer.objects.update_or_create(pk=maker.pk, defaults={"name": "Depois"})


def by_upsert(maker):
    maker.name = "Depois"
    Manufacturer.objects.bulk_create([maker], update_conflicts=True, unique_fields=["id"], update_fields=["name"])


def by_sql(maker):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE products.manufacturers SET name = 'Depois' WHERE id = %s", [maker.pk])


def by_many_sql(maker):
    with connection.cursor() as cursor:
        cursor.executemany("UPDATE products.manufacturers SET name = %s WHERE id = %s", [("Depois", maker.pk)])


def by_merge(maker):
    with connection.cursor() as cursor:
        cursor.execute(
            "MERGE INTO products.manufacturers m USING (SELECT %s::bigint AS id) s ON m.id = s.id "
            "WHEN MATCHED THEN UPDATE SET name = 'Depois'",
            [maker.pk],
        )


UPDATES = [
    by_save, by_save_of_fields, by_stale_object, by_update, by_bulk_update, by_update_or_create, by_upsert, by_sql, by_many_sql, by_merge,
]  # fmt: skip


@pytest.mark.parametrize("write", UPDATES)
def test_a_change_is_one_entry_with_old_and_new_value_and_who_and_why(maker, write):
    last = newest()
    with acting_as(MARIA):
        write(maker)

    (entry,) = since(last)
    assert (entry.table_schema, entry.table_name, entry.record_id, entry.record_label) == (
        "products", "manufacturers", str(maker.pk), "Depois",
    )  # fmt: skip
    assert (entry.operation, entry.changed_fields) == ("UPDATE", ["name"])
    assert (entry.old_values, entry.new_values) == ({"name": "Antes"}, {"name": "Depois"})
    assert (entry.changed_by, entry.change_source, entry.reason, entry.request_id) == ("maria", "admin", "campanha", UUID(int=7))


@pytest.mark.parametrize("write", UPDATES)
def test_what_is_rolled_back_or_changes_nothing_leaves_no_entry(maker, write):
    last = newest()
    with transaction.atomic():
        write(maker)
        transaction.set_rollback(True)
    assert since(last) == []

    Manufacturer.objects.filter(pk=maker.pk).update(name="Depois")
    last = newest()
    write(maker)
    assert since(last) == []


def test_the_old_value_is_the_databases_not_the_one_once_read(maker):
    stale = Manufacturer.objects.get(pk=maker.pk)
    Manufacturer.objects.filter(pk=maker.pk).update(name="Entretanto")
    last = newest()
    stale.website = "https://example.org/b"
    stale.save()

    (entry,) = since(last)
    assert entry.old_values == {"name": "Entretanto", "website": "https://example.org/a"}
    assert entry.new_values == {"name": "Antes", "website": "https://example.org/b"}


INSERTS = {
    "create": lambda: Manufacturer.objects.create(name="Um"),
    "bulk_create": lambda: Manufacturer.objects.bulk_create([Manufacturer(name="Um")]),
    "get_or_create": lambda: Manufacturer.objects.get_or_create(name="Um"),
    "sql": lambda: connection.cursor().execute("INSERT INTO products.manufacturers (name) VALUES ('Um')"),
}


@pytest.mark.django_db
@pytest.mark.parametrize("way", INSERTS)
def test_an_insert_is_one_entry_with_the_whole_row(way):
    last = newest()
    with acting_as(MARIA):
        INSERTS[way]()

    (entry,) = since(last)
    assert (entry.operation, entry.record_label, entry.old_values, entry.changed_fields) == ("INSERT", "Um", None, [])
    assert entry.new_values["name"] == "Um"
    assert (entry.changed_by, entry.reason) == ("maria", "campanha")


@pytest.mark.django_db
def test_copy_is_logged_row_by_row():
    last = newest()
    with connection.cursor() as cursor, cursor.cursor.copy("COPY products.manufacturers (name) FROM STDIN") as copy:
        copy.write("Um\nDois\n")

    assert [(entry.operation, entry.record_label) for entry in since(last)] == [("INSERT", "Um"), ("INSERT", "Dois")]


DELETES = {
    "delete": lambda part: part.delete(),
    "queryset": lambda part: KitComponent.objects.filter(pk=part.pk).delete(),
    "raw": lambda part: KitComponent.objects.filter(pk=part.pk)._raw_delete("default"),
    "sql": lambda part: connection.cursor().execute("DELETE FROM products.kit_components WHERE id = %s", [part.pk]),
}


@pytest.mark.django_db
@pytest.mark.parametrize("way", DELETES)
def test_a_delete_is_one_entry_with_the_row_that_went(way):
    part = KitComponentFactory()
    key, label = str(part.pk), f"{part.kit.kit_id} · {part.product.sku}"
    last = newest()
    DELETES[way](part)

    (entry,) = since(last, "kit_components")
    assert (entry.operation, entry.record_id, entry.record_label, entry.new_values) == ("DELETE", key, label, None)
    assert entry.old_values["quantity"] == part.quantity


@pytest.mark.django_db
def test_a_cascade_is_one_entry_a_row_each_with_its_name():
    part = KitComponentFactory()
    kit = part.kit
    KitComponentFactory(kit=kit)
    names = {f"{kit.kit_id} · {sku}" for sku in kit.components.values_list("product__sku", flat=True)}
    last = newest()
    SolarKit.objects.filter(pk=kit.pk).delete()

    entries = since(last, "kit_components", "solar_kits")
    assert [entry.operation for entry in entries] == ["DELETE"] * 3
    assert {entry.record_label for entry in entries} == names | {kit.kit_id}


@pytest.mark.django_db
def test_many_to_many_relations_leave_one_entry_a_pair():
    user = get_user_model().objects.create_user("ana")
    sales, stock = Group.objects.create(name="Vendas"), Group.objects.create(name="Estoque")
    last = newest()
    user.groups.add(sales, stock)
    user.groups.add(sales)
    user.groups.set([stock])
    user.groups.clear()

    written = [(entry.operation, entry.record_label) for entry in since(last, "auth_user_groups")]
    # Django adds the groups of one call in the order of a set.
    assert sorted(written[:2]) == [("INSERT", "ana · Estoque"), ("INSERT", "ana · Vendas")]
    assert written[2:] == [("DELETE", "ana · Vendas"), ("DELETE", "ana · Estoque")]


@pytest.mark.django_db
def test_truncate_is_noted_with_the_count():
    ManufacturerFactory.create_batch(2)
    gone = Manufacturer.objects.count()
    last = newest()
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE products.manufacturers CASCADE")

    (entry,) = since(last, "manufacturers")
    assert (entry.operation, entry.record_id, entry.old_values) == ("DELETE", "*", {"rows": gone})


@pytest.mark.django_db
def test_a_changed_key_is_a_row_that_went_and_another_that_came(maker):
    last = newest()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE products.manufacturers SET id = id + 1000000 WHERE id = %s", [maker.pk])

    entries = since(last)
    assert {entry.operation: entry.record_id for entry in entries} == {
        "DELETE": str(maker.pk), "INSERT": str(maker.pk + 1_000_000),
    }  # fmt: skip


@pytest.mark.django_db
def test_a_statement_over_many_rows_logs_only_those_that_changed():
    keep, other = ProductFactory(sale_price=Decimal("10.00")), ProductFactory(sale_price=Decimal("20.00"))
    last = newest()
    Product.objects.filter(pk__in=[keep.pk, other.pk]).update(sale_price=Decimal("10.0"))

    (entry,) = since(last)
    assert (entry.record_label, entry.old_values, entry.new_values) == (other.sku, {"sale_price": 20.00}, {"sale_price": 10.00})


@pytest.mark.django_db
def test_a_statement_over_many_rows_leaves_the_entries_that_the_same_over_each_row_would():
    """Many rows are compared column by column, few as JSON: both have to say the same."""
    keys = [
        product.pk for product in ProductFactory.create_batch(60, sale_price=Decimal("10.00"), specifications={"power_wp": 600})
    ]
    change = (
        "UPDATE products.products SET sale_price = CASE WHEN id % 3 = 0 THEN NULL ELSE 10.0 END, "
        "specifications = CASE WHEN id % 2 = 0 THEN specifications || '{\"cells\": 144}' ELSE specifications END, "
        "raw_data = CASE WHEN id % 5 = 0 THEN '{\"a\": null}'::jsonb ELSE 'null' END, missing = array_append(missing, 'x'), "
        "name = CASE WHEN id % 7 = 0 THEN name || ' ''\"%' ELSE name END WHERE id "
    )

    def entries(*statements):
        last = newest()
        with transaction.atomic(), connection.cursor() as cursor:
            for statement, parameters in statements:
                cursor.execute(statement.replace("%", "%%").replace("@", "%s"), parameters)
            found = {
                entry.record_id: (entry.record_label, entry.operation, entry.changed_fields, entry.old_values, entry.new_values)
                for entry in since(last, "products")
            }
            assert len(found) == len(since(last, "products"))
            transaction.set_rollback(True)
        return found

    at_once = entries((change + "= ANY (@)", [keys]))
    assert at_once == entries(*((change + "= @", [key]) for key in keys))
    assert len(at_once) == 60
    assert {tuple(fields) for _label, _operation, fields, *_values in at_once.values()} >= {
        ("missing",),
        ("missing", "sale_price"),
    }

    # Keys that change among many rows.
    moved = entries(("UPDATE products.products SET id = id + 1000000, model = 'm' WHERE id = ANY (@)", [keys]))
    assert {operation for _label, operation, *_values in moved.values()} == {"INSERT", "DELETE"}
    assert len(moved) == 120


@pytest.mark.django_db
def test_personal_values_of_many_rows_are_masked():
    get_user_model().objects.bulk_create([get_user_model()(username=f"u{n}", email="" if n % 2 else "a@b.c") for n in range(60)])
    last = newest()
    get_user_model().objects.filter(username__startswith="u").update(
        email="x@y.z", first_name="Ana", last_login="2026-01-01T00:00Z"
    )

    found = since(last, "auth_user")
    assert len(found) == 60
    assert {(tuple(entry.changed_fields), str(entry.old_values), str(entry.new_values)) for entry in found} == {
        (("email", "first_name"), *(str({"email": "***", "first_name": "***"}),) * 2)
    }


@pytest.mark.django_db
def test_a_save_costs_no_query_more(django_assert_num_queries, maker):
    maker.name = "Depois"
    with acting_as(MARIA), django_assert_num_queries(1):
        maker.save()


@pytest.mark.django_db
def test_personal_values_are_masked_and_machine_columns_left_out():
    last = newest()
    user = get_user_model().objects.create_user("ana", "ana@example.org", "a long password", first_name="Ana")
    user.set_password("another long password")
    user.last_name = "Silva"
    user.save()
    get_user_model().objects.filter(pk=user.pk).update(last_login="2026-01-01T00:00Z")

    created, changed = since(last, "auth_user")
    assert {name: created.new_values[name] for name in ("username", "email", "password", "first_name", "last_name")} == {
        "username": "ana", "email": "***", "password": "***", "first_name": "***", "last_name": "***",
    }  # fmt: skip
    assert "last_login" not in created.new_values
    assert changed.changed_fields == ["last_name", "password"]
    assert changed.old_values == changed.new_values == {"last_name": "***", "password": "***"}


@pytest.mark.django_db
def test_units_inserted_by_hand_are_logged_singly_and_those_of_a_run_are_not():
    last = newest()
    unit = GenerationUnitFactory(consumer_name="JOÃO DA SILVA", cpf_cnpj="***.123.456-**")
    with acting_as(Actor("beat", "task", run_id=UUID(int=9))):
        GenerationUnitFactory()

    (entry,) = since(last, "generation_units")
    assert (entry.record_label, entry.new_values["consumer_name"], entry.new_values["cpf_cnpj"]) == (unit.unit_id, "***", "***")
    assert not {"geolocation", "row_hash", "raw_data"} & set(entry.new_values)

    last = newest()
    with acting_as(Actor("beat", "task", run_id=UUID(int=9))):
        GenerationUnit.objects.filter(pk=unit.pk).update(consumer_name="MARIA", installed_power_kw=7)
    (entry,) = since(last)
    assert entry.changed_fields == ["consumer_name", "installed_power_kw"]
    assert entry.old_values["consumer_name"] == entry.new_values["consumer_name"] == "***"
    assert (entry.new_values["installed_power_kw"], entry.run_id) == (7, UUID(int=9))


@pytest.mark.django_db
def test_a_schedule_changed_by_a_person_is_logged_and_beats_bookkeeping_is_not():
    every = IntervalSchedule.objects.create(every=5, period="minutes")
    task = PeriodicTask.objects.create(name="t", task="x", interval=every)
    last = newest()
    PeriodicTask.objects.filter(pk=task.pk).update(total_run_count=9, last_run_at="2026-01-01T00:00Z")
    assert since(last) == []
    task.enabled = False
    task.save()
    (entry,) = since(last, "django_celery_beat_periodictask")
    assert (entry.record_label, entry.old_values, entry.new_values) == ("t", {"enabled": True}, {"enabled": False})


# --- through the front doors


@pytest.mark.django_db
def test_the_admins_form_names_the_person_and_the_request(superuser_client, maker):
    last = newest()
    form = superuser_client.get(reverse("admin:products_manufacturer_change", args=[maker.pk])).context["adminform"].form
    data = {name: "" if value is None else value for name, value in form.initial.items()} | {"name": "Depois", "_save": "1"}
    response = superuser_client.post(
        reverse("admin:products_manufacturer_change", args=[maker.pk]), data, headers={"X-Request-ID": str(UUID(int=11))}
    )
    assert response.status_code == 302

    (entry,) = since(last, "manufacturers")
    assert (entry.changed_by, entry.change_source, entry.request_id) == ("admin", "admin", UUID(int=11))
    assert entry.new_values == {"name": "Depois"}


@pytest.mark.django_db
def test_a_command_is_the_persons_of_the_system(tmp_path):
    last = newest()
    with acting_as(Actor("fer", "command", UUID(int=3), None, "manage.py loaddata")):
        path = tmp_path / "one.json"
        path.write_text(json.dumps([{"model": "products.supplier", "pk": "zeta", "fields": {"name": "Zeta"}}]))
        call_command("loaddata", str(path), verbosity=0)
    (entry,) = since(last)
    assert (entry.changed_by, entry.change_source, entry.record_id) == ("fer", "command", "zeta")


class _Task:
    name = "products.tasks.something"

    def __init__(self, headers):
        self.request = type("Request", (), {"headers": headers})()


def test_a_task_carries_the_person_who_asked_for_it():
    headers = {}
    with acting_as(MARIA):
        task_actor.send(headers)
    task_actor.take("a" * 8, _Task(headers))
    try:
        actor = current_actor()
        assert (actor.name, actor.source, actor.request_id, actor.reason) == ("maria", "task", UUID(int=7), "campanha")
    finally:
        task_actor.leave("a" * 8)
    assert current_actor() == Actor()


def test_a_task_nobody_asked_for_acts_in_its_own_name_as_one_request():
    headers = {}
    task_actor.send(headers)
    assert headers == {}
    task_actor.take(str(UUID(int=5)), _Task(None))
    try:
        assert (current_actor().name, current_actor().source, current_actor().request_id) == (_Task.name, "task", UUID(int=5))
    finally:
        task_actor.leave(str(UUID(int=5)))


@pytest.mark.django_db
def test_an_admin_action_is_one_entry_a_row_under_one_request(superuser_client):
    gone = ManufacturerFactory.create_batch(2)
    last = newest()
    superuser_client.post(
        reverse("admin:products_manufacturer_changelist"),
        {"action": "delete_selected", "_selected_action": [maker.pk for maker in gone], "post": "yes"},
        headers={"X-Request-ID": str(UUID(int=12))},
    )

    entries = since(last, "manufacturers")
    assert [entry.operation for entry in entries] == ["DELETE", "DELETE"]
    assert {(entry.changed_by, entry.change_source, entry.request_id) for entry in entries} == {("admin", "admin", UUID(int=12))}


@pytest.mark.django_db
def test_a_persons_groups_in_the_admin_are_one_entry_a_pair(superuser_client):
    person, group = get_user_model().objects.create_user("bia"), Group.objects.create(name="Compras")
    url = reverse("admin:auth_user_change", args=[person.pk])
    form = superuser_client.get(url).context["adminform"].form
    data = {name: value for name, value in form.initial.items() if value is not None and name != "date_joined"}
    data |= {"groups": [group.pk], "date_joined_0": "01/01/2026", "date_joined_1": "10:00:00"}
    last = newest()
    response = superuser_client.post(url, data)

    assert response.status_code == 302, response.context["adminform"].form.errors
    (entry,) = since(last, "auth_user_groups")
    assert (entry.operation, entry.record_label, entry.changed_by) == ("INSERT", "bia · Compras", "admin")
