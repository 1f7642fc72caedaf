"""What every good answer carries: entity tag, cache headers, rate limit; and how values are written."""

import gzip
import json
import time
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings as live
from django.test import override_settings

from tests.factories.aneel import DatasetFactory
from ysh.core.api.renderers import JsonRenderer
from ysh.core.cache import names, redis_tier

DATASETS = "/api/v1/datasets/"


class TestConditional:
    def test_the_same_body_is_not_sent_twice(self, db: None, api_client: Any) -> None:
        DatasetFactory(aneel_id="one")
        first = api_client.get(DATASETS)
        again = api_client.get(DATASETS, headers={"if-none-match": first["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert again["ETag"] == first["ETag"]
        assert api_client.get(DATASETS, headers={"if-none-match": '"other"'}).status_code == 200
        assert api_client.get(DATASETS, headers={"if-none-match": f'"x", W/{first["ETag"]}'}).status_code == 304

    def test_a_change_changes_the_tag(self, db: None, api_client: Any) -> None:
        dataset = DatasetFactory(aneel_id="one")
        tag = api_client.get(DATASETS)["ETag"]
        dataset.title = "Another"
        dataset.save()
        assert api_client.get(DATASETS, headers={"if-none-match": tag}).status_code == 200

    @pytest.mark.parametrize(
        "path", ["datasets/", "generation-units/", "generation-units/statistics/", "municipalities/3550308/", ""]
    )
    def test_every_answer_has_the_headers(self, db: None, api_client: Any, path: str) -> None:
        response = api_client.get(f"/api/v1/{path}")
        assert response.status_code == 200
        assert response["ETag"].startswith('"')
        assert response["X-Cache"] == "BYPASS"
        assert response["Cache-Control"] == "public, no-cache, stale-if-error=86400"
        depends = {name.strip() for name in response["Vary"].split(",")}
        assert {"Accept", "Accept-Encoding", "Authorization"} <= depends
        assert "Cookie" not in depends

    def test_whoever_takes_gzip_gets_it_with_a_tag_of_its_own(self, db: None, api_client: Any) -> None:
        DatasetFactory.create_batch(5, description="x" * 1000)
        plain = api_client.get(DATASETS)
        packed = api_client.get(DATASETS, headers={"accept-encoding": "br, gzip;q=0.5"})
        assert (packed["Content-Encoding"], gzip.decompress(packed.content)) == ("gzip", plain.content)
        assert int(packed["Content-Length"]) == len(packed.content) < len(plain.content)
        assert packed["ETag"] != plain["ETag"]
        for tag in (packed["ETag"], plain["ETag"]):  # of the same bytes, whichever way they came
            again = api_client.get(DATASETS, headers={"if-none-match": tag, "accept-encoding": "gzip"})
            assert (again.status_code, again["ETag"]) == (304, packed["ETag"])
        for refused in ("gzip;q=0", "identity", "br", "gzip;q=none", "x" * 500):
            assert "Content-Encoding" not in api_client.get(DATASETS, headers={"accept-encoding": refused})
        small = api_client.get(f"{DATASETS}?q=nothing", headers={"accept-encoding": "gzip"})
        assert "Content-Encoding" not in small

    def test_head_has_the_tag_and_no_body(self, db: None, api_client: Any) -> None:
        response = api_client.head(DATASETS)
        assert (response.status_code, response.content) == (200, b"")
        assert response["ETag"] == api_client.get(DATASETS)["ETag"]

    def test_a_signed_in_readers_answer_is_private(self, db: None, staff_api_client: Any) -> None:
        assert staff_api_client.get(DATASETS)["Cache-Control"] == "private, no-cache"

    def test_an_error_is_not_kept(self, db: None, api_client: Any) -> None:
        response = api_client.get(f"{DATASETS}none/")
        assert "ETag" not in response
        assert response["Cache-Control"] == "no-store"


class TestThrottle:
    @pytest.fixture(autouse=True)
    def _counters(self) -> Any:
        redis_tier.delete_matching(names.RATE.key(who="*"))
        yield
        redis_tier.delete_matching(names.RATE.key(who="*"))

    @override_settings(API_REQUESTS_PER_MINUTE={"anonymous": 3, "user": 5})
    def test_one_too_many(self, db: None, api_client: Any) -> None:
        remaining = [api_client.get(DATASETS)["RateLimit-Remaining"] for _ in range(3)]
        assert remaining == ["2", "1", "0"]
        refused = api_client.get(DATASETS)
        assert refused.status_code == 429
        assert refused.json()["code"] == "throttled"
        assert refused["Content-Type"] == "application/problem+json"
        assert 0 < int(refused["Retry-After"]) <= 60
        assert (refused["RateLimit-Limit"], refused["RateLimit-Remaining"]) == ("3", "0")
        assert api_client.get(DATASETS, REMOTE_ADDR="192.0.2.9").status_code == 200

    @override_settings(API_REQUESTS_PER_MINUTE={"anonymous": 1, "user": 3})
    def test_an_account_has_its_own_counter(self, db: None, api_client: Any, staff_api_client: Any) -> None:
        assert [api_client.get(DATASETS).status_code for _ in range(2)] == [200, 429]
        assert [staff_api_client.get(DATASETS).status_code for _ in range(4)] == [200, 200, 200, 429]

    @override_settings(API_REQUESTS_PER_MINUTE={"anonymous": 1, "user": 1})
    def test_a_forged_forwarded_address_does_not_help(self, db: None, api_client: Any) -> None:
        codes = [api_client.get(DATASETS, headers={"x-forwarded-for": f"192.0.2.{n}"}).status_code for n in range(2)]
        assert codes == [200, 429]

    @override_settings(
        API_REQUESTS_PER_MINUTE={"anonymous": 1, "user": 1},
        CACHES={"default": {**live.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}},
    )
    def test_without_redis_nobody_is_turned_away(self, db: None, api_client: Any) -> None:
        started = time.monotonic()
        assert [api_client.get(DATASETS).status_code for _ in range(3)] == [200, 200, 200]
        assert time.monotonic() - started < 2


class TestJson:
    def written(self, value: Any) -> Any:
        return json.loads(JsonRenderer().render({"value": value}))["value"]

    def test_values(self) -> None:
        assert self.written(Decimal("412.35000")) == "412.35000"
        assert self.written(datetime(2026, 8, 13, 12, 30, tzinfo=UTC)) == "2026-08-13T12:30:00Z"
        assert (
            self.written(datetime(2026, 8, 13, 9, 30, 0, 1, tzinfo=timezone(timedelta(hours=-3))))
            == "2026-08-13T12:30:00.000001Z"
        )
        assert self.written(date(2026, 8, 13)) == "2026-08-13"
        assert self.written(timedelta(minutes=2)) == 120
        assert self.written(UUID(int=1)) == "00000000-0000-0000-0000-000000000001"
        assert self.written("ação 😀") == "ação 😀"

    def test_what_has_no_form_is_refused(self) -> None:
        for value in (object(), datetime(2026, 8, 13, 12, 30), {1, 2}):
            with pytest.raises(TypeError):
                JsonRenderer().render({"value": value})

    def test_what_json_has_no_word_for_is_nothing(self) -> None:
        assert [self.written(value) for value in (float("nan"), float("inf"))] == [None, None]
