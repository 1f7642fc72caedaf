"""Paging: exact where it is cheap, an estimate or "more than" where it is not, and never past the cap."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from aneel.models import GenerationUnit
from tests.admin.conftest import text_of
from tests.factories.aneel import DistributorFactory, GenerationUnitFactory
from ysh.core.admin import EstimatingPaginator, pagination

pytestmark = pytest.mark.django_db

CAP = 20


@pytest.fixture(autouse=True)
def small_cap(monkeypatch):
    monkeypatch.setattr(pagination, "CAP", CAP)
    monkeypatch.setattr(EstimatingPaginator, "cap", CAP)


@pytest.fixture
def analyse(db):
    """Brings the planner's figures up to date; afterwards to those of the empty table, as ANALYZE is not rolled back."""

    def run() -> None:
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE aneel.generation_units")

    yield run
    GenerationUnit.objects.all().delete()
    run()


def units(count: int) -> None:
    distributor = DistributorFactory()
    GenerationUnitFactory.create_batch(count, distributor=distributor, municipality=None)


def paginator(**filters) -> EstimatingPaginator:
    rows = GenerationUnit.objects.order_by("-id")
    return EstimatingPaginator(rows.filter(**filters) if filters else rows, 6)


def test_a_small_table_is_counted():
    units(7)
    pages = paginator()
    assert (pages.total, pages.count, pages.num_pages, pages.is_estimate, pages.is_capped) == (7, 7, 2, False, False)


def test_a_large_table_is_estimated(analyse):
    units(CAP + 30)
    analyse()
    with CaptureQueriesContext(connection) as captured:
        pages = paginator()
        assert (pages.total, pages.is_estimate) == (CAP + 30, True)
    assert len(captured) == 1
    assert "reltuples" in captured[0]["sql"]
    assert (pages.count, pages.num_pages, pages.has_hidden_rows) == (CAP, 4, True)


def test_a_filtered_list_is_exact_up_to_the_cap():
    units(CAP)
    pages = paginator(state="BR-SP")
    assert (pages.total, pages.is_capped, pages.has_hidden_rows) == (CAP, False, False)
    units(1)
    pages = paginator(state="BR-SP")
    assert (pages.total, pages.count, pages.is_capped) == (CAP + 1, CAP, True)


def test_pages_of_a_filtered_list_follow_one_another_without_gap_or_repeat():
    units(15)
    pages = paginator(state="BR-SP")
    seen = [unit.pk for number in pages.page_range for unit in pages.page(number).object_list]
    assert seen == sorted(GenerationUnit.objects.values_list("pk", flat=True), reverse=True)


def test_another_order_is_left_to_the_database_and_counted_to_the_cap():
    units(CAP + 5)
    pages = EstimatingPaginator(GenerationUnit.objects.filter(state="BR-SP").order_by("-installed_power_kw", "-pk"), 6)
    assert (pages.total, pages.count) == (CAP + 1, CAP)
    powers = [unit.installed_power_kw for unit in pages.page(1).object_list]
    assert powers == sorted(powers, reverse=True)


def test_the_list_says_what_it_does_not_count(superuser_client, analyse):
    analyse()
    units(CAP + 5)
    address = reverse("admin:aneel_generationunit_changelist")
    assert f"mais de {CAP} unidades geradoras" in text_of(superuser_client.get(address))
    analyse()
    page = text_of(superuser_client.get(address))
    assert f"cerca de {CAP + 5} unidades geradoras" in page
    assert f"as páginas mostram as primeiras {CAP}" in page


def test_a_page_past_the_cap_shows_the_last_one_not_an_error_of_ours(superuser_client):
    units(3)
    response = superuser_client.get(reverse("admin:aneel_generationunit_changelist"), {"p": 999_999})
    assert response.status_code in {200, 302}


def test_facets_are_off_because_they_count_everything(superuser_client):
    units(2)
    with CaptureQueriesContext(connection) as captured:
        superuser_client.get(reverse("admin:aneel_generationunit_changelist"), {"_facets": "True"})
    assert not any("COUNT" in query["sql"] and "FILTER" in query["sql"] for query in captured)
