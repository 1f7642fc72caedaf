"""API keys: hashed, limited, rotated, revoked; who acted."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pipeline.api_keys import issue_key, revoke_key, rotate_key
from pipeline.models import ApiKey
from tests.factories.products import SolarKitFactory
from ysh.core.actor import Actor, acting_as, current_actor

DATASETS = "/api/v1/datasets/"


@pytest.fixture
def key(db: None) -> tuple[ApiKey, str]:
    new = ApiKey(name="Loja Sol", requests_per_minute=1000)
    return new, issue_key(new, by="tests")


def get(client: Any, text: str, path: str = DATASETS) -> Any:
    return client.get(path, headers={"authorization": f"Api-Key {text}"})


def test_a_key_works_and_its_use_is_noted(api_client: Any, key: tuple[ApiKey, str]) -> None:
    response = get(api_client, key[1])
    assert response.status_code == 200
    assert response["Cache-Control"].startswith("private")
    assert response["RateLimit-Limit"] == "1000"
    key[0].refresh_from_db()
    assert key[0].last_used_at is not None
    assert key[1] not in str(ApiKey.objects.values().get())


@pytest.mark.parametrize("text", ["", "nonsense", "abcdefgh.nonsense", "x" * 500, "é.é"])
def test_a_wrong_key_is_refused_and_not_taken_for_nobody(api_client: Any, key: tuple[ApiKey, str], text: str) -> None:
    response = get(api_client, text)
    assert (response.status_code, response.json()["code"]) == (401, "not_authenticated")
    assert response["WWW-Authenticate"] == "Api-Key"
    assert get(api_client, f"{key[0].prefix}.{'x' * 40}").status_code == 401


def test_expiry_and_revocation(api_client: Any, key: tuple[ApiKey, str]) -> None:
    row, text = key
    ApiKey.objects.update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    assert get(api_client, text).status_code == 401
    ApiKey.objects.update(expires_at=datetime.now(UTC) + timedelta(hours=1))
    assert get(api_client, text).status_code == 200
    revoke_key(row, by="tests", reason="lost")
    assert get(api_client, text).status_code == 401


def test_rotation_leaves_time_to_change_over(api_client: Any, key: tuple[ApiKey, str]) -> None:
    row, old = key
    new = rotate_key(row, by="tests")
    assert get(api_client, old).status_code == get(api_client, new).status_code == 200
    ApiKey.objects.update(previous_valid_until=datetime.now(UTC) - timedelta(seconds=1))
    assert (get(api_client, old).status_code, get(api_client, new).status_code) == (401, 200)


def test_its_own_limit(api_client: Any, key: tuple[ApiKey, str], settings: Any) -> None:
    settings.API_REQUESTS_PER_MINUTE = {"anonymous": 0, "user": 0}
    ApiKey.objects.update(requests_per_minute=2)
    answers = [get(api_client, key[1]) for _ in range(6)]  # a new minute may begin once in between
    limited = [answer for answer in answers if answer.status_code == 429]
    assert limited
    assert {"Retry-After", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"} <= set(limited[0].headers)
    assert limited[0].json()["code"] == "throttled"
    assert api_client.get(DATASETS).status_code == 200


def test_scopes(api_client: Any, key: tuple[ApiKey, str]) -> None:
    SolarKitFactory(kit_id="D")
    assert get(api_client, key[1], "/api/v1/kits/D/").status_code == 404
    ApiKey.objects.update(scopes=["drafts"])
    assert get(api_client, key[1], "/api/v1/kits/D/").status_code == 200


def test_the_actor_is_the_key(key: tuple[ApiKey, str], rf: Any) -> None:
    from pipeline.api.keys import ApiKeyAuthentication

    with acting_as(Actor(name="anonymous", source="api")):
        ApiKeyAuthentication().authenticate(rf.get("/", headers={"authorization": f"Api-Key {key[1]}"}))
        assert (current_actor().name, current_actor().source) == ("api-key:Loja Sol", "api")
    assert current_actor().name == "system"
