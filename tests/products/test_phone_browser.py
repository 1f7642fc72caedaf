"""Curators' pages on a phone: nothing lies outside the screen, not even within a field that could be moved sideways."""

import pytest

from products.models import Product
from tests.admin.test_browser import CHROMIUM, PHONE, chromium, visit  # noqa: F401  (fixtures)
from tests.factories.aneel import CertificationFactory
from tests.factories.products import ManufacturerFactory, SolarKitFactory
from tests.products.test_documents import PAN

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on PATH: apt-get install chromium"),
]

# What of the chosen elements can be seen and sticks out to the right.
OUTSIDE = """chosen => [...document.querySelectorAll(chosen)]
    .filter(e => e.getBoundingClientRect().width && e.getBoundingClientRect().right > window.innerWidth + 1)
    .map(e => e.outerHTML.slice(0, 160))"""


def test_pages_of_a_kit_and_its_parts_are_as_narrow_as_the_phone(visit, tmp_path):  # noqa: F811
    kit = SolarKitFactory(kit_id="ESTREITO-1", kit_cost="12345.67", installation_cost="2345.00", with_components=True)
    panel = Product.objects.get(kit_components__kit=kit, kit_components__component_type="PANEL")
    maker = ManufacturerFactory(name="Fabricante Nacional")
    CertificationFactory(
        equipment_type="modulo",
        power_rating_w=610,
        manufacturer="Fabricante Nacional",
        model="FV-610",
        certificate_number="004512/2024-1",
    )
    Product.objects.filter(pk=panel.pk).update(
        model="FV-610", brand="Fabricante Nacional", manufacturer=maker, name="Módulo fotovoltaico bifacial " + "x" * 60
    )
    browser = visit(PHONE, "dark")
    for name, args, chosen in (
        (
            "products_solarkit_change",
            [kit.pk],
            "#components-group :is(input, select, .select2-container, .readonly), .ysh-breakdown td",
        ),
        ("products_product_change", [panel.pk], ".related-widget-wrapper *"),
        ("products_product_inmetro", [panel.pk], ".ysh-stacked :is(td, button)"),
    ):
        browser.open(name, *args)
        browser.page.locator(chosen).first.wait_for(state="attached")
        browser.assert_fits()
        assert browser.page.evaluate(OUTSIDE, chosen) == []
    browser.page.get_by_role("button", name="É este").wait_for()
    chooses_files(browser, panel, tmp_path)


def chooses_files(browser, panel, tmp_path):
    """A file's name shows where it was chosen, and the console stays clean."""
    document, page = tmp_path / "fv610.pan", browser.page
    document.write_bytes(PAN)
    browser.open("products_product_document", panel.pk)
    page.locator("input[name=file]").set_input_files(document)
    page.locator("input[type=text][value='fv610.pan']").wait_for()
    page.get_by_role("button", name="Ler").click()
    page.get_by_role("button", name="Trazer o que está marcado").wait_for()
    browser.assert_fits()
    browser.open("products_solarkit_table")
    page.locator("input[name=table]").set_input_files(document)
    page.locator("input[type=text][value='fv610.pan']").wait_for()
    browser.assert_fits()
