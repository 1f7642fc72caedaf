"""A table that is exported and given back: unchanged it changes nothing, edited it changes the edited cells and no others."""

import csv
import io
import re
from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import translation
from openpyxl import load_workbook

from audit.models import ChangeLogEntry
from products.actions.bulk import BulkRefusedError
from products.actions.exchange import apply_cells
from products.choices import CheckState
from products.exchange.cells import BRAZIL, DIALECTS, INTERNATIONAL, CellError, guarded, number_in, parsed, unguarded
from products.exchange.columns import SPEC, Form, TableColumn, columns_of, spec_columns
from products.exchange.compare import compare
from products.exchange.read import TableRefusedError, read_table
from products.exchange.rows import table_columns, texts_of
from products.exchange.write import csv_lines, xlsx_file
from products.models import Price, Product, SolarKit
from products.rules.families import FAMILIES
from tests.factories.products import (
    PANEL,
    InverterFactory,
    KitComponentFactory,
    ManufacturerFactory,
    ProductFactory,
    SolarKitFactory,
    SupplierFactory,
)

pytestmark = pytest.mark.django_db
NASTY = "=1+1; \"aspas\"\nlinha 2 – 48,5 'e' \u200b\x07\t@SUM"
FORMATS = [(kind, dialect) for kind in ("csv", "xlsx") for dialect in ("pt-BR", "international")]


@pytest.fixture(autouse=True)
def _portuguese():
    with translation.override("pt-br"):
        yield


def exported(rows, kind="csv", dialect="pt-BR") -> bytes:
    columns = table_columns(rows)
    texts = texts_of(rows, columns)
    if kind == "xlsx":
        return xlsx_file(columns, texts, DIALECTS[dialect]).read()
    return b"".join(csv_lines(columns, texts, DIALECTS[dialect]))


def compared(model, data: bytes):
    return compare(model, read_table(data, "tabela"))


def edited(data: bytes, changes: dict[str, dict[str, str]], key: str = "sku") -> bytes:
    """A Brazilian CSV with some cells written over, as a person would: by the row's code and the header's key."""
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig")), delimiter=";"))
    places = {re.search(r"\[(.+)\]$", header)[1]: place for place, header in enumerate(rows[0])}
    for row in rows[1:]:
        for name, text in changes.get(row[places[key]], {}).items():
            row[places[name]] = text
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=";").writerows(rows)
    return buffer.getvalue().encode("utf-8-sig")


def told(found, *, conflicts=False):
    return {
        row.pk: {cell.key: (cell.now, cell.wanted) for cell in row.cells if conflicts or not cell.conflict}
        for row in found.changes
    }


@pytest.fixture
def products():
    maker = ManufacturerFactory(name="Canadian", aliases=["CSI"])
    ProductFactory(
        sku="0012",
        name=NASTY,
        description="'=já com apóstrofo",
        specifications=dict(PANEL),
        manufacturer=maker,
        cost_price="1234.50",
    )
    InverterFactory(
        sku="INV", name="-5 kW", brand="@marca", image_urls=["https://example.org/a.png", "https://example.org/b.png"]
    )
    return Product.objects.all()


@pytest.mark.parametrize(("kind", "dialect"), FORMATS)
def test_what_comes_back_untouched_changes_nothing(products, kind, dialect):
    SolarKitFactory(
        kit_id="K",
        name=NASTY,
        regional_adjustments={"AM": 12.5, "SP": 0},
        supplier=SupplierFactory(),
        recommended_consumption_min_kwh="1000.5",
    )
    KitComponentFactory(kit=SolarKit.objects.get(), product=products.get(sku="0012"))
    for rows in (products, SolarKit.objects.all()):
        found = compared(rows.model, exported(rows, kind, dialect))
        assert found.rows == found.untouched == rows.count()
        assert (found.changes, found.problems, found.not_editable, found.without_revision) == ([], [], 0, 0)
        assert found.unknown_headers == ()


def test_no_cell_is_a_formula(products):
    for line in csv.reader(io.StringIO(exported(products).decode("utf-8-sig")), delimiter=";"):
        assert not [
            cell
            for cell in line
            if cell.startswith(("=", "+", "@", "\t")) or (cell.startswith("-") and not number_in(cell, BRAZIL))
        ]
    sheet = load_workbook(io.BytesIO(exported(products, "xlsx"))).active
    cells = [cell for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)]
    assert {cell.data_type for cell in cells} == {"s"}
    assert [cell.quotePrefix for cell in cells if cell.value == "-5 kW"] == [True]


def test_only_edited_cells_are_written_as_one_unit(products, superuser):
    data = edited(
        exported(products),
        {"0012": {"cost_price": "1.300,00", "manufacturer": "", f"{SPEC}voc_v": "49,5"}, "INV": {"name": "Inversor"}},
    )
    Product.objects.filter(sku="0012").update(name="mudou depois")  # not edited in the table: stays
    found = compared(Product, data)
    assert (found.cells, found.conflicts, found.problem_count) == (4, 0, 0)
    result = apply_cells(Product, told(found), document="t.csv", by=superuser, reason="tabela nova")
    assert (result.rows, result.cells, result.overtaken) == (2, 4, 0)
    panel = Product.objects.get(sku="0012")
    assert (panel.name, panel.cost_price, panel.manufacturer) == ("mudou depois", Decimal("1300.00"), None)
    assert panel.specifications == {**PANEL, "voc_v": 49.5}
    assert (panel.specification_sources["voc_v"]["document"], panel.specification_sources["voc_v"]["by"]) == ("t.csv", "admin")
    assert Price.objects.get(product=panel).amount == Decimal("1300.00")
    logged = ChangeLogEntry.objects.filter(request_id=result.request_id, table_name="products")
    assert {(entry.reason, entry.operation) for entry in logged} == {("t.csv: tabela nova", "UPDATE")}
    assert logged.count() == 2


def test_what_somebody_else_changed_meanwhile_is_a_conflict_and_stays(products, superuser):
    data = edited(exported(products), {"INV": {"brand": "minha", "model": "M-1"}})
    Product.objects.filter(sku="INV").update(brand="deles")
    found = compared(Product, data)
    assert (found.cells, found.conflicts) == (1, 1)
    apply_cells(Product, told(found), document="t", by=superuser, reason="x")
    product = Product.objects.get(sku="INV")
    assert (product.brand, product.model) == ("deles", "M-1")
    # Ticked, it is overwritten; and what was changed once more after it was shown is left alone.
    cells = told(compared(Product, data), conflicts=True)
    apply_cells(Product, cells, document="t", by=superuser, reason="x")
    assert Product.objects.get(sku="INV").brand == "minha"
    Product.objects.filter(sku="INV").update(brand="de novo")
    result = apply_cells(Product, cells, document="t", by=superuser, reason="x")
    assert (result.cells, result.overtaken) == (0, 1)
    assert Product.objects.get(sku="INV").brand == "de novo"


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"cost_price": "caro"}, "cost_price"),
        ({"cost_price": "-1"}, "cost_price"),
        ({"status": "vendido"}, "status"),
        ({"name": ""}, "name"),
        ({"manufacturer": "Ninguém"}, "manufacturer"),
        ({f"{SPEC}voc_v": "90000"}, f"{SPEC}voc_v"),
        ({f"{SPEC}ac_power_kw": "5"}, f"{SPEC}ac_power_kw"),
        ({"seo_slug": "Com Espaço"}, "seo_slug"),
        ({"seo_slug": "tomado"}, "seo_slug"),
    ],
)
def test_what_cannot_be_taken_over_is_said_with_its_line(products, changes, column):
    Product.objects.filter(sku="INV").update(seo_slug="tomado")
    found = compared(Product, edited(exported(products), {"0012": changes}))
    assert found.changes == []
    assert [(problem.line > 1, problem.name, problem.column) for problem in found.problems] == [
        (True, "0012", found.columns[column].title)
    ]


def test_rows_without_revision_and_strange_columns_are_told(products):
    header = "sku,brand,color\n"
    found = compared(Product, (header + "INV,nova,red\nINV,outra,x\n0013,x,y\n").encode())
    assert (found.cells, found.without_revision, found.unknown_headers) == (1, 1, ("color",))
    assert [problem.name for problem in found.problems] == ["INV", "0013"]
    found = compared(Product, edited(exported(products), {"INV": {"category": "Baterias"}}))
    assert (found.cells, found.not_editable) == (0, 1)


@pytest.mark.parametrize(
    "data",
    [b"", b"a;b\n", b"nome;preco\nx;1\n", b"sku;sku\nINV;INV\n", b"PK\x03\x04broken", b"\x00\x01\x02binary;;\n1;2\n"],
)
def test_what_is_no_table_of_ours_is_refused(products, data):
    with pytest.raises(TableRefusedError):
        compared(Product, data)


def test_a_kits_price_is_changed_and_its_checks_are_out_of_date(superuser):
    SolarKitFactory(kit_id="K", kit_cost="1000.00", check_state=CheckState.PASS)
    found = compared(
        SolarKit,
        edited(exported(SolarKit.objects.all()), {"K": {"kit_cost": "R$ 1.100", "regional_adjustments": "am=7,5"}}, "kit_id"),
    )
    apply_cells(SolarKit, told(found), document="k", by=superuser, reason="x")
    kit = SolarKit.objects.get()
    assert (kit.kit_cost, kit.regional_adjustments) == (Decimal("1100.00"), {"AM": 7.5})
    assert Price.objects.get(kit=kit).amount == Decimal("1100.00")


@pytest.mark.parametrize("cells", [{}, {1: {"power_kwp": ("1", "2")}}, {1: {"nothing": ("1", "2")}}])
def test_nothing_and_what_may_not_be_edited_are_refused(cells, superuser):
    with pytest.raises(BulkRefusedError):
        apply_cells(SolarKit, cells, document="t", by=superuser, reason="x")


@pytest.mark.parametrize(
    ("text", "brazil", "international"),
    [("1.234,56", "1234.56", None), ("1,234.56", None, "1234.56"), ("1.234", "1234", "1.234"), ("48.2", "48.2", "48.2"),
     ("48,2", "48.2", "48.2"), ("R$ 5.990,00", "5990.00", None), ("-0,26 %", "-0.26", "-0.26"), ("1e5", None, None), ("12x", None, None)],
)  # fmt: skip
def test_numbers_are_read_as_their_file_writes_them(text, brazil, international):
    for dialect, expected in ((BRAZIL, brazil), (INTERNATIONAL, international)):
        assert number_in(text, dialect) == (None if expected is None else Decimal(expected))


@pytest.mark.parametrize("text", ["=1", "'=1", "''", "'", "+55", "-x", "@", "texto", "'texto"])
def test_the_guard_comes_off_again(text):
    assert unguarded(guarded(text)) == text


def test_choices_are_read_in_words_and_as_stored():
    status = next(column for column in columns_of(Product) if column.key == "status")
    assert {parsed(status, text, BRAZIL) for text in ("Ativo", "ativo ", "ACTIVE")} == {"ACTIVE"}
    with pytest.raises(CellError):
        parsed(TableColumn("x", "x", Form.BOOLEAN, "x"), "talvez", BRAZIL)


def test_an_attribute_is_of_one_kind_in_every_category():
    kinds = {}
    for family in FAMILIES.values():
        for name, attribute in family.items():
            assert kinds.setdefault(name, attribute.kind) == attribute.kind
    assert len(spec_columns(list(FAMILIES))) == len(kinds)


# --- pages
TABLE, EXPORT = reverse("admin:products_product_table"), reverse("admin:products_product_export")


def test_the_page_exports_the_filter_and_takes_it_back(products, superuser_client):
    assert "2 registros no filtro" in superuser_client.get(TABLE).content.decode().replace("\u00a0", " ")
    assert superuser_client.get(f"{EXPORT}?_format=pdf").status_code == 404
    data = b"".join(superuser_client.get(f"{EXPORT}?q=marca&_format=csv&_dialect=pt-BR"))
    assert data.count(b"\r\n") == 2  # header and one row
    book = b"".join(superuser_client.get(EXPORT))
    assert load_workbook(io.BytesIO(book)).active.max_row == 3

    changed = edited(data, {"INV": {"brand": "nova"}})
    page = superuser_client.post(TABLE, {"table": SimpleUploadedFile("t.csv", changed)})
    assert page.context["found"]["cells"] == "1"
    assert Product.objects.get(sku="INV").brand == "@marca"
    answer = superuser_client.post(TABLE, {"take": page.context["take"], "reason": "correção"}, follow=True)
    assert "/revert/" in answer.content.decode()
    assert Product.objects.get(sku="INV").brand == "nova"
    superuser_client.post(TABLE, {"take": "forged", "reason": "x"})
    assert Product.objects.get(sku="INV").brand == "nova"


def test_who_may_only_look_exports_and_changes_nothing(products, staff_user, staff_client):
    assert staff_client.get(TABLE).status_code == 403
    assert staff_client.get(EXPORT).status_code == 403
    staff_user.user_permissions.add(Permission.objects.get(codename="view_product"))
    assert staff_client.get(EXPORT).status_code == 200
    assert staff_client.post(TABLE, {"table": SimpleUploadedFile("t.csv", b"x")}).status_code == 403
