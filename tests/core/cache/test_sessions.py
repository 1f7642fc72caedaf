"""Sessions in Redis and DynamoDB."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.test import Client, override_settings

from tests.core.cache.conftest import Server
from ysh.core.cache import names, redis_tier
from ysh.core.cache.session_engine import SessionStore
from ysh.core.dynamodb import sessions as table
from ysh.core.errors import RetryableError

ENGINE = "ysh.core.cache.session_engine"


@pytest.fixture(autouse=True)
def _engine() -> Iterator[None]:
    with override_settings(SESSION_ENGINE=ENGINE):
        yield


def test_sign_in_and_out(db: None, layers_on: None, dynamodb: None, superuser: Any) -> None:
    client = Client()
    client.force_login(superuser)
    key = client.cookies["sessionid"].value
    assert client.get("/admin/").status_code == 200
    assert [item.session_id for item in table.sessions_of_user(str(superuser.pk))] == [names.digest(key)]
    held = redis_tier.client().smembers(names.SESSIONS.key())
    assert held == {names.digest(key).encode()}
    assert not any(key.encode() in name for name in redis_tier.client().keys(f"{names.prefix()}:*"))
    client.post("/admin/logout/")
    assert table.session_by_id(key) is None
    stale = Client()
    stale.cookies["sessionid"] = key
    assert stale.get("/admin/").status_code == 302


def test_redis_empty(layers_on: None, dynamodb: None) -> None:
    store = SessionStore()
    store["answer"] = 42
    store.save()
    redis_tier.delete_matching(f"{names.prefix()}:*")
    assert SessionStore(store.session_key)["answer"] == 42


def test_redis_alone(layers_on: None) -> None:
    store = SessionStore()
    store["answer"] = 42
    store.save()
    assert SessionStore(store.session_key)["answer"] == 42
    assert SessionStore("no such key of thirty-two letters").get("answer") is None


def test_a_sign_out_while_redis_is_away_holds_when_it_is_back(private_redis: Server, dynamodb: None) -> None:
    """Redis is only out of reach and keeps its memory."""
    store = SessionStore()
    store["answer"] = 42
    store.save()
    key = str(store.session_key)
    private_redis.freeze()
    assert SessionStore(key)["answer"] == 42, "from DynamoDB"
    SessionStore(key).delete()
    private_redis.thaw()
    assert redis_tier.client().exists(names.SESSION.key(digest=names.digest(key))), "the old copy is still there"
    assert SessionStore(key).get("answer") is None


def test_a_session_that_was_taken_away_is_not_written_again(layers_on: None, dynamodb: None) -> None:
    store = SessionStore()
    store.save()
    other = SessionStore(store.session_key)
    other["late"] = True
    store.delete()
    with pytest.raises(UpdateError):
        other.save()


def test_without_any_store_it_says_so(private_redis: Server) -> None:
    private_redis.kill()
    store = SessionStore()
    with pytest.raises(RetryableError, match="neither Redis nor DynamoDB"):
        store.save()
