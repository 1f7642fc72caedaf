"""Forgetting a person: their data is gone from the log, everything else stands, and the chain is whole."""

import json
from datetime import UTC, date, datetime

import polars as pl
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from audit import retention
from audit.actions.erase import erase
from audit.chain import checkpoint
from audit.models import ChainHead, ChangeLogEntry
from audit.verify import verify
from tests.audit.test_revert import change
from tests.factories.products import ManufacturerFactory
from ysh.core.actor import Actor, acting_as
from ysh.core.errors import TerminalError

pytestmark = pytest.mark.django_db

NAME = 'José "Zé" da Silva'


@pytest.fixture(autouse=True)
def _empty_log(db):
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE audit.change_log, audit.chain_heads, audit.seal_progress")


def test_a_person_is_forgotten_and_the_chain_stays_whole():
    manufacturer = ManufacturerFactory(name="Solar Ltda", website="https://example.org/a")
    change(manufacturer, "José da Silva", name=NAME)
    change(manufacturer, name="Solar Sul", website="https://example.org/b")

    report = erase([NAME, "josé da silva"], by="dpo", reason="asked for, case 7")

    text = json.dumps(list(ChangeLogEntry.objects.values("changed_by", "record_label", "reason", "old_values", "new_values")))
    assert "Silva" not in text
    assert "Solar Sul" in text
    assert "https://example.org/b" in text
    assert report.entries >= 2
    marks = ChangeLogEntry.objects.filter(table_name="change_log")
    assert {(mark.changed_by, mark.reason) for mark in marks} == {("dpo", "asked for, case 7")}
    found = verify()
    assert (found.ok, found.erased > 0) == (True, True)


@pytest.mark.parametrize(
    ("texts", "reason"), [([], "x"), (["abc"], "x"), (["José Silva"], "José Silva asked"), (["José Silva"], " ")]
)
def test_what_would_do_harm_is_refused(texts, reason):
    with pytest.raises(TerminalError):
        erase(texts, by="dpo", reason=reason)


def test_the_command_says_what_it_did_and_where_else_to_look(capsys):
    change(ManufacturerFactory(), name=NAME)
    with acting_as(Actor("dpo", "command")):
        call_command("audit", "erase", "--name", NAME, "--reason", "case 7", "--json")
    assert set(ChangeLogEntry.objects.filter(table_name="change_log").values_list("changed_by", "change_source")) == {
        ("dpo", "command")
    }
    report = json.loads(capsys.readouterr().out)
    assert report["entries"] >= 1
    assert any("lake" in place for place in report["elsewhere"])
    with pytest.raises(CommandError, match="at least"):
        call_command("audit", "erase", "--name", "abc", "--reason", "case 7")


def test_archived_months_forget_too_and_stay_verifiable(settings, tmp_path):
    settings.LAKE_URL, settings.DYNAMODB_ENABLED = tmp_path.as_uri(), False
    month, reasons = date(2001, 3, 1), ["asked by josé", "a list", "a list"]
    for reason, name in zip(reasons, ["x", NAME, "y"], strict=True):
        ChangeLogEntry.objects.create(
            table_schema="products", table_name="products", record_id="1", operation="UPDATE", change_source="admin",
            changed_at=datetime(2001, 3, 10, tzinfo=UTC), reason=reason, old_values={"name": "a", "cost": 1.50},
            new_values={"name": name, "cost": 2.5},
        )  # fmt: skip
    checkpoint(datetime(2001, 5, 1, tzinfo=UTC))
    with connection.cursor() as cursor:
        cursor.execute("SELECT encode(audit.personal_digest(c), 'hex') FROM audit.change_log c ORDER BY id")
        digests = [digest for (digest,) in cursor.fetchall()]
    retention.prune(date(2012, 1, 1))

    report = erase([NAME, "José"], by="dpo", reason="case 7")

    assert (report.entries, report.archived) == (0, 2)
    (path,) = tmp_path.rglob("*.parquet")
    frame = pl.read_parquet(path)
    assert "José" not in str(frame.rows())
    assert frame["reason"].to_list() == ["***", "a list", "a list"]
    assert frame["personal_digest"].to_list() == [*digests[:2], None]
    assert [salt is None for salt in frame["salt"]] == [True, True, False]
    assert [json.loads(values) for values in frame["new_values"]] == [{"name": name, "cost": 2.5} for name in ("x", "***", "y")]
    mark = ChangeLogEntry.objects.get(table_name="chain_heads")
    assert (mark.changed_by, mark.reason, mark.record_id) == ("dpo", "case 7", "2001-03-01")
    assert verify(month).ok
    assert erase([NAME, "a list"], by="dpo", reason="case 8").archived == 2
    assert pl.read_parquet(next(tmp_path.rglob("*.parquet")))["personal_digest"].to_list() == digests[:1] + digests[1:]
    assert verify(month).ok


def test_an_archive_that_is_not_as_written_is_left_and_named(settings, tmp_path):
    settings.LAKE_URL, settings.DYNAMODB_ENABLED = tmp_path.as_uri(), False
    ChainHead.objects.create(month=date(2001, 3, 1), entry_hash=b"x", archive_uri="there", archive_sha256="0")
    report = erase([NAME], by="dpo", reason="case 7")
    assert (report.archived, "2001-03 is gone" in report.elsewhere[0]) == (0, True)
