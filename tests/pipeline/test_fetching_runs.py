"""Runs that fetch from the portal, against each of its faults: what is in the database, the archive and the exit code afterwards."""

import io
import json

import pytest
from django.core.management import call_command

from aneel.models import Tariff
from pipeline.models import IngestionRun, SourceFile
from tests.portal import Portal
from tests.portal.files import TARIFFS_PACKAGE, tariffs_csv
from tests.portal.fixture import point_to
from tests.portal.server import CERTIFICATES

NAME = "Tarifas homologadas das distribuidoras de energia elétrica"


def ingest(*args):
    """`manage.py ingest tariffs --json`: exit code and its JSON object."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("ingest", "tariffs", "--json", *args, stdout=out, stderr=err)
    return int(ended.value.code or 0), json.loads(out.getvalue())


def archived(lake, folder="tariffs"):
    """The archived bytes, by published name."""
    files = [path for path in lake.glob(f"raw/{folder}/*/*") if not path.name.endswith(".meta.json")]
    return sorted(path.name.partition("-")[2] for path in files)


def test_a_run_resolves_fetches_archives_and_loads(portal, engine):
    code, summary = ingest()
    assert (code, summary["status"], summary["inserted"]) == (0, "SUCCESS", 12)
    assert archived(engine) == ["tarifas-homologadas-distribuidoras-energia-eletrica.csv"]
    assert archived(engine, "tariffs.portal") == [f"package_show-{TARIFFS_PACKAGE}.json"]
    file, run = SourceFile.objects.get(), IngestionRun.objects.get()
    assert file.published
    assert file.etag
    assert file.last_modified is not None
    assert (run.api_calls, run.cache_hits) == (2, 0)
    meta = json.loads(next(engine.glob("raw/tariffs/*/*.meta.json")).read_text())
    assert meta["sha256"] == file.sha256
    assert meta["headers"]["content-type"] == "text/csv"


def test_the_next_run_asks_whether_it_changed(portal, engine):
    ingest()
    code, summary = ingest()
    assert (code, summary["status"]) == (0, "UNCHANGED")
    downloads = portal.asked("/download/")
    assert [entry.status for entry in downloads] == [200, 304]
    assert IngestionRun.objects.latest("id").cache_hits == 1
    portal.add_file(TARIFFS_PACKAGE, NAME, "CSV", tariffs_csv(14))
    assert ingest()[1]["inserted"] == 2
    assert ingest("--force")[1]["unchanged"] == 14
    assert [entry.status for entry in downloads + portal.asked("/download/")[2:]] == [200, 304, 200, 200]


def test_a_copy_that_is_gone_from_the_archive_is_fetched_again(portal, engine):
    ingest()
    for path in engine.glob("raw/tariffs/*/*.csv"):
        path.unlink()
    assert ingest()[1]["status"] == "UNCHANGED"
    assert [entry.status for entry in portal.asked("/download/")] == [200, 200]
    assert len(archived(engine)) == 1


def test_what_was_fetched_and_not_published_is_loaded_from_the_archive(portal, engine):
    """For the server the file is the known one, though only a part of it was loaded."""
    assert ingest("--limit", "3")[1]["inserted"] == 3
    code, summary = ingest()
    assert (code, summary["inserted"], summary["unchanged"]) == (0, 9, 3)
    assert [entry.status for entry in portal.asked("/download/")] == [200, 304]


@pytest.mark.parametrize(
    ("path", "fault", "code", "status", "kept"),
    [
        ("package_show", {"kind": "status"}, 1, "ERRORED", 0),
        ("package_show", {"kind": "status", "status": 429, "retry_after": "9999"}, 1, "ERRORED", 0),
        ("package_show", {"kind": "truncated"}, 1, "ERRORED", 0),
        ("package_show", {"kind": "html"}, 1, "ERRORED", 0),
        ("package_show", {"kind": "reset", "after": 10}, 1, "ERRORED", 0),
        ("package_show", {"kind": "redirect_loop"}, 1, "ERRORED", 0),
        ("/download/", {"kind": "status"}, 1, "ERRORED", 0),
        ("/download/", {"kind": "status", "status": 404}, 1, "ERRORED", 0),
        ("/download/", {"kind": "redirect_loop"}, 1, "ERRORED", 0),
        ("/download/", {"kind": "redirect", "location": "file:///etc/passwd"}, 1, "FAILED", 0),
        ("/download/", {"kind": "html"}, 1, "FAILED", 1),
        ("/download/", {"kind": "columns"}, 1, "FAILED", 1),
        ("package_show", {"kind": "status", "times": 2}, 0, "SUCCESS", 1),
        ("package_show", {"kind": "truncated", "times": 1}, 0, "SUCCESS", 1),
        ("package_show", {"kind": "wrong_type"}, 0, "SUCCESS", 1),
        ("/download/", {"kind": "status", "status": 429, "retry_after": "0", "times": 2}, 0, "SUCCESS", 1),
        ("/download/", {"kind": "reset", "times": 2, "after": 500}, 0, "SUCCESS", 1),
        ("/download/", {"kind": "short", "times": 2}, 0, "SUCCESS", 1),
        ("/download/", {"kind": "wrong_type"}, 0, "SUCCESS", 1),
    ],
)
def test_faults(portal, engine, path, fault, code, status, kept):
    """A fault that passes is survived; another leaves the table as it was, says so, and is archived if anything came."""
    portal.fail(path, **fault)
    ended, summary = ingest()
    assert (ended, summary["status"]) == (code, status), summary["error"]
    assert Tariff.objects.count() == (0 if code else 12)
    assert len(archived(engine)) == kept
    run = IngestionRun.objects.get()
    assert (run.status, bool(run.error_message)) == (status, bool(code))
    portal.heal()
    assert ingest()[0] == 0
    assert Tariff.objects.count() == 12


def test_silence_and_dripping(portal, engine, settings):
    settings.INGEST_READ_SECONDS, settings.INGEST_SLOW_AFTER_SECONDS = 0.2, 0.2
    portal.fail("package_show", "hang", times=3)
    assert ingest()[1]["status"] == "ERRORED"
    portal.fail("/download/", "drip", times=1)
    assert ingest()[1]["error_code"] == "too_slow"
    settings.INGEST_READ_SECONDS = 30
    assert ingest()[1]["status"] == "SUCCESS"


def test_a_feed_does_not_lead_into_our_own_network(portal, engine):
    """CKAN's answer names a server of this machine, then a file of it: neither is asked."""
    with Portal() as inside:
        inside.put("/tarifas-homologadas.csv", tariffs_csv())
        for address, code in (
            (f"{inside.url}/tarifas-homologadas.csv", "private_address"),
            ("file:///etc/tarifas-homologadas.csv", "bad_url"),
        ):
            portal.content.packages[1].fields = {"resources": [{"name": NAME, "format": "CSV", "url": address}]}
            ended, summary = ingest()
            assert (ended, summary["status"], summary["error_code"]) == (1, "FAILED", code)
        assert inside.seen == []


def test_an_expired_certificate(engine, settings, tmp_path):
    settings.ANEEL_CA_BUNDLE = str(CERTIFICATES / "root.pem")
    for certificate, expected in (("expired", "certificate"), ("leaf", "certificate"), ("complete", "")):
        with Portal(certificate=certificate) as secure:
            point_to(settings, secure)
            assert ingest()[1]["error_code"] == expected
    assert Tariff.objects.count() == 12


def test_a_dry_run_keeps_nothing(portal, engine):
    assert ingest("--dry-run")[1]["inserted"] == 12
    assert (archived(engine), archived(engine, "tariffs.portal"), SourceFile.objects.count()) == ([], [], 0)
