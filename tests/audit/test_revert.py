"""Undo: each kind of change, what has changed since, what stands in the way, and what the log says afterwards."""

from contextlib import contextmanager
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.utils import timezone, translation

from audit.actions import Conflicts, preview, revert_change, revert_object_to, revert_request
from audit.actions.revert import RevertRefusedError, change_scope, request_scope
from audit.models import ChangeLogEntry, Revert
from audit.planning import NothingToUndoError
from audit.plans import Action
from products.choices import ProductStatus
from products.models import KitCheck, KitComponent, Manufacturer, Price, Product, SolarKit
from tests.factories.products import (
    KitCheckFactory,
    KitComponentFactory,
    ManufacturerFactory,
    PriceFactory,
    ProductFactory,
    SolarKitFactory,
)
from ysh.core.actor import Actor, acting_as
from ysh.core.errors import TerminalError

pytestmark = pytest.mark.django_db

WHY = {"by": "ana", "reason": "wrong list"}


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


@contextmanager
def request(name="maria"):
    """Acts as a person within one request; gives its id."""
    request_id = uuid4()
    with acting_as(Actor(name, "admin", request_id)):
        yield request_id


def change(row, who="maria", /, **values) -> UUID:
    with request(who) as request_id:
        for field, value in values.items():
            setattr(row, field, value)
        row.save(update_fields=list(values))
    return request_id


def entry(request_id, **filters) -> ChangeLogEntry:
    return ChangeLogEntry.objects.filter(request_id=request_id, **filters).get()


def key(row, *parts) -> str:
    return ":".join([f"{row._meta.app_label}.{row._meta.db_table}", str(row.pk), *parts])


def test_a_changed_field_goes_back_and_the_undo_is_in_the_log_with_its_link():
    product = ProductFactory(sale_price=Decimal("9990.00"))
    request_id = change(product, sale_price=Decimal("9490.00"))

    outcome = revert_request(request_id, **WHY)

    product.refresh_from_db()
    assert (product.sale_price, outcome.written, outcome.left_out) == (Decimal("9990.00"), 1, ())
    logged = entry(outcome.request_id, table_name="products")
    assert (logged.operation, logged.changed_by, logged.reason) == ("UPDATE", "ana", "wrong list")
    assert (logged.changed_fields, logged.new_values) == (["sale_price"], {"sale_price": 9990.0})
    link = Revert.objects.get(request_id=outcome.request_id)
    assert (link.kind, link.of_request, link.reverted_by, link.written) == ("request", request_id, "ana", 1)


def test_the_preview_writes_nothing():
    product = ProductFactory(name="old")
    request_id = change(product, name="new")
    before = ChangeLogEntry.objects.count()

    plan = preview(request_scope(request_id=request_id))

    (record,) = plan.writes
    (write,) = record.fields
    assert (record.action, write.field.name, write.current, write.target) == (Action.UPDATE, "name", "new", "old")
    product.refresh_from_db()
    assert (product.name, ChangeLogEntry.objects.count()) == ("new", before)


def test_what_has_changed_since_is_never_overwritten_silently():
    product = ProductFactory(name="old", model="A")
    request_id = change(product, name="new", model="B")
    change(product, "joão", name="newer")

    plan = preview(request_scope(request_id=request_id))
    assert plan.conflict_keys == [key(product, "name")]
    with pytest.raises(RevertRefusedError, match="name"):
        revert_request(request_id, **WHY)
    product.refresh_from_db()
    assert (product.name, product.model) == ("newer", "B")

    outcome = revert_request(request_id, **WHY, conflicts=Conflicts.LEAVE)
    product.refresh_from_db()
    assert (product.name, product.model, outcome.left_out) == ("newer", "A", (key(product, "name"),))

    revert_request(request_id, **WHY, overwrite=[key(product, "name")])
    product.refresh_from_db()
    assert product.name == "old"


def test_a_person_chooses_field_by_field():
    product = ProductFactory(name="old", model="A")
    request_id = change(product, name="new", model="B")

    revert_request(request_id, **WHY, leave=[key(product, "model")])

    product.refresh_from_db()
    assert (product.name, product.model) == ("old", "B")


def test_two_attributes_of_the_specifications_are_not_in_each_others_way():
    product = ProductFactory()
    request_id = change(product, specifications={**product.specifications, "power_wp": 600, "noct_c": 45})
    change(product, "joão", specifications={**product.specifications, "voc_v": 50})

    plan = preview(request_scope(request_id=request_id))
    assert {write.path for record in plan.writes for write in record.fields} == {"power_wp", "noct_c"}
    assert plan.conflict_keys == []
    revert_request(request_id, **WHY)

    product.refresh_from_db()
    assert (product.specifications["power_wp"], product.specifications["voc_v"]) == (610, 50)
    assert "noct_c" not in product.specifications


def test_one_of_two_changes_of_a_request_goes_back():
    one, other = ProductFactory(name="one"), ProductFactory(name="other")
    with request() as request_id:
        Product.objects.filter(pk__in=[one.pk, other.pk]).update(name="same")

    revert_change(entry(request_id, record_id=str(one.pk)).pk, **WHY)

    assert set(Product.objects.values_list("name", flat=True)) == {"one", "same"}


def test_several_changes_of_one_record_in_a_request_count_as_one():
    product = ProductFactory(name="first", model="A")
    with request() as request_id:
        for name in ("second", "third"):
            product.name = name
            product.save(update_fields=["name"])
        Product.objects.filter(pk=product.pk).update(model="B")

    revert_request(request_id, **WHY)

    product.refresh_from_db()
    assert (product.name, product.model) == ("first", "A")


def test_a_created_record_is_deleted():
    with request() as request_id:
        manufacturer = ManufacturerFactory()

    revert_request(request_id, **WHY)

    assert not Manufacturer.objects.filter(pk=manufacturer.pk).exists()


def test_a_created_record_that_others_refer_to_stays():
    with request() as request_id:
        manufacturer = ManufacturerFactory()
    product = ProductFactory(manufacturer=manufacturer)

    (record,) = preview(request_scope(request_id=request_id)).writes
    assert "1 ×" in record.obstacle
    with pytest.raises(RevertRefusedError, match="1 ×"):
        revert_request(request_id, **WHY)
    assert Product.objects.get(pk=product.pk).manufacturer_id == manufacturer.pk


def test_a_created_record_with_a_price_is_taken_out_of_sale():
    with request() as request_id:
        product = ProductFactory(status=ProductStatus.ACTIVE, manufacturer=None)
        PriceFactory(product=product)

    plan = preview(request_scope(request_id=request_id))
    assert [record.action for record in plan.writes if record.model is Product] == [Action.RETIRE]
    revert_request(request_id, **WHY, conflicts=Conflicts.LEAVE)

    product.refresh_from_db()
    assert product.status == ProductStatus.INACTIVE


def test_a_deleted_kit_comes_back_with_its_parts_and_keys():
    kit = SolarKitFactory(with_components=True)
    KitCheckFactory(kit=kit)
    pk, made = kit.pk, kit.created_at
    parts = list(KitComponent.objects.filter(kit=kit).order_by("pk").values_list("pk", "product_id", "quantity", "unit_price"))
    with request() as request_id:
        kit.delete()
    assert not KitComponent.objects.exists()

    revert_change(entry(request_id, table_name="solar_kits").pk, **WHY)

    back = SolarKit.objects.get(pk=pk)
    assert (back.kit_id, back.created_at, back.total_price) == (kit.kit_id, made, Decimal("8900.00"))
    found = KitComponent.objects.filter(kit=back).order_by("pk").values_list("pk", "product_id", "quantity", "unit_price")
    assert list(found) == parts


def test_a_deleted_record_whose_parent_is_gone_says_so():
    component = KitComponentFactory()
    with request() as request_id:
        component.delete()
    kit_key = str(component.kit_id)
    component.kit.delete()

    (record,) = preview(request_scope(request_id=request_id)).writes
    assert kit_key in record.obstacle
    with pytest.raises(RevertRefusedError, match=kit_key):
        revert_request(request_id, **WHY)


def test_a_replaced_part_is_swapped_back():
    """The new part stands where the old one must go: their unique key allows one of them only."""
    part = KitComponentFactory()
    with request() as request_id:
        part.delete()
        KitComponentFactory(kit=part.kit, product=part.product, quantity=12)

    revert_request(request_id, **WHY)

    assert list(KitComponent.objects.values_list("quantity", flat=True)) == [10]


def test_a_product_moved_to_a_new_manufacturer_moves_back_before_that_one_goes():
    product = ProductFactory()
    old = product.manufacturer_id
    with request() as request_id:
        product.manufacturer = ManufacturerFactory()
        product.save()

    revert_request(request_id, **WHY)

    product.refresh_from_db()
    assert (product.manufacturer_id, Manufacturer.objects.count()) == (old, 1)


def test_what_a_constraint_refuses_leaves_everything_as_it_was():
    one, other = ProductFactory(sku="A"), ProductFactory(name="other")
    with request() as request_id:
        Product.objects.filter(pk=one.pk).update(sku="B")
        Product.objects.filter(pk=other.pk).update(name="changed")
    ProductFactory(sku="A")

    with pytest.raises(RevertRefusedError, match="sku"):
        revert_request(request_id, **WHY)

    assert (Product.objects.get(pk=one.pk).sku, Product.objects.get(pk=other.pk).name) == ("B", "changed")
    assert not Revert.objects.exists()


def test_another_plan_than_the_one_shown_is_refused():
    product = ProductFactory(name="old")
    request_id = change(product, name="new")
    token = preview(request_scope(request_id=request_id)).token
    change(product, name="newer")

    with pytest.raises(RevertRefusedError, match="since the preview"):
        revert_request(request_id, **WHY, token=token, conflicts=Conflicts.LEAVE)


def test_an_undo_can_be_undone():
    product = ProductFactory(name="old")
    first = revert_request(change(product, name="new"), **WHY)

    revert_request(first.request_id, **WHY)

    product.refresh_from_db()
    assert product.name == "new"


def test_a_run_is_undone_by_its_id_whoever_asks():
    product = ProductFactory(name="old")
    run_id = uuid4()
    with acting_as(Actor("command line", "command", None, run_id)):
        Product.objects.filter(pk=product.pk).update(name="new")

    assert revert_request(run_id, **WHY).written == 1
    assert Revert.objects.get().of_run == run_id
    product.refresh_from_db()
    assert product.name == "old"


def test_what_is_as_it_was_already_is_nothing_to_do():
    product = ProductFactory(name="old")
    request_id = change(product, name="new")
    change(product, name="old")

    assert revert_request(request_id, **WHY).request_id is None
    assert not Revert.objects.exists()


def test_derived_columns_are_left_to_the_database_and_the_rules():
    kit = SolarKitFactory()
    with request() as request_id:
        SolarKit.objects.filter(pk=kit.pk).update(kit_cost=Decimal(10), check_state="PASS")

    (record,) = preview(request_scope(request_id=request_id)).writes
    assert [write.field.name for write in record.fields] == ["kit_cost"]


def test_an_override_is_taken_back():
    check = KitCheckFactory()
    with request() as request_id:
        KitCheck.objects.filter(pk=check.pk).update(
            override_reason="seen",
            override_author="maria",
            override_at="2026-11-01T12:00Z",
            override_expires_at="2027-11-01T12:00Z",
        )

    revert_request(request_id, **WHY)

    check.refresh_from_db()
    assert (check.override_reason, check.override_author, check.override_at) == ("", "", None)


def test_there_is_nothing_to_undo_of_a_request_nobody_made():
    with pytest.raises(NothingToUndoError):
        revert_request(uuid4(), **WHY)
    with pytest.raises(NothingToUndoError):
        preview(change_scope(0))


def test_a_reason_is_asked_for():
    with pytest.raises(TerminalError, match="reason"):
        revert_request(uuid4(), by="ana", reason="  ")


def test_a_price_that_goes_back_gets_a_row_in_the_history_which_keeps_the_others():
    product = ProductFactory(sale_price=Decimal("100"))
    PriceFactory(product=product, kind="SALE", amount=Decimal("100"), supplier=None)
    request_id = change(product, sale_price=Decimal("90"))
    PriceFactory(product=product, kind="SALE", amount=Decimal("90"), supplier=None, valid_from=timezone.now())

    outcome = revert_request(request_id, **WHY)

    amounts = Price.objects.filter(product=product).order_by("valid_from", "id").values_list("amount", flat=True)
    assert list(amounts) == [Decimal("100"), Decimal("90"), Decimal("100")]
    assert "1 row is added" in outcome.notes[0]


def test_a_kit_that_may_not_be_published_is_not_published_by_an_undo():
    kit = SolarKitFactory(review_state="PUBLISHED", status="ACTIVE")  # without parts, which nobody may publish
    request_id = change(kit, review_state="DRAFT", name="new")

    with pytest.raises(RevertRefusedError, match="may not be published again"):
        revert_request(request_id, **WHY)
    kit.refresh_from_db()
    assert (kit.review_state, kit.name) == ("DRAFT", "new")

    revert_request(request_id, **WHY, leave=[key(kit, "review_state")])
    kit.refresh_from_db()
    assert (kit.review_state, kit.name == "new") == ("DRAFT", False)


def test_a_restored_kit_is_checked_anew():
    kit = SolarKitFactory(with_components=True)
    with request() as request_id:
        kit.delete()

    revert_request(request_id, **WHY)

    assert KitCheck.objects.filter(kit__kit_id=kit.kit_id).exists()


def test_an_object_goes_back_to_a_moment_with_its_parts():
    kit = SolarKitFactory(with_components=True)
    parts = list(KitComponent.objects.filter(kit=kit).order_by("pk").values_list("pk", "quantity"))
    name, then = kit.name, timezone.now()
    change(kit, "joão", name="new")
    with request():
        KitComponent.objects.filter(kit=kit).delete()
        KitComponentFactory(kit=kit, quantity=3)

    revert_object_to(SolarKit, kit.pk, then, **WHY)

    assert SolarKit.objects.get(pk=kit.pk).name == name
    assert list(KitComponent.objects.filter(kit=kit).order_by("pk").values_list("pk", "quantity")) == parts


def test_a_many_to_many_goes_back():
    user = get_user_model().objects.create_user("maria")
    one, other = Group.objects.create(name="one"), Group.objects.create(name="other")
    user.groups.add(one)
    with request() as request_id:
        user.groups.set([other])

    revert_request(request_id, **WHY)

    assert list(user.groups.all()) == [one]


def test_masked_values_are_never_written():
    user = get_user_model().objects.create_user("maria", email="a@example.org")
    with request() as request_id:
        user.email, user.is_staff = "b@example.org", True
        user.save()

    revert_request(request_id, **WHY)

    user.refresh_from_db()
    assert (user.email, user.is_staff) == ("b@example.org", False)
