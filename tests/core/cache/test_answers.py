"""Public answers from the layers: where they come from, what they carry, and when they no longer hold."""

import gzip
import socket
import time
from typing import Any

import pytest
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import override_settings
from django.utils import translation

from aneel.models import Dataset
from pipeline.api_keys import issue_key
from tests.factories.aneel import DatasetFactory
from tests.factories.pipeline import ApiKeyFactory
from ysh.core.api.caching import kept_view
from ysh.core.cache import names, near, redis_tier, versions, wire
from ysh.core.cache.entry import Entry

DATASETS = "/api/v1/datasets/"

pytestmark = pytest.mark.usefixtures("layers_on")


def source(response: Any) -> str:
    return str(response["X-Cache"])


class TestRedis:
    def test_the_second_reader_gets_the_first_ones_bytes(self, db: None, api_client: Any, django_assert_num_queries: Any) -> None:
        DatasetFactory(aneel_id="one")
        first = api_client.get(DATASETS)
        assert source(first) == "MISS"
        with django_assert_num_queries(0):
            second = api_client.get(DATASETS)
        assert (source(second), second.content) == ("HIT-REDIS", first.content)
        for name in ("ETag", "Content-Type", "Cache-Control", "Vary"):
            assert second[name] == first[name], name
        assert int(second["Age"]) >= 0

    def test_not_modified_without_the_database(self, db: None, api_client: Any, django_assert_num_queries: Any) -> None:
        tag = api_client.get(DATASETS)["ETag"]
        with django_assert_num_queries(0):
            response = api_client.get(DATASETS, headers={"if-none-match": f'W/"x", {tag}'})
        assert (response.status_code, response.content, source(response)) == (304, b"", "HIT-REDIS")
        assert response["ETag"] == tag
        assert "Cache-Control" in response

    def test_a_reader_who_has_it_already_leaves_the_answer_for_the_others(
        self, db: None, api_client: Any, django_assert_num_queries: Any
    ) -> None:
        """As a cache in front of us asks: always with the tag it has. One such question after a change fills the layers again."""
        DatasetFactory(aneel_id="one")
        tag = api_client.get(DATASETS)["ETag"]
        versions.bump(["datasets"])
        known = api_client.get(DATASETS, headers={"if-none-match": tag})
        assert (known.status_code, source(known), known.content) == (304, "MISS", b"")
        with django_assert_num_queries(0):
            assert source(api_client.get(DATASETS, headers={"if-none-match": tag})) == "HIT-REDIS"
            whole = api_client.get(DATASETS)
        assert (source(whole), whole["ETag"], whole.json()["results"][0]["aneel_id"]) == ("HIT-REDIS", tag, "one")

    def test_gzip_is_given_as_it_is_kept(self, db: None, api_client: Any, django_assert_num_queries: Any) -> None:
        DatasetFactory.create_batch(5, description="x" * 1000)
        takes = {"accept-encoding": "gzip, deflate"}
        first = api_client.get(DATASETS, headers=takes)
        with django_assert_num_queries(0):
            at_hand, plain = api_client.get(DATASETS, headers=takes), api_client.get(DATASETS)
            near.clear()
            from_redis = api_client.get(DATASETS, headers=takes)
            known = api_client.get(DATASETS, headers=takes | {"if-none-match": first["ETag"]})
        assert [source(one) for one in (first, at_hand, plain, from_redis)] == ["MISS", *["HIT-REDIS"] * 3]
        assert first.content == at_hand.content == from_redis.content
        assert gzip.decompress(first.content) == plain.content
        assert {one["Content-Encoding"] for one in (first, at_hand, from_redis)} == {"gzip"}
        assert "Content-Encoding" not in plain
        assert (known.status_code, known["ETag"]) == (304, first["ETag"])
        for name in ("Vary", "ETag", "Content-Length"):
            assert first[name] == from_redis[name], name

    def test_no_public_answer_depends_on_cookies(self, db: None, api_client: Any) -> None:
        for path, language in ((DATASETS, False), ("/api/v1/status/", None)):
            for _turn in ("built", "kept"):
                response = api_client.get(path, HTTP_COOKIE="_ga=1")
                assert "Cookie" not in response["Vary"], path
                if language is False:
                    assert "Accept-Language" not in response["Vary"]
                    assert "Content-Language" not in response

    def test_parameters_in_any_order_are_one_key(self, db: None, api_client: Any) -> None:
        DatasetFactory()
        api_client.get(f"{DATASETS}?page_size=1&ordering=title")
        assert source(api_client.get(f"{DATASETS}?ordering=title&page_size=1")) == "HIT-REDIS"
        assert source(api_client.get(f"{DATASETS}?ordering=title&page_size=2")) == "MISS"

    def test_representations_and_hosts_are_kept_apart(self, db: None, api_client: Any) -> None:
        units = "/api/v1/generation-units/"
        assert source(api_client.get(units)) == "MISS"
        assert source(api_client.get(units, headers={"accept": "application/json"})) == "HIT-REDIS"
        geo = api_client.get(units, headers={"accept": "application/geo+json"})
        assert (source(geo), geo["Content-Type"]) == ("MISS", "application/geo+json")
        assert source(api_client.get(f"{units}?format=geojson")) == "MISS"
        assert source(api_client.get(units, HTTP_HOST="localhost")) == "MISS"

    def test_language_does_not_split_what_does_not_depend_on_it(self, db: None, api_client: Any) -> None:
        api_client.get(DATASETS, headers={"accept-language": "pt-br"})
        assert source(api_client.get(DATASETS, headers={"accept-language": "en"})) == "HIT-REDIS"

    def test_head_uses_what_is_kept(self, db: None, api_client: Any) -> None:
        assert source(api_client.head(DATASETS)) == "MISS"
        tag = api_client.get(DATASETS)["ETag"]
        head = api_client.head(DATASETS)
        assert (source(head), head["ETag"], head.content) == ("HIT-REDIS", tag, b"")

    def test_what_is_kept_ends(self, db: None, api_client: Any) -> None:
        api_client.get(DATASETS)
        client = redis_tier.client()
        (key,) = client.keys(f"{names.prefix()}:answer:*")
        assert 0 < client.ttl(key) <= 86_400


class TestNothing:
    def test_nothing_is_kept_for_a_short_while_and_said_in_the_readers_language(
        self, db: None, api_client: Any, django_assert_num_queries: Any
    ) -> None:
        first = api_client.get(f"{DATASETS}one/", headers={"accept-language": "en"})
        assert first.status_code == 404
        with django_assert_num_queries(0):
            again = api_client.get(f"{DATASETS}one/", headers={"accept-language": "pt-br"})
        assert (again.status_code, source(again), again["Cache-Control"]) == (404, "HIT-REDIS", "no-store")
        assert again.json()["code"] == "not_found"
        assert again.json()["detail"] != first.json()["detail"]
        client = redis_tier.client()
        (key,) = client.keys(f"{names.prefix()}:answer:*")
        assert 0 < client.ttl(key) <= 30

    def test_what_appears_is_found(self, db: None, api_client: Any, django_capture_on_commit_callbacks: Any) -> None:
        assert api_client.get(f"{DATASETS}one/").status_code == 404
        with django_capture_on_commit_callbacks(execute=True):
            DatasetFactory(aneel_id="one")
        assert api_client.get(f"{DATASETS}one/").status_code == 200

    def test_a_refusal_is_not_kept(self, db: None, api_client: Any) -> None:
        assert [api_client.get(f"{DATASETS}?nonsense=1").status_code for _ in range(2)] == [400, 400]
        assert redis_tier.client().keys(f"{names.prefix()}:answer:*") == []


class TestPersonal:
    def test_a_signed_in_reader_neither_gets_nor_leaves_a_kept_answer(
        self, db: None, api_client: Any, staff_client: Any, staff_api_client: Any
    ) -> None:
        api_client.get(DATASETS)
        response = staff_client.get(DATASETS)
        assert (source(response), response["Cache-Control"]) == ("BYPASS", "private, no-cache")
        assert "Age" not in response
        staff_client.get(f"{DATASETS}?page_size=3")
        assert source(api_client.get(f"{DATASETS}?page_size=3")) == "MISS"

    def test_who_shows_a_key_of_any_kind_passes_by(self, db: None, api_client: Any) -> None:
        api_client.get(DATASETS)
        text = issue_key(ApiKeyFactory.build(name="Loja", scopes=["export"]), by="tests")
        assert source(api_client.get(DATASETS, headers={"authorization": f"Api-Key {text}"})) == "BYPASS"
        assert source(api_client.get(DATASETS, HTTP_COOKIE="sessionid=none")) == "BYPASS"


class TestChange:
    def test_each_way_of_writing_ends_what_is_kept(self, committing: None, api_client: Any) -> None:
        """Committed for real: the next reader sees the change, whoever wrote it and however."""
        dataset = DatasetFactory(aneel_id="cache-one", title="Title 0")

        def saved(title: str) -> None:
            dataset.title = title
            dataset.save()

        def raw(title: str) -> None:
            with connection.cursor() as cursor:
                cursor.execute("UPDATE aneel.datasets SET title = %s", [title])

        def nested(title: str) -> None:
            with transaction.atomic(), transaction.atomic():
                Dataset.objects.update(title=title)

        ways = [
            saved,
            lambda title: Dataset.objects.update(title=title),
            lambda title: Dataset.objects.bulk_update([Dataset(pk=dataset.pk, title=title)], ["title"]),
            raw,
            nested,
        ]
        for number, write in enumerate(ways, 1):
            api_client.get(DATASETS)
            assert source(api_client.get(DATASETS)) == "HIT-REDIS"
            write(f"Title {number}")
            response = api_client.get(DATASETS)
            assert (source(response), response.json()["results"][0]["title"]) == ("MISS", f"Title {number}")

    def test_what_is_rolled_back_ends_nothing(self, committing: None, api_client: Any) -> None:
        DatasetFactory(aneel_id="cache-one")
        api_client.get(DATASETS)
        with transaction.atomic(), transaction.atomic():
            Dataset.objects.update(title="Never")
            transaction.set_rollback(True)
        assert source(api_client.get(DATASETS)) == "HIT-REDIS"

    def test_only_the_namespaces_of_the_table_written(self, committing: None, api_client: Any) -> None:
        api_client.get(DATASETS)
        api_client.get("/api/v1/municipalities/3550308/")
        DatasetFactory(aneel_id="cache-two")
        assert source(api_client.get(DATASETS)) == "MISS"
        assert source(api_client.get("/api/v1/municipalities/3550308/")) == "HIT-REDIS"

    def test_before_the_commit_nothing_ends(self, committing: None, api_client: Any) -> None:
        before = redis_tier.client().hgetall(names.VERSIONS.key())
        with transaction.atomic():
            DatasetFactory(aneel_id="cache-one")
            assert redis_tier.client().hgetall(names.VERSIONS.key()) == before
        assert redis_tier.client().hgetall(names.VERSIONS.key()) != before


class TestLimit:
    @override_settings(API_REQUESTS_PER_MINUTE={"anonymous": 3, "user": 5})
    def test_kept_answers_count_too_and_each_request_once(self, db: None, api_client: Any) -> None:
        responses = [api_client.get(DATASETS) for _ in range(3)]
        assert [source(response) for response in responses] == ["MISS", "HIT-REDIS", "HIT-REDIS"]
        assert [response["RateLimit-Remaining"] for response in responses] == ["2", "1", "0"]
        refused = api_client.get(DATASETS)
        assert (refused.status_code, refused.json()["code"]) == (429, "throttled")
        assert 0 < int(refused["Retry-After"]) <= 60
        assert (refused["RateLimit-Limit"], refused["RateLimit-Remaining"]) == ("3", "0")


class TestEarly:
    """Hits are given before sessions and views; the rest goes on to the view with what the layers said."""

    @override_settings(API_REQUESTS_PER_MINUTE={"anonymous": 50, "user": 5})
    def test_a_hit_carries_what_the_middlewares_behind_would_add(self, db: None, api_client: Any) -> None:
        first, second = api_client.get(DATASETS), api_client.get(DATASETS)
        assert (source(first), source(second)) == ("MISS", "HIT-REDIS")
        own = {"X-Cache", "Age", "X-Request-ID", "RateLimit-Remaining", "RateLimit-Reset", "Content-Language", "Allow"}
        for name in {*first.headers, *second.headers} - own:
            assert first.get(name) == second.get(name), name
        assert second["Content-Length"] == str(len(second.content))
        assert int(second["RateLimit-Remaining"]) == int(first["RateLimit-Remaining"]) - 1

    def test_no_view_is_woken(self, db: None, api_client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        api_client.get(DATASETS)
        monkeypatch.setattr("django.contrib.sessions.middleware.SessionMiddleware.process_request", None)
        assert source(api_client.get(DATASETS)) == "HIT-REDIS"
        with pytest.raises(TypeError):
            api_client.get("/api/v1/municipalities/")

    def test_at_hand_or_not_each_reader_is_counted(self, db: None, api_client: Any) -> None:
        api_client.get(DATASETS)
        for _ in range(2 * near.COUNTED_EVERY):
            assert source(api_client.get(DATASETS)) == "HIT-REDIS"
        client = redis_tier.client()
        (key,) = client.keys(f"{names.prefix()}:hits:*")
        assert int(client.get(key)) == 2 * near.COUNTED_EVERY - near.COUNTED_EVERY + 1

    def test_what_is_at_hand_ends_with_another_process_s_change(self, db: None, api_client: Any) -> None:
        for _ in range(3):
            api_client.get(DATASETS)
        redis_tier.set_tokens({"datasets": "another process gave this"})
        assert source(api_client.get(DATASETS)) == "MISS"
        assert source(api_client.get(DATASETS)) == "HIT-REDIS"

    def test_at_most_so_much_is_at_hand(self, layers_on: None) -> None:
        place = names.prefix()
        for number in range(60):
            near.put(place, str(number), Entry.of(b"x" * 400_000, content_type="", etag="", tokens={}, built_at=time.time()))
        assert near.size()[1] <= near.MOST_BYTES
        assert near.get(place, "0", seconds=60) is None
        assert near.get(place, "59", seconds=60) is not None
        assert near.get(place, "59", seconds=-1) is None, "too old"

    def test_a_closed_connection_is_made_anew(self, db: None, api_client: Any) -> None:
        api_client.get(DATASETS)
        assert source(api_client.get(DATASETS)) == "HIT-REDIS"
        wire._held.link._sock.shutdown(socket.SHUT_RDWR)
        assert source(api_client.get(DATASETS)) == "HIT-REDIS"
        assert not redis_tier.breaker().is_open


def test_a_plain_view(db: None, rf: Any) -> None:
    built: list[int] = []

    @kept_view("datasets", by_language=True)
    def page(request: Any) -> HttpResponse:
        built.append(1)
        return HttpResponse(f"page {len(built)}", content_type="text/plain")

    def read(**more: str) -> tuple[str, bytes]:
        response = page(rf.get("/page", **more))
        return response.get("X-Cache", ""), response.content

    assert [read(), read()] == [("MISS", b"page 1"), ("HIT-REDIS", b"page 1")]
    assert read(HTTP_COOKIE="sessionid=1") == ("", b"page 2")
    with translation.override("en"):
        assert read() == ("MISS", b"page 3")
    versions.bump(["datasets"])
    assert read() == ("MISS", b"page 4")
