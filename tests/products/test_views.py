"""The views, the cost breakdown, and what each role may read."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction

from products.breakdown import cost_breakdown
from products.choices import ComponentType
from tests.factories.aneel import CertificationFactory
from tests.factories.products import (
    InverterFactory,
    KitComponentFactory,
    ManufacturerFactory,
    PriceFactory,
    ProductFactory,
    SolarKitFactory,
    SupplierFactory,
)

pytestmark = pytest.mark.django_db


def rows(sql: str, *params: Any) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


# --- views
def test_v_product_catalog():
    certification = CertificationFactory(certificate_number="001234/2023", expiry_date="2099-12-31")
    ProductFactory(
        sku="PNL-1",
        name="Módulo 610 Wp",
        manufacturer=ManufacturerFactory(name="DAH"),
        certification=certification,
        stock_quantity=3,
        reorder_point=5,
        sale_price="612.38",
    )
    ProductFactory(sku="PNL-2", manufacturer=None, stock_quantity=None, inmetro_certificate_number="009999/2022")

    first, second = rows("SELECT * FROM products.v_product_catalog ORDER BY sku")
    assert (first["sku"], first["manufacturer"], first["stock_status"]) == ("PNL-1", "DAH", "LOW_STOCK")
    assert (first["sale_price"], first["inmetro_certified"]) == (Decimal("612.38"), True)
    assert (first["inmetro_certificate_number"], str(first["certificate_expiry_date"])) == ("001234/2023", "2099-12-31")
    assert (second["manufacturer"], second["stock_status"], second["inmetro_certified"]) == (None, "UNKNOWN", False)
    assert second["inmetro_certificate_number"] == "009999/2022"


@pytest.mark.parametrize("view", ["v_product_catalog", "v_kits_detailed"])
def test_no_view_shows_what_we_pay(view):
    columns = rows("SELECT column_name FROM information_schema.columns WHERE table_schema = 'products' AND table_name = %s", view)
    names = {row["column_name"] for row in columns}
    assert names
    assert not names & {"cost_price", "markup_percent", "raw_data"}


def test_v_kits_detailed():
    kit = SolarKitFactory(kit_id="KIT-1", supplier=SupplierFactory(code="fotus", name="Fotus"), installation_cost="1000")
    panel = ProductFactory(sku="PNL-1", manufacturer=ManufacturerFactory(name="DAH"))
    micro = InverterFactory(sku="MIC-1", manufacturer=None)
    KitComponentFactory(kit=kit, product=micro, component_type=ComponentType.MICROINVERTER, quantity=None, display_order=2)
    KitComponentFactory(kit=kit, product=panel, quantity=10, unit_price="489.90", display_order=1)
    SolarKitFactory(kit_id="KIT-2")

    first, second = rows("SELECT * FROM products.v_kits_detailed ORDER BY kit_id")
    assert (first["supplier"], first["total_price"], first["component_count"]) == ("Fotus", Decimal("9900.00"), 2)
    parts = first["components"]
    assert [(p["sku"], p["manufacturer"], p["component_type"], p["quantity"]) for p in parts] == [
        ("PNL-1", "DAH", "PANEL", 10),
        ("MIC-1", None, "MICROINVERTER", None),
    ]
    assert (parts[0]["unit_price"], parts[0]["total_price"], parts[1]["total_price"]) == (489.90, 4899.00, None)
    assert parts[0]["specifications"]["power_wp"] == 610
    assert (second["components"], second["component_count"], second["review_state"]) == ([], 0, "DRAFT")


# --- cost breakdown
def test_the_breakdown_adds_up_to_the_total():
    kit = SolarKitFactory(kit_cost="8900.00", installation_cost="2500.00", documentation_cost="450.50")
    panel, inverter = ProductFactory(name="Módulo"), InverterFactory(name="Inversor")
    KitComponentFactory(kit=kit, product=panel, quantity=10, unit_price="489.90", display_order=1)
    KitComponentFactory(kit=kit, product=inverter, component_type="INVERTER", quantity=1, unit_price="2890.00", display_order=2)

    lines = cost_breakdown(kit.kit_id)
    assert [(line.item, line.quantity, line.unit_price, line.total) for line in lines] == [
        ("Módulo", 10, Decimal("489.90"), Decimal("4899.00")),
        ("Inversor", 1, Decimal("2890.00"), Decimal("2890.00")),
        ("UNITEMISED", 1, Decimal("1111.00"), Decimal("1111.00")),
        ("INSTALLATION", 1, Decimal("2500.00"), Decimal("2500.00")),
        ("DOCUMENTATION", 1, Decimal("450.50"), Decimal("450.50")),
    ]
    assert sum(line.total for line in lines) == kit.total_price == Decimal("11850.50")
    assert [line.share for line in lines] == [Decimal(share) for share in ("0.4134", "0.2439", "0.0937", "0.2110", "0.0380")]
    assert sum(line.share for line in lines) == 1


def test_shares_add_up_to_one_although_each_is_rounded():
    kit = SolarKitFactory(kit_cost="3.00")
    for order in range(3):
        KitComponentFactory(kit=kit, quantity=1, unit_price="1.00", display_order=order)

    shares = [line.share for line in cost_breakdown(kit.kit_id)]
    assert shares == [Decimal("0.3333"), Decimal("0.3334"), Decimal("0.3333")]


def test_a_set_cheaper_than_its_parts_shows_the_difference():
    kit = SolarKitFactory(kit_cost="900.00")
    KitComponentFactory(kit=kit, quantity=2, unit_price="500.00")

    part, rest = cost_breakdown(kit.kit_id)
    assert (part.total, part.share) == (Decimal("1000.00"), Decimal("1.1111"))
    assert (rest.item, rest.total, rest.share) == ("UNITEMISED", Decimal("-100.00"), Decimal("-0.1111"))


def test_what_is_not_known_has_no_figure_and_what_is_optional_no_line():
    kit = SolarKitFactory(kit_cost="1000.00", installation_cost=None)
    unpriced = ProductFactory(name="Sem preço")
    KitComponentFactory(kit=kit, product=unpriced, unit_price=None)
    KitComponentFactory(kit=kit, product=ProductFactory(name="Opcional"), unit_price="77.00", is_optional=True)

    part, rest = cost_breakdown(kit.kit_id)
    assert (part.item, part.quantity, part.unit_price, part.total, part.share) == ("Sem preço", 10, None, None, None)
    assert (rest.item, rest.total, rest.share) == ("UNITEMISED", Decimal("1000.00"), Decimal("1.0000"))


def test_a_fully_itemised_kit_has_no_rest():
    kit = SolarKitFactory(kit_cost="4899.00", documentation_cost="0")
    KitComponentFactory(kit=kit, quantity=10, unit_price="489.90")

    assert [line.item for line in cost_breakdown(kit.kit_id)][1:] == ["DOCUMENTATION"]


def test_no_price_no_breakdown():
    kit = SolarKitFactory(kit_cost=None, installation_cost="2500.00", with_components=True)

    assert cost_breakdown(kit.kit_id) == []
    assert cost_breakdown("unknown") == []
    free = SolarKitFactory(kit_cost="0")
    assert cost_breakdown(free.kit_id) == []


# --- roles
def may(role: str, table: str, column: str, privilege: str) -> bool:
    sql = "SELECT has_column_privilege(%s, %s, %s, %s) AS answer"
    return rows(sql, role, f"products.{table}", column, privilege)[0]["answer"]


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("products", "cost_price"),
        ("products", "markup_percent"),
        ("products", "raw_data"),
        ("solar_kits", "raw_data"),
        ("prices", "amount"),
        ("prices", "id"),
    ],
)
def test_what_ysh_readonly_may_not_read(table, column):
    assert not may("ysh_readonly", table, column, "SELECT")
    assert may("ysh_api", table, column, "SELECT")
    assert may("ysh_admin", table, column, "UPDATE")


@pytest.mark.parametrize(
    ("table", "hidden"), [("products", {"cost_price", "markup_percent", "raw_data"}), ("solar_kits", {"raw_data"})]
)
def test_every_other_column_is_readable(table, hidden):
    sql = """
        SELECT column_name FROM information_schema.columns
        WHERE table_schema = 'products' AND table_name = %s
          AND NOT has_column_privilege('ysh_readonly', 'products.' || table_name, column_name, 'SELECT')
    """
    assert {row["column_name"] for row in rows(sql, table)} == hidden


def test_nobody_writes_prices_but_by_adding():
    for privilege, answer in (("INSERT", True), ("SELECT", True), ("UPDATE", False), ("DELETE", False), ("TRUNCATE", False)):
        sql = "SELECT has_table_privilege('ysh_api', 'products.prices', %s) AS answer"
        assert rows(sql, privilege)[0]["answer"] is answer, privilege


def test_ysh_readonly_reads_views_and_breakdown_but_no_cost():
    kit = SolarKitFactory(with_components=True)
    PriceFactory()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("GRANT ysh_readonly TO CURRENT_USER")
        cursor.execute("SET LOCAL ROLE ysh_readonly")
        cursor.execute("SELECT count(*) FROM products.v_product_catalog")
        assert cursor.fetchone() == (3,)
        cursor.execute("SELECT jsonb_array_length(components::jsonb) FROM products.v_kits_detailed")
        assert cursor.fetchone() == (2,)
        cursor.execute("SELECT sum(total) FROM products.get_kit_cost_breakdown(%s)", [kit.kit_id])
        assert cursor.fetchone() == (kit.total_price,)
        for sql in (
            "SELECT cost_price FROM products.products",
            "SELECT * FROM products.products",
            "SELECT 1 FROM products.prices",
        ):
            with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
                cursor.execute(sql)
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            cursor.execute("UPDATE products.products SET name = 'x'")
        cursor.execute("RESET ROLE")
