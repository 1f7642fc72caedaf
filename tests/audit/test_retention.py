"""Months past retention are archived whole, then thinned out: creation, last change and deletion of each record stay."""

import hashlib
import json
from datetime import UTC, date, datetime
from io import BytesIO, StringIO

import polars as pl
import pytest
from django.core.management import call_command
from django.db import connection

from audit import lake, retention
from audit.chain import checkpoint, seal
from audit.models import ChainHead, ChangeLogEntry
from audit.verify import verify

OLD = datetime(2001, 3, 10, tzinfo=UTC)
TODAY = date(2012, 1, 1)


@pytest.fixture
def log(db, settings, tmp_path):
    """A record created, changed three times; another changed once; a unit changed twice. All in March 2001, closed."""
    settings.LAKE_URL, settings.DYNAMODB_ENABLED = tmp_path.as_uri(), False
    rows = [("products", "products", "1", "INSERT"), *[("products", "products", "1", "UPDATE")] * 3]
    rows += [("products", "products", "2", "UPDATE"), *[("aneel", "generation_units", "7", "UPDATE")] * 2]
    for schema, table, record, operation in rows:
        ChangeLogEntry.objects.create(
            table_schema=schema, table_name=table, record_id=record, operation=operation, change_source="admin", changed_at=OLD,
            old_values={"a": 1}, new_values={"a": 2},
        )  # fmt: skip
    seal()
    checkpoint(datetime(2001, 5, 1, tzinfo=UTC))
    return lambda: list(ChangeLogEntry.objects.filter(changed_at=OLD).order_by("id").values_list("record_id", "operation"))


def test_what_is_past_its_retention_goes_and_the_rest_stays(log, tmp_path):
    (done,) = retention.prune(TODAY)

    assert (done.month, done.entries, done.removed) == ("2001-03-01", 7, 3)
    assert log() == [("1", "INSERT"), ("1", "UPDATE"), ("2", "UPDATE"), ("7", "UPDATE")]
    assert retention.prune(TODAY) == []
    result = verify(date(2001, 3, 1))
    assert (result.findings, result.entries) == ((), 4)


def test_the_archive_has_the_whole_month(log):
    retention.prune(TODAY)

    manifest = json.loads(lake.get("archive/2001-03/manifest.json"))
    frame = pl.read_parquet(BytesIO(lake.get("archive/2001-03/part-0001.parquet")))
    assert manifest["rows"] == frame.height == 7
    assert frame["chain_position"].to_list() == list(range(1, 8))
    assert frame["entry_hash"][6] == bytes(ChainHead.objects.get(month=date(2001, 3, 1)).entry_hash).hex()


def test_a_month_of_many_parts_is_archived_part_by_part(log, monkeypatch):
    monkeypatch.setattr(retention, "_PART_ROWS", 3)
    retention.prune(TODAY)

    parts = json.loads(lake.get("archive/2001-03/manifest.json"))["parts"]
    frames = [pl.read_parquet(BytesIO(lake.get(f"archive/2001-03/{part['name']}"))) for part in parts]
    assert [part["rows"] for part in parts] == [frame.height for frame in frames] == [3, 3, 1]
    assert pl.concat(frames)["chain_position"].to_list() == list(range(1, 8))
    assert [hashlib.sha256(lake.get(f"archive/2001-03/{part['name']}")).hexdigest() for part in parts] == [
        part["sha256"] for part in parts
    ]


def test_a_part_is_a_range_of_an_index_and_nothing_is_sorted(log):
    with connection.cursor() as cursor:
        # Seven entries are sorted sooner than looked up; a plan with a sort is only there when there is no other.
        cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        bounds = {"from": OLD, "to": TODAY, "id": -1, "changed_at": "-infinity", "rows": 2}
        cursor.execute("EXPLAIN " + retention.PART.format(columns="id"), bounds)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Sort  (" not in plan
    assert "pkey" in plan


def test_models_with_a_longer_retention_are_left_alone(log):
    assert [done.removed for done in retention.prune(date(2004, 1, 1), dry_run=True)] == [1]
    assert len(log()) == 7


def test_without_an_archive_nothing_is_removed(log, settings):
    settings.LAKE_URL = "file:///proc/nowhere"
    with pytest.raises(lake.LakeError, match="Check LAKE_URL"):
        retention.prune(TODAY)
    assert len(log()) == 7


def test_open_months_are_left_alone(log):
    ChainHead.objects.update(closed_at=None)
    assert retention.prune(TODAY) == []


def test_an_entry_altered_after_pruning_and_a_lost_archive_are_found(log, tmp_path):
    retention.prune(TODAY)
    (tmp_path / "audit" / "archive" / "2001-03" / "manifest.json").unlink()
    assert [finding.kind for finding in verify(date(2001, 3, 1)).findings] == ["archive"]


def test_a_part_of_the_archive_that_is_another_or_gone_is_named(log, tmp_path):
    retention.prune(TODAY)
    part = tmp_path / "audit" / "archive" / "2001-03" / "part-0001.parquet"
    part.write_bytes(part.read_bytes()[:-1])
    (finding,) = verify(date(2001, 3, 1)).findings
    assert (finding.kind, "part-0001.parquet of 2001-03" in finding.message) == ("archive", True)
    part.unlink()
    assert "is gone" in verify(date(2001, 3, 1)).findings[0].message


def test_the_command_says_what_it_would_do(log):
    out = StringIO()
    call_command("audit", "prune", "--dry-run", "--json", stdout=out)
    assert json.loads(out.getvalue())["months"][0]["removed"] == 3
    assert len(log()) == 7
