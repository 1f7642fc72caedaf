"""The lake in a folder and in a bucket: typed snapshots that can be asked, days that come back as they were."""

import io
import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.conf import settings as live
from django.core.management import call_command
from django.test import override_settings

from pipeline.archive import s3_client
from pipeline.lake import store
from pipeline.lake.export import export
from pipeline.lake.lifecycle import apply, policy
from pipeline.lake.past import archived_files, reingest
from pipeline.lake.query import query
from tests.factories.aneel import DatasetFactory, GenerationUnitFactory, TariffFactory
from tests.pipeline import database
from tests.pipeline.published import csv_bytes, units

DAY = date(2026, 9, 1)


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.LAKE_URL = (tmp_path / "lake").as_uri()
    return tmp_path / "lake"


@pytest.fixture
def bucket() -> Iterator[str]:
    if not live.S3_ENDPOINT_URL:
        pytest.skip("no S3-compatible server is configured")
    name = f"lake-{uuid4().hex[:12]}"
    s3_client().create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": live.AWS_REGION})
    with override_settings(LAKE_URL=f"s3://{name}/some/where"):
        yield name
        store.delete([entry.key for entry in store.entries("")])
    s3_client().delete_bucket(Bucket=name)


def two_units() -> None:
    GenerationUnitFactory(
        unit_id="GD.SP.000.000.001", installed_power_kw="5.250", municipality_name='Mogi "das" Cruzes', consumer_name="MARIA"
    )
    GenerationUnitFactory(unit_id="GD.SP.000.000.002", installed_power_kw="10.000", municipality_name="", connection_date=None)


@pytest.mark.django_db
def test_a_snapshot_is_typed_and_whole(folder: Path) -> None:
    two_units()
    (done,) = export(["generation_units"], day=DAY)
    place = folder / "processed/generation_units/snapshot_date=2026-09-01"
    assert sorted(path.name for path in place.iterdir()) == ["_manifest.json", "part-0000.parquet"]
    manifest = json.loads((place / "_manifest.json").read_text("utf-8"))
    assert (done.rows, manifest["rows"]) == (2, 2)
    assert manifest["files"] == {
        f"processed/generation_units/{place.name}/part-0000.parquet": store.sha256_of(place / "part-0000.parquet")
    }
    file = pq.ParquetFile(place / "part-0000.parquet")
    assert file.metadata.row_group(0).column(0).compression == "ZSTD"
    schema = file.schema_arrow
    assert schema.field("installed_power_kw").type == pa.decimal128(12, 3)
    assert schema.field("connection_date").type == pa.date32()
    assert schema.field("updated_at").type == pa.timestamp("us", tz="UTC")
    assert not {"consumer_name", "cpf_cnpj", "cep", "row_hash", "raw_data"} & set(schema.names)
    rows = {row["unit_id"]: row for row in file.read().to_pylist()}
    assert rows["GD.SP.000.000.001"]["installed_power_kw"] == Decimal("5.250")
    assert rows["GD.SP.000.000.001"]["municipality"] == 'Mogi "das" Cruzes'
    # Nothing and an empty text stay two things.
    assert (rows["GD.SP.000.000.002"]["municipality"], rows["GD.SP.000.000.002"]["connection_date"]) == ("", None)


@pytest.mark.django_db
def test_the_same_day_again_replaces_it(folder: Path) -> None:
    two_units()
    export(["generation_units"], day=DAY)
    stale = folder / "processed/generation_units/snapshot_date=2026-09-01/part-0007.parquet"
    stale.write_bytes((stale.with_name("part-0000.parquet")).read_bytes())
    export(["generation_units"], day=DAY)
    assert query("SELECT count(*) FROM generation_units").rows == [(2,)]
    with pytest.raises(KeyError, match="generation_units"):
        export(["nothing"])


@pytest.mark.django_db
def test_questions_over_all_days_and_tables(folder: Path) -> None:
    two_units()
    TariffFactory()
    export(day=DAY)
    export(["generation_units"], day=date(2026, 9, 2))
    asked = "SELECT snapshot_date, sum(installed_power_kw), count(*) FROM generation_units GROUP BY 1 ORDER BY 1"
    assert query(asked).rows == [(DAY, Decimal("15.250"), 2), (date(2026, 9, 2), Decimal("15.250"), 2)]
    assert query("SELECT count(*) FROM tariffs").rows == [(1,)]
    assert query("SELECT count(*) FROM certifications").rows == [(0,)]


@pytest.mark.django_db
def test_in_a_bucket_it_is_the_same(bucket: str) -> None:
    two_units()
    export(["generation_units"], day=DAY)
    keys = [entry.key for entry in store.entries("processed/")]
    assert keys == [
        f"processed/generation_units/snapshot_date=2026-09-01/{name}" for name in ("_manifest.json", "part-0000.parquet")
    ]
    assert query("SELECT sum(installed_power_kw) FROM generation_units").rows == [(Decimal("15.250"),)]


def run(*args: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("lake", *args, stdout=out, stderr=err)
    except SystemExit as ended:
        return int(ended.code or 0), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


@pytest.mark.django_db
def test_contacts_of_datasets_stay_out(folder: Path) -> None:
    DatasetFactory(contact_name="MARIA", contact_email="maria@example.org", raw_metadata={"author": "MARIA"})
    assert "dataset_entries" not in {done.table for done in export(day=DAY)}
    (file,) = folder.glob("processed/datasets/*/part-0000.parquet")
    rows = pq.ParquetFile(file).read().to_pylist()
    assert len(rows) == 1
    assert "maria" not in str(rows).lower()


@pytest.mark.django_db
def test_the_command(folder: Path) -> None:
    two_units()
    code, out, _err = run("export", "--table", "generation_units", "--json")
    assert (code, json.loads(out)["tables"][0]["rows"]) == (0, 2)
    code, out, _err = run("query", "SELECT count(*) AS n FROM generation_units", "--json")
    assert json.loads(out) == {"columns": ["n"], "rows": [[2]]}
    code, _out, err = run("query", "SELECT * FROM nowhere")
    assert (code, "generation_units" in err) == (1, True)
    # The files of the machine are none of its business.
    assert run("query", "SELECT * FROM read_csv('/etc/passwd')")[0] == 1
    assert run("export", "--table", "nothing")[0] == 2
    ddl = run("ddl")[1]
    assert "CREATE EXTERNAL TABLE IF NOT EXISTS ysh.generation_units" in ddl
    assert "`installed_power_kw` decimal(12,3)" in ddl
    assert "consumer_name" not in ddl


def test_a_folder_is_pruned_by_class(folder: Path) -> None:
    for key in (
        "raw/tariffs/2020-01-01/a.csv",
        "raw/tariffs/2026-01-01/a.csv",
        "processed/tariffs/snapshot_date=2023-01-01/p.parquet",
    ):
        path = folder / key
        path.parent.mkdir(parents=True)
        path.write_bytes(b"x")
    assert policy()["Rules"][0]["Transitions"] == [{"Days": 30, "StorageClass": "GLACIER"}]
    assert apply(date(2026, 9, 1)) == ["raw/tariffs/2020-01-01/a.csv", "processed/tariffs/snapshot_date=2023-01-01/p.parquet"]
    assert [entry.key for entry in store.entries("raw/")] == ["raw/tariffs/2026-01-01/a.csv"]


def test_a_past_day_comes_back_from_the_archive(ingest: Callable[..., Any], engine: Path) -> None:
    columns = "t.unit_id, t.installed_power_kw, t.municipality, t.connection_date, t.status"
    first = ingest(csv_bytes(units(40)))
    before = database.digest("aneel.generation_units", columns)
    kept = Path(first.archive_uri.removeprefix("file://"))
    past = kept.parent.with_name("2026-01-05")
    kept.parent.rename(past)  # as if it had been fetched then

    ingest(csv_bytes(units(55)))
    assert database.digest("aneel.generation_units", columns) != before
    assert [one.day for one in archived_files("generation_units")] == ["2026-01-05", f"{datetime.now(UTC):%Y-%m-%d}"]
    database.query("DELETE FROM aneel.generation_units")
    summary = reingest("generation_units", date(2026, 1, 5), by="ana")
    assert (summary.status, summary.inserted) == ("SUCCESS", 40)
    assert database.digest("aneel.generation_units", columns) == before
