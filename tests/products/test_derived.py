"""What the database derives: generated columns, triggers, INMETRO state, search vectors."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.contrib.postgres.search import SearchQuery
from django.db import IntegrityError, connection, transaction

from aneel.choices import CertificateType, CertificationStatus, ConsumerClass
from aneel.models import Certification
from products import choices, tasks
from products.models import KitComponent, Price, Product, SolarKit
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


def today_in_brazil() -> date:
    return datetime.now(ZoneInfo("America/Sao_Paulo")).date()


# --- generated columns
@pytest.mark.parametrize(
    ("power", "inverter", "ratio"),
    [
        ("6.100", "5.000", "1.2200"),
        ("1.140", "4.500", "0.2533"),  # two panels on two microinverters
        ("16.100", "9.000", "1.7889"),
        ("6.100", "0", None),
        ("6.100", None, None),
    ],
)
def test_dc_ac_ratio(power, inverter, ratio):
    kit = SolarKitFactory(power_kwp=power, inverter_power_kw=inverter)
    assert kit.dc_ac_ratio == (None if ratio is None else Decimal(ratio))


@pytest.mark.parametrize(
    ("kit", "installation", "documentation", "total", "per_wp"),
    [
        ("8900.00", "2500.00", "450.50", "11850.50", "1.9427"),
        ("8900.00", None, None, "8900.00", "1.4590"),
        ("8900.00", None, "450.50", "9350.50", "1.5329"),
        ("0", None, None, "0.00", "0.0000"),
        (None, "2500.00", "450.50", None, None),
        (None, None, None, None, None),
    ],
)
def test_total_price_and_price_per_wp(kit, installation, documentation, total, per_wp):
    row = SolarKitFactory(power_kwp="6.100", kit_cost=kit, installation_cost=installation, documentation_cost=documentation)
    assert row.total_price == (None if total is None else Decimal(total))
    assert row.price_per_wp == (None if per_wp is None else Decimal(per_wp))


def test_generated_columns_follow_an_update():
    kit = SolarKitFactory(kit_cost="8900.00")
    SolarKit.objects.filter(pk=kit.pk).update(power_kwp="12.200", kit_cost="12200.00")
    kit.refresh_from_db()
    assert (kit.dc_ac_ratio, kit.total_price, kit.price_per_wp) == (Decimal("2.4400"), Decimal("12200.00"), Decimal("1.0000"))


def test_the_largest_values_fit():
    kit = SolarKitFactory(
        power_kwp="0.001", inverter_power_kw="9999999.999", kit_cost="9999999999.99", installation_cost="9999999999.99"
    )
    assert (kit.total_price, kit.price_per_wp, kit.dc_ac_ratio) == (
        Decimal("19999999999.98"),
        Decimal("19999999999.9800"),
        Decimal("0.0000"),
    )
    assert SolarKitFactory(power_kwp="9999999.999", inverter_power_kw="0.001").dc_ac_ratio == Decimal("9999999999")
    assert KitComponentFactory(quantity=2147483647, unit_price="9999999999.99").total_price == Decimal("21474836469978525163.53")


@pytest.mark.parametrize(("quantity", "price", "total"), [(10, "489.90", "4899.00"), (3, "0.26", "0.78"), (10, None, None)])
def test_a_components_total(quantity, price, total):
    assert KitComponentFactory(quantity=quantity, unit_price=price).total_price == (None if total is None else Decimal(total))


# --- updated_at, also for raw SQL
@pytest.mark.parametrize(
    ("factory", "column"),
    [
        (ManufacturerFactory, "website"),
        (SupplierFactory, "mapping_notes"),
        (ProductFactory, "description"),
        (SolarKitFactory, "description"),
        (KitCheckFactory, "message"),
    ],
)
def test_updated_at_follows_raw_sql(factory, column):
    row = factory()
    table = f"products.{row._meta.db_table}"
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET updated_at = '2020-01-01', created_at = '2020-01-01', {column} = 'x'")
    row.refresh_from_db()
    assert row.updated_at.year > 2020
    assert row.created_at.year == 2020


# --- prices are append-only
@pytest.mark.parametrize("sql", ["UPDATE products.prices SET amount = 1", "DELETE FROM products.prices"])
def test_prices_are_append_only(sql):
    price = PriceFactory(amount="489.90")
    message = rf"append-only: (UPDATE|DELETE) of price {price.pk} refused"
    with pytest.raises(IntegrityError, match=message), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        price.delete()
    price.refresh_from_db()
    assert price.amount == Decimal("489.90")


def test_the_owner_may_empty_the_table():
    """Django's flush does, between tests that commit."""
    PriceFactory()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("TRUNCATE products.prices")
    assert not Price.objects.exists()


def test_the_price_in_force():
    product, other = ProductFactory(), ProductFactory()
    cheap, dear = SupplierFactory(code="barato"), SupplierFactory(code="caro")
    noon = datetime(2026, 10, 13, 12, tzinfo=ZoneInfo("America/Sao_Paulo"))
    PriceFactory(product=product, supplier=cheap, amount="100", valid_from=noon)
    PriceFactory(product=product, supplier=cheap, amount="110", valid_from=noon + timedelta(days=1))
    PriceFactory(product=product, supplier=cheap, amount="120", valid_from=noon + timedelta(days=9))
    PriceFactory(product=product, supplier=dear, amount="150", valid_from=noon)
    PriceFactory(product=product, supplier=cheap, kind=choices.PriceKind.SALE, amount="200", valid_from=noon)
    PriceFactory(product=other, supplier=cheap, amount="7", valid_from=noon)

    in_force = Price.objects.filter(product=product).in_force(noon + timedelta(days=2))
    found_prices = {(price.supplier_id, price.kind, price.amount) for price in in_force}
    assert found_prices == {("barato", "COST", 110), ("caro", "COST", 150), ("barato", "SALE", 200)}
    assert not Price.objects.in_force(noon - timedelta(seconds=1)).exists()


# --- INMETRO
@pytest.mark.parametrize(
    ("change", "certified"),
    [
        ({}, True),
        ({"expiry": 1}, True),
        ({"expiry": 0}, True),
        ({"expiry": -1}, False),
        ({"status": CertificationStatus.EXPIRED}, False),
        ({"status": CertificationStatus.SUSPENDED}, False),
        ({"status": CertificationStatus.REVOKED}, False),
        ({"status": CertificationStatus.PENDING}, False),
        ({"certificate_type": CertificateType.IEC}, False),
    ],
)
def test_inmetro_certified_is_derived(change, certified):
    if "expiry" in change:
        change = {"expiry_date": today_in_brazil() + timedelta(days=change["expiry"])}
    product = ProductFactory(certification=CertificationFactory(**change))

    assert product.inmetro_certified is certified
    assert Product.objects.with_certification().get().certified_today is certified
    with connection.cursor() as cursor:
        cursor.execute("SELECT inmetro_certified FROM products.v_product_catalog")
        assert cursor.fetchall() == [(certified,)]


def test_inmetro_certified_cannot_be_claimed():
    product = ProductFactory(certification=None)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE products.products SET inmetro_certified = true")
        cursor.execute("INSERT INTO products.products (sku, name, category, inmetro_certified) VALUES ('x', 'x', 'cabos', true)")
    assert not Product.objects.filter(inmetro_certified=True).exists()
    assert product.inmetro_certified is False


def test_inmetro_certified_follows_the_certification():
    certification = CertificationFactory()
    product = ProductFactory(certification=certification)
    untouched = ProductFactory(certification=CertificationFactory())

    Certification.objects.filter(pk=certification.pk).update(status=CertificationStatus.REVOKED)
    product.refresh_from_db()
    assert product.inmetro_certified is False

    Certification.objects.filter(pk=certification.pk).update(status=CertificationStatus.ACTIVE)
    product.refresh_from_db()
    assert product.inmetro_certified is True

    Product.objects.filter(pk=product.pk).update(certification=None)
    product.refresh_from_db()
    assert product.inmetro_certified is False
    untouched.refresh_from_db()
    assert untouched.inmetro_certified is True


def test_a_certificate_expires_by_the_calendar():
    """Its row does not change on that day, so no trigger runs: the daily refresh does it, and touches nothing else."""
    expiring, lasting = CertificationFactory(), CertificationFactory()
    product, other = ProductFactory(certification=expiring), ProductFactory(certification=lasting)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE aneel.certifications DISABLE TRIGGER follow_certification")
        cursor.execute(
            "UPDATE aneel.certifications SET expiry_date = %s WHERE id = %s", [today_in_brazil() - timedelta(1), expiring.pk]
        )
        product.refresh_from_db()
        assert product.inmetro_certified is True
        assert Product.objects.with_certification().get(pk=product.pk).certified_today is False
    assert tasks.refresh_inmetro_certified() == 1
    assert tasks.refresh_inmetro_certified() == 0
    product.refresh_from_db()
    other.refresh_from_db()
    assert (product.inmetro_certified, other.inmetro_certified) == (False, True)


# --- stock
@pytest.mark.parametrize(
    ("stock", "minimum", "maximum", "reorder", "status"),
    [
        (None, 5, 10, 5, "UNKNOWN"),
        (0, None, None, None, "OUT_OF_STOCK"),
        (1, None, None, None, "IN_STOCK"),
        (4, 5, None, None, "LOW_STOCK"),
        (5, 5, None, None, "IN_STOCK"),
        (8, 5, None, 8, "LOW_STOCK"),
        (9, 5, None, 8, "IN_STOCK"),
        (100, 5, 100, 8, "IN_STOCK"),
        (101, 5, 100, 8, "OVERSTOCK"),
    ],
)
def test_stock_status(stock, minimum, maximum, reorder, status):
    ProductFactory(stock_quantity=stock, min_stock_level=minimum, max_stock_level=maximum, reorder_point=reorder)
    assert Product.objects.with_stock_status().get().stock_status == status
    assert status in choices.StockStatus.values
    with connection.cursor() as cursor:
        cursor.execute("SELECT stock_status FROM products.v_product_catalog")
        assert cursor.fetchall() == [(status,)]


# --- search
def found(model, query: str) -> list[str]:
    search = SearchQuery(query, config="portuguese_unaccent")
    return list(model.objects.filter(search_vector=search).values_list("name", flat=True))


def test_full_text_search_forgives_accents_and_inflection():
    panel = ProductFactory(
        name="Módulos fotovoltaicos bifaciais", brand="Intelbras", model="EMST-550", description="Alta eficiência"
    )
    kit = SolarKitFactory(name="Kit solar para telhado cerâmico", kit_id="KIT-ABC")

    for query in ("modulo", "MÓDULO", "fotovoltaico", "intelbras", "emst-550", "eficiencia"):
        assert found(Product, query) == [panel.name], query
    assert found(SolarKit, "telhados ceramicos") == [kit.name]
    assert found(SolarKit, "kit-abc") == [kit.name]
    assert found(Product, "inversor") == []


def test_matching_needs_every_word_somewhere():
    panel = ProductFactory(name="Módulo 610 Wp", brand="DAH", model="DHN-72X16", sku="IMO00135")
    ProductFactory(name="Módulo 550 Wp", brand="Osda", model="ODA550", sku="IMO00136")

    for text in ("modulo dah", "DHN-72", "imo00135 MÓDULO", "dah 610"):
        assert list(Product.objects.matching(text)) == [panel], text
    assert Product.objects.matching("modulo").count() == 2
    assert not Product.objects.matching("modulo inversor").exists()
    assert not Product.objects.matching("50%").exists()


def test_kits_prices_components_and_findings_are_found_by_what_they_belong_to():
    kit = SolarKitFactory(name="Kit telhado cerâmico", kit_id="KIT-CER", with_components=True)
    check = KitCheckFactory(kit=kit, rule_id="R01")
    KitCheckFactory(rule_id="R010")
    price = PriceFactory(product=None, kit=kit)
    PriceFactory()

    assert list(SolarKit.objects.matching("ceramico kit-cer")) == [kit]
    assert list(Price.objects.matching("CERÂMICO")) == [price]
    assert KitComponent.objects.matching("inversor").get().product.category == "inversores"
    assert list(kit.checks.model.objects.matching("r01")) == [check]


def test_a_manufacturer_is_known_by_its_aliases():
    weg = ManufacturerFactory(name="WEG", aliases=["Weg Solar", "WEG Equipamentos Elétricos"])
    ManufacturerFactory(name="Longi", aliases=["LONGi Solar"])
    manufacturers = type(weg).objects

    assert list(manufacturers.named("weg")) == [weg]
    assert list(manufacturers.named("Weg equipamentos eletricos")) == [weg]
    assert not manufacturers.named("Solar").exists()
    assert list(manufacturers.matching("eletricos")) == [weg]


# --- meaning of words
def test_the_catalogue_shows_what_is_on_sale():
    shown = [ProductFactory(status=status) for status in ("ACTIVE", "OUT_OF_STOCK")]
    for status in ("DRAFT", "INACTIVE", "DISCONTINUED"):
        ProductFactory(status=status)

    assert set(Product.objects.in_catalogue()) == set(shown)
    with connection.cursor() as cursor:
        cursor.execute("SELECT sku FROM products.v_product_catalog ORDER BY sku")
        assert [row[0] for row in cursor.fetchall()] == sorted(product.sku for product in shown)


def test_a_published_kit():
    kit = SolarKitFactory(review_state="PUBLISHED", status="ACTIVE")
    SolarKitFactory(review_state="PUBLISHED", status="DISCONTINUED")
    SolarKitFactory(review_state="IN_REVIEW", status="ACTIVE")
    assert list(SolarKit.objects.published()) == [kit]


def test_findings_come_worst_first():
    kit = SolarKitFactory()
    for rule, outcome in (("R01", "PASS"), ("R02", "UNKNOWN"), ("R03", "FAIL"), ("R04", "WARN"), ("R05", "FAIL")):
        KitCheckFactory(kit=kit, rule_id=rule, outcome=outcome)
    assert [check.rule_id for check in kit.checks.worst_first()] == ["R03", "R05", "R04", "R02", "R01"]


def test_components_of_many_kits_take_two_queries(django_assert_num_queries):
    for _ in range(3):
        SolarKitFactory(with_components=True)
    with django_assert_num_queries(2):
        kits = list(SolarKit.objects.with_components())
        names = [part.product.manufacturer.name for kit in kits for part in kit.components.all()]
    assert len(names) == 6


def test_the_kits_classes_are_the_open_datas():
    assert set(choices.TargetConsumerClass.values) <= set(ConsumerClass.values)
    assert dict(choices.TargetConsumerClass.choices) == {
        value: label for value, label in ConsumerClass.choices if value in choices.TargetConsumerClass.values
    }
