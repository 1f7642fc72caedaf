"""What can never be stored: each constraint is tried with raw SQL, past Django's own validation."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, connection, transaction

from products.models import KitComponent, Manufacturer, Product, SolarKit
from tests.factories.aneel import CertificationFactory
from tests.factories.products import (
    KitCheckFactory,
    KitComponentFactory,
    ManufacturerFactory,
    PriceFactory,
    ProductFactory,
    SolarKitFactory,
    SupplierFactory,
)

pytestmark = pytest.mark.django_db

PRODUCT = {"sku": "'P-1'", "name": "'Painel'", "category": "'paineis'"}
KIT = {"kit_id": "'K-1'", "sku": "'S-1'", "name": "'Kit'", "system_type": "'ON_GRID'", "power_kwp": "5.5"}
CHECK = {"rule_id": "'R01'", "outcome": "'PASS'", "severity": "'INFO'", "engine_version": "'1'"}


def insert(table: str, values: dict[str, Any]) -> int:
    """INSERT the SQL expressions as they stand; returns the new id."""
    sql = f"INSERT INTO products.{table} ({', '.join(values)}) VALUES ({', '.join(map(str, values.values()))}) RETURNING *"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


def refused(table: str, values: dict[str, Any], constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint):
        insert(table, values)


def test_rows_with_only_what_is_required_are_accepted():
    product = insert("products", PRODUCT)
    kit = insert("solar_kits", KIT)
    insert("manufacturers", {"name": "'WEG'"})
    insert("suppliers", {"code": "'fortlev'", "name": "'Fortlev'"})
    insert("kit_components", {"kit_id": kit, "product_id": product, "component_type": "'PANEL'", "quantity": 10})
    insert("kit_checks", CHECK | {"kit_id": kit})
    insert("prices", {"product_id": product, "kind": "'COST'", "amount": "489.90", "supplier_id": "'fortlev'"})
    insert("prices", {"kit_id": kit, "kind": "'SALE'", "amount": "9990"})

    stored = Product.objects.get(pk=product)
    assert (stored.status, stored.specifications, stored.description, stored.stock_quantity) == ("DRAFT", {}, "", None)
    assert (stored.cost_price, stored.inmetro_certified, stored.image_urls, stored.missing) == (None, False, [], [])
    stored_kit = SolarKit.objects.get(pk=kit)
    assert (stored_kit.review_state, stored_kit.status, stored_kit.check_state) == ("DRAFT", "DRAFT", "UNKNOWN")
    assert stored_kit.regional_adjustments == {}


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"category": "'paineis solares'"}, "products_category"),
        ({"status": "'active'"}, "products_status_values"),
        ({"sku": "''"}, "products_sku_not_blank"),
        ({"specifications": "'[1]'"}, "products_specifications_object"),
        ({"specifications": "'\"550 W\"'"}, "products_specifications_object"),
        ({"specifications": "NULL"}, "specifications"),
        ({"completeness": "1.001"}, "products_completeness"),
        ({"completeness": "-0.001"}, "products_completeness"),
        ({"cost_price": "-0.01"}, "products_prices_not_negative"),
        ({"sale_price": "-0.01"}, "products_prices_not_negative"),
        ({"stock_quantity": "-1"}, "products_stock_not_negative"),
        ({"min_stock_level": "-1"}, "products_stock_not_negative"),
        ({"max_stock_level": "-1"}, "products_stock_not_negative"),
        ({"reorder_point": "-1"}, "products_stock_not_negative"),
        ({"min_stock_level": "10", "max_stock_level": "9"}, "products_stock_levels_order"),
        ({"seo_slug": "'Não é slug'"}, "products_slug_form"),
        ({"seo_slug": "''"}, "products_slug_form"),
        ({"category": "NULL"}, "category"),
    ],
)
def test_a_product_is_refused(change, constraint):
    refused("products", PRODUCT | change, constraint)
    assert not Product.objects.exists()


@pytest.mark.parametrize("column", ["sku", "seo_slug", "medusa_product_id", "saleor_product_id"])
def test_a_products_keys_are_unique(column):
    insert("products", PRODUCT | {column: "'same'"})
    refused("products", PRODUCT | {"sku": "'P-2'"} | {column: "'same'"}, column)


def test_products_without_shop_keys_may_be_many():
    insert("products", PRODUCT)
    insert("products", PRODUCT | {"sku": "'P-2'"})
    assert Product.objects.filter(seo_slug=None, medusa_product_id=None).count() == 2


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"system_type": "'GRID_TIE'"}, "solar_kits_system_type"),
        ({"voltage_phase": "'220V'"}, "solar_kits_voltage_phase"),
        ({"roof_type": "'telhado'"}, "solar_kits_roof_type"),
        ({"target_consumer_class": "'PUBLIC_LIGHTING'"}, "solar_kits_target_class"),
        ({"review_state": "'READY'"}, "solar_kits_review_state"),
        ({"status": "'PUBLISHED'"}, "solar_kits_status"),
        ({"check_state": "'OK'"}, "solar_kits_check_state"),
        ({"power_kwp": "0"}, "solar_kits_power_positive"),
        ({"power_kwp": "-1"}, "solar_kits_power_positive"),
        ({"power_kwp": "NULL"}, "power_kwp"),
        ({"declared_power_kwp": "-1"}, "solar_kits_measures_not_negative"),
        ({"inverter_power_kw": "-1"}, "solar_kits_measures_not_negative"),
        ({"avg_monthly_generation_kwh": "-1"}, "solar_kits_measures_not_negative"),
        ({"estimated_coverage_percent": "-1"}, "solar_kits_measures_not_negative"),
        ({"kit_cost": "-0.01"}, "solar_kits_costs_not_negative"),
        ({"installation_cost": "-0.01"}, "solar_kits_costs_not_negative"),
        ({"documentation_cost": "-0.01"}, "solar_kits_costs_not_negative"),
        ({"warranty_years": "-1"}, "solar_kits_advice_not_negative"),
        ({"recommended_consumption_min_kwh": "-1"}, "solar_kits_advice_not_negative"),
        ({"recommended_consumption_min_kwh": "300", "recommended_consumption_max_kwh": "299"}, "solar_kits_consumption_order"),
        ({"regional_adjustments": "'[]'"}, "solar_kits_adjustments_object"),
        ({"completeness": "2"}, "solar_kits_completeness"),
        ({"seo_slug": "'kit_1'"}, "solar_kits_slug_form"),
        ({"kit_id": "''"}, "solar_kits_keys_not_blank"),
        ({"sku": "''"}, "solar_kits_keys_not_blank"),
    ],
)
def test_a_kit_is_refused(change, constraint):
    refused("solar_kits", KIT | change, constraint)
    assert not SolarKit.objects.exists()


@pytest.mark.parametrize("column", ["kit_id", "sku", "seo_slug", "medusa_product_id", "saleor_product_id"])
def test_a_kits_keys_are_unique(column):
    insert("solar_kits", KIT | {column: "'same'"})
    refused("solar_kits", KIT | {"kit_id": "'K-2'", "sku": "'S-2'"} | {column: "'same'"}, column)


@pytest.mark.parametrize("column", ["dc_ac_ratio", "total_price", "price_per_wp"])
def test_generated_columns_cannot_be_written(column):
    with pytest.raises(Exception, match="generated column"), transaction.atomic():
        insert("solar_kits", KIT | {column: "1"})


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"component_type": "'MODULE'"}, "kit_components_type"),
        ({"quantity": "0"}, "kit_components_quantity_positive"),
        ({"quantity": "-2"}, "kit_components_quantity_positive"),
        ({"quantity": "NULL"}, "kit_components_quantity_known"),
        ({"unit_price": "-0.01"}, "kit_components_price_not_negative"),
        ({"display_order": "-1"}, "kit_components_order_not_negative"),
        ({"kit_id": "NULL"}, "kit_id"),
        ({"product_id": "NULL"}, "product_id"),
    ],
)
def test_a_component_is_refused(change, constraint):
    values = {"kit_id": SolarKitFactory().pk, "product_id": ProductFactory().pk, "component_type": "'PANEL'", "quantity": 10}
    refused("kit_components", values | change, constraint)
    assert not KitComponent.objects.exists()


def test_only_a_microinverters_quantity_may_stay_open():
    values = {"kit_id": SolarKitFactory().pk, "product_id": ProductFactory().pk, "quantity": "NULL"}
    insert("kit_components", values | {"component_type": "'MICROINVERTER'", "unit_price": "900"})

    component = KitComponent.objects.get()
    assert (component.quantity, component.total_price) == (None, None)
    refused("kit_components", values | {"component_type": "'INVERTER'"}, "kit_components_quantity_known")


def test_a_product_plays_a_part_once_in_a_kit():
    first = KitComponentFactory()
    values = {"kit_id": first.kit_id, "product_id": first.product_id, "quantity": 1}
    refused("kit_components", values | {"component_type": "'PANEL'"}, "kit_components_part")
    insert("kit_components", values | {"component_type": "'ACCESSORY'"})


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"outcome": "'STALE'"}, "kit_checks_outcome"),
        ({"severity": "'FATAL'"}, "kit_checks_severity"),
        ({"inputs": "'[]'"}, "kit_checks_inputs_object"),
        ({"override_reason": "'aceito'"}, "kit_checks_override_complete"),
        ({"override_author": "'ana'"}, "kit_checks_override_complete"),
        ({"override_expires_at": "now()"}, "kit_checks_override_complete"),
        (
            {"override_reason": "'aceito'", "override_author": "'ana'", "override_at": "now()"},
            "kit_checks_override_complete",
        ),
        (
            {"override_reason": "'a'", "override_author": "'b'", "override_at": "now()", "override_expires_at": "now()"},
            "kit_checks_override_complete",
        ),
    ],
)
def test_a_finding_is_refused(change, constraint):
    refused("kit_checks", CHECK | {"kit_id": SolarKitFactory().pk} | change, constraint)


def test_a_complete_override_is_accepted():
    override = {
        "override_reason": "'aceito'",
        "override_author": "'ana'",
        "override_at": "now()",
        "override_expires_at": "now() + interval '90 days'",
    }
    insert("kit_checks", CHECK | {"kit_id": SolarKitFactory().pk} | override)


def test_one_finding_a_rule_and_part():
    first = KitCheckFactory(rule_id="R01", subject="INV-1")
    refused("kit_checks", CHECK | {"kit_id": first.kit_id, "subject": "'INV-1'"}, "kit_checks_finding")
    insert("kit_checks", CHECK | {"kit_id": first.kit_id, "subject": "'INV-2'"})


@pytest.mark.parametrize("parties", [set(), {"product_id", "kit_id"}])
def test_a_price_belongs_to_a_product_or_a_kit(parties):
    keys = {"product_id": ProductFactory().pk, "kit_id": SolarKitFactory().pk}
    values = {name: keys[name] for name in parties} | {"kind": "'SALE'", "amount": "1"}
    refused("prices", values, "prices_product_or_kit")


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"kind": "'LIST'"}, "prices_kind"),
        ({"amount": "-0.01"}, "prices_amount_not_negative"),
        ({"amount": "NULL"}, "amount"),
    ],
)
def test_a_price_is_refused(change, constraint):
    refused("prices", {"product_id": ProductFactory().pk, "kind": "'COST'", "amount": "1"} | change, constraint)


def test_an_amount_too_large_is_refused():
    with pytest.raises(DataError, match="numeric field overflow"):
        insert("prices", {"product_id": ProductFactory().pk, "kind": "'COST'", "amount": "10000000000"})


@pytest.mark.parametrize("name", ["intelbrás", "INTELBRAS", "Intelbrás"])
def test_a_manufacturers_name_is_unique_without_case_and_accents(name):
    ManufacturerFactory(name="Intelbras")
    refused("manufacturers", {"name": f"'{name}'"}, "manufacturers_name_folded")
    with pytest.raises(ValidationError, match=r"manufacturer of this name|fabricante"):
        Manufacturer(name=name).full_clean()


def test_other_names_are_other_manufacturers():
    ManufacturerFactory(name="ReneSola")
    insert("manufacturers", {"name": "'RenePV'"})
    refused("manufacturers", {"name": "''"}, "manufacturers_name_not_blank")


@pytest.mark.parametrize("code", ["Fortlev", "fort lev", "", "-fortlev", "fórtlev"])
def test_a_suppliers_code_is_plain(code):
    refused("suppliers", {"code": f"'{code}'", "name": "'Fortlev'"}, "suppliers_code_form")


# --- what happens to the rows that point to a deleted one, for raw SQL too
def execute(sql: str, *params: Any) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, params)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        return cursor.rowcount


def test_a_deleted_kit_takes_its_components_and_findings_along():
    kit = SolarKitFactory(with_components=True)
    KitCheckFactory(kit=kit)
    execute("DELETE FROM products.solar_kits WHERE id = %s", kit.pk)

    assert not KitComponent.objects.exists()
    assert Product.objects.count() == 2


def test_a_product_in_a_kit_cannot_be_deleted():
    component = KitComponentFactory()
    with pytest.raises(IntegrityError, match="kit_components"):
        execute("DELETE FROM products.products WHERE id = %s", component.product_id)


@pytest.mark.parametrize("party", ["product", "kit"])
def test_what_has_a_price_cannot_be_deleted(party):
    price = PriceFactory() if party == "product" else PriceFactory(product=None, kit=SolarKitFactory())
    owner = getattr(price, party)
    with pytest.raises(IntegrityError, match="prices"):
        execute(f"DELETE FROM products.{owner._meta.db_table} WHERE id = %s", owner.pk)
    with pytest.raises(IntegrityError):
        owner.delete()


def test_what_others_need_cannot_be_deleted():
    certification = CertificationFactory()
    product = ProductFactory(certification=certification)
    supplier = SupplierFactory()
    SolarKitFactory(supplier=supplier)
    with pytest.raises(IntegrityError):
        execute("DELETE FROM aneel.certifications WHERE id = %s", certification.pk)
    with pytest.raises(IntegrityError):
        execute("DELETE FROM products.manufacturers WHERE id = %s", product.manufacturer_id)
    with pytest.raises(IntegrityError):
        execute("DELETE FROM products.suppliers WHERE code = %s", supplier.code)


def test_money_keeps_two_decimals():
    assert str(ProductFactory(cost_price="489.9").cost_price) == "489.90"
