"""Whole tables as Parquet: the list of the lake's newest snapshots, and their files."""

import hashlib
import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen
from uuid import uuid4

import pyarrow.parquet as pq
import pytest
from django.conf import settings as live
from django.test import override_settings

from pipeline.archive import s3_client
from pipeline.lake import store
from pipeline.lake.export import export
from pipeline.lake.published import forget
from tests.factories.aneel import DatasetFactory

SNAPSHOTS = "/api/v1/snapshots/"
DAY = date(2026, 9, 1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.LAKE_URL = (tmp_path / "lake").as_uri()
    settings.API_EXPORTS_PER_MINUTE = 0
    return tmp_path / "lake"


@pytest.fixture
def bucket() -> Iterator[str]:
    if not live.S3_ENDPOINT_URL:
        pytest.skip("no S3-compatible server is configured")
    name = f"snapshots-{uuid4().hex[:12]}"
    s3_client().create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": live.AWS_REGION})
    with override_settings(LAKE_URL=f"s3://{name}/some/where", API_EXPORTS_PER_MINUTE=0):
        yield name
        store.delete([entry.key for entry in store.entries("")])
    s3_client().delete_bucket(Bucket=name)


def the_file(client: Any) -> dict[str, Any]:
    (snapshot,) = client.get(SNAPSHOTS).json()["results"]
    (file,) = snapshot["files"]
    return dict(file)


def test_the_newest_whole_snapshot_of_each_table(folder: Path, api_client: Any) -> None:
    assert api_client.get(SNAPSHOTS).json() == {"results": []}
    DatasetFactory(aneel_id="one")
    export(["datasets"], day=date(2026, 8, 31))
    export(["datasets"], day=DAY)
    (folder / "processed/datasets/snapshot_date=2026-09-02").mkdir()  # not whole: no manifest yet
    (folder / "processed/datasets/snapshot_date=2026-09-02/part-0000.parquet").write_bytes(b"PAR1")
    forget()
    (snapshot,) = api_client.get(SNAPSHOTS).json()["results"]
    assert (snapshot["table"], snapshot["day"], snapshot["rows"]) == ("datasets", "2026-09-01", 1)
    assert snapshot["columns"]["aneel_id"] == "string"
    assert snapshot["written_at"].endswith("Z")
    (file,) = snapshot["files"]
    assert file["url"] == f"http://testserver{SNAPSHOTS}datasets/2026-09-01/part-0000.parquet"


def test_a_file_of_a_folder(folder: Path, api_client: Any) -> None:
    DatasetFactory(aneel_id="one")
    export(["datasets"], day=DAY)
    file = the_file(api_client)
    response = api_client.get(file["url"])
    assert (response.status_code, response["Content-Type"]) == (200, "application/vnd.apache.parquet")
    body = b"".join(response.streaming_content)
    assert (len(body), hashlib.sha256(body).hexdigest()) == (file["bytes"], file["sha256"])
    assert pq.read_table(io.BytesIO(body)).column("aneel_id").to_pylist() == ["one"]
    assert api_client.get(file["url"], headers={"if-none-match": response["ETag"]}).status_code == 304


def test_a_file_of_a_bucket_is_fetched_from_the_bucket(bucket: str, api_client: Any) -> None:
    DatasetFactory(aneel_id="one")
    export(["datasets"], day=DAY)
    file = the_file(api_client)
    response = api_client.get(file["url"])
    assert (response.status_code, response["Cache-Control"]) == (302, "no-store")
    assert parse_qs(urlsplit(response["Location"]).query).keys() & {"X-Amz-Signature", "Signature"}
    with urlopen(response["Location"], timeout=10) as fetched:
        assert hashlib.sha256(fetched.read()).hexdigest() == file["sha256"]


@pytest.mark.parametrize(
    "path",
    [
        "datasets/2026-09-01/part-0001.parquet",
        "datasets/2026-08-31/part-0000.parquet",
        "datasets/2026-09-01/_manifest.json",
        "datasets/2026-09-01/..%2f..%2fsecret",
        "nothing/2026-09-01/part-0000.parquet",
    ],
)
def test_nothing_else_of_the_lake_is_given(folder: Path, api_client: Any, path: str) -> None:
    export(["datasets"], day=DAY)
    response = api_client.get(SNAPSHOTS + path, follow=True)
    assert response.status_code == 404
    assert response.json()["code"] == "not_found"


def test_as_many_as_exports(folder: Path, api_client: Any, settings: Any) -> None:
    settings.API_EXPORTS_PER_MINUTE = 1
    settings.API_REQUESTS_PER_MINUTE = {"anonymous": 1000, "user": 1000}
    export(["datasets"], day=DAY)
    url = the_file(api_client)["url"]
    address = f"10.{uuid4().int % 250}.{uuid4().int % 250}.{uuid4().int % 250}"
    assert [api_client.get(url, REMOTE_ADDR=address).status_code for _ in range(2)] == [200, 429]


def test_a_lake_that_does_not_answer_is_no_fault_of_ours(api_client: Any, settings: Any) -> None:
    settings.LAKE_URL = f"s3://no-such-bucket-{uuid4().hex}/x"
    response = api_client.get(SNAPSHOTS)
    assert (response.status_code, response.json()["code"]) == (503, "lake_unavailable")
    assert int(response["Retry-After"]) > 0
