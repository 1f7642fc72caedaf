"""The chain of hashes: what is tampered with is found and named, what is erased properly is not; writers do not wait for it."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from itertools import pairwise

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, connections, transaction

from audit import checkpoints
from audit.chain import checkpoint, seal
from audit.checkpoints import Checkpoint
from audit.models import ChainHead, ChangeLogEntry, SealProgress
from audit.verify import verify
from products.models import Manufacturer
from tests.factories.products import ManufacturerFactory
from ysh.core.actor import Actor, acting_as

THIS_MONTH = datetime.now(UTC).date().replace(day=1)


@pytest.fixture
def lake(settings, tmp_path):
    settings.LAKE_URL = tmp_path.as_uri()
    settings.DYNAMODB_ENABLED = False
    return tmp_path


@pytest.fixture
def log(db, lake):
    """Ten sealed entries."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE audit.change_log, audit.chain_heads")
    ManufacturerFactory.create_batch(10)
    assert seal() == 10
    return list(ChangeLogEntry.objects.order_by("id"))


def as_superuser(statement, *parameters):
    """Past every trigger."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit.change_log DISABLE TRIGGER USER")
        cursor.execute(statement, parameters)
        cursor.execute("ALTER TABLE audit.change_log ENABLE TRIGGER USER")


def found(**options):
    return [(finding.kind, finding.entry, finding.position) for finding in verify(**options).findings]


def test_an_untouched_log_is_as_it_was_written(log):
    result = verify()
    assert (result.ok, result.entries, result.erased) == (True, 10, 0)
    assert [entry.chain_position for entry in log] == list(range(1, 11))
    assert all(bytes(one.entry_hash) == bytes(two.prev_hash) for one, two in pairwise(log))

    ManufacturerFactory()
    assert verify().entries == 11
    assert seal() == 0


@pytest.mark.parametrize(
    "change",
    [
        "new_values = '{}'",
        "changed_by = 'somebody else'",
        "reason = 'another'",
        "record_label = 'x'",
        "record_id = '0'",
        "operation = 'DELETE'",
        "table_name = 'products'",
        "changed_at = changed_at + interval '1 microsecond'",
        "change_source = 'api'",
        "request_id = gen_random_uuid()",
        "run_id = gen_random_uuid()",
        "changed_fields = '{a}'",
        "salt = gen_random_uuid()",
        "entry_hash = sha256('x')",
    ],
)
def test_an_altered_entry_is_named(log, change):
    as_superuser(f"UPDATE audit.change_log SET {change} WHERE id = %s", log[4].id)
    assert ("altered", log[4].id, 5) in found()


def test_an_altered_entry_with_a_hash_that_fits_breaks_the_chain_behind_it(log):
    as_superuser("UPDATE audit.change_log SET reason = 'another' WHERE id = %s", log[4].id)
    as_superuser(
        "UPDATE audit.change_log c SET entry_hash = audit.entry_digest(c, prev_hash, chain_position, audit.personal_digest(c)) "
        "WHERE id = %s",
        log[4].id,
    )
    assert found() == [("moved", log[5].id, 6)]


def test_removed_entries_are_told_where_they_were(log):
    as_superuser("DELETE FROM audit.change_log WHERE id IN (%s, %s)", log[3].id, log[4].id)
    (finding,) = verify().findings
    assert (finding.kind, finding.position) == ("removed", 4)
    assert finding.message == f"2 entries were removed: places 4 to 5, after entry {log[2].id}, before entry {log[5].id}."


def test_entries_removed_at_either_end_are_found(log):
    as_superuser("DELETE FROM audit.change_log WHERE id IN (%s, %s)", log[0].id, log[9].id)
    assert found() == [("removed", None, 1), ("removed", None, 10)]


def test_a_copied_entry_is_found(log):
    as_superuser(
        "INSERT INTO audit.change_log (table_schema, table_name, record_id, operation, change_source, changed_at, prev_hash, entry_hash,"
        " chain_position) SELECT table_schema, table_name, record_id, operation, change_source, changed_at, prev_hash, entry_hash, 5 "
        "FROM audit.change_log WHERE id = %s",
        log[4].id,
    )
    assert [kind for kind, _entry, _place in found()] == ["inserted"]


def test_an_entry_put_in_with_an_old_date_is_found(log):
    """Dated the first of a month whose sealed entries are of its middle, so that it does not matter what day it is."""
    middle = (log[0].changed_at.replace(day=15) + timedelta(days=31)).replace(day=15)
    for number, moment in enumerate((middle, middle.replace(day=1, hour=0, minute=0))):
        ChangeLogEntry.objects.create(
            table_schema="products", table_name="products", record_id=str(number), operation="DELETE", change_source="admin",
            changed_at=moment,
        )  # fmt: skip
        assert seal() == 1

    assert [kind for kind, _entry, _place in found()] == ["inserted"]


def test_an_entry_put_into_a_closed_month_is_never_sealed_and_found(log):
    ChainHead.objects.update(closed_at=datetime.now(UTC))
    late = ChangeLogEntry.objects.create(
        table_schema="products", table_name="products", record_id="1", operation="DELETE", change_source="admin"
    )
    assert ("inserted", late.id, None) in found()


def test_a_log_cut_short_together_with_its_head_does_not_match_the_copies(log, lake):
    checkpoint()
    assert verify().ok
    as_superuser("DELETE FROM audit.change_log WHERE id = %s", log[9].id)
    ChainHead.objects.update(position=9, entry_hash=log[8].entry_hash)
    (finding,) = verify().findings
    assert (finding.kind, finding.message) == ("removed", "The log is shorter than the lake knows (10): place 10 is gone.")


def test_a_month_rewritten_from_end_to_end_does_not_match_the_copies(log, lake):
    checkpoint()
    as_superuser("UPDATE audit.change_log SET reason = 'another', entry_hash = NULL, prev_hash = NULL, chain_position = NULL")
    ChainHead.objects.all().delete()
    SealProgress.objects.all().delete()
    assert found() == [("checkpoint", log[9].id, 10)]


def test_a_month_is_closed_two_days_after_its_end_and_its_copy_is_final(log, lake):
    checkpoint()
    assert ChainHead.objects.get().closed_at is None
    end = datetime(THIS_MONTH.year + THIS_MONTH.month // 12, THIS_MONTH.month % 12 + 1, 3, tzinfo=UTC)
    checkpoint(end)
    assert ChainHead.objects.get().closed_at == end
    kept = json.loads((lake / "audit" / "checkpoints" / f"{THIS_MONTH:%Y-%m}.json").read_text())
    assert kept == {"month": THIS_MONTH.isoformat(), "position": 10, "entry_hash": bytes(log[9].entry_hash).hex(), "closed": True}
    assert verify(THIS_MONTH).ok

    checkpoints.store(Checkpoint(THIS_MONTH.isoformat(), 11, "00" * 32, closed=True))
    assert checkpoints.read(THIS_MONTH).lake.position == 10


def test_a_shorter_chain_does_not_replace_a_longer_ones_copy(lake):
    month = date(2001, 1, 1)
    checkpoints.store(Checkpoint("2001-01-01", 5, "aa", closed=False))
    checkpoints.store(Checkpoint("2001-01-01", 4, "bb", closed=False))
    assert checkpoints.read(month).lake == Checkpoint("2001-01-01", 5, "aa", closed=False)


def test_an_erasure_leaves_the_chain_verifiable_and_is_itself_an_entry(log):
    with acting_as(Actor("dpo", "command", reason="LGPD art. 18")), connection.cursor() as cursor:
        cursor.execute("SET LOCAL ysh.erasing = 'on'")
        cursor.execute("UPDATE audit.change_log SET changed_by = '***', new_values = '{}' WHERE id = %s", [log[4].id])
        cursor.execute("UPDATE audit.change_log SET record_label = '***' WHERE id = %s", [log[4].id])
        cursor.execute("UPDATE audit.change_log SET record_label = '***' WHERE id = %s", [log[4].id])
        cursor.execute("SET LOCAL ysh.erasing = 'off'")

    result = verify()
    assert (result.ok, result.entries, result.erased) == (True, 12, 1)
    erasure = ChangeLogEntry.objects.latest("id")
    assert (erasure.table_schema, erasure.table_name, erasure.record_id) == ("audit", "change_log", str(log[4].id))
    assert (erasure.changed_by, erasure.reason) == ("dpo", "LGPD art. 18")
    assert "maker" not in json.dumps(erasure.old_values)
    assert ChangeLogEntry.objects.get(id=log[4].id).salt != log[4].salt

    as_superuser("UPDATE audit.change_log SET changed_by = 'somebody' WHERE id = %s", log[4].id)
    assert found() == [("altered", log[4].id, 5)]


@pytest.mark.parametrize("change", ["record_id = '0'", "changed_at = now()", "entry_hash = NULL", "operation = 'DELETE'"])
def test_an_erasure_touches_only_what_may_name_a_person(log, change):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ysh.erasing = 'on'")
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            cursor.execute(f"UPDATE audit.change_log SET changed_by = '***', {change} WHERE id = %s", [log[4].id])


def test_nobody_gives_an_entry_a_hash_and_changes_it_on_the_way(log):
    ManufacturerFactory()
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE audit.change_log SET entry_hash = sha256('x'), reason = 'x' WHERE entry_hash IS NULL")


def test_the_command_names_findings_and_fails(log):
    as_superuser("UPDATE audit.change_log SET reason = 'another' WHERE id = %s", log[4].id)
    out = StringIO()
    with pytest.raises(CommandError, match="1 findings"):
        call_command("audit", "verify", "--month", f"{THIS_MONTH:%Y-%m}", "--json", stdout=out)
    document = json.loads(out.getvalue())
    assert (document["ok"], document["findings"][0]["entry"]) == (False, log[4].id)


@pytest.mark.django_db(transaction=True)
def test_eight_writers_and_a_sealer_leave_one_chain(lake):
    """Writers whose transactions overlap; one that is open while later ones are sealed gets its place behind them."""
    faults = []

    def write(number):
        try:
            for turn in range(6):
                with transaction.atomic():
                    Manufacturer.objects.create(name=f"w{number}-{turn}")
                    Manufacturer.objects.filter(name=f"w{number}-{turn}").update(website="https://example.org")
        except Exception as error:  # whatever it is, the test has to know
            faults.append(error)
        finally:
            connections.close_all()

    def keep_sealing():
        try:
            while any(writer.is_alive() for writer in writers):
                seal()
        except Exception as error:
            faults.append(error)
        finally:
            connections.close_all()

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE audit.change_log, audit.chain_heads, audit.seal_progress")
    writers = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    sealer = threading.Thread(target=keep_sealing)
    with transaction.atomic():
        Manufacturer.objects.create(name="slow")
        for thread in (*writers, sealer):
            thread.start()
        for thread in (*writers, sealer):
            thread.join(60)
    result = verify()

    assert faults == []
    assert (result.findings, result.entries) == ((), 8 * 6 * 2 + 1)
    slow = ChangeLogEntry.objects.get(new_values__name="slow")
    assert slow.chain_position > ChangeLogEntry.objects.filter(id__gt=slow.id).order_by("id").first().chain_position
    assert not ChangeLogEntry.objects.filter(entry_hash=None).exists()


@pytest.mark.django_db(transaction=True)
def test_what_is_open_while_others_are_sealed_is_not_passed_over(lake):
    """The newest transaction of all is open, and nothing else happens: its number is the one that was given out last."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE audit.change_log, audit.chain_heads, audit.seal_progress")
    Manufacturer.objects.create(name="before")
    seal()

    def seal_often():
        try:
            return [seal() for _ in range(4)]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as elsewhere, transaction.atomic():
        Manufacturer.objects.create(name="open")
        assert elsewhere.submit(seal_often).result(60) == [0, 0, 0, 0]
        entry = ChangeLogEntry.objects.get(new_values__name="open")
        assert SealProgress.objects.get().settled_id < entry.id
    result = verify()

    assert (result.findings, result.entries) == ((), 2)
