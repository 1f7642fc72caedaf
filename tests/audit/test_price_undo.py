"""Bulk price changes and imports taken back through the pages: the price, its history, and what was created."""

from decimal import Decimal
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from audit.actions import preview, revert_request
from audit.actions.revert import request_scope
from audit.models import ChangeLogEntry, Revert
from pipeline.models import CatalogImport
from pipeline.suppliers import uploads
from products.models import Price, Product
from tests.audit.test_revert import change, key, request
from tests.factories.products import PriceFactory, ProductFactory, SolarKitFactory

pytestmark = pytest.mark.django_db

LIST = """Código;Produto;Marca;Preço
P1;Painel solar 600W bifacial;Jinko;"R$ {price},00"
I1;Inversor 5kW monofásico 220V 2 MPPT;Deye;"R$ 3.000,00"
"""


def amounts(**of):
    return [str(amount) for amount in Price.objects.filter(**of).order_by("valid_from", "id").values_list("amount", flat=True)]


def undo(client, request_id, **more):
    """Through the preview; its page's text and what the undo answered."""
    address = reverse("admin:audit_revert_request", args=[request_id])
    shown = client.get(address)
    assert shown.status_code == 200
    answer = client.post(address, {"token": shown.context["plan"].token, "reason": "engano", **more})
    assert answer.status_code == 302
    return shown.content.decode()


def raise_prices(client, field="sale_price", percent="10"):
    address = reverse("admin:products_product_bulk") + f"?_what=percent:{field}"
    asked = {"percent": percent, "reason": "campanha"}
    shown = client.post(address, asked).context["preview"]["revision"]
    assert client.post(address, asked | {"apply": "1", "_shown": shown}).status_code == 302
    return ChangeLogEntry.objects.filter(reason="campanha").latest("pk").request_id


def test_a_bulk_price_change_is_taken_back_with_its_history(superuser_client):
    one, two = ProductFactory(sale_price=Decimal("100.00")), ProductFactory(sale_price=Decimal("200.00"))
    without = ProductFactory(sale_price=None)
    PriceFactory(product=one, kind="SALE", amount=Decimal("100.00"), supplier=None)
    request_id = raise_prices(superuser_client)
    one.refresh_from_db()
    assert (one.sale_price, amounts(product=one)) == (Decimal("110.00"), ["100.00", "110.00"])

    text = undo(superuser_client, request_id)

    assert "2 linhas" in text
    for product, before, history in ((one, "100.00", ["100.00", "110.00", "100.00"]), (two, "200.00", ["220.00", "200.00"])):
        product.refresh_from_db()
        assert (str(product.sale_price), amounts(product=product)) == (before, history)
        newest = Price.objects.filter(product=product, kind="SALE").in_force(timezone.now()).get()
        assert str(newest.amount) == before
    without.refresh_from_db()
    assert (without.sale_price, amounts(product=without)) == (None, [])
    assert Revert.objects.get().written == 2


def test_a_price_somebody_changed_since_stays_and_gets_no_row(superuser_client):
    product, other = ProductFactory(sale_price=Decimal("100.00")), ProductFactory(sale_price=Decimal("50.00"))
    request_id = raise_prices(superuser_client)
    change(product, "joão", sale_price=Decimal("105.00"))

    assert "1 linha " in undo(superuser_client, request_id)

    product.refresh_from_db()
    other.refresh_from_db()
    assert (product.sale_price, amounts(product=product)) == (Decimal("105.00"), ["110.00"])
    assert (other.sale_price, amounts(product=other)) == (Decimal("50.00"), ["55.00", "50.00"])


def test_a_price_left_as_it_is_gets_no_row(superuser_client):
    product, other = ProductFactory(sale_price=Decimal("100.00")), ProductFactory(sale_price=Decimal("50.00"))
    request_id = raise_prices(superuser_client)

    undo(superuser_client, request_id, leave=[key(product, "sale_price")])

    assert (amounts(product=product), amounts(product=other)) == (["110.00"], ["55.00", "50.00"])


def test_the_history_of_a_kits_price_goes_on_with_the_same_supplier():
    kit = SolarKitFactory(kit_cost=Decimal("9000.00"))
    first = PriceFactory(product=None, kit=kit, kind="COST", amount=Decimal("9000.00"))
    request_id = change(kit, kit_cost=Decimal("8500.00"))
    PriceFactory(product=None, kit=kit, kind="COST", amount=Decimal("8500.00"), supplier=first.supplier)

    revert_request(request_id, by="ana", reason="engano")

    newest = Price.objects.filter(kit=kit).latest("valid_from", "id")
    assert (newest.amount, newest.supplier_id, amounts(kit=kit)) == (
        Decimal("9000.00"),
        first.supplier_id,
        ["9000.00", "8500.00", "9000.00"],
    )


def test_a_first_price_that_goes_back_to_none_is_told_before(superuser_client):
    product = ProductFactory(sale_price=None)
    request_id = change(product, sale_price=Decimal("90.00"))
    PriceFactory(product=product, kind="SALE", amount=Decimal("90.00"), supplier=None)

    (note,) = preview(request_scope(request_id=request_id)).prices
    undo(superuser_client, request_id)

    assert "vazio" in note
    product.refresh_from_db()
    assert (product.sale_price, amounts(product=product)) == (None, ["90.00"])


def test_an_import_is_taken_back_as_a_whole(superuser_client, settings, tmp_path):
    settings.LAKE_URL = tmp_path.joinpath("lake").as_uri()
    first, second = tmp_path / "um.csv", tmp_path / "dois.csv"
    first.write_text(LIST.format(price=600), encoding="utf-8-sig")
    second.write_text(LIST.format(price=660) + 'B1;Bateria 5kWh LiFePO4 48V;Deye;"R$ 7.000,00"\n', encoding="utf-8-sig")

    def load(path):
        with path.open("rb") as file:
            superuser_client.post(reverse("admin:pipeline_catalog_upload"), {"supplier": "novo", "lists": [file]})
        upload = CatalogImport.objects.latest("created_at")
        uploads.read_upload(upload)
        shown = [row.pk for row in upload.rows.all()]
        decide = reverse("admin:pipeline_catalog_decide", args=[upload.pk])
        superuser_client.post(decide, {"shown": shown, "row": shown, "apply": ""})
        upload.refresh_from_db()
        uploads.write_upload(upload)
        return upload

    load(first)
    before = {row["sku"]: row for row in Product.objects.values("sku", "cost_price", "status", "raw_data", "source_run_id")}
    upload = load(second)
    assert Product.objects.get(sku="NOVO-P1").cost_price == 660
    panel, battery = Product.objects.get(sku="NOVO-P1"), Product.objects.get(sku="NOVO-B1")

    text = undo(superuser_client, upload.run_id)

    assert "1 linha " in text
    assert "histórico de preços" in text
    after = {row["sku"]: row for row in Product.objects.values("sku", "cost_price", "status", "raw_data", "source_run_id")}
    assert {sku: after[sku] for sku in before} == before
    assert amounts(product=panel) == ["600.00", "660.00", "600.00"]
    assert Price.objects.filter(product=panel).latest("valid_from").supplier_id == "novo"
    # What the import brought has a price, which stays: out of sale instead of gone.
    assert (after["NOVO-B1"]["status"], amounts(product=battery)) == ("INACTIVE", ["7000.00"])

    # The same list may come again.
    upload = load(second)
    panel.refresh_from_db()
    assert (panel.cost_price, amounts(product=panel)) == (660, ["600.00", "660.00", "600.00", "660.00"])


# --- what is too large for a page


def run(*arguments):
    out = StringIO()
    call_command("audit", "revert", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_shows_and_undoes():
    product, other = ProductFactory(name="velho"), ProductFactory(name="velho")
    with request() as request_id:
        for row in (product, other):
            row.name = "novo"
            row.save(update_fields=["name"])
    change(other, "joão", name="outro")
    arguments = ("--request", str(request_id), "--reason", "engano")

    assert run(*arguments, "--dry-run") == "2 records would be changed back; 1 changed since, left as they are.\n"
    assert Product.objects.filter(name="novo").count() == 1
    assert run(*arguments) == "1 records changed back; 1 changed since, left as they are.\n"

    assert sorted(Product.objects.values_list("name", flat=True)) == ["outro", "velho"]
    entry = ChangeLogEntry.objects.latest("pk")
    assert (entry.change_source, entry.reason) == ("command", "engano")


def test_the_command_of_what_nobody_did():
    with pytest.raises(CommandError, match=r"desfazer|undo"):
        run("--run", str(uuid4()), "--reason", "engano")
