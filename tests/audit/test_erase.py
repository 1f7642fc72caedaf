"""Forgetting a person: their data is gone from the log, everything else stands, and the chain is whole."""

import json

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from audit.actions.erase import erase
from audit.models import ChangeLogEntry
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
