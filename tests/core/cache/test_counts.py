"""`count=true`: one reader has the list counted, the others are told, until something changes."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories.aneel import DatasetFactory
from ysh.core.cache import names, redis_tier, versions

DATASETS = "/api/v1/datasets/?count=true"

pytestmark = pytest.mark.usefixtures("layers_on")


def asked(client: Any, url: str, **options: Any) -> tuple[int, int]:
    """What the list says it has, and how often the database was asked to count."""
    with CaptureQueriesContext(connection) as captured:
        count = client.get(url, **options).json()["count"]
    return count, sum("COUNT(*)" in query["sql"] for query in captured.captured_queries)


def test_one_count_serves_every_page_and_order_of_a_list(db: None, api_client: Any) -> None:
    DatasetFactory.create_batch(3)
    assert asked(api_client, DATASETS) == (3, 1)
    following = api_client.get(f"{DATASETS}&page_size=1").json()["next"]
    assert following
    for url in (f"{DATASETS}&page_size=2", following, f"{DATASETS}&ordering=-title", f"{DATASETS}&fields=aneel_id"):
        assert asked(api_client, url) == (3, 0), url


def test_each_filter_is_a_list_of_its_own(db: None, api_client: Any) -> None:
    DatasetFactory(title="Tarifas", description="")
    DatasetFactory(title="Usinas", description="")
    assert asked(api_client, DATASETS) == (2, 1)
    assert asked(api_client, f"{DATASETS}&q=tarifas") == (1, 1)
    assert asked(api_client, f"{DATASETS}&q=usinas") == (1, 1)
    assert asked(api_client, f"{DATASETS}&q=tarifas&page_size=5") == (1, 0)


def test_a_change_ends_it(db: None, api_client: Any) -> None:
    DatasetFactory()
    assert asked(api_client, DATASETS) == (1, 1)
    DatasetFactory()
    versions.bump(["datasets"])  # as the commit does
    assert asked(api_client, f"{DATASETS}&page_size=1") == (2, 1)


def test_readers_with_credentials_have_it_counted(db: None, admin_client: Any, api_client: Any) -> None:
    DatasetFactory()
    assert asked(api_client, DATASETS) == (1, 1)
    assert asked(admin_client, DATASETS) == (1, 1)


def test_it_is_a_string_with_a_life(db: None, api_client: Any) -> None:
    DatasetFactory()
    asked(api_client, DATASETS)
    client = redis_tier.client()
    (key,) = client.keys(names.COUNT.key(what="*"))
    assert (client.get(key), 0 < client.ttl(key) <= names.COUNT.seconds) == (b"1", True)
