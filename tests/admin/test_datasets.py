"""The datasets' pages: where each value is from, what is doubtful, and the decision about look-alikes."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from aneel.dataset_store import remake_datasets
from aneel.models import Dataset, DatasetMatch
from tests.factories.aneel import DatasetEntryFactory

CONFIRMED = {"_form_submitted": "True"}
UUIDS = ("11111111-0000-4000-8000-000000000000", "22222222-0000-4000-8000-000000000000")


@pytest.fixture
def match(db):
    """Two datasets of one title; the first is known to two feeds that disagree."""
    for number, uuid in enumerate(UUIDS):
        DatasetEntryFactory(
            feed_id=uuid, own_id=uuid, identities=[f"ckan:{uuid}"], fields={"title": "Tarifas", "description": f"D{number}"}
        )
    DatasetEntryFactory(
        feed="RSS",
        feed_id="r",
        own_id=UUIDS[0],
        identities=[f"ckan:{UUIDS[0]}"],
        fields={"title": "Tarifas antigas", "url": "https://x/y"},
    )
    assert remake_datasets().proposed == 1
    return DatasetMatch.objects.get()


def test_the_list_shows_feeds_conflicts_and_duplicates(superuser_client, match, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        page = superuser_client.get(reverse("admin:aneel_dataset_changelist")).content.decode()
    assert "+1" in page
    assert "1 conflito" in page
    assert page.count("possível duplicata") >= 2
    only = superuser_client.get(reverse("admin:aneel_dataset_changelist"), {"doubt": "conflicts"})
    assert [row.aneel_id for row in only.context["cl"].result_list] == [UUIDS[0]]
    known = superuser_client.get(reverse("admin:aneel_dataset_changelist"), {"known_to": "RSS"})
    assert [row.aneel_id for row in known.context["cl"].result_list] == [UUIDS[0]]


def test_the_page_says_where_each_value_is_from(superuser_client, match):
    row = Dataset.objects.get(aneel_id=UUIDS[0])
    page = superuser_client.get(reverse("admin:aneel_dataset_change", args=[row.pk])).content.decode()
    assert "Tarifas antigas" in page
    assert reverse("admin:aneel_datasetmatch_change", args=[match.pk]) in page


def test_a_person_confirms_and_takes_it_back(superuser_client, match, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        assert superuser_client.get(reverse("admin:aneel_datasetmatch_changelist")).status_code == 200
    assert "D1" in superuser_client.get(reverse("admin:aneel_datasetmatch_change", args=[match.pk])).content.decode()
    assert superuser_client.post(reverse("admin:aneel_datasetmatch_confirm", args=[match.pk]), CONFIRMED).status_code == 200
    match.refresh_from_db()
    assert (match.decision, match.decided_by, Dataset.objects.count()) == ("CONFIRMED", "admin", 1)
    page = superuser_client.get(reverse("admin:aneel_datasetmatch_change", args=[match.pk])).content.decode()
    assert "D0" in page
    assert "D1" in page
    superuser_client.post(reverse("admin:aneel_datasetmatch_deny", args=[match.pk]), CONFIRMED)
    assert Dataset.objects.count() == 2


def test_who_may_look_may_not_decide(staff_user, staff_client, match):
    staff_user.user_permissions.set(Permission.objects.filter(codename="view_datasetmatch"))
    assert staff_client.get(reverse("admin:aneel_datasetmatch_change", args=[match.pk])).status_code == 200
    assert staff_client.post(reverse("admin:aneel_datasetmatch_confirm", args=[match.pk]), CONFIRMED).status_code == 403
    assert Dataset.objects.count() == 2
