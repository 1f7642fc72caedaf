"""Kept answers given before Django: the same as Django's, for the same readers only, and never an old one."""

import gzip
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock
from uuid import UUID

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connections
from django.test import override_settings
from prometheus_client import REGISTRY
from werkzeug.test import Client, TestResponse

from aneel.models import Dataset
from tests.factories.aneel import DatasetFactory
from tests.factories.products import ProductFactory
from ysh.core.api import front
from ysh.core.api.front import KeptAnswersFirst
from ysh.core.cache import near, views

DATASETS = "/api/v1/datasets/"
# What tells one answer from another one that is given a moment later.
EACH_TIME = ("age", "x-request-id")

pytestmark = pytest.mark.usefixtures("layers_on")


class Site:
    """The product as a web server calls it.

    Attributes:
        woken: how often Django was asked.
    """

    def __init__(self) -> None:
        self.woken = 0
        self.django = WSGIHandler()
        self.front = KeptAnswersFirst(self._wake)
        self._client = Client(self.front, use_cookies=False)

    def _wake(self, environ: dict[str, Any], start_response: Any) -> Any:
        self.woken += 1
        return self.django(environ, start_response)

    def get(self, path: str, **headers: str) -> TestResponse:
        """The answer; headers as keywords, `accept_language="en"`."""
        return self._client.get(path, headers=_named(headers), base_url="http://localhost")

    def asked(self, path: str, **headers: str) -> tuple[TestResponse, bool]:
        """The answer, and whether Django was left asleep."""
        before = self.woken
        return self.get(path, **headers), self.woken == before

    def warm(self, path: str, **headers: str) -> None:
        """Built, kept, given by Django once: the next one is the front's."""
        for _turn in ("built", "given"):
            self.get(path, **headers)

    def whole_way(self, path: str, **headers: str) -> TestResponse:
        """What Django answers without the front."""
        return Client(self.django, use_cookies=False).get(path, headers=_named(headers), base_url="http://localhost")


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def told(response: TestResponse) -> dict[str, str]:
    """Its headers but those that are another one's each time."""
    return {name.lower(): value for name, value in response.headers if name.lower() not in EACH_TIME}


@pytest.fixture
def site() -> Iterator[Site]:
    """Its requests leave the test's connection open, as those of Django's test client do."""
    around = (request_started, request_finished)
    for signal in around:
        signal.disconnect(close_old_connections)
    yield Site()
    for signal in around:
        signal.connect(close_old_connections)


class TestSame:
    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"accept_encoding": "gzip, br"},
            {"accept": "application/json"},
            {"accept_language": "en"},
            {"origin": "https://shop.example"},
            {"x_forwarded_proto": "https"},
            {"host": "localhost:8000"},
        ],
    )
    @pytest.mark.parametrize("path", [DATASETS, f"{DATASETS}?page_size=2&ordering=title", "/api/v1/products/", "/api/v1/kits/"])
    @override_settings(CORS_ALLOWED_ORIGINS=["https://shop.example"])
    def test_every_header_and_byte_of_djangos_answer(self, db: None, site: Site, path: str, headers: dict[str, str]) -> None:
        DatasetFactory.create_batch(3, description="x" * 1000)
        site.warm(path, **headers)
        answer, was_asleep = site.asked(path, **headers)
        whole = site.whole_way(path, **headers)
        assert was_asleep
        assert (answer.status, answer.data, told(answer)) == (whole.status, whole.data, told(whole))
        assert answer.headers["X-Cache"] == "HIT-REDIS"
        assert int(answer.headers["Age"]) >= 0

    def test_not_modified(self, db: None, site: Site) -> None:
        tag = site.get(DATASETS).headers["ETag"]
        site.warm(DATASETS, if_none_match=tag)
        answer, was_asleep = site.asked(DATASETS, if_none_match=tag)
        whole = site.whole_way(DATASETS, if_none_match=tag)
        assert was_asleep
        assert (answer.status_code, answer.data) == (304, b"")
        left_out = {name: value for name, value in told(whole).items() if name not in told(answer)}
        assert told(answer) | left_out == told(whole)
        assert set(left_out) == front._HAS_ALREADY
        assert {"etag", "cache-control", "vary", "x-cache"} <= set(told(answer))
        assert site.get(DATASETS, if_none_match='"another"').status_code == 200

    def test_gzip_for_who_takes_it_only(self, db: None, site: Site) -> None:
        DatasetFactory.create_batch(5, description="x" * 1000)
        site.warm(DATASETS)
        site.warm(DATASETS, accept_encoding="gzip")
        plain, packed = site.asked(DATASETS), site.asked(DATASETS, accept_encoding="gzip")
        assert [plain[1], packed[1]] == [True, True]
        assert packed[0].headers["Content-Encoding"] == "gzip"
        assert int(packed[0].headers["Content-Length"]) == len(packed[0].data) < len(plain[0].data)
        assert gzip.decompress(packed[0].data) == plain[0].data

    def test_another_process_finds_it_in_redis_alone(self, db: None, site: Site) -> None:
        site.warm(DATASETS)
        near.clear()
        answer, was_asleep = site.asked(DATASETS)
        assert was_asleep
        assert answer.data == site.whole_way(DATASETS).data

    def test_the_request_keeps_its_id_or_gets_one(self, db: None, site: Site) -> None:
        site.warm(DATASETS)
        mine = "0f0e0d0c-0b0a-4908-8706-050403020100"
        assert site.asked(DATASETS, x_request_id=mine)[0].headers["X-Request-ID"] == mine
        given = [site.asked(DATASETS, x_request_id=told)[0].headers["X-Request-ID"] for told in ("none", "none")]
        assert [UUID(one).version for one in given] == [4, 4]
        assert given[0] != given[1]


class TestWhoGoesTheWholeWay:
    @pytest.mark.parametrize(
        "headers",
        [
            {"authorization": "Api-Key none"},
            {"cookie": "sessionid=none"},
            {"accept": "text/csv"},
            {"x_anything": "x" * front.LONGEST_KEY},
        ],
    )
    def test_a_reader_who_says_something_else(self, db: None, site: Site, headers: dict[str, str]) -> None:
        site.warm(DATASETS)
        for _turn in range(3):
            answer, was_asleep = site.asked(DATASETS, **headers)
            assert not was_asleep
            assert answer.status_code == site.whole_way(DATASETS, **headers).status_code

    @pytest.mark.parametrize("path", ["/api/v1/datasets/none/", f"{DATASETS}?nonsense=1", "/healthz", "/admin/"])
    def test_what_is_no_kept_answer(self, db: None, site: Site, path: str) -> None:
        assert [site.asked(path)[1] for _turn in range(3)] == [False] * 3

    def test_any_other_method(self, db: None, site: Site) -> None:
        site.warm(DATASETS)
        client = Client(site.front, use_cookies=False)
        before = site.woken
        assert client.head(DATASETS, base_url="http://localhost").status_code == 200
        assert client.post(DATASETS, base_url="http://localhost").status_code in (401, 403, 405)
        assert site.woken == before + 2

    def test_a_host_that_is_not_ours(self, db: None, site: Site) -> None:
        site.warm(DATASETS)
        assert site.get(DATASETS, host="elsewhere.example").status_code == 400

    def test_with_the_layers_off_nothing_is_given(self, db: None, site: Site) -> None:
        site.warm(DATASETS)
        with override_settings(API_CACHE=False):
            answer, was_asleep = site.asked(DATASETS)
        assert (was_asleep, answer.headers["X-Cache"]) == (False, "BYPASS")


class TestChange:
    def test_a_committed_change_is_in_the_next_answer(self, committing: None, site: Site) -> None:
        dataset = DatasetFactory(aneel_id="cache-front", title="Title 0")
        for number in range(1, 4):
            site.warm(DATASETS)
            assert site.asked(DATASETS)[1]
            Dataset.objects.filter(pk=dataset.pk).update(title=f"Title {number}")
            answer, was_asleep = site.asked(DATASETS)
            assert not was_asleep
            assert answer.headers["X-Cache"] == "MISS"
            assert answer.get_json()["results"][0]["title"] == f"Title {number}"

    def test_readers_never_see_less_than_was_committed(self, committing: None, site: Site) -> None:
        """While one writes, others read through the front: who asks after a commit sees it."""
        dataset = DatasetFactory(aneel_id="cache-front", title="0")
        path = f"{DATASETS}{dataset.aneel_id}/"
        written, wrong, ends = [0], [], threading.Event()

        def read() -> None:
            while not ends.is_set():
                least = written[0]
                seen = int(site.get(path).get_json()["title"])
                if seen < least:
                    wrong.append((seen, least))
            connections.close_all()  # this thread's

        readers = [threading.Thread(target=read) for _ in range(3)]
        for reader in readers:
            reader.start()
        for number in range(1, 31):
            Dataset.objects.filter(pk=dataset.pk).update(title=str(number))
            written[0] = number
            site.warm(path)
            assert site.get(path).get_json()["title"] == str(number)
        ends.set()
        for reader in readers:
            reader.join()
        assert wrong == []

    def test_what_depends_on_the_day_is_asked_anew_on_the_next(self, db: None, site: Site) -> None:
        ProductFactory()
        path = "/api/v1/products/"
        site.warm(path)
        assert site.asked(path)[1]
        tomorrow = datetime.now(tz=UTC) + timedelta(days=1)
        with mock.patch("django.utils.timezone.now", return_value=tomorrow):
            assert not site.asked(path)[1]


class TestLimit:
    @override_settings(API_REQUESTS_PER_MINUTE={"anonymous": 4, "user": 5})
    def test_each_answer_counts_once_whoever_gives_it(self, db: None, site: Site) -> None:
        answers = [site.asked(DATASETS, x_forwarded_for=f"192.0.2.{number}") for number in range(4)]
        assert [given.headers["RateLimit-Remaining"] for given, _asleep in answers] == ["3", "2", "1", "0"]
        assert [asleep for _given, asleep in answers] == [False, False, True, True]
        refused, was_asleep = site.asked(DATASETS)
        assert (refused.status_code, refused.get_json()["code"], was_asleep) == (429, "throttled", False)
        assert refused.headers["RateLimit-Remaining"] == "0"

    @override_settings(API_REQUESTS_PER_MINUTE={"anonymous": 5, "user": 5})
    def test_a_change_is_not_counted_twice(self, committing: None, site: Site) -> None:
        """The front has asked the layers when it finds that the answer holds no more; Django does not ask and count again."""
        dataset = DatasetFactory(aneel_id="cache-front", title="Title 0")
        site.warm(DATASETS)
        Dataset.objects.filter(pk=dataset.pk).update(title="Title 1")
        assert site.get(DATASETS).headers["RateLimit-Remaining"] == "2"


class TestCounts:
    @pytest.fixture(autouse=True)
    def _counts(self) -> Iterator[None]:
        views.looked_at.clear()
        yield
        views.looked_at.clear()

    def test_a_product_looked_at_counts(self, db: None, site: Site) -> None:
        product = ProductFactory()
        path = f"/api/v1/products/{product.sku}/"
        site.warm(path)
        with mock.patch.object(views.looked_at, "note", wraps=views.looked_at.note) as noted:
            assert site.asked(path)[1]
        noted.assert_called_once_with(product.sku)

    def test_metrics_tell_of_it(self, db: None, site: Site) -> None:
        site.warm(DATASETS)

        def counted() -> list[float | None]:
            return [
                REGISTRY.get_sample_value("ysh_cache_answers_total", {"source": "HIT-REDIS"}),
                REGISTRY.get_sample_value("django_http_requests_before_middlewares_total"),
                REGISTRY.get_sample_value("django_http_responses_before_middlewares_total"),
            ]

        before = counted()
        assert site.asked(DATASETS)[1]
        assert counted() == [value + 1 for value in before if value is not None]


def test_no_more_than_so_many_are_remembered(db: None, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front, "MOST_SHAPES", 3)
    for size in range(1, 6):
        site.warm(f"{DATASETS}?page_size={size}")
    assert len(site.front._shapes) == 3
    assert site.asked(f"{DATASETS}?page_size=5")[1]
    assert not site.asked(f"{DATASETS}?page_size=1")[1]
