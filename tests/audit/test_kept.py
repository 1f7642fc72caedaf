"""Moments before the log was thinned out: the past is then not known in full, and whoever asks is told."""

from datetime import UTC, date, datetime

import pytest
from django.urls import reverse
from django.utils import timezone

from audit.actions import preview
from audit.actions.revert import object_scope
from audit.kept import whole_since
from audit.models import ChainHead
from products.models import KitComponent, Product, SolarKit
from tests.factories.products import ProductFactory, SolarKitFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def thinned():
    """Months of ten years and more before they were pruned, and one of later that was pruned for units alone."""
    ChainHead.objects.all().delete()
    for month in (date(2001, 2, 1), date(2001, 3, 1), date(2010, 7, 1)):
        ChainHead.objects.create(month=month, entry_hash=b"x" * 32, pruned_at=datetime(2012, 1, 1, tzinfo=UTC))
    ChainHead.objects.create(month=date(2011, 1, 1), entry_hash=b"x" * 32)


def test_a_log_that_lost_nothing_knows_everything():
    ChainHead.objects.all().delete()
    assert whole_since(Product) is None


def test_what_was_pruned_for_other_models_is_no_loss(thinned):
    assert whole_since(Product) == whole_since(SolarKit, KitComponent) == datetime(2001, 4, 1, tzinfo=UTC)


def test_the_api_does_not_make_up_a_past(thinned, staff_api_client):
    kit = SolarKitFactory(with_components=True)
    SolarKit.objects.filter(pk=kit.pk).update(created_at=datetime(2000, 1, 1, tzinfo=UTC))

    response = staff_api_client.get(f"/api/v1/kits/{kit.kit_id}/", {"as_of": "2001-03-15"})

    assert (response.status_code, response.json()["code"]) == (410, "no_longer_kept")
    assert "2001-04-01" in response.json()["detail"]
    assert staff_api_client.get(f"/api/v1/kits/{kit.kit_id}/", {"as_of": timezone.now().isoformat()}).status_code != 410


def test_the_history_page_says_so(thinned, superuser_client):
    product = ProductFactory()
    Product.objects.filter(pk=product.pk).update(created_at=datetime(2000, 1, 1, tzinfo=UTC))
    address = reverse("admin:audit_object_history", args=["products.product", product.pk])

    told = superuser_client.get(address, {"as_of": "2001-03-15"}).content.decode()
    untold = superuser_client.get(address, {"as_of": "2001-05-15"}).content.decode()

    assert "31/03/2001" in told
    assert "31/03/2001" not in untold


def test_a_way_back_to_then_says_so_before_anything_is_written(thinned):
    product = ProductFactory()

    early = preview(object_scope(Product, product.pk, datetime(2001, 3, 15, tzinfo=UTC)))
    late = preview(object_scope(Product, product.pk, datetime(2001, 5, 15, tzinfo=UTC)))

    (note,) = early.notes
    assert "2001" in str(note)
    assert late.notes == ()
