"""The pages of the bulk changes: what is chosen is shown before it is done, over the whole filter, by those who may."""

import re
from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from audit.models import ChangeLogEntry
from products.models import Product, SolarKit
from tests.factories.products import KitComponentFactory, ProductFactory, SolarKitFactory, SupplierFactory

pytestmark = pytest.mark.django_db
BULK, REPLACE = reverse("admin:products_solarkit_bulk"), reverse("admin:products_solarkit_replace_part")


def text_of(response) -> str:
    return response.content.decode().replace("\u00a0", " ")


def applied(client, address, data, **more):
    """Look at the effect, then apply what was shown."""
    shown = re.search(r'name="_shown" value="([^"]+)"', client.post(address, {**data, "preview": ""}).content.decode())
    return client.post(address, {**data, "apply": "", "_shown": shown[1] if shown else ""}, **more)


@pytest.fixture
def kits():
    fotus, other = SupplierFactory(code="fotus"), SupplierFactory(code="outro")
    for number in range(60):
        SolarKitFactory(kit_id=f"F{number}", supplier=fotus, kit_cost="1000.00")
    SolarKitFactory(kit_id="O", supplier=other, kit_cost="1000.00")


def test_prices_move_over_the_whole_filter_after_they_were_shown(kits, superuser_client):
    address = f"{BULK}?supplier__code__exact=fotus&_what=percent:kit_cost"
    assert "60 registros no filtro" in text_of(superuser_client.get(address))
    data = {"percent": "10,5", "reason": "tabela nova"}
    page = text_of(superuser_client.post(address, {**data, "preview": ""}))
    assert "R$ 60.000,00" in page
    assert "R$ 66.300,00" in page
    assert not SolarKit.objects.exclude(kit_cost=1000).exists()

    answer = applied(superuser_client, address, data, follow=True)
    assert "60 registros alterados" in text_of(answer)
    assert "/revert/" in text_of(answer)
    assert SolarKit.objects.filter(kit_cost=Decimal("1105.00")).count() == 60
    assert SolarKit.objects.get(kit_id="O").kit_cost == Decimal("1000.00")


@pytest.mark.parametrize(("what", "value", "stored"), [("status", "ACTIVE", "ACTIVE"), ("warranty_years", "12", 12)])
def test_a_field_is_set_through_its_own_input(kits, superuser_client, what, value, stored):
    applied(superuser_client, f"{BULK}?q=F1&_what={what}", {"value": value, "reason": "x"})
    assert SolarKit.objects.filter(**{what: stored}).exists()
    assert not SolarKit.objects.filter(**{what: stored}, kit_id="O").exists()


def test_what_is_wrong_is_said_and_nothing_done(kits, superuser_client):
    page = superuser_client.post(f"{BULK}?_what=percent:kit_cost", {"percent": "-95", "reason": "x", "apply": ""})
    assert page.status_code == 200
    assert page.context["form"].errors
    assert superuser_client.get(f"{BULK}?_what=kit_id").context["form"] is None
    assert not SolarKit.objects.exclude(kit_cost=1000).exists()


def test_a_part_is_replaced_after_its_effect_was_shown(superuser_client, django_assert_max_num_queries):
    old = ProductFactory(sku="OLD", specifications={"power_wp": 550}, cost_price="400")
    new = ProductFactory(sku="NEW", specifications={"power_wp": 610}, cost_price="450")
    kit = SolarKitFactory(kit_cost="8000.00", power_kwp="5.5")
    KitComponentFactory(kit=kit, product=old, quantity=10, unit_price="400.00")
    superuser_client.get(REPLACE)
    data = {"old": old.pk, "new": new.pk, "adjust_price": "on", "reason": "fora de linha"}
    with django_assert_max_num_queries(120):
        page = text_of(superuser_client.post(REPLACE, {**data, "preview": ""}))
    assert "6,10 kWp" in page
    assert "R$ 8.500,00" in page
    assert kit.components.get().product == old
    assert superuser_client.post(REPLACE, {**data, "apply": ""}).status_code == 200
    assert kit.components.get().product == old
    applied(superuser_client, REPLACE, data)
    kit.refresh_from_db()
    assert (kit.components.get().product, kit.power_kwp, kit.kit_cost) == (new, Decimal("6.100"), Decimal("8500.00"))


def test_products_are_changed_in_bulk_too(superuser_client):
    ProductFactory(sale_price="100.00")
    address = reverse("admin:products_product_bulk") + "?_what=percent:sale_price"
    applied(superuser_client, address, {"percent": "-5", "reason": "campanha"})
    assert Product.objects.get().sale_price == Decimal("95.00")


@pytest.mark.parametrize(
    ("meanwhile", "told"),
    [
        (lambda: SolarKitFactory(kit_cost="50.00"), "3 registros mudariam; agora são 4"),
        (lambda: SolarKit.objects.filter(kit_id="A0").update(kit_cost="1.00"), "mudaram depois"),
        (lambda: None, "mudaram depois"),  # only the percentage on the form is another one
    ],
)
def test_nothing_is_changed_but_what_was_shown(superuser_client, meanwhile, told):
    for number in range(3):
        SolarKitFactory(kit_id=f"A{number}", kit_cost="100.00")
    address = f"{BULK}?_what=percent:kit_cost"
    page = superuser_client.post(address, {"percent": "10", "reason": "x", "preview": ""})
    shown = page.context["preview"]["revision"]
    meanwhile()
    before = list(SolarKit.objects.order_by("pk").values_list("kit_cost", flat=True))
    answer = superuser_client.post(address, {"percent": "50", "reason": "x", "apply": "", "_shown": shown})
    assert told in text_of(answer)
    assert list(SolarKit.objects.order_by("pk").values_list("kit_cost", flat=True)) == before
    # The effect is shown anew at once; that one may be applied.
    again = {"percent": "50", "reason": "x", "apply": "", "_shown": answer.context["preview"]["revision"]}
    superuser_client.post(address, again)
    assert SolarKit.objects.get(kit_id="A1").kit_cost == Decimal("150.00")


def test_a_step_of_several_kits_is_one_unit_to_undo(superuser_client):
    first, second = SolarKitFactory(kit_id="A"), SolarKitFactory(kit_id="B")
    done = SolarKitFactory(kit_id="C", review_state="ARCHIVED")
    data = {"action": "selected_archive", "_selected_action": [first.pk, second.pk, done.pk]}
    address = reverse("admin:products_solarkit_changelist")
    assert "C" in text_of(superuser_client.post(address, data))
    answer = superuser_client.post(address, {**data, "reason": "fora de linha"}, follow=True)
    page = text_of(answer)
    assert "Kits arquivados: 2." in page
    assert "C está" in page
    [undo] = set(re.findall(r'href="(/admin/[^"]*revert/[^"]+)"', page))
    superuser_client.get(undo)
    assert {kit.review_state for kit in SolarKit.objects.all()} == {"ARCHIVED"}
    request_id = undo.rstrip("/").rsplit("/", 1)[-1]
    entries = ChangeLogEntry.objects.filter(request_id=request_id, table_name="solar_kits")
    assert {entry.record_id for entry in entries} == {str(first.pk), str(second.pk)}
    assert {entry.reason for entry in entries} == {"fora de linha"}


@pytest.mark.parametrize("address", [BULK, REPLACE])
def test_who_may_only_look_changes_nothing(staff_user, staff_client, address):
    staff_user.user_permissions.add(Permission.objects.get(codename="view_solarkit"))
    assert staff_client.get(address).status_code == 403
    assert staff_client.post(address, {"reason": "x", "apply": ""}).status_code == 403
