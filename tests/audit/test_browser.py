"""The log's pages in a real browser: they fit, nothing breaks, and a person undoes a change from a kit's history."""

import re

import pytest
from django.utils import timezone

from audit.models import Revert
from products.models import KitComponent
from tests.admin.test_browser import CHROMIUM, DESKTOP, PHONE, chromium, visit  # noqa: F401  (fixtures)
from tests.audit.test_revert import change, request
from tests.factories.products import ProductFactory, SolarKitFactory, SupplierFactory

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on PATH: apt-get install chromium"),
]


def a_kit_with_a_past():
    supplier = SupplierFactory(code="fortlev", name="Fortlev")
    kit = SolarKitFactory(kit_id="KIT-00042", kit_cost="9990", with_components=True, supplier=supplier)
    then = timezone.now()
    change(kit, kit_cost="9490")
    panel = kit.components.get(component_type="PANEL")
    with request("joão"):
        KitComponent.objects.filter(pk=panel.pk).update(quantity=12)
        product = panel.product
        product.specifications = {**product.specifications, "power_wp": 600}
        product.stock_quantity, product.name, product.model, product.brand = 3, "Módulo novo", "M-2", "Deye"
        product.save()
        kit.components.create(product=ProductFactory(sku="CABO-6MM"), component_type="CABLE", quantity=50, unit_price="4.20")
    return kit, then


@pytest.mark.parametrize(("size", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")], ids=["desktop", "phone"])
def test_a_kits_history_leads_to_an_undo(visit, size, scheme):  # noqa: F811  (the fixture)
    kit, then = a_kit_with_a_past()
    browser = visit(size, scheme)
    page = browser.page
    browser.open("audit_changelogentry_changelist")
    browser.assert_fits()
    browser.open("audit_changelogentry_changelist", query="?actor=joão")
    browser.assert_fits()
    browser.open("audit_object_history", "products.solarkit", kit.pk, query=f"?as_of={then.isoformat().replace('+', '%2B')}")
    page.get_by_text("Trazer de volta a este estado").wait_for()
    browser.assert_fits()
    browser.open("audit_object_history", "products.solarkit", kit.pk)
    browser.assert_fits()
    page.locator("li", has_text="alterou o preço do kit").or_(
        page.locator("li", has_text="Alterou o preço do kit")
    ).last.wait_for()
    undo = page.locator(".ysh-lines li", has_text="Alterou o preço do kit").get_by_role("link", name="Desfazer", exact=True)
    with page.expect_navigation():
        undo.click()
    browser.assert_fits()
    page.get_by_label("Motivo").fill("preço errado")
    page.get_by_role("button", name="Desfazer").click()
    page.wait_for_url(re.compile("request="))
    page.get_by_text("preço errado").first.wait_for()
    browser.assert_fits()
    kit.refresh_from_db()
    assert (str(kit.kit_cost), Revert.objects.get().reverted_by) == ("9990.00", "admin")
