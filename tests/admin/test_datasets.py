"""The datasets' pages: where each value is from, what is doubtful, and the decision about look-alikes."""

import re

import pytest
from django.contrib.auth.models import Group, Permission
from django.urls import reverse

from aneel.dataset_store import remake_datasets
from aneel.models import Dataset, DatasetMatch
from pipeline.enrichment.enrich import enrich_datasets
from tests.factories.aneel import DatasetEntryFactory, DatasetFactory

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


@pytest.fixture
def described(db):
    """One dataset described by rules."""
    DatasetFactory(aneel_id="t", title="Tarifas de aplicação", description="", keywords=["publicada"], category=None)
    enrich_datasets(only_rules=True)
    return Dataset.objects.get(aneel_id="t")


def test_the_page_says_what_a_dataset_is_about_and_how_that_was_found(superuser_client, described):
    page = superuser_client.get(reverse("admin:aneel_dataset_change", args=[described.pk])).content.decode()
    for shown in ("publicada", "tarifas de aplicação", "0,80", "Regras", "rules-1"):
        assert shown in page, shown
    rows = {"RULES": 1, "MODEL": 0, "PERSON": 0, "NOBODY": 0, "nonsense": 1}
    for said, count in rows.items():
        answer = superuser_client.get(reverse("admin:aneel_dataset_changelist"), {"described_by": said})
        assert len(answer.context["cl"].result_list) == count, said


def correction(**changed):
    said = {"category": "regulacao", "extracted_keywords": "norma,  norma, REN", "summary": "", "solar_relevance": "0,55"}
    return {**CONFIRMED, **said, "reason": "É norma", **changed}


def test_a_person_corrects_and_takes_it_back(superuser_client, described):
    url = reverse("admin:aneel_dataset_correct", args=[described.pk])
    dialog = superuser_client.get(url).content.decode()
    assert "tarifas de aplicação" in dialog
    field = re.search(r'<input[^>]*name="solar_relevance"[^>]*>', dialog)[0]
    assert ('type="text"' in field, 'value="0,80"' in field) == (True, True), field
    assert superuser_client.post(url, correction()).headers["HX-Redirect"]
    enrich_datasets(everything=True)
    row = Dataset.objects.get(aneel_id="t")
    assert (row.category, row.extracted_keywords, str(row.solar_relevance)) == ("regulacao", ["norma", "REN"], "0.55")
    assert sorted(row.corrections) == ["category", "extracted_keywords", "solar_relevance"]
    assert "É norma" in superuser_client.get(reverse("admin:aneel_dataset_change", args=[row.pk])).content.decode()
    superuser_client.post(reverse("admin:aneel_dataset_forget", args=[row.pk]), CONFIRMED)
    enrich_datasets()
    assert (Dataset.objects.get(aneel_id="t").category, Dataset.objects.get(aneel_id="t").corrections) == ("tarifas", {})


@pytest.mark.parametrize(
    "changed",
    [{"category": "energia"}, {"solar_relevance": "1,5"}, {"reason": ""}, {"extracted_keywords": ",".join("abcdefghijklm")}],
)
def test_a_correction_that_is_none_changes_nothing(superuser_client, described, changed):
    answer = superuser_client.post(reverse("admin:aneel_dataset_correct", args=[described.pk]), correction(**changed))
    assert "HX-Redirect" not in answer.headers
    assert Dataset.objects.get(aneel_id="t").corrections == {}


def test_who_may_only_look_corrects_nothing(client, django_user_model, described):
    viewer = django_user_model.objects.create_user("viewer", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_dataset"))
    client.force_login(viewer)
    client.post(reverse("admin:aneel_dataset_correct", args=[described.pk]), correction())
    assert Dataset.objects.get(aneel_id="t").category == "tarifas"


def test_reviewers_may_decide_and_correct(django_user_model, db):
    person = django_user_model.objects.create_user("ana", is_staff=True)
    person.groups.add(Group.objects.get(name="reviewer"))
    assert person.has_perms(["aneel.change_datasetmatch", "aneel.change_dataset", "aneel.view_dataset"])
    person.groups.set([Group.objects.get(name="curator")])
    assert not django_user_model.objects.get(pk=person.pk).has_perm("aneel.change_datasetmatch")
