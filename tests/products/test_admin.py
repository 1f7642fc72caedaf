"""The catalogue's pages: they open, in few queries whatever the number of rows, and write what a curator typed."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.contrib.admin.utils import quote
from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from products.admin.state_percents import StatePercentsField
from products.models import KitComponent, Price, Product, SolarKit
from tests.factories.aneel import CertificationFactory
from tests.factories.products import (
    InverterFactory,
    KitCheckFactory,
    KitComponentFactory,
    ManufacturerFactory,
    PriceFactory,
    ProductFactory,
    SolarKitFactory,
    SupplierFactory,
)

pytestmark = pytest.mark.django_db

FACTORIES = {
    "manufacturer": ManufacturerFactory,
    "supplier": SupplierFactory,
    "product": ProductFactory,
    "price": PriceFactory,
    "solarkit": SolarKitFactory,
    "kitcomponent": KitComponentFactory,
    "kitcheck": KitCheckFactory,
}
READ_ONLY = {"price", "kitcheck"}
LIST_QUERIES = 8
PAGE_QUERIES = 16


def url(model: str, page: str, *args) -> str:
    return reverse(f"admin:products_{model}_{page}", args=[quote(arg) for arg in args])


def text_of(response) -> str:
    """The page with plain spaces where it has fixed ones (R$ 1,00)."""
    return response.content.decode().replace("\u00a0", " ")


def queries_of(client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        response = client.get(address)
    assert response.status_code == 200, address
    return len(captured)


@pytest.mark.parametrize("model", FACTORIES)
def test_a_list_takes_as_many_queries_for_forty_rows_as_for_three(superuser_client, model):
    FACTORIES[model].create_batch(3)
    superuser_client.get(url(model, "changelist"))
    few = queries_of(superuser_client, url(model, "changelist"))
    FACTORIES[model].create_batch(37)
    many = queries_of(superuser_client, url(model, "changelist"))

    assert many == few <= LIST_QUERIES


def test_a_code_that_looks_like_an_escape_leads_to_its_pages(superuser_client):
    """The admin writes "_5F" for "_" in an address: a code may end so by itself."""
    supplier = SupplierFactory(code="loja_5f")
    assert superuser_client.get(url("supplier", "change", supplier.pk)).status_code == 200
    history = superuser_client.get(url("supplier", "history", supplier.pk), follow=True)
    assert history.status_code == 200
    assert superuser_client.get(history.context["record"]).status_code == 200


@pytest.mark.parametrize("model", FACTORIES)
def test_a_rows_page_opens(superuser_client, model):
    row = FACTORIES[model]()
    superuser_client.get(url(model, "changelist"))
    assert queries_of(superuser_client, url(model, "change", row.pk)) <= PAGE_QUERIES


@pytest.mark.parametrize("model", FACTORIES)
def test_a_new_row_can_be_added_unless_it_is_read_only(superuser_client, model):
    response = superuser_client.get(url(model, "add"))
    assert response.status_code == (403 if model in READ_ONLY else 200)


@pytest.mark.parametrize("model", FACTORIES)
def test_pages_need_a_permission(staff_client, staff_user, model):
    FACTORIES[model]()
    assert staff_client.get(url(model, "changelist")).status_code == 403
    staff_user.user_permissions.add(Permission.objects.get(codename=f"view_{model}"))
    assert staff_client.get(url(model, "changelist")).status_code == 200
    assert staff_client.get(url(model, "add")).status_code == 403


@pytest.mark.parametrize("model", sorted(READ_ONLY))
def test_what_is_read_only_refuses_every_write(superuser_client, model):
    row = FACTORIES[model]()
    before = type(row).objects.values().get()

    superuser_client.post(url(model, "change", row.pk), {"amount": "1", "outcome": "PASS"})
    superuser_client.post(url(model, "delete", row.pk), {"post": "yes"})
    assert type(row).objects.values().get() == before


# --- lists
def test_money_is_brazilian(superuser_client):
    ProductFactory(sale_price="1234.56", cost_price=None)
    SolarKitFactory(kit_cost="12345.60", power_kwp="6.100")
    products = text_of(superuser_client.get(url("product", "changelist")))
    kits = text_of(superuser_client.get(url("solarkit", "changelist")))

    assert "R$ 1.234,56" in products
    assert "R$ 12.345,60" in kits
    assert "2,02" in kits


@pytest.mark.parametrize(
    ("model", "term", "expected"),
    [
        ("product", "modulo dah", {"IMO-1"}),
        ("product", "MÓDULO", {"IMO-1", "IMO-2"}),
        ("product", "imo-2", {"IMO-2"}),
        ("product", "bateria", set()),
        ("product", "", {"IMO-1", "IMO-2"}),
    ],
)
def test_products_are_found_without_accents(superuser_client, model, term, expected):
    ProductFactory(sku="IMO-1", name="Módulo 610 Wp", brand="DAH")
    ProductFactory(sku="IMO-2", name="Módulo 550 Wp", brand="Osda")
    response = superuser_client.get(url(model, "changelist"), {"q": term})
    assert {product.sku for product in response.context["cl"].result_list} == expected


def test_every_list_can_be_searched(superuser_client):
    kit = SolarKitFactory(name="Telhado cerâmico", with_components=True)
    KitCheckFactory(kit=kit, rule_id="R01")
    PriceFactory(product=None, kit=kit)
    ManufacturerFactory(name="Elétrica", aliases=["Sempre Verde"])
    SupplierFactory(code="energetica", name="Energética")
    for model, term, count in (
        ("solarkit", "ceramico", 1),
        ("kitcomponent", "CERAMICO", 2),
        ("kitcheck", "r01", 1),
        ("price", "cerâmico", 1),
        ("manufacturer", "eletrica verde", 1),
        ("supplier", "ENERGETICA", 1),
    ):
        response = superuser_client.get(url(model, "changelist"), {"q": term})
        assert len(response.context["cl"].result_list) == count, model


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"review_state__exact": "PUBLISHED"}, {"A"}),
        ({"check_state__exact": "FAIL"}, {"B"}),
        ({"power_kwp_from": "5", "power_kwp_to": "6,5"}, {"A"}),
        ({"total_price_from": "10.000,00"}, {"B"}),
        ({"price_per_wp_to": "1,2"}, {"B"}),
        ({"supplier__code__exact": "fotus"}, {"B"}),
        ({"system_type__exact": "HYBRID"}, set()),
    ],
)
def test_kits_are_filtered(superuser_client, query, expected):
    SolarKitFactory(kit_id="A", power_kwp="6.1", kit_cost="8900", review_state="PUBLISHED")
    SolarKitFactory(kit_id="B", power_kwp="12", kit_cost="12000", check_state="FAIL", supplier=SupplierFactory(code="fotus"))
    response = superuser_client.get(url("solarkit", "changelist"), query)
    assert {kit.kit_id for kit in response.context["cl"].result_list} == expected


def test_the_certificate_is_shown_as_it_is_today(superuser_client):
    product = ProductFactory(
        certification=CertificationFactory(certificate_number="001234/2023", expiry_date="2020-01-01", issue_date=None)
    )
    page = text_of(superuser_client.get(url("product", "change", product.pk)))
    assert "001234/2023" in page
    assert "01/01/2020" in page


# --- a kit's page
def test_a_kits_page_takes_the_same_queries_for_two_parts_as_for_twenty(superuser_client):
    kit = SolarKitFactory(with_components=True)
    superuser_client.get(url("solarkit", "change", kit.pk))
    few = queries_of(superuser_client, url("solarkit", "change", kit.pk))
    for order in range(18):
        KitComponentFactory(kit=kit, display_order=order)
        KitCheckFactory(kit=kit)
    many = queries_of(superuser_client, url("solarkit", "change", kit.pk))

    assert many == few <= PAGE_QUERIES


def test_a_kits_page_shows_parts_findings_and_prices(superuser_client):
    kit = SolarKitFactory(kit_cost="8900.00", installation_cost="2500.00", with_components=True)
    KitCheckFactory(kit=kit, rule_id="R01", message="Tensão acima do limite")
    accepted_at = datetime(2026, 11, 1, 12, tzinfo=UTC)
    KitCheckFactory(
        kit=kit,
        rule_id="R12",
        override_reason="Ficha técnica permite",
        override_author="ana",
        override_at=accepted_at,
        override_expires_at=accepted_at + timedelta(days=30),
    )
    PriceFactory(product=None, kit=kit, amount="8765.43", supplier=SupplierFactory(name="Fotus"))
    SolarKit.objects.filter(pk=kit.pk).update(raw_data={"título": "Gerador 6,1 kWp"})
    page = text_of(superuser_client.get(url("solarkit", "change", kit.pk)))

    for part in kit.components.select_related("product"):
        assert str(part.product) in page
    for text in (
        "R$ 4.899,00",
        "R$ 11.400,00",
        "R$ 1.111,00",
        "R$ 8.765,43",
        "Fotus",
        "Tensão acima do limite",
        "título",
        "1,22",
    ):
        assert text in page, text


def form_of(response) -> dict[str, str]:
    """What a browser would send back from the page as it stands."""
    data = {}
    context = response.context
    forms = [context["adminform"].form]
    for inline in context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    for form in forms:
        for field in form:
            value = field.value()
            data[field.html_name] = "" if value is None else value
    return data


def test_a_kit_is_edited_with_its_parts(superuser_client):
    kit = SolarKitFactory(with_components=True)
    page = superuser_client.get(url("solarkit", "change", kit.pk))
    data = form_of(page)
    cable = ProductFactory(category="cabos", specifications={})
    data |= {
        "kit_cost": "9000.50",
        "image_urls": "https://example.org/1.jpg\r\n\r\nhttps://example.org/a,b.jpg\r\n",
        "regional_adjustments_AM": "12,5 %",
        "regional_adjustments_SP": "0",
        "regional_adjustments_RJ": " ",
        "components-TOTAL_FORMS": "3",
        "components-0-quantity": "12",
        "components-2-product": cable.pk,
        "components-2-component_type": "CABLE",
        "components-2-quantity": "1",
        "components-2-display_order": "3",
        "components-2-kit": kit.pk,
    }
    response = superuser_client.post(url("solarkit", "change", kit.pk), data)
    assert response.status_code == 302, [
        form.errors for form in [response.context["adminform"].form, *response.context["errors"]]
    ]

    kit.refresh_from_db()
    assert (kit.kit_cost, kit.total_price) == (Decimal("9000.50"), Decimal("9000.50"))
    assert kit.image_urls == ["https://example.org/1.jpg", "https://example.org/a,b.jpg"]
    assert kit.regional_adjustments == {"AM": 12.5, "SP": 0}
    page = superuser_client.get(url("solarkit", "change", kit.pk)).content.decode()
    assert 'name="regional_adjustments_AM" id="id_regional_adjustments_AM" value="12,5"' in page
    assert list(kit.components.values_list("component_type", "quantity")) == [("PANEL", 12), ("INVERTER", 1), ("CABLE", 1)]


def test_a_kits_form_refuses_what_the_database_would(superuser_client):
    kit = SolarKitFactory(with_components=True)
    data = form_of(superuser_client.get(url("solarkit", "change", kit.pk)))
    data |= {"power_kwp": "0", "regional_adjustments_AM": "muito", "components-1-quantity": ""}
    response = superuser_client.post(url("solarkit", "change", kit.pk), data)

    assert response.status_code == 200
    errors = response.context["adminform"].form.errors
    assert set(errors) == {"power_kwp", "regional_adjustments"}
    assert "AM: muito" in str(errors["regional_adjustments"])
    assert response.context["inline_admin_formsets"][0].formset.forms[1].errors
    kit.refresh_from_db()
    assert kit.power_kwp == Decimal("6.100")
    assert not KitComponent.objects.filter(quantity=None).exists()


# --- a product's page
def test_a_product_is_added(superuser_client):
    data = {
        "sku": "PNL-1",
        "name": "Módulo 610 Wp",
        "category": "paineis",
        "status": "DRAFT",
        "spec__power_wp": "610",
        "spec__voc_v": "48,2",
        "sale_price": "612.38",
        "image_urls": "https://example.org/1.jpg",
        "seo_keywords": "módulo\r\npainel",
    }
    response = superuser_client.post(url("product", "add"), data)
    assert response.status_code == 302, response.context["errors"]

    product = Product.objects.get()
    assert product.specifications == {"power_wp": 610, "voc_v": 48.2}
    assert (product.seo_slug, product.medusa_product_id, product.cost_price) == (None, None, None)
    assert product.seo_keywords == ["módulo", "painel"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"spec__power_wp": "6100"}, "spec__power_wp"),
        ({"spec__power_wp": "muito"}, "spec__power_wp"),
        ({"spec__cell_technology": "outra"}, "spec__cell_technology"),
        ({"cost_price": "-1"}, "cost_price"),
        ({"seo_slug": "Não"}, "seo_slug"),
        ({"datasheet_url": "ftp://example.org/a.pdf"}, "datasheet_url"),
        ({"sku": "PNL-0"}, "sku"),
        ({"min_stock_level": "5", "max_stock_level": "4"}, "__all__"),
    ],
)
def test_a_products_form_refuses_what_is_wrong(superuser_client, change, field):
    ProductFactory(sku="PNL-0")
    data = {"sku": "PNL-1", "name": "Módulo", "category": "paineis", "status": "DRAFT"} | change
    response = superuser_client.post(url("product", "add"), data)

    assert response.status_code == 200
    assert list(response.context["adminform"].form.errors) == [field]
    assert Product.objects.count() == 1


def test_a_products_page_shows_its_attributes_prices_and_origin(superuser_client):
    product = ProductFactory(source_run_id=UUID(int=7))
    for day in range(1, 8):
        PriceFactory(product=product, amount=f"{day}.00", valid_from=f"2026-10-0{day}T12:00Z")
    page = text_of(superuser_client.get(url("product", "change", product.pk)))

    assert 'name="spec__power_wp" value="610"' in page
    assert "R$ 7,00" in page
    assert "R$ 1,00" in page
    assert "00000000" in page


def test_deleting_what_has_prices_is_refused_on_the_page(superuser_client):
    price = PriceFactory()
    page = superuser_client.post(url("product", "delete", price.product_id), {"post": "yes"})
    assert page.status_code in {200, 403}
    assert Price.objects.get().product == price.product


def test_a_suppliers_code_is_fixed_once_saved(superuser_client):
    supplier = SupplierFactory(code="fotus", name="Fotus")
    superuser_client.post(url("supplier", "change", "fotus"), {"code": "outro", "name": "Fotus Solar", "mapping_notes": ""})
    supplier.refresh_from_db()
    assert (supplier.pk, supplier.name) == ("fotus", "Fotus Solar")


def test_the_parts_of_a_kit_are_found_by_autocomplete(superuser_client):
    inverter = InverterFactory(name="Inversor híbrido 5 kW")
    address = reverse("admin:autocomplete")
    query = {"app_label": "products", "model_name": "kitcomponent", "field_name": "product", "term": "hibrido"}
    assert superuser_client.get(address, query).json()["results"] == [{"id": str(inverter.pk), "text": str(inverter)}]


@pytest.mark.parametrize("text", ["-100", "nan", "inf", "1.234,5", "1e999", "dez"])
def test_what_is_no_percentage_of_a_price_is_refused(text):
    with pytest.raises(ValidationError, match="AM"):
        StatePercentsField(required=False).clean({"AM": text})


def test_a_form_without_the_boxes_leaves_the_percentages_alone():
    field = StatePercentsField(required=False)
    assert field.widget.value_omitted_from_data({"name": "x"}, {}, "regional_adjustments")
    assert not field.has_changed({"AM": 12.5, "SP": 0}, {"AM": "12,50", "SP": "0"})
    assert field.has_changed({"AM": 12.5}, {})
    assert field.clean({"AM": "-5", "SP": "0,0"}) == {"AM": -5, "SP": 0}


def test_a_new_kits_percentages_are_asked_for_once(superuser_client):
    page = text_of(superuser_client.get(url("solarkit", "add")))
    assert 'name="regional_adjustments_SP"' in page
    assert "initial-regional_adjustments" not in page, "the field cannot read its own hidden copy"
