"""A curator's day in a real browser: compose a kit, see it fail, mend it, publish it, change its price, take the change back."""

import re
from decimal import Decimal

import pytest

from audit.models import ChangeLogEntry
from products.models import KitCheck, SolarKit
from tests.admin.test_browser import CHROMIUM, chromium, visit  # noqa: F401  (fixtures)
from tests.factories.products import PANEL, InverterFactory, ProductFactory

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on PATH: apt-get install chromium"),
]

INVERTER = {
    "topology": "string",
    "ac_power_kw": 5,
    "ac_voltage_v": 220,
    "phases": 1,
    "max_dc_power_kw": 9,
    "max_dc_voltage_v": 600,
    "mppt_min_v": 80,
    "mppt_max_v": 550,
    "start_voltage_v": 100,
    "mppt_count": 1,
    "inputs_per_mppt": 1,
    "max_current_per_mppt_a": 18,
    "max_short_circuit_current_per_mppt_a": 25,
    "afci": True,
    "dc_switch": True,
    "dc_surge_protection": True,
}


def choose(page, row, text):
    """Pick a product in a row's autocomplete."""
    page.locator(f"tbody:has([name=components-{row}-product]) .select2-selection").first.click()
    page.locator(".select2-search__field").fill(text)
    page.locator(".select2-results__option", has_text=text).click()


def add_part(page, row, sku, part, quantity, price):
    page.get_by_text("Adicionar outro(a) Componente").click()
    choose(page, row, sku)
    page.locator(f"[name=components-{row}-component_type]").select_option(part)
    page.locator(f"[name=components-{row}-quantity]").fill(quantity)
    page.locator(f"[name=components-{row}-unit_price]").fill(price)


def save(page):
    with page.expect_navigation():
        page.get_by_role("button", name="Salvar e continuar editando").click()


def take(page, button, reason):
    """One step of the review, in its dialog."""
    page.locator("a", has_text=button).first.click()
    page.locator("#dialog [name=reason]").fill(reason)
    with page.expect_navigation():
        page.locator("#dialog").get_by_role("button", name=button).click()


def test_a_curators_day(visit, tmp_path):  # noqa: F811
    ProductFactory(sku="MOD-610", name="Módulo 610 Wp", specifications=dict(PANEL))
    InverterFactory(sku="INV-5K", name="Inversor 5 kW", specifications=dict(INVERTER))
    browser = visit()
    page = browser.page

    # Compose: the totals follow what is typed.
    browser.open("products_solarkit_add")
    for name, text in {"kit_id": "DIA-1", "sku": "DIA-1", "name": "Kit do dia", "power_kwp": "1", "kit_cost": "9000"}.items():
        page.locator(f"[name={name}]").fill(text)
    page.locator("[name=system_type]").select_option("ON_GRID")
    page.locator("[name=voltage_phase]").select_option("MONO_220")
    add_part(page, 0, "MOD-610", "PANEL", "13", "490")
    add_part(page, 1, "INV-5K", "INVERTER", "1", "2890")
    page.locator("[data-total=power]", has_text=re.compile(r"7,93\s*kWp")).wait_for()
    page.screenshot(path=tmp_path / "1-compose.png")
    save(page)
    kit = SolarKit.objects.get()
    assert (kit.power_kwp, kit.inverter_power_kw) == (Decimal("7.930"), Decimal("5.000"))

    # It fails: thirteen modules in series are too many in the cold. It says so beside the part, too.
    assert KitCheck.objects.get(kit=kit, rule_id="R01").outcome == "FAIL"
    page.locator("#kit-findings .ysh-finding", has_text="R01").first.wait_for()
    page.locator(".ysh-part-finding", has_text="R01").first.wait_for()
    page.screenshot(path=tmp_path / "2-fails.png")

    # It is mended, and asked again without leaving the page.
    page.locator("[name=components-0-quantity]").fill("11")
    page.locator("[name=photo_exception]").fill("fotos na próxima semana")
    save(page)
    assert KitCheck.objects.get(kit=kit, rule_id="R01").outcome == "PASS"
    with page.expect_response(re.compile(r"/recheck/$")):
        page.get_by_role("button", name="Verificar de novo").click()
    page.locator("#kit-findings").wait_for()
    page.screenshot(path=tmp_path / "3-mended.png")

    # Reviewed and published.
    take(page, "Enviar para revisão", "pronto")
    take(page, "Publicar", "conferido com a folha de dados")
    page.screenshot(path=tmp_path / "4-published.png")
    assert list(SolarKit.objects.published()) == [kit]

    # A price is changed, and the change is taken back as a whole.
    page.locator("[name=kit_cost]").fill("9900")
    save(page)
    kit.refresh_from_db()
    assert kit.kit_cost == Decimal("9900.00")
    change = ChangeLogEntry.objects.filter(table_name="solar_kits", changed_fields__contains=["kit_cost"]).latest("id")
    browser.open("audit_revert_request", change.request_id)
    page.locator("main [name=reason], form [name=reason]").first.fill("preço errado")
    page.screenshot(path=tmp_path / "5-undo.png")
    with page.expect_navigation():
        page.locator("form:has([name=token]) button[type=submit]").first.click()
    kit.refresh_from_db()
    assert kit.kit_cost == Decimal("9000.00")
    assert kit.review_state == "PUBLISHED"
