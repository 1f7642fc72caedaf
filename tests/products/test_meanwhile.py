"""Two people on one page: the second one is told what the first one changed, and may write over it knowingly."""

import pytest
from django.urls import reverse

from products.models import KitComponent, Product, SolarKit
from tests.factories.products import ProductFactory, SolarKitFactory
from tests.products.test_admin import form_of

pytestmark = pytest.mark.django_db


def opened(client, row):
    """The page's address and what a browser would send back from it."""
    address = reverse(f"admin:products_{row._meta.model_name}_change", args=[row.pk])
    page = client.get(address)
    return address, {**form_of(page), "_seen": page.context["seen"]}


def test_what_somebody_changed_is_shown_before_it_is_overwritten(superuser_client):
    kit = SolarKitFactory(with_components=True, warranty_years=10)
    address, data = opened(superuser_client, kit)
    SolarKit.objects.update(warranty_years=12)
    KitComponent.objects.filter(component_type="PANEL").update(quantity=8)
    answer = superuser_client.post(address, {**data, "name": "Meu nome"})
    [error] = answer.context["adminform"].form.non_field_errors()
    assert "12" in error
    assert "8 × " in error
    assert SolarKit.objects.get().warranty_years == 12
    # The page as it is now may be saved: whoever does so has seen it.
    superuser_client.post(address, {**data, "name": "Meu nome", "_seen": answer.context["seen"]})
    kit.refresh_from_db()
    assert (kit.name, kit.warranty_years) == ("Meu nome", 10)


def test_what_the_rules_write_is_nobodys_change(superuser_client):
    kit = SolarKitFactory(with_components=True)
    address, data = opened(superuser_client, kit)
    SolarKit.objects.update(check_state="FAIL", avg_monthly_generation_kwh="700", completeness="0.5")
    assert superuser_client.post(address, {**data, "name": "Outro"}).status_code == 302
    assert SolarKit.objects.get().name == "Outro"


def test_products_are_guarded_too_attributes_included(superuser_client):
    product = ProductFactory()
    address, data = opened(superuser_client, product)
    Product.objects.update(specifications={**product.specifications, "voc_v": 50.5})
    answer = superuser_client.post(address, data)
    assert "50,5" in answer.context["adminform"].form.non_field_errors()[0]
    assert Product.objects.get().specifications["voc_v"] == 50.5
    assert superuser_client.post(address, {**data, "_seen": ""}).status_code == 302
