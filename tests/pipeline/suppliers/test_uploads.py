"""Uploads: preview, ticks, application; the same list again; histories; all or nothing; files that are none."""

import io
import json
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from pipeline.choices import ImportStatus
from pipeline.models import CatalogImport, IngestionRun, RejectedRow, SupplierMapping
from pipeline.suppliers import uploads
from products.actions.completeness import refresh_completeness
from products.models import KitComponent, Manufacturer, Price, Product, SolarKit

pytestmark = pytest.mark.django_db(transaction=True)

FIRST = """Código;Produto;Marca;Preço
P1;Painel solar 600W bifacial;Jinko;"R$ 600,00"
I1;Inversor 5kW monofásico 220V 2 MPPT;Deye;"R$ 3.000,00"
C1;Cabo solar 6mm preto;Nexans;De:
K1;Kit Gerador Solar 4,8 kWp: 8x 600W Painel Jinko + 1x Inversor 5kW monofásico 220V Deye;;"R$ 9.000,00"
T1;Teste 12;;"R$ 1,00"
"""
SECOND = FIRST.replace("R$ 600,00", "R$ 660,00").replace("R$ 3.000,00", "R$ 2.700,00")


def run(tmp_path, text, *options, name="lista.csv", encoding="cp1252"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    out, code = io.StringIO(), 0
    try:
        call_command("import_catalog", str(path), "--supplier", "novo", "--json", *options, stdout=out, stderr=io.StringIO())
    except SystemExit as ended:
        code = ended.code
    return json.loads(out.getvalue()), code


def test_a_list_nobody_declared_in_windows_1252(tmp_path):
    report, code = run(tmp_path, FIRST)

    assert (code, report["status"]) == (3, "PARTIAL")
    assert report["rejects_by_reason"] == {"test_row": 1}
    assert [(row["file"], row["reason"], row["value"]) for row in report["rejects"]] == [("lista.csv", "test_row", "Teste 12")]
    assert report["products"] == {"inserted": 5, "updated": 0, "unchanged": 0, "rejected": 1}
    assert report["kits"] == {"inserted": 1, "updated": 0, "unchanged": 0, "rejected": 0}
    panel, cable = Product.objects.get(sku="NOVO-P1"), Product.objects.get(sku="NOVO-C1")
    assert (panel.cost_price, panel.specifications["power_wp"], panel.manufacturer.name) == (Decimal("600.00"), 600, "Jinko")
    assert cable.cost_price is None
    kit = SolarKit.objects.get(kit_id="NOVO-K1")
    assert (kit.power_kwp, kit.kit_cost, kit.system_type, kit.voltage_phase) == (
        Decimal("4.800"),
        Decimal("9000.00"),
        "ON_GRID",
        "MONO_220",
    )
    assert sorted(KitComponent.objects.filter(kit=kit).values_list("component_type", "quantity")) == [
        ("INVERTER", 1),
        ("PANEL", 8),
    ]
    assert RejectedRow.objects.filter(run_id=report["run_id"]).count() == 1
    assert IngestionRun.objects.get(run_id=report["run_id"]).source == "supplier:novo"


def test_the_same_list_again_changes_nothing_and_moved_prices_are_a_history(tmp_path):
    run(tmp_path, FIRST)
    before = list(Product.objects.order_by("pk").values("pk", "updated_at", "raw_data"))
    again, _code = run(tmp_path, FIRST)
    assert (again["products"]["updated"], again["products"]["inserted"], again["kits"]["updated"]) == (0, 0, 0)
    assert list(Product.objects.order_by("pk").values("pk", "updated_at", "raw_data")) == before
    assert Price.objects.count() == 3

    moved, _code = run(tmp_path, SECOND)
    assert (moved["products"]["updated"], moved["price_changes"]) == (2, 2)
    assert list(Price.objects.filter(product__sku="NOVO-P1").order_by("id").values_list("amount", flat=True)) == [600, 660]
    assert Price.objects.filter(product__sku="NOVO-P1", source_run_id=moved["run_id"]).get().amount == 660


def test_what_is_missing_is_known_with_the_import(tmp_path):
    run(tmp_path, FIRST)
    kit = SolarKit.objects.get(kit_id="NOVO-K1")
    told = ["description", "roof_type", "image_urls", "technical_sheet_url", "warranty_years", "seo_slug"]
    assert (kit.missing, kit.completeness) == (told, Decimal("0.333"))
    assert refresh_completeness(product_ids=None, kit_ids=None) == 0  # the nightly task finds nothing left to do

    SolarKit.objects.filter(pk=kit.pk).update(warranty_years=10)
    run(tmp_path, FIRST.replace("monofásico 220V Deye;;", "monofásico 220V Deye telhado cerâmico;;"))
    kit.refresh_from_db()
    told.remove("roof_type")
    told.remove("warranty_years")
    assert (kit.roof_type, kit.missing, kit.completeness) == ("CERAMIC", told, Decimal("0.556"))
    assert refresh_completeness(product_ids=None, kit_ids=None) == 0


def test_a_correction_outlives_the_next_list_and_teaches_the_alias(tmp_path):
    run(tmp_path, FIRST)
    maker = Manufacturer.objects.create(name="Nexans do Brasil")
    Product.objects.filter(sku="NOVO-C1").update(manufacturer=maker, name="Cabo corrigido")

    run(tmp_path, FIRST.replace("6mm preto", "6mm² preto") + 'C2;Cabo solar 4mm preto;Nexans;"R$ 5,00"\n')

    assert Product.objects.get(sku="NOVO-C1").name == "Cabo corrigido"
    assert Product.objects.get(sku="NOVO-C2").manufacturer == maker


def test_all_or_nothing_and_dry_run_write_nothing(tmp_path):
    report, code = run(tmp_path, FIRST, "--all-or-nothing")
    assert (code, report["status"], report["error_code"]) == (1, "FAILED", "all_or_nothing")
    assert (Product.objects.count(), SolarKit.objects.count(), Price.objects.count()) == (0, 0, 0)
    assert RejectedRow.objects.filter(run_id=report["run_id"]).count() == 1

    report, code = run(tmp_path, FIRST, "--dry-run")
    assert (code, report["products"]["inserted"]) == (3, 5)
    assert (Product.objects.count(), IngestionRun.objects.filter(run_id=report["run_id"]).count()) == (0, 0)


def bomb():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"<x/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 40_000_000)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("empty.csv", b"", "empty"),
        ("blank.csv", b" \n\n", "empty"),
        ("cut.xlsx", b"PK\x03\x04" + b"\x00" * 200, "bad_xlsx"),
        ("bomb.xlsx", bomb(), "bomb"),
        ("old.xls", b"\xd0\xcf\x11\xe0" + b"\x00" * 100, "unknown_format"),
        ("binary.csv", bytes(range(256)) * 40, "binary"),
        ("wide.csv", b"a;" * 1_000_000 + b"\n" + b"1;" * 1_000_000, "too_wide"),
        ("cut.json", b'[{"nome": "Painel 600W", "preco"', "bad_json"),
    ],
)
def test_files_that_are_no_list_fail_with_a_reason(tmp_path, name, data, code):
    report, exit_code = run(tmp_path, data, name=name)
    assert (exit_code, report["status"], report["error_code"]) == (1, "FAILED", code)
    assert Product.objects.count() == 0


def test_preview_untick_apply(admin_client: Client, tmp_path, settings):
    settings.LAKE_URL = tmp_path.joinpath("lake").as_uri()
    run(tmp_path, FIRST)
    path = tmp_path / "lista2.csv"
    path.write_text(SECOND, encoding="utf-8-sig")
    with path.open("rb") as file:
        answer = admin_client.post(reverse("admin:pipeline_catalog_upload"), {"supplier": "novo", "lists": [file]})
    upload = CatalogImport.objects.get()
    assert answer.url == reverse("admin:pipeline_catalogimport_change", args=[upload.pk])
    uploads.read_upload(upload)
    assert (upload.status, upload.summary["price_changes"]) == (ImportStatus.READY, 2)
    rows = {row.key: row for row in upload.rows.filter(action="UPDATE")}
    assert {key: row.price_percent for key, row in rows.items()} == {"NOVO-P1": Decimal("10.0"), "NOVO-I1": Decimal("-10.0")}
    assert rows["NOVO-P1"].changes == [["price", "600.00", "660.00"]]
    assert Product.objects.get(sku="NOVO-P1").cost_price == 600

    page = admin_client.get(answer.url)
    assert page.status_code == 200
    assert "660,00" in page.content.decode()
    assert "+10,0" in page.content.decode()
    decide = reverse("admin:pipeline_catalog_decide", args=[upload.pk])
    admin_client.post(decide, {"shown": [row.pk for row in rows.values()], "row": [rows["NOVO-I1"].pk], "apply": ""})
    upload.refresh_from_db()
    assert upload.status == ImportStatus.APPLYING
    uploads.write_upload(upload)

    assert upload.status == ImportStatus.APPLIED
    assert Product.objects.get(sku="NOVO-P1").cost_price == 600
    assert Product.objects.get(sku="NOVO-I1").cost_price == 2700
    assert reverse("admin:audit_revert_request", args=[upload.run_id]) in admin_client.get(answer.url).content.decode()


def test_a_mapping_made_on_its_page_is_saved_exported_and_used(admin_client: Client, tmp_path):
    path = tmp_path / "desconhecida.csv"
    path.write_text("a;b;c\nX1;Painel 550W Trina;499,90\nX2;Painel 600W Trina;550,00\n", encoding="utf-8")
    address = reverse("admin:pipeline_mapping_new")
    assert admin_client.get(address).status_code == 200
    with path.open("rb") as file:
        page = admin_client.post(address, {"supplier": "novo", "file": file})
    form = {
        "sample": page.context["sample_json"],
        "mapping": page.context["mapping_json"],
        "t0entity": "products",
        "number_format": "pt-BR",
    }
    form |= {"t0c0": "key", "t0c1": "name", "t0c2": "price"}
    shown = admin_client.post(address, {**form, "show": ""})
    assert [(row["key"], row["power"], row["price"]) for row in shown.context["parsed"]] == [
        ("NOVO-X1", "550 Wp", Decimal("499.90")),
        ("NOVO-X2", "600 Wp", Decimal("550.00")),
    ]
    admin_client.post(address, {**form, "save": ""})
    saved = SupplierMapping.objects.get(supplier_code="novo")
    assert saved.changed_by == "admin"

    file = tmp_path / "m.json"
    file.write_text(json.dumps(saved.mapping), encoding="utf-8")
    report, code = run(tmp_path, path.read_bytes(), "--mapping", str(file))
    assert (code, report["products"]["inserted"]) == (0, 2)


def test_a_mapping_of_several_tables_keeps_what_was_not_touched(admin_client: Client, tmp_path):
    path = tmp_path / "lista.json"
    listed = [
        {"ref": "A-1", "titulo": "Painel 550W Trina", "preco": 499.906, "peso": "27,5 kg"},
        {"ref": "A-2", "titulo": "Painel 600W Trina", "preco": "x"},
    ]
    sets = [{"kit": "K-1", "modulo": "Painel 550W Trina", "qtd modulo": 8, "inversor": "Inversor Deye 5kW 220V", "total": 9000}]
    path.write_text(json.dumps({"produtos": listed, "geradores": sets}), encoding="utf-8")
    address = reverse("admin:pipeline_mapping_new")
    with path.open("rb") as file:
        page = admin_client.post(address, {"supplier": "novo", "file": file})
    form = {"sample": page.context["sample_json"], "mapping": page.context["mapping_json"], "number_format": "auto"}
    shown = admin_client.post(address, {**form, "t1c4": "price", "show": ""})
    assert [(row["what"], row["name"]) for row in shown.context["parsed"]][:1] == [("produto", "Painel 550W Trina")]
    by_key = {row.get("key"): row for row in shown.context["parsed"]}
    assert (by_key["NOVO-A-1"]["price"], by_key["NOVO-K-1"]["price"]) == (Decimal("499.91"), Decimal("9000.00"))
    assert "27,5" in by_key["NOVO-A-1"]["more"] or "27.5" in by_key["NOVO-A-1"]["more"]
    assert by_key["NOVO-K-1"]["power"] == "4,4 kWp"
    assert shown.context["refused"] == 1
    assert "coluna preco" in by_key[None]["place"]

    admin_client.post(address, {**form, "mapping": shown.context["mapping_json"], "save": ""})
    declared = SupplierMapping.objects.get(supplier_code="novo").mapping
    assert [table["when"] != [] for table in declared["tables"]] == [True, True]
    assert declared["tables"][0]["columns"]["attribute:weight_kg"] == "peso"
    assert {part["component"]: part.get("quantity") for part in declared["tables"][1]["parts"]} == {
        "PANEL": "qtd modulo",
        "INVERTER": None,
    }


def test_tables_one_below_the_other_are_mapped_each_for_itself(admin_client: Client, tmp_path):
    """The page, the import without a mapping and the one with the saved mapping read alike, headings and all."""
    path = Path(__file__).parent / "foreign" / "two_tables.csv"
    address = reverse("admin:pipeline_mapping_new")
    with path.open("rb") as file:
        page = admin_client.post(address, {"supplier": "novo", "file": file})
    assert [table["sample"].heading for table in page.context["tables"]] == ["MÓDULOS FOTOVOLTAICOS", "INVERSORES"]
    first = [(row["key"], row["power"], row["price"]) for row in page.context["parsed"]]
    assert first[0] == ("NOVO-PANEL-RISEN-700WP-RSM132-8-700BHDG", "700 Wp", Decimal("546.00"))
    assert [power for _key, power, _price in first] == ["700 Wp", "610 Wp", "5 kW", "75 kW", "2 kW"]
    form = {"sample": page.context["sample_json"], "mapping": page.context["mapping_json"], "number_format": "auto"}
    shown = admin_client.post(address, {**form, "show": ""})
    assert [(row["key"], row["power"], row["price"]) for row in shown.context["parsed"]] == first
    admin_client.post(address, {**form, "save": ""})

    file = tmp_path / "m.json"
    file.write_text(json.dumps(SupplierMapping.objects.get(supplier_code="novo").mapping), encoding="utf-8")
    report, code = run(tmp_path, path.read_bytes(), "--mapping", str(file))
    assert (code, report["products"]["inserted"]) == (0, 5)
    assert sorted(Product.objects.values_list("sku", flat=True)) == sorted(key for key, _power, _price in first)
