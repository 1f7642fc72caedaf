"""Work lists hold what they say, however they are asked; facets count; saved filters belong to people."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from products.actions.work_lists import refresh_work_lists
from products.models import DuplicateDismissal, PossibleDuplicate, Product, SavedFilter, SolarKit
from products.worklists import KIT_LISTS, kits_in_work_list, work_list, work_list_counts
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
KITS = reverse("admin:products_solarkit_changelist")
PIECE = reverse("admin:products_solarkit_curation")


def day(days: int):
    return timezone.localdate() + timedelta(days=days)


@pytest.fixture
def kits():
    supplier = SupplierFactory(code="fotus", name="Fotus")

    def make(kit_id, **more):
        return SolarKitFactory(kit_id=kit_id, supplier=supplier, **({"completeness": 1, "check_state": "PASS"} | more))

    make("review", review_state="IN_REVIEW")
    make("failing", check_state="FAIL")
    make("failing-archived", check_state="FAIL", review_state="ARCHIVED")
    make("unknown", check_state="UNKNOWN")
    make("stale", check_state="STALE")
    make("half", completeness="0.5")
    make("never-computed", completeness=None)
    for kit_id, before, now, days in (("moved", 100, 112, 1), ("steady", 100, 109, 1), ("long-ago", 100, 200, 90)):
        kit = make(kit_id)
        for amount, ago in ((before, days + 5), (now, days)):
            PriceFactory(product=None, kit=kit, supplier=supplier, amount=amount, valid_from=timezone.now() - timedelta(days=ago))
    for kit_id, days in (("expiring", 60), ("expired", -1), ("valid", 61)):
        product = ProductFactory(certification=CertificationFactory(expiry_date=day(days), issue_date=None))
        KitComponentFactory(kit=make(kit_id), product=product)
    shared = ProductFactory()
    for kit_id, quantity in (("twin-1", 4), ("twin-2", 4), ("sibling", 5)):
        KitComponentFactory(kit=make(kit_id), product=shared, quantity=quantity)
    refresh_work_lists()


EXPECTED = {
    "review": {"review"},
    "failing": {"failing"},
    "unknown": {"unknown"},
    "stale": {"stale"},
    "incomplete": {"half", "never-computed"},
    "price_moved": {"moved"},
    "expiring": {"expiring"},
    "duplicates": {"twin-1", "twin-2"},
}


def test_each_list_holds_its_kits_and_the_counts_agree(kits, superuser_client, django_assert_num_queries):
    assert set(EXPECTED) == {found.key for found in KIT_LISTS}
    for key, expected in EXPECTED.items():
        assert {kit.kit_id for kit in kits_in_work_list(key)} == expected, key
        answer = superuser_client.get(KITS, {"work_list": key})
        assert {kit.kit_id for kit in answer.context["cl"].result_list} == expected, key
    with django_assert_num_queries(1):
        counts = work_list_counts(SolarKit)
    assert counts == {key: len(expected) for key, expected in EXPECTED.items()}
    with pytest.raises(KeyError):
        kits_in_work_list("nonsense")


@pytest.mark.parametrize("view", ["mv_possible_duplicates", "mv_price_moves"])
def test_a_list_of_most_of_the_catalogue_asks_row_by_row_through_an_index(view):
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE schemaname = 'products' AND tablename = %s", [view])
        found = " ".join(row[0] for row in cursor.fetchall())
    assert "(kit_id) WHERE (kit_id IS NOT NULL)" in found
    assert "(product_id) WHERE (product_id IS NOT NULL)" in found


def test_dismissed_twins_are_no_work(kits):
    group = PossibleDuplicate.objects.filter(kit__kit_id="twin-1").get().group_key
    DuplicateDismissal.objects.create(group_key=group, dismissed_by="ana")
    assert not kits_in_work_list("duplicates")


def test_products_of_the_same_brand_power_and_model_are_possible_duplicates():
    growatt, other = ManufacturerFactory(name="Growatt"), ManufacturerFactory(name="Solis")
    for sku, model, maker in (
        ("A", "MAX75KTL3-XL2", growatt),
        ("B", "MAX 75KTL3-XL 2", growatt),
        ("C", "MAX75KTL3-X", growatt),
        ("D", "MAX75KTL3-XL2", other),
        ("E", "MID25KTL3-X2", growatt),
        ("F", "MID 25KTL3-X", growatt),
    ):
        InverterFactory(sku=sku, model=model, manufacturer=maker)
    InverterFactory(sku="G", model="MAX75KTL3-XL2", manufacturer=growatt, specifications={"ac_power_kw": 75})
    refresh_work_lists()
    found = work_list(Product, "duplicates").narrow(Product.objects.all())
    assert {product.sku for product in found} == {"A", "B"}


def test_the_list_shows_counts_facets_and_filters(kits, superuser_client, django_assert_max_num_queries):
    kit = SolarKit.objects.get(kit_id="valid")
    superuser_client.get(PIECE)
    with django_assert_max_num_queries(12):
        page = superuser_client.get(PIECE, {"check_state__exact": "PASS"}).content.decode()
    assert "work_list=price_moved" in page
    assert "A revisar" in page
    maker = kit.components.get().product.manufacturer
    assert f"maker={maker.pk}" in page
    assert "power_band=5-7.5" in page
    assert 'aria-current="true"' in page
    answer = superuser_client.get(KITS, {"maker": maker.pk, "power_band": "5-7.5"})
    assert [found.kit_id for found in answer.context["cl"].result_list] == ["valid"]


@pytest.mark.parametrize("query", [{"work_list": "nonsense"}, {"power_band": "x"}, {"maker": "1' OR 1=1"}, {"p": "2", "o": "3"}])
def test_odd_addresses_do_no_harm(superuser_client, query):
    SolarKitFactory()
    assert superuser_client.get(KITS, query).status_code in {200, 302}
    assert superuser_client.get(PIECE, query).status_code in {200, 404}


def test_filters_are_saved_shared_and_deleted_by_their_owner(superuser_client, superuser):
    save = reverse("admin:products_solarkit_save_filter")
    superuser_client.post(save, {"name": "Falhas da Fotus", "query": "check_state__exact=FAIL&p=2", "is_shared": "on"})
    superuser_client.post(save, {"name": "Só meu", "query": "q=placa"})
    superuser_client.post(save, {"name": "Só meu", "query": "q=painel"})
    superuser_client.post(save, {"name": " ", "query": "q=x"})
    assert list(SavedFilter.objects.values_list("name", "query", "is_shared")) == [
        ("Falhas da Fotus", "check_state__exact=FAIL", True),
        ("Só meu", "q=painel", False),
    ]
    colleague = get_user_model().objects.create_user("bia", password="x", is_staff=True)
    colleague.user_permissions.add(Permission.objects.get(codename="view_solarkit"))
    client = Client()
    client.force_login(colleague)
    page = client.get(PIECE).content.decode()
    assert "Falhas da Fotus" in page
    assert "Só meu" not in page
    kept = SavedFilter.objects.get(name="Falhas da Fotus")
    assert client.post(reverse("admin:products_solarkit_delete_filter", args=[kept.pk])).status_code == 404
    superuser_client.post(reverse("admin:products_solarkit_delete_filter", args=[kept.pk]))
    assert not SavedFilter.objects.filter(pk=kept.pk).exists()


def test_who_may_not_see_kits_sees_no_counts(staff_client):
    assert staff_client.get(PIECE).status_code == 403
    assert staff_client.post(reverse("admin:products_solarkit_save_filter"), {"name": "x", "query": ""}).status_code == 403
