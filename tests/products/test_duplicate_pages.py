"""Possible duplicates in the admin: groups, side by side, merging with chosen values, undo, and "not the same"."""

import re

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from products.actions.work_lists import refresh_work_lists
from products.models import DuplicateDismissal, Product, SolarKit
from tests.factories.products import PANEL, KitComponentFactory, ManufacturerFactory, ProductFactory, SolarKitFactory

pytestmark = pytest.mark.django_db
LIST, MERGE = reverse("admin:products_product_duplicates"), reverse("admin:products_product_merge")


@pytest.fixture
def pair():
    maker = ManufacturerFactory(name="DAH")
    rest = {"manufacturer": maker, "model": "DHN-78X16", "category": "paineis"}
    first = ProductFactory(sku="A", name="Painel A", specifications={**PANEL, "voc_v": 48.0}, datasheet_url="", **rest)
    second = ProductFactory(
        sku="B", name="Painel B", specifications={**PANEL, "voc_v": 48.5}, datasheet_url="https://example.org/b.pdf", **rest
    )
    second.model = "DHN 78X16"
    second.save()
    KitComponentFactory(kit=SolarKitFactory(), product=second, quantity=10)
    refresh_work_lists()
    return first, second


def test_a_pair_is_listed_compared_merged_with_chosen_values_and_undone(pair, superuser_client, django_assert_max_num_queries):
    first, second = pair
    superuser_client.get(LIST)
    with django_assert_max_num_queries(12):
        page = superuser_client.get(LIST)
    [group] = page.context["groups"]
    assert [row["code"] for row in group["rows"]] == ["A", "B"]
    with django_assert_max_num_queries(12):
        compared = superuser_client.get(group["compare_url"])
    assert [(product["sku"], product["kept"]) for product in compared.context["products"]] == [("A", False), ("B", True)]
    differing = {line["name"] for line in compared.context["lines"] if line["differs"]}
    assert differing >= {"name", "model", "datasheet_url", "spec.voc_v"}

    data = {
        "keep": first.pk,
        "take": [first.pk, second.pk],
        "reason": "o mesmo painel",
        "value.spec.voc_v": second.pk,
        "value.name": second.pk,
    }
    answer = superuser_client.post(group["compare_url"], data, follow=True)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.name, first.specifications["voc_v"], first.datasheet_url) == ("Painel B", 48.5, "https://example.org/b.pdf")
    assert second.merged_into == first
    assert SolarKit.objects.get().components.get().product == first
    assert superuser_client.get(LIST).context["groups"] == []

    undo = re.search(r'href="([^"]+/revert/[^"]+)"', answer.content.decode())[1]
    page = superuser_client.get(undo)
    token = re.search(r'name="token" value="([^"]+)"', page.content.decode())
    superuser_client.post(undo, {"reason": "não eram", "token": token[1] if token else ""})
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.name, first.specifications["voc_v"], second.merged_into) == ("Painel A", 48.0, None)
    assert SolarKit.objects.get().components.get().product == second


def test_a_group_that_is_not_the_same_is_dismissed_with_a_reason(pair, superuser_client):
    [group] = superuser_client.get(LIST).context["groups"]
    superuser_client.post(LIST, {"group": group["key"], "reason": ""})
    assert not DuplicateDismissal.objects.exists()
    superuser_client.post(LIST, {"group": group["key"], "reason": "outra versão"})
    assert DuplicateDismissal.objects.get().dismissed_by == "admin"
    assert superuser_client.get(LIST).context["groups"] == []


@pytest.mark.parametrize(
    "data", [{"reason": "x"}, {"keep": "0", "reason": "x"}, {"reason": ""}, {"reason": "x", "value.sku": "1"}]
)
def test_what_makes_no_sense_merges_nothing(pair, superuser_client, data):
    first, second = pair
    given = {"keep": first.pk, "take": [] if data == {"reason": "x"} else [second.pk], **data}
    given = {name: (first.pk if name == "value.sku" else value) for name, value in given.items()}
    page = superuser_client.post(f"{MERGE}?products={first.pk},{second.pk}", given)
    assert page.context["form"].errors
    assert not Product.objects.exclude(merged_into=None).exists()


def test_who_may_only_look_merges_and_dismisses_nothing(pair, staff_user, staff_client):
    assert staff_client.get(LIST).status_code == 403
    staff_user.user_permissions.add(Permission.objects.get(codename="view_product"))
    assert staff_client.get(LIST).status_code == 200
    assert staff_client.post(LIST, {"group": "x", "reason": "x"}).status_code == 403
    assert staff_client.get(MERGE).status_code == 403
