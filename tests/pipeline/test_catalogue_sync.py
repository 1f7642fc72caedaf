"""The example in docs/integrations.md keeps a copy as the catalogue is."""

import importlib.util
from collections.abc import Iterator
from typing import Any

import pytest

from products.models import KitComponent, Product, SolarKit
from tests.factories.products import KitComponentFactory, ProductFactory, SolarKitFactory
from ysh.env import BASE_DIR

PUBLISHED = {"review_state": "PUBLISHED", "status": "ACTIVE"}


@pytest.fixture(scope="module")
def sync() -> Any:
    """The example, as a module."""
    spec = importlib.util.spec_from_file_location("catalogue_sync", BASE_DIR / "docs" / "examples" / "catalogue_sync.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def get(api_client: Any) -> Any:
    """Asks the API as the example does over HTTP."""

    def ask(path: str) -> Any:
        response = api_client.get(path)
        assert response.status_code in (200, 404), response.content
        return None if response.status_code == 404 else response.json()

    return ask


@pytest.fixture
def kits(committed: None) -> Iterator[list[SolarKit]]:
    """Three kits on sale, committed; taken away again."""
    part = ProductFactory(sku="FEED-part", stock_quantity=45, manufacturer=None)
    made = [SolarKitFactory(kit_id=f"FEED-KIT-{number}", supplier=None, **PUBLISHED) for number in range(3)]
    for kit in made:
        KitComponentFactory(kit=kit, product=part, quantity=10)
    yield made
    SolarKit.objects.filter(kit_id__startswith="FEED-").delete()


def test_a_copy_follows_the_catalogue(sync: Any, get: Any, kits: list[SolarKit]) -> None:
    first, second, third = kits
    found, gone, state = sync.plan(get, {})
    assert {kit["kit_id"] for kit in found} == {kit.kit_id for kit in kits}
    assert (gone, state["kits"]) == ([], sorted(kit.kit_id for kit in kits))
    assert sync.plan(get, state)[:2] == ([], [])

    SolarKit.objects.filter(pk=first.pk).update(warranty_years=25)
    SolarKit.objects.filter(pk=second.pk).update(review_state="ARCHIVED")
    KitComponent.objects.filter(kit=third).update(quantity=11)
    found, gone, state = sync.plan(get, state)
    assert ({kit["kit_id"] for kit in found}, gone) == ({first.kit_id, third.kit_id}, [second.kit_id])
    assert state["kits"] == [first.kit_id, third.kit_id]

    SolarKit.objects.filter(pk=second.pk).update(review_state="PUBLISHED")
    found, gone, state = sync.plan(get, state)
    assert ([kit["kit_id"] for kit in found], gone) == ([second.kit_id], [])


def test_what_the_shops_are_told(sync: Any, get: Any, kits: list[SolarKit]) -> None:
    SolarKit.objects.filter(pk=kits[1].pk).update(kit_cost=None, installation_cost=None, documentation_cost=None)
    Product.objects.filter(sku="FEED-part").update(stock_quantity=None)
    offered, unpriced = (get(f"/api/v1/kits/{kit.kit_id}/?include=components,prices") for kit in kits[:2])
    product = sync.medusa_product(offered)
    (variant,) = product["variants"]
    assert (product["external_id"], product["status"]) == (kits[0].kit_id, "published")
    assert variant["prices"] == [{"currency_code": "brl", "amount": float(offered["total_price"])}]
    assert variant["manage_inventory"] is False  # unknown is not 0
    draft = sync.medusa_product(unpriced)
    assert (draft["status"], draft["variants"][0]["prices"]) == ("draft", [])

    Product.objects.filter(sku="FEED-part").update(stock_quantity=45)
    ids = {"product_type": "T", "category": "C", "channel": "H", "warehouse": "W"}
    saleor = sync.saleor_product(get(f"/api/v1/kits/{kits[0].kit_id}/?include=components,prices"), **ids)
    (variant,) = saleor["variants"]
    assert variant["stocks"] == [{"warehouse": "W", "quantity": 4}]
    assert variant["channelListings"] == [{"channelId": "H", "price": offered["total_price"]}]
    assert {entry["key"]: entry["value"] for entry in saleor["metadata"]}["ysh_kit_id"] == kits[0].kit_id
    assert not sync.saleor_product(unpriced, **ids)["channelListings"][0]["isPublished"]
