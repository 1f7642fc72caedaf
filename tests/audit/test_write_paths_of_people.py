"""The ways to write that people have: parts in a form, bulk changes, imports, programs, tasks, undo. Each leaves exactly its entries."""

from decimal import Decimal
from io import StringIO
from uuid import UUID, uuid4

import pytest
from django.core.management import call_command
from django.urls import reverse

from audit.actions import Conflicts, preview, revert_request
from audit.actions.revert import request_scope, revert
from audit.models import ChangeLogEntry
from pipeline.models import IngestionRun
from products.actions.bulk import change_field
from products.models import Product
from products.tasks import refresh_completeness
from tests.factories.products import ProductFactory, SolarKitFactory
from ysh.core.actor import Actor, acting_as

pytestmark = pytest.mark.django_db


def newest():
    return ChangeLogEntry.objects.order_by("-id").values_list("id", flat=True).first() or 0


def since(last, *tables):
    return list(ChangeLogEntry.objects.filter(id__gt=last, table_name__in=tables).order_by("id"))


def form_of(response):
    """What a browser would send back from the page as it stands."""
    inlines = response.context["inline_admin_formsets"]
    forms = [response.context["adminform"].form]
    forms += [form for inline in inlines for form in (inline.formset.management_form, *inline.formset.forms)]
    values = {field.html_name: field.value() for form in forms for field in form}
    return {name: "" if value is None else value for name, value in values.items()}


def test_a_part_changed_in_the_kits_form_is_one_entry_of_the_part(superuser_client):
    kit = SolarKitFactory(with_components=True)
    part = kit.components.order_by("display_order", "id").first()
    page = reverse("admin:products_solarkit_change", args=[kit.pk])
    superuser_client.post(page, form_of(superuser_client.get(page)))  # whatever the form itself puts in order
    quantity = part.quantity
    data = form_of(superuser_client.get(page)) | {"components-0-quantity": str(quantity + 1)}
    last = newest()
    response = superuser_client.post(page, data, headers={"X-Request-ID": str(UUID(int=21))})

    assert response.status_code == 302
    (entry,) = since(last, "kit_components")
    assert (entry.operation, entry.record_id, entry.record_label) == (
        "UPDATE", str(part.pk), f"{kit.kit_id} · {part.product.sku}",
    )  # fmt: skip
    # The part's total is worked out by the database.
    assert entry.changed_fields == ["quantity", "total_price"]
    assert (entry.old_values["quantity"], entry.new_values["quantity"]) == (quantity, quantity + 1)
    assert (entry.changed_by, entry.change_source, entry.request_id) == ("admin", "admin", UUID(int=21))


def test_a_bulk_change_is_one_entry_a_row_that_changed_and_its_undo_too(superuser):
    rows = [ProductFactory(brand="Antes"), ProductFactory(brand="Antes"), ProductFactory(brand="Depois")]
    last = newest()
    done = change_field(
        Product.objects.filter(pk__in=[row.pk for row in rows]), field="brand", value="Depois", by=superuser, reason="marca"
    )

    entries = since(last, "products")
    assert {entry.record_id for entry in entries} == {str(row.pk) for row in rows[:2]}
    assert len(entries) == 2
    for entry in entries:
        assert (entry.operation, entry.old_values["brand"], entry.new_values["brand"]) == ("UPDATE", "Antes", "Depois")
        assert (entry.changed_by, entry.reason, entry.request_id) == (superuser.get_username(), "marca", done.request_id)

    last = newest()
    outcome = revert_request(done.request_id, by="ana", reason="engano")
    entries = since(last, "products")
    assert sorted(entry.record_id for entry in entries) == sorted(str(row.pk) for row in rows[:2])
    assert {(entry.new_values["brand"], entry.changed_by, entry.reason, entry.request_id) for entry in entries} == {
        ("Antes", "ana", "engano", outcome.request_id)
    }


def test_a_task_that_writes_rows_leaves_an_entry_for_each_and_none_the_second_time():
    product = ProductFactory()
    refresh_completeness()
    Product.objects.filter(pk=product.pk).update(completeness=Decimal("0.001"), missing=["x"])
    last = newest()
    refresh_completeness.apply(throw=True)

    (entry,) = since(last, "products", "solar_kits")
    assert (entry.operation, entry.record_id, entry.change_source) == ("UPDATE", str(product.pk), "task")
    assert entry.changed_by == "products.tasks.refresh_completeness"
    assert (entry.changed_fields, entry.old_values["missing"]) == (["completeness", "missing"], ["x"])

    last = newest()
    refresh_completeness.apply(throw=True)
    assert since(last, "products", "solar_kits") == []


def test_a_run_a_program_asks_for_names_it_and_leaves_no_entry_of_its_own(staff_api_client):
    last = newest()
    assert staff_api_client.post("/api/v1/ingest/", {"source": "generation_units"}).status_code == 202

    assert IngestionRun.objects.get().triggered_by == "staff"
    assert not ChangeLogEntry.objects.filter(id__gt=last).exclude(table_schema="public").exists()


LIST = """Código;Produto;Marca;Preço
P1;Painel solar 600W bifacial;Jinko;"R$ 600,00"
I1;Inversor 5kW monofásico 220V 2 MPPT;Deye;"R$ 3.000,00"
"""


@pytest.mark.django_db(transaction=True)
def test_an_applied_import_is_one_entry_a_row_under_one_run_and_can_be_undone(tmp_path):
    path = tmp_path / "lista.csv"

    def apply(text):
        path.write_text(text)
        last = newest()
        call_command("import_catalog", str(path), "--supplier", "novo", "--json", stdout=StringIO(), stderr=StringIO())
        return since(last, "products")

    created = apply(LIST)
    assert sorted(entry.record_label for entry in created if entry.operation == "INSERT") == ["NOVO-I1", "NOVO-P1"]
    assert len({entry.run_id for entry in created}) == 1
    assert created[0].run_id is not None

    (changed,) = apply(LIST.replace("R$ 600,00", "R$ 660,00"))
    assert (changed.operation, changed.record_label, changed.new_values["cost_price"]) == ("UPDATE", "NOVO-P1", 660)
    assert changed.run_id not in {None, created[0].run_id}
    assert apply(LIST.replace("R$ 600,00", "R$ 660,00")) == []

    product = Product.objects.get(sku="NOVO-P1")
    with acting_as(Actor("maria", "admin", uuid4())):
        Product.objects.filter(pk=product.pk).update(cost_price=700)
    scope = request_scope(run_id=changed.run_id)
    (conflict,) = preview(scope).conflict_keys
    assert conflict == f"products.products:{product.pk}:cost_price"
    assert revert(scope, by="maria", reason="lista errada", conflicts=Conflicts.LEAVE).left_out == (conflict,)
    product.refresh_from_db()
    assert product.cost_price == 700
    revert(scope, by="maria", reason="lista errada", overwrite=[conflict])
    product.refresh_from_db()
    assert product.cost_price == 600
