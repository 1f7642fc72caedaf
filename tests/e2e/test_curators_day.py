"""A curator's day in a real browser: upload a list, look at it, apply it; compose a kit, see it fail, mend it, publish it; raise
prices over a filter, take that back.

The worker's part (reading and applying the list) is done by the test in its place; the page notices by itself.
"""

import re
from decimal import Decimal

import pytest

from pipeline.choices import ImportStatus
from pipeline.models import CatalogImport
from pipeline.suppliers import uploads
from products.models import KitCheck, Price, Product, SolarKit
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


LIST = """Código;Produto;Marca;Preço
P1;Painel solar 600W bifacial;Jinko;"R$ 600,00"
I1;Inversor 5kW monofásico 220V 2 MPPT;Deye;"R$ 3.000,00"
K1;Kit Gerador Solar 4,8 kWp: 8x 600W Painel Jinko + 1x Inversor 5kW monofásico 220V Deye;;"R$ 9.000,00"
C1;Conector MC4 par macho e fêmea;Stäubli;"R$ 12,00"
T1;Teste 12;;"R$ 1,00"
"""


def upload_a_list(browser, tmp_path):
    """Upload, look at the preview, leave a row out, apply."""
    page, path = browser.page, tmp_path / "lista.csv"
    path.write_text(LIST, "utf-8")
    browser.open("pipeline_catalog_upload")
    page.locator("[name=supplier]").fill("novo")
    page.locator("[name=lists]").set_input_files(path)
    page.get_by_role("button", name="Ler e comparar").click()
    page.locator("#list-progress").wait_for()
    upload = CatalogImport.objects.get()
    uploads.read_upload(upload)
    page.get_by_role("button", name="Aplicar", exact=True).wait_for()
    page.screenshot(path=tmp_path / "0-preview.png")
    assert not Product.objects.filter(sku__startswith="NOVO").exists()
    assert page.locator("[name=row]").count() >= 4
    page.locator("tr", has_text="Conector MC4").locator("[name=row]").uncheck()
    page.get_by_role("button", name="Aplicar", exact=True).click()
    page.locator("#list-progress").wait_for()
    upload.refresh_from_db()
    uploads.write_upload(upload)
    page.get_by_text("Desfazer esta importação").wait_for()
    page.screenshot(path=tmp_path / "0-applied.png")
    upload.refresh_from_db()
    assert upload.status == ImportStatus.APPLIED
    assert not Product.objects.filter(name__startswith="Conector").exists()
    assert SolarKit.objects.get(kit_id="NOVO-K1").kit_cost == Decimal("9000.00")


def raise_prices_and_undo(browser, tmp_path):
    """Ten percent more for all kits of a filter, its effect first; then as it was."""
    page = browser.page
    browser.open("products_solarkit_changelist", query="?work_list=&q=kit")
    page.get_by_role("link", name="Alterar todos deste filtro").click()
    with page.expect_navigation():
        page.locator("[name=_what]").select_option("percent:kit_cost")
    page.locator("[name=percent]").fill("10")
    page.locator("[name=reason]").fill("nova tabela")
    page.get_by_role("button", name="Mostrar o efeito").click()
    page.locator(".ysh-effect", has_text=re.compile(r"R\$\s*9\.900,00")).wait_for()
    assert SolarKit.objects.get(kit_id="DIA-1").kit_cost == Decimal("9000.00")
    page.screenshot(path=tmp_path / "5-effect.png")
    page.locator("button[name=apply]").click()
    undo = page.get_by_role("link", name="Desfazer")
    undo.wait_for()
    assert set(SolarKit.objects.values_list("kit_cost", flat=True)) == {Decimal("9900.00")}
    assert Price.objects.filter(kit__kit_id="DIA-1", amount=Decimal("9900.00")).exists()
    undo.click()
    page.locator("form:has([name=token]) [name=reason]").fill("tabela errada")
    page.screenshot(path=tmp_path / "6-undo.png")
    with page.expect_navigation():
        page.locator("form:has([name=token]) button[type=submit]").first.click()
    assert set(SolarKit.objects.values_list("kit_cost", flat=True)) == {Decimal("9000.00")}
    assert SolarKit.objects.get(kit_id="DIA-1").review_state == "PUBLISHED"


def test_a_curators_day(visit, tmp_path):  # noqa: F811
    ProductFactory(sku="MOD-610", name="Módulo 610 Wp", specifications=dict(PANEL))
    InverterFactory(sku="INV-5K", name="Inversor 5 kW", specifications=dict(INVERTER))
    browser = visit()
    page = browser.page

    upload_a_list(browser, tmp_path)

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
    kit = SolarKit.objects.get(kit_id="DIA-1")
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
    # What it passes is fetched when it is opened.
    page.locator("#kit-findings summary", has_text=re.compile(r"regras? passa")).click()
    page.locator("#kit-findings details .ysh-finding", has_text="R01").first.wait_for()
    with page.expect_response(re.compile(r"/recheck/$")):
        page.get_by_role("button", name="Verificar de novo").click()
    page.locator("#kit-findings").wait_for()
    page.screenshot(path=tmp_path / "3-mended.png")

    # Reviewed and published.
    take(page, "Enviar para revisão", "pronto")
    take(page, "Publicar", "conferido com a folha de dados")
    page.screenshot(path=tmp_path / "4-published.png")
    assert list(SolarKit.objects.published()) == [kit]

    raise_prices_and_undo(browser, tmp_path)
