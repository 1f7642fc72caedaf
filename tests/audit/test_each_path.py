"""The issue's list of write paths, one line each: nothing of what is rolled back, exactly the right entries, nothing the second time.

Imports, psql and tasks of a worker need transactions of their own: they are in `test_write_paths_of_people` and `test_out_of_band`.
"""

from uuid import uuid4

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core import serializers
from django.core.management import call_command
from django.db import connection, transaction
from django.urls import reverse

from audit.actions import revert_request
from audit.models import ChangeLogEntry
from products.actions.bulk import change_field
from products.models import KitComponent, Manufacturer, Product, SolarKit
from products.tasks import refresh_completeness
from tests.audit.test_write_paths_of_people import form_of
from tests.factories.products import ManufacturerFactory, ProductFactory, SolarKitFactory
from ysh.core.actor import Actor, acting_as

pytestmark = pytest.mark.django_db


class World:
    """Rows to write to, and people who do."""

    def __init__(self, client, person, folder):
        self.client, self.person, self.folder = client, person, folder
        self.maker = ManufacturerFactory(name="Antes")
        self.product = ProductFactory(brand="Antes")
        self.kit = SolarKitFactory(with_components=True)
        self.user, self.group = get_user_model().objects.create_user("bia"), Group.objects.create(name="Compras")
        with acting_as(Actor("maria", "admin", uuid4())):
            self.undone = uuid4()
            other = ManufacturerFactory(name="Certo")
        with acting_as(Actor("maria", "admin", self.undone)):
            Manufacturer.objects.filter(pk=other.pk).update(name="Errado")

    def post(self, row, **values):
        page = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
        response = self.client.post(page, form_of(self.client.get(page)) | values)
        assert response.status_code == 302


def by_form(world):
    world.post(world.maker, name="Depois")


def by_inline(world):
    world.post(world.kit, **{"components-0-quantity": "77"})


def by_admin_action(world):
    data = {"action": "delete_selected", "_selected_action": [world.maker.pk], "post": "yes"}
    world.client.post(reverse("admin:products_manufacturer_changelist"), data)


def by_bulk_edit(world):
    rows = Product.objects.filter(pk=world.product.pk)
    change_field(rows, field="brand", value="Depois", by=world.person, reason="marca")


def by_command(world):
    world.maker.name = "Depois"
    path = world.folder / "one.json"
    path.write_text(serializers.serialize("json", [world.maker]))
    call_command("loaddata", str(path), verbosity=0)


def by_task(_world):
    refresh_completeness.apply(throw=True)


def by_update(world):
    Manufacturer.objects.filter(pk=world.maker.pk).update(name="Depois")


def by_bulk_create(_world):
    Manufacturer.objects.bulk_create([Manufacturer(name="Um"), Manufacturer(name="Dois")], ignore_conflicts=True)


def by_sql(world):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE products.manufacturers SET name = 'Depois' WHERE id = %s", [world.maker.pk])


def by_cascade(world):
    SolarKit.objects.filter(pk=world.kit.pk).delete()


def by_many_to_many(world):
    world.user.groups.set([world.group])


def by_revert(world):
    revert_request(world.undone, by="ana", reason="engano")


PATHS = {
    by_form: {("manufacturers", "UPDATE"): 1},
    by_inline: {("kit_components", "UPDATE"): 1},
    by_admin_action: {("manufacturers", "DELETE"): 1},
    by_bulk_edit: {("products", "UPDATE"): 1},
    by_command: {("manufacturers", "UPDATE"): 1},
    by_task: {("products", "UPDATE"): 1},
    by_update: {("manufacturers", "UPDATE"): 1},
    by_bulk_create: {("manufacturers", "INSERT"): 2},
    by_sql: {("manufacturers", "UPDATE"): 1},
    by_cascade: {("solar_kits", "DELETE"): 1, ("kit_components", "DELETE"): None},
    by_many_to_many: {("auth_user_groups", "INSERT"): 1},
    by_revert: {("manufacturers", "UPDATE"): 1},
}


def entries_after(last, paths):
    """How many entries of each kind among the tables of a path: what a form keeps in order elsewhere is not this test's."""
    tables = {table for table, _operation in paths}
    found: dict[tuple[str, str], int] = {}
    for entry in ChangeLogEntry.objects.filter(id__gt=last, table_name__in=tables):
        kind = (entry.table_name, entry.operation)
        found[kind] = found.get(kind, 0) + 1
    return found


def newest():
    return ChangeLogEntry.objects.order_by("-id").values_list("id", flat=True).first() or 0


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.__name__)
def test_each_path_leaves_its_entries_and_no_other(path, superuser_client, superuser, tmp_path):
    world = World(superuser_client, superuser, tmp_path)
    refresh_completeness.apply(throw=True)
    if path is by_inline:
        world.post(world.kit)  # whatever the form itself puts in order
    if path is by_task:
        Product.objects.filter(pk=world.product.pk).update(missing=["x"])
    parts = KitComponent.objects.filter(kit=world.kit).count()
    expected = {kind: parts if count is None else count for kind, count in PATHS[path].items()}

    last = newest()
    with transaction.atomic():
        path(world)
        assert entries_after(last, expected) == expected
        transaction.set_rollback(True)
    assert entries_after(last, expected) == {}

    path(world)
    assert entries_after(last, expected) == expected

    last = newest()
    path(world)
    assert entries_after(last, expected) == {}
