"""Runs of the catalogue against the portal and its faults: what is in the database, the archive and the exit code afterwards."""

import io
import json
from datetime import timedelta

import pytest
from django.core.management import call_command

from aneel.actions.datasets import confirm_match, deny_match
from aneel.models import Dataset, DatasetEntry, DatasetMatch
from pipeline.errors import SourceUnavailableError
from pipeline.models import IngestionRun, RejectedRow, SourceFile
from pipeline.portals.changes import portal_changes, whats_new
from tests.portal.catalogue import Item, Package
from ysh.core.said import in_english

ITEMS, PACKAGES, FEEDS = 12, 2, 6
EVERYWHERE = ["HUB_SEARCH", "DCAT_US", "DCAT_AP_2", "DCAT_AP_3", "RSS"]


def ingest(*args):
    """`manage.py ingest datasets --json`: exit code and its JSON object."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("ingest", "datasets", "--json", *args, stdout=out, stderr=err)
    return int(ended.value.code or 0), json.loads(out.getvalue())


def states():
    """State of each feed in the newest run."""
    feeds = IngestionRun.objects.latest("id").execution_metadata["feeds"]
    return {key: feed["state"] for key, feed in feeds.items()}


def test_six_feeds_become_one_catalogue(portal, engine):
    code, summary = ingest()
    assert (code, summary["status"], summary["error"]) == (0, "SUCCESS", "")
    assert (summary["inserted"], summary["processed"]) == (ITEMS + PACKAGES, ITEMS + PACKAGES)
    assert summary["fetched"] == ITEMS * 5 + PACKAGES == summary["processed"] + summary["duplicates"]
    assert DatasetEntry.objects.filter(dataset=None).count() == 0
    units = Dataset.objects.get(aneel_id=portal.content.packages[0].id)
    assert (units.source_api, units.feeds, units.license, units.spatial) == ("CKAN", ["CKAN"], "ODbL-1.0", "BR")
    assert (units.update_frequency, str(units.temporal_start)) == ("Diária", "2009-01-01")
    assert {one["format"] for one in units.resources} == {"PDF", "ZIP", "PARQUET"}
    item = portal.content.items[0]
    shown = Dataset.objects.get(aneel_id=item.id)
    assert (shown.title, shown.feeds, shown.description) == (item.title, EVERYWHERE, "")
    assert (shown.provenance["title"], shown.provenance["contact_email"]) == ("HUB_SEARCH", "DCAT_US")
    assert shown.source_run_id is not None
    assert DatasetMatch.objects.count() == 0
    names = sorted(path.name.partition("-")[2] for path in engine.glob("raw/datasets/*/*[!a].json"))
    assert "ckan-package_search.json" in names
    assert SourceFile.objects.filter(published=True).count() == SourceFile.objects.count() == FEEDS
    assert IngestionRun.objects.get().api_calls == FEEDS


def test_nothing_new_is_nothing_written(portal, engine):
    portal.content.validators = True
    ingest()
    before = dict(Dataset.objects.values_list("pk", "updated_at"))
    code, summary = ingest()
    assert (code, summary["status"], summary["unchanged"]) == (0, "UNCHANGED", ITEMS + PACKAGES)
    assert dict(Dataset.objects.values_list("pk", "updated_at")) == before
    assert states() == {"CKAN": "read", "HUB_SEARCH": "read", "RSS": "read", **dict.fromkeys(EVERYWHERE[1:4], "unchanged")}


def test_only_what_changed_is_written(portal, engine):
    ingest()
    portal.content.packages[0].title = "Outro título"
    portal.content.items.pop()
    code, summary = ingest()
    assert (code, summary["updated"], summary["removed"], summary["unchanged"]) == (0, 1, 1, ITEMS + PACKAGES - 2)
    assert Dataset.objects.get(aneel_id=portal.content.packages[0].id).title == "Outro título"


def test_many_pages(portal, engine):
    portal.content.items = [Item(f"Conjunto {number}") for number in range(205)]
    code, summary = ingest()
    assert (code, summary["inserted"]) == (0, 205 + PACKAGES)
    assert [seen.target.rpartition("=")[2] for seen in portal.asked("/search/v1/")] == ["1", "101", "201"]


@pytest.mark.parametrize(
    ("path", "fault", "feed"),
    [
        ("/feed/rss", {"kind": "truncated"}, "RSS"),
        ("/feed/dcat-us", {"kind": "html"}, "DCAT_US"),
        ("/feed/dcat-ap/2", {"kind": "bomb"}, "DCAT_AP_2"),
        ("/search/v1/", {"kind": "redirect_loop"}, "HUB_SEARCH"),
        ("package_search", {"kind": "status", "status": 429, "retry_after": "9999"}, "CKAN"),
    ],
)
def test_a_feed_that_fails_keeps_what_it_said(portal, engine, path, fault, feed):
    """The others are taken; what the failed one said last stays; the run says so."""
    ingest()
    portal.fail(path, **fault)
    portal.content.packages[0].notes = portal.content.items[0].description = "Nova descrição"
    code, summary = ingest()
    assert (code, summary["status"], summary["removed"]) == (3, "PARTIAL", 0)
    assert summary["error"].startswith(f"{feed}: ")
    assert summary["used_fallback"] is (feed == "CKAN")
    assert states()[feed] == "failed"
    assert DatasetEntry.objects.filter(feed=feed).count() == (PACKAGES if feed == "CKAN" else ITEMS)
    new = Dataset.objects.filter(description="Nova descrição")
    assert set(new.values_list("source_api", flat=True)) == ({"HUB_SEARCH"} if feed == "CKAN" else {"CKAN", "HUB_SEARCH"})
    portal.heal()
    assert ingest()[1]["status"] in ("SUCCESS", "UNCHANGED")
    assert Dataset.objects.filter(description="Nova descrição").count() == 2


def test_no_feed_at_all(portal, engine):
    ingest()
    portal.fail("/", "status", status=404)
    code, summary = ingest()
    assert (code, summary["status"]) == (1, "ERRORED")
    assert Dataset.objects.count() == ITEMS + PACKAGES


def test_faults_that_pass_are_survived(portal, engine):
    portal.fail("/feed/dcat-us", "truncated", times=1)
    portal.fail("/feed/rss", "status", times=2)
    portal.fail("/search/v1/", "html", times=1)
    portal.fail("package_search", "wrong_type")
    assert ingest()[1]["status"] == "SUCCESS"


def test_a_feed_that_is_suddenly_empty_is_not_believed(portal, engine):
    ingest()
    for item in portal.content.items[1:]:
        item.only_in = tuple(key.lower() for key in EVERYWHERE if key != "RSS")
    code, summary = ingest()
    assert (code, summary["status"], summary["error_code"]) == (3, "PARTIAL", "too_few")
    assert DatasetEntry.objects.filter(feed="RSS").count() == ITEMS
    assert ingest("--allow-removals")[0] == 0
    assert DatasetEntry.objects.filter(feed="RSS").count() == 1
    assert Dataset.objects.count() == ITEMS + PACKAGES


def test_bad_entries_are_refused_and_shown(portal, engine):
    portal.content.items[0].fields = {"dcat_us": {"title": "{{title}}", "distribution": False, "keyword": None}}
    code, summary = ingest()
    assert (code, summary["status"], summary["rejects_by_reason"]) == (3, "PARTIAL", {"no_title": 1})
    assert RejectedRow.objects.get().column == "DCAT_US"


def test_a_dataset_that_ckan_learns_of_stays_the_same_row(portal, engine):
    """Its id becomes CKAN's, and whoever points to the row still does."""
    ingest()
    item = portal.content.items[0]
    row = Dataset.objects.get(aneel_id=item.id).pk
    page = f"{portal.hub_url}/datasets/{item.page_slug}"
    portal.content.packages.append(Package("novo", "Título do CKAN"))
    item.fields = {"hub_search": {}, "dcat_us": {"identifier": portal.content.packages[-1].id, "landingPage": page}}
    assert ingest()[0] == 0
    shown = Dataset.objects.get(pk=row)
    assert (shown.aneel_id, shown.title, shown.source_api) == (portal.content.packages[-1].id, "Título do CKAN", "CKAN")
    assert {"feed": "DCAT_US", "value": item.title} in shown.conflicts["title"]
    assert Dataset.objects.count() == ITEMS + PACKAGES


def test_likeness_is_proposed_and_a_person_decides(portal, engine):
    portal.content.packages.append(Package("tarifas", "Tarifas de energia elétrica", notes="Do CKAN"))
    portal.content.items.append(Item("Tarifas de Energia Eletrica", "Do Hub", tags=["hub"]))
    ingest()
    match = DatasetMatch.objects.get()
    assert (match.decision, float(match.score)) == ("PROPOSED", 100.0)
    assert Dataset.objects.filter(title__icontains="tarifas de energia el").count() == 2
    confirm_match(match, by="ana", reason="Mesma tabela")
    merged = Dataset.objects.get(title="Tarifas de energia elétrica")
    assert merged.feeds == ["CKAN", *EVERYWHERE]
    assert merged.conflicts["description"][0] == {"feed": "HUB_SEARCH", "value": "Do Hub"}
    assert ingest()[1]["status"] == "UNCHANGED"
    assert Dataset.objects.filter(title__icontains="tarifas de energia el").count() == 1
    deny_match(match, by="ana")
    assert Dataset.objects.filter(title__icontains="tarifas de energia el").count() == 2
    ingest("--force")
    match.refresh_from_db()
    assert (match.decision, match.decided_by, DatasetMatch.objects.count()) == ("DENIED", "ana", 1)


def test_a_past_day_from_the_archive_alone(portal, engine):
    ingest()
    columns = ("aneel_id", "title", "modified", "feeds", "resources", "provenance")
    before = list(Dataset.objects.order_by("aneel_id").values_list(*columns))
    DatasetEntry.objects.all().delete()
    Dataset.objects.all().delete()
    portal.fail("/", "status")
    (day,) = engine.glob("raw/datasets/*")
    code, summary = ingest("--file", str(day))
    assert (code, summary["inserted"]) == (0, ITEMS + PACKAGES)
    assert list(Dataset.objects.order_by("aneel_id").values_list(*columns)) == before


def test_one_feed_by_hand(portal, engine, tmp_path):
    address = f"{portal.hub_url}/api/feed/dcat-us/1.1.json"
    assert ingest("--url", address)[1]["inserted"] == ITEMS
    assert set(DatasetEntry.objects.values_list("feed", flat=True)) == {"DCAT_US"}
    bad = tmp_path / "x.json"
    bad.write_text('{"a": 1}')
    assert ingest("--file", str(bad))[1]["error_code"] == "not_a_feed"
    assert ingest("--file", str(tmp_path / "none"))[1]["error_code"] == "no_file"


def test_a_dry_run_writes_nothing(portal, engine):
    code, summary = ingest("--dry-run")
    assert (code, summary["inserted"]) == (0, ITEMS + PACKAGES)
    assert (Dataset.objects.count(), DatasetEntry.objects.count(), SourceFile.objects.count()) == (0, 0, 0)
    assert not list(engine.glob("raw/*"))


def test_asking_what_changed_is_two_requests_when_nothing_did(portal, engine):
    ingest()
    portal.forget()
    found = portal_changes()
    assert (found.any, in_english(found.said), len(portal.seen)) == (False, "nothing new", 2)
    portal.content.items[3].modified += timedelta(days=400)
    portal.content.packages.pop()
    found = portal_changes()
    assert found.changed == {"CKAN": [], "HUB_SEARCH": [portal.content.items[3].id]}
    assert found.counts["CKAN"] == (PACKAGES - 1, PACKAGES)
    assert whats_new().changed


def test_a_feed_that_failed_is_asked_again(portal, engine):
    portal.fail("/feed/rss", "status", status=404)
    ingest()
    assert in_english(whats_new().why) == "RSS did not answer the last time"
    portal.fail("/", "status", status=404)
    with pytest.raises(SourceUnavailableError):
        whats_new()
    portal.heal()
    ingest()
    assert not whats_new().changed
