"""The home page's part about the catalogue: work lists lead to the lists they count, charts say what the tables hold."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from pipeline.choices import RunStatus
from products.admin.curation_filters import POWER_BANDS
from products.overview import BANDS, completeness_quarters, kits_by_band_and_review, kits_by_review_and_checks, price_bands
from tests.factories.pipeline import IngestionRunFactory
from tests.factories.products import ProductFactory, SolarKitFactory, SupplierFactory

pytestmark = pytest.mark.django_db
ADDRESS = reverse("admin:home_catalogue")


def test_figures_are_counted_and_lead_to_their_lists(superuser_client, django_assert_max_num_queries):
    SupplierFactory(code="fotus", name="Fotus")
    for cost in ("6100", "12200", "18300"):
        SolarKitFactory(
            review_state="IN_REVIEW",
            check_state="FAIL",
            power_kwp="6.1",
            kit_cost=cost,
            installation_cost=None,
            documentation_cost=None,
        )
    SolarKitFactory(power_kwp="2", kit_cost=None)
    IngestionRunFactory(source="supplier:fotus", status=RunStatus.SUCCESS, rows_inserted=10, rows_updated=5, rows_rejected=1)
    assert kits_by_review_and_checks()["IN_REVIEW"] == {"FAIL": 3}
    [band] = price_bands()
    assert (band.low, band.high, band.count, float(band.median)) == (5, 7.5, 3, 2.0)
    assert kits_by_band_and_review() == [{"DRAFT": 1}, {}, {"IN_REVIEW": 3}, {}, {}, {}, {}]
    superuser_client.get(ADDRESS)
    with django_assert_max_num_queries(15):
        page = superuser_client.get(ADDRESS)
    assert [(one["url"], one["count"]) for one in page.context["work"]][:2] == [
        (reverse("admin:products_solarkit_changelist") + "?work_list=review", "3"),
        (reverse("admin:products_solarkit_changelist") + "?work_list=failing", "3"),
    ]
    text = page.content.decode()
    assert "2,00 (1,20 – 2,80)" in text
    cell = page.context["powers"][2]["cells"][1]
    assert cell["count"] == "3"
    assert superuser_client.get(cell["url"]).context["cl"].result_count == 3
    assert "Fotus" in text
    assert page.context["imports"][0]["total"] == "16"
    assert f'data-fragment="{ADDRESS}"' in superuser_client.get(reverse("admin:index")).content.decode()


def test_completeness_is_counted_by_quarters():
    for value in ("0", "0.24", "0.25", "0.999", "1", None):
        ProductFactory(completeness=value)
    assert completeness_quarters("products") == [2, 1, 0, 1, 1, 1]
    with pytest.raises(ValueError, match="products or solar_kits"):
        completeness_quarters("auth_user")


def test_the_bands_counted_are_those_of_the_lists_filter():
    assert [low for _key, low, _high, _label in POWER_BANDS] == list(BANDS)


def test_an_empty_catalogue_has_no_charts_that_break(superuser_client):
    assert superuser_client.get(ADDRESS).status_code == 200


def test_each_sees_only_what_they_may(staff_user, staff_client):
    assert staff_client.get(ADDRESS).status_code == 403
    assert ADDRESS not in staff_client.get(reverse("admin:index")).content.decode()
    staff_user.user_permissions.add(Permission.objects.get(codename="view_product"))
    page = staff_client.get(ADDRESS)
    assert page.status_code == 200
    assert "states" not in page.context
