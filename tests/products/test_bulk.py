"""Bulk changes: what a preview says is what is done, as one unit that can be undone; merging loses nothing."""

from decimal import Decimal
from uuid import UUID

import pytest
from django.db import connection

from audit.actions.revert import revert_request
from products.actions.bulk import BulkRefusedError, change_field, change_prices, preview_field, preview_prices
from products.actions.merging import dismiss_duplicates, merge_products
from products.actions.replace_part import preview_replacement, replace_part
from products.actions.work_lists import refresh_work_lists
from products.models import DuplicateDismissal, KitComponent, PossibleDuplicate, Price, Product, SolarKit
from products.worklists import work_list
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
WHY = "teste de alteração em massa"


def entries(request_id: UUID) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit.change_log WHERE request_id = %s AND reason = %s", [request_id, WHY])
        return cursor.fetchone()[0]


@pytest.fixture
def kits():
    supplier = SupplierFactory(code="fotus")
    for kit_id, price, state in (("A", "1000.00", "PUBLISHED"), ("B", "1000.05", "DRAFT"), ("C", None, "DRAFT")):
        SolarKitFactory(kit_id=kit_id, kit_cost=price, review_state=state, supplier=supplier, warranty_years=5)
    return SolarKit.objects.all()


# --- fields
def test_a_field_is_set_where_it_differs_and_undone_as_one(kits, superuser):
    SolarKit.objects.filter(kit_id="B").update(warranty_years=12)
    before = preview_field(kits, field="warranty_years", value="12")
    assert (before.rows, before.changed, before.published) == (3, 2, 1)
    assert [(sample.before, sample.after) for sample in before.samples] == [(5, 12), (5, 12)]

    result = change_field(kits, field="warranty_years", value="12", by=superuser, reason=WHY)
    assert result.changed == before.changed == entries(result.request_id)
    assert set(kits.values_list("warranty_years", flat=True)) == {12}

    revert_request(result.request_id, by=superuser, reason="de volta")
    assert dict(kits.values_list("kit_id", "warranty_years")) == {"A": 5, "B": 12, "C": 5}


@pytest.mark.parametrize(
    ("field", "value", "stored"),
    [
        ("status", "ACTIVE", "ACTIVE"),
        ("roof_type", "", None),
        ("supplier", "outro", "outro"),
        ("description", "", ""),
        ("installation_cost", "1500.50", Decimal("1500.50")),
    ],
)
def test_any_field_takes_its_own_values(kits, superuser, field, value, stored):
    SupplierFactory(code="outro")
    SolarKit.objects.update(description="x")
    change_field(kits, field=field, value=value, by=superuser, reason=WHY)
    assert set(kits.values_list(field, flat=True)) == {stored}


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("review_state", "PUBLISHED", "unknown_field"),
        ("kit_id", "x", "unknown_field"),
        ("power_kwp", "5", "unknown_field"),
        ("nonsense", "5", "unknown_field"),
        ("status", "SOLD", "invalid_value"),
        ("supplier", "nobody", "invalid_value"),
        ("warranty_years", "-1", "invalid_value"),
        ("installation_cost", "abc", "invalid_value"),
        ("recommended_consumption_max_kwh", "1", "constraint"),
    ],
)
def test_what_makes_no_sense_changes_nothing(kits, superuser, field, value, code):
    SolarKit.objects.update(recommended_consumption_min_kwh=100)
    before = list(kits.order_by("pk").values())
    with pytest.raises(BulkRefusedError) as refused:
        change_field(kits, field=field, value=value, by=superuser, reason=WHY)
    assert refused.value.code == code
    assert list(kits.order_by("pk").values()) == before


def test_a_reason_is_asked_for(kits, superuser):
    with pytest.raises(BulkRefusedError):
        change_prices(kits, field="kit_cost", percent=Decimal(10), by=superuser, reason=" ")
    assert set(kits.values_list("kit_cost", flat=True)) == {Decimal("1000.00"), Decimal("1000.05"), None}


# --- prices
def test_prices_move_by_a_percentage_to_the_cent_with_their_history(kits, superuser):
    before = preview_prices(kits, field="kit_cost", percent=Decimal("10"))
    assert (before.rows, before.changed, before.without_value, before.published) == (3, 2, 1, 1)
    assert (before.total_before, before.total_after) == (Decimal("2000.05"), Decimal("2200.06"))
    assert not Price.objects.exists()

    result = change_prices(kits, field="kit_cost", percent=Decimal("10"), by=superuser, reason=WHY)
    # 1000.05 x 1.1 = 1100.055: half a cent away from zero
    assert dict(kits.values_list("kit_id", "kit_cost")) == {"A": Decimal("1100.00"), "B": Decimal("1100.06"), "C": None}
    assert list(Price.objects.order_by("amount").values_list("kit__kit_id", "kind", "amount", "supplier")) == [
        ("A", "COST", Decimal("1100.00"), None),
        ("B", "COST", Decimal("1100.06"), None),
    ]
    assert entries(result.request_id) == 2
    revert_request(result.request_id, by=superuser, reason="de volta")
    assert dict(kits.values_list("kit_id", "kit_cost")) == {"A": Decimal("1000.00"), "B": Decimal("1000.05"), "C": None}


def test_prices_of_products_move_too(superuser):
    ProductFactory(cost_price="100.00", sale_price="200.00")
    change_prices(Product.objects.all(), field="sale_price", percent=Decimal("-5.5"), by=superuser, reason=WHY)
    assert Product.objects.values_list("cost_price", "sale_price").get() == (Decimal("100.00"), Decimal("189.00"))
    assert Price.objects.values_list("kind", "amount").get() == ("SALE", Decimal("189.00"))


@pytest.mark.parametrize(
    ("field", "percent"), [("kit_cost", "0"), ("kit_cost", "-91"), ("kit_cost", "501"), ("total_price", "5")]
)
def test_percentages_out_of_bounds_are_refused(kits, superuser, field, percent):
    with pytest.raises(BulkRefusedError):
        preview_prices(kits, field=field, percent=Decimal(percent))


# --- replacing a part
@pytest.fixture
def parts():
    panel = {"power_wp": 610}
    old = ProductFactory(sku="OLD", specifications={"power_wp": 550}, cost_price="400.00")
    new = ProductFactory(sku="NEW", specifications=panel, cost_price="450.00")
    for kit_id, quantity, price in (("A", 10, "8000.00"), ("B", 4, None)):
        kit = SolarKitFactory(kit_id=kit_id, kit_cost=price, power_kwp=Decimal(quantity * 550) / 1000)
        KitComponentFactory(kit=kit, product=old, quantity=quantity, unit_price="400.00")
    both = SolarKitFactory(kit_id="BOTH", kit_cost="9000.00", power_kwp="3.42")
    KitComponentFactory(kit=both, product=old, quantity=4, unit_price="400.00")
    KitComponentFactory(kit=both, product=new, quantity=2, unit_price="450.00")
    SolarKitFactory(kit_id="OTHER")
    return old, new


def state():
    return (
        list(SolarKit.objects.order_by("kit_id").values_list("kit_id", "power_kwp", "kit_cost")),
        list(KitComponent.objects.order_by("pk").values_list("kit__kit_id", "product__sku", "quantity", "unit_price")),
    )


def test_a_replacement_is_shown_then_done_and_undone_as_one(parts, superuser):
    old, new = parts
    kits, before = SolarKit.objects.all(), state()
    shown = preview_replacement(old=old, new=new, kits=kits, adjust_price=True)
    assert state() == before
    assert not Price.objects.exists()
    assert (shown.kits, shown.checked, shown.without_price) == (3, 3, 1)
    assert sum(shown.checks_before.values()) == sum(shown.checks_after.values()) == 3
    assert (shown.power_before, shown.power_after) == (Decimal("11.120"), Decimal("12.200"))
    assert (shown.price_before, shown.price_after) == (Decimal("17000.00"), Decimal("17700.00"))

    result = replace_part(old=old, new=new, kits=kits, adjust_price=True, by=superuser, reason=WHY)
    assert result.changed == 3
    after_kits, after_parts = state()
    assert after_kits[:3] == [
        ("A", Decimal("6.100"), Decimal("8500.00")),
        ("B", Decimal("2.440"), None),
        ("BOTH", Decimal("3.660"), Decimal("9200.00")),
    ]
    assert sorted(after_parts) == [
        ("A", "NEW", 10, Decimal("450.00")),
        ("B", "NEW", 4, Decimal("450.00")),
        ("BOTH", "NEW", 6, Decimal("450.00")),
    ]
    assert sorted(Price.objects.values_list("kit__kit_id", "amount")) == [("A", Decimal("8500.00")), ("BOTH", Decimal("9200.00"))]
    revert_request(result.request_id, by=superuser, reason="de volta")
    assert state() == before


def test_only_the_kits_of_the_filter_get_the_new_part(parts, superuser):
    old, new = parts
    replace_part(old=old, new=new, kits=SolarKit.objects.filter(kit_id="B"), adjust_price=False, by=superuser, reason=WHY)
    assert set(KitComponent.objects.filter(product=old).values_list("kit__kit_id", flat=True)) == {"A", "BOTH"}
    assert not Price.objects.exists()


def test_unlike_parts_are_refused(parts, superuser):
    old, _new = parts
    for other in (old, InverterFactory()):
        with pytest.raises(BulkRefusedError):
            replace_part(old=old, new=other, kits=SolarKit.objects.all(), adjust_price=False, by=superuser, reason=WHY)
    with pytest.raises(BulkRefusedError):
        preview_replacement(old=ProductFactory(), new=old, kits=SolarKit.objects.all(), adjust_price=False)


# --- merging
@pytest.fixture
def twins():
    maker = ManufacturerFactory(name="Growatt")
    specs = {"topology": "string", "ac_power_kw": 75}
    keep = InverterFactory(
        sku="IIN00232", model="MAX75KTL3-XL2", manufacturer=maker, specifications=specs, datasheet_url="", cost_price=None
    )
    gone = InverterFactory(
        sku="IIN00169",
        model="MAX 75KTL3-XL 2",
        manufacturer=maker,
        specifications={**specs, "mppt_count": 7},
        datasheet_url="https://example.org/max.pdf",
        cost_price="20000.00",
    )
    kit, both = SolarKitFactory(kit_id="A"), SolarKitFactory(kit_id="BOTH")
    KitComponentFactory(kit=kit, product=gone, component_type="INVERTER", quantity=1)
    KitComponentFactory(kit=both, product=gone, component_type="INVERTER", quantity=1)
    KitComponentFactory(kit=both, product=keep, component_type="INVERTER", quantity=2)
    PriceFactory(product=keep, amount="21000.00")
    PriceFactory(product=gone, amount="20000.00")
    refresh_work_lists()
    return keep, gone


def test_merging_keeps_parts_prices_and_codes_and_is_undone_as_one(twins, superuser):
    keep, gone = twins
    columns = ("sku", "status", "merged_into", "specifications", "datasheet_url", "cost_price")
    before = (list(Product.objects.order_by("pk").values_list(*columns)), state()[1])
    assert {product.sku for product in work_list(Product, "duplicates").narrow(Product.objects.all())} == {"IIN00232", "IIN00169"}

    result = merge_products(keep=keep, others=[gone], by=superuser, reason=WHY)
    keep.refresh_from_db()
    gone.refresh_from_db()
    assert (gone.merged_into, gone.status, keep.status) == (keep, "INACTIVE", "ACTIVE")
    assert (keep.specifications["mppt_count"], keep.datasheet_url) == (7, "https://example.org/max.pdf")
    assert keep.cost_price == Decimal("20000.00")
    assert sorted(KitComponent.objects.values_list("kit__kit_id", "product__sku", "quantity")) == [
        ("A", "IIN00232", 1),
        ("BOTH", "IIN00232", 3),
    ]
    assert {price.amount for price in Price.objects.of_product(keep)} == {Decimal("21000.00"), Decimal("20000.00")}
    assert {sku: found.pk for sku, found in Product.objects.by_codes(["IIN00232", "IIN00169", "x"]).items()} == {
        "IIN00232": keep.pk,
        "IIN00169": keep.pk,
    }
    assert not work_list(Product, "duplicates").narrow(Product.objects.filter(merged_into=None).exclude(pk=keep.pk))

    revert_request(result.request_id, by=superuser, reason="de volta")
    assert (list(Product.objects.order_by("pk").values_list(*columns)), state()[1]) == before


def test_an_alias_of_an_alias_leads_to_the_product_kept(twins, superuser):
    keep, gone = twins
    merge_products(keep=keep, others=[gone], by=superuser, reason=WHY)
    last = InverterFactory(sku="LAST")
    keep.refresh_from_db()
    merge_products(keep=last, others=[keep], by=superuser, reason=WHY)
    assert {product.sku for product in Product.objects.filter(merged_into=last)} == {"IIN00232", "IIN00169"}
    with pytest.raises(BulkRefusedError):
        merge_products(keep=gone, others=[last], by=superuser, reason=WHY)


def test_unlike_products_are_not_merged(twins, superuser):
    keep, _gone = twins
    for others in ([], [keep], [ProductFactory()]):
        with pytest.raises(BulkRefusedError):
            merge_products(keep=keep, others=others, by=superuser, reason=WHY)


def test_a_group_that_is_none_is_dismissed(twins, superuser):
    group = PossibleDuplicate.objects.filter(product=twins[0]).get().group_key
    dismiss_duplicates(group_key=group, by=superuser, reason=WHY)
    assert DuplicateDismissal.objects.get().dismissed_by == superuser.get_username()
    assert not work_list(Product, "duplicates").narrow(Product.objects.all())
    with pytest.raises(BulkRefusedError):
        dismiss_duplicates(group_key="x" * 32, by=superuser, reason=WHY)
