"""Checkpoints and archives where they are kept: a real DynamoDB table, a real bucket; and the commands that write and read them."""

import json
from datetime import UTC, date, datetime
from io import BytesIO, StringIO
from uuid import uuid4

import polars as pl
import pytest
from django.conf import settings as configured
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import override_settings

from audit import chain, lake
from audit.checkpoints import Checkpoint, read, store
from audit.models import ChainHead, ChangeLogEntry
from audit.tasks import checkpoint as checkpoint_task
from audit.tasks import prune as prune_task
from audit.tasks import seal as seal_task
from audit.verify import verify
from pipeline.archive import s3_client
from tests.factories.products import ManufacturerFactory
from ysh.core.dynamodb.client import client
from ysh.core.dynamodb.tables import PIPELINE_CACHE

MONTH = date(2001, 3, 1)
OLD = datetime(2001, 3, 10, tzinfo=UTC)
CLOSED = datetime(2001, 5, 1, tzinfo=UTC)

needs_dynamodb = pytest.mark.skipif(not configured.DYNAMODB_ENDPOINT_URL, reason="no server in DYNAMODB_ENDPOINT_URL")
needs_s3 = pytest.mark.skipif(not configured.S3_ENDPOINT_URL, reason="no server in S3_ENDPOINT_URL")


@pytest.fixture
def table():
    """The table of the checkpoints under a name of its own, empty."""
    with override_settings(DYNAMODB_ENABLED=True, DYNAMODB_TABLE_PREFIX=f"audit-{uuid4().hex[:12]}-"):
        client().create_table(
            TableName=PIPELINE_CACHE.name,
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            BillingMode="PAY_PER_REQUEST",
        )
        try:
            yield PIPELINE_CACHE.name
        finally:
            client().delete_table(TableName=PIPELINE_CACHE.name)


@pytest.fixture
def bucket():
    """A bucket of its own as the lake, with a prefix."""
    name = f"audit-{uuid4().hex[:20]}"
    s3 = s3_client()
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": configured.AWS_REGION})
    with override_settings(LAKE_URL=f"s3://{name}/deep/prefix"):
        try:
            yield name
        finally:
            for item in s3.list_objects_v2(Bucket=name).get("Contents", []):
                s3.delete_object(Bucket=name, Key=item["Key"])
            s3.delete_bucket(Bucket=name)


@pytest.fixture
def local(settings, tmp_path):
    """The lake in a folder, and no DynamoDB."""
    settings.LAKE_URL, settings.DYNAMODB_ENABLED = tmp_path.as_uri(), False
    return tmp_path


@pytest.fixture
def log(db):
    """A record created and changed three times in March 2001; not sealed yet."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE audit.change_log, audit.chain_heads")
    for operation in ("INSERT", "UPDATE", "UPDATE", "UPDATE"):
        ChangeLogEntry.objects.create(
            table_schema="products", table_name="products", record_id="1", operation=operation, change_source="admin",
            changed_at=OLD, old_values={"a": 1}, new_values={"a": 2},
        )  # fmt: skip


def point(position, *, closed=False, letter="a"):
    return Checkpoint(MONTH.isoformat(), position, letter * 64, closed)


@needs_dynamodb
def test_a_checkpoint_is_kept_in_both_places_and_only_goes_on(table, settings, tmp_path):
    settings.LAKE_URL = tmp_path.as_uri()

    assert read(MONTH) == type(read(MONTH))(None, None, ())
    assert store(point(4)) == []
    assert (read(MONTH).dynamodb, read(MONTH).lake) == (point(4), point(4))
    assert store(point(3, letter="b")) == []
    assert (read(MONTH).dynamodb, read(MONTH).lake) == (point(4), point(4))
    assert store(point(9, closed=True, letter="c")) == []
    assert store(point(12, letter="d")) == []
    kept = read(MONTH)
    assert (kept.dynamodb, kept.lake, kept.unanswered) == (
        point(9, closed=True, letter="c"),
        point(9, closed=True, letter="c"),
        (),
    )


@needs_dynamodb
def test_the_table_alone_is_enough_to_find_a_rewritten_log(table, log, settings, tmp_path):
    """Hashes, head and lake all rewritten by who may do anything in the database."""
    settings.LAKE_URL = tmp_path.as_uri()
    assert chain.checkpoint(CLOSED) == []
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit.change_log DISABLE TRIGGER USER")
        cursor.execute(
            "UPDATE audit.change_log SET reason = 'another', entry_hash = NULL, prev_hash = NULL, chain_position = NULL"
        )
        cursor.execute("ALTER TABLE audit.change_log ENABLE TRIGGER USER")
        cursor.execute("DELETE FROM audit.chain_heads")
        cursor.execute("UPDATE audit.seal_progress SET settled_id = 0")
    for path in tmp_path.rglob("*.json"):
        path.unlink()

    (finding,) = verify(MONTH).findings

    assert (finding.kind, finding.position) == ("checkpoint", 4)
    assert "DynamoDB" in finding.message


def test_without_the_table_the_other_place_is_written_and_the_fault_is_named(log, settings, tmp_path):
    settings.LAKE_URL = tmp_path.as_uri()
    with override_settings(DYNAMODB_ENABLED=True, DYNAMODB_TABLE_PREFIX="there-is-none-"):
        (problem,) = chain.checkpoint(CLOSED)
        assert problem.startswith("dynamodb: table there-is-none-pipeline-cache")
        assert read(MONTH).lake is not None
        assert ChainHead.objects.get(month=MONTH).closed_at is not None


def test_without_any_place_the_month_stays_open(log, settings, tmp_path):
    (tmp_path / "audit").write_text("a file where the folder should be")
    settings.LAKE_URL, settings.DYNAMODB_ENABLED = tmp_path.as_uri(), False

    assert {problem.split(":")[0] for problem in chain.checkpoint(CLOSED)} == {"dynamodb", "lake"}
    assert ChainHead.objects.get(month=MONTH).closed_at is None


@needs_s3
def test_the_lake_in_a_bucket(bucket, tmp_path):
    big = tmp_path / "big.parquet"
    big.write_bytes(b"x" * 100_000)

    assert lake.get("checkpoints/2001-03.json") is None
    assert lake.put("checkpoints/2001-03.json", b"{}") == f"s3://{bucket}/deep/prefix/audit/checkpoints/2001-03.json"
    assert (
        lake.put("archive/2001-03/part-0001.parquet", big) == f"s3://{bucket}/deep/prefix/audit/archive/2001-03/part-0001.parquet"
    )
    assert (lake.get("checkpoints/2001-03.json"), lake.get("archive/2001-03/part-0001.parquet")) == (b"{}", big.read_bytes())
    lake.delete("checkpoints/2001-03.json")
    lake.delete("checkpoints/2001-03.json")
    assert lake.get("checkpoints/2001-03.json") is None


@needs_s3
def test_a_month_is_archived_in_a_bucket_pruned_and_verified(bucket, log, settings):
    settings.DYNAMODB_ENABLED = False
    chain.checkpoint(CLOSED)
    out = StringIO()

    call_command("audit", "prune", "--json", stdout=out)

    (done,) = json.loads(out.getvalue())["months"]
    assert (done["entries"], done["removed"]) == (4, 2)
    assert done["archive_uri"] == f"s3://{bucket}/deep/prefix/audit/archive/2001-03/manifest.json"
    frame = pl.read_parquet(BytesIO(lake.get("archive/2001-03/part-0001.parquet")))
    assert frame.select("chain_position", "operation", "new_values").rows() == [
        (place, operation, '{"a": 2}') for place, operation in enumerate(["INSERT", "UPDATE", "UPDATE", "UPDATE"], start=1)
    ]
    assert verify(MONTH).ok
    s3_client().delete_object(Bucket=bucket, Key="deep/prefix/audit/archive/2001-03/manifest.json")
    assert [finding.kind for finding in verify(MONTH).findings] == ["archive"]


@needs_s3
def test_a_bucket_that_is_not_there_is_said_with_its_address():
    with override_settings(LAKE_URL="s3://there-is-no-such-bucket-of-ours"):
        assert lake.get("checkpoints/2001-03.json") is None
        with pytest.raises(
            lake.LakeError, match=r"audit/a\.json could not be written under s3://there-is-no-such-bucket-of-ours"
        ):
            lake.put("a.json", b"{}")


def test_a_lake_that_does_not_answer_is_said(silent_lake):
    with pytest.raises(lake.LakeError, match="could not be read"):
        lake.get("a.json")


@pytest.fixture
def silent_lake(settings, monkeypatch):
    settings.LAKE_URL, settings.S3_ENDPOINT_URL = "s3://bucket", "http://127.0.0.1:9"
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")


# --- the commands and tasks


def run(*arguments):
    out, err = StringIO(), StringIO()
    call_command("audit", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_the_checkpoint_command_says_what_could_not_be_stored(log, local):
    with pytest.raises(CommandError, match="Not all checkpoints were stored: dynamodb"):
        run("checkpoint")
    assert (local / "audit/checkpoints/2001-03.json").is_file()


@needs_dynamodb
def test_the_checkpoint_command_is_silent_when_all_is_stored(table, log, settings, tmp_path):
    settings.LAKE_URL = tmp_path.as_uri()

    assert run("checkpoint") == ("", "")
    assert json.loads(run("checkpoint", "--json")[0]) == {"missing": []}


def test_verify_in_words(log, local):
    chain.checkpoint(CLOSED)

    out, err = run("verify", "--month", "2001-03")

    assert out == "4 entries checked (2001-03 to 2001-03), 0 of them with erased personal data.\n"
    assert "dynamodb" in err


def test_findings_in_words(log, local):
    seal_task()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit.change_log DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM audit.change_log WHERE chain_position = 2")
        cursor.execute("ALTER TABLE audit.change_log ENABLE TRIGGER USER")
    out = StringIO()

    with pytest.raises(CommandError, match="1 findings"):
        call_command("audit", "verify", stdout=out, stderr=StringIO())

    assert out.getvalue().startswith("2001-03  removed     1 entries were removed: place 2, after entry ")


def test_verify_of_an_empty_log(db, local):
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE audit.change_log, audit.chain_heads")
    assert run("verify")[0].startswith("0 entries checked (no month)")


def test_prune_in_words_dry_and_real(log, local):
    chain.checkpoint(CLOSED)

    assert run("prune", "--dry-run")[0] == "2001-03: would remove 2 of 4 entries  \n"
    assert ChangeLogEntry.objects.count() == 4
    assert run("prune")[0] == f"2001-03: removed 2 of 4 entries  {local.as_uri()}/audit/archive/2001-03/manifest.json\n"
    assert [entry.operation for entry in ChangeLogEntry.objects.order_by("id")] == ["INSERT", "UPDATE"]
    assert run("prune")[0] == "Nothing is past its retention.\n"


def test_nothing_is_pruned_that_could_not_be_archived(log, local):
    chain.checkpoint(CLOSED)
    (local / "audit/archive").write_text("a file where the folder should be")

    with pytest.raises(CommandError, match="Nothing was removed"):
        run("prune")

    assert ChangeLogEntry.objects.count() == 4


def test_the_tasks_do_what_the_command_does(log, local):
    assert seal_task() == 4
    assert [problem.split(":")[0] for problem in checkpoint_task()] == ["dynamodb"]
    assert ChainHead.objects.get(month=MONTH).closed_at is not None
    assert prune_task() == 2


def test_erase_in_words(db, local):
    ManufacturerFactory(name="Fulana de Tal Ltda")

    out, _err = run("erase", "--name", "Fulana de Tal", "--reason", "case 7")

    assert out.startswith("1 entries blanked, 0 in archived months. Look also at:\n")
    assert "backups" in out
