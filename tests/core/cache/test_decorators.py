"""`@cached`: any function's result from the layers."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import OperationalError
from django.test import override_settings

from ysh.core.cache import background, names, redis_tier, versions
from ysh.core.cache.decorators import cached

pytestmark = pytest.mark.usefixtures("layers_on")
calls: list[object] = []


@cached(namespaces=["products", "prices"])
def priced(sku: str, *, on: date, factor: Decimal = Decimal(1)) -> dict[str, object]:
    calls.append(sku)
    if sku == "away":
        raise OperationalError
    return {"sku": sku, "on": on, "price": Decimal("899.90") * factor, "parts": (1, None)}


@pytest.fixture(autouse=True)
def _none_yet() -> None:
    calls.clear()


TODAY = date(2026, 8, 14)


def test_the_second_call_gets_the_same_without_calling() -> None:
    first = priced("A", on=TODAY)
    assert priced("A", on=TODAY) == first == {"sku": "A", "on": TODAY, "price": Decimal("899.90"), "parts": (1, None)}
    assert calls == ["A"]
    assert priced("A", on=TODAY, factor=Decimal(2))["price"] == Decimal("1799.80")
    assert priced("1", on=TODAY) != priced("A", on=TODAY)
    assert calls == ["A", "A", "1"]


def test_a_change_ends_it() -> None:
    for namespace in ("products", "prices"):
        priced("A", on=TODAY)
        versions.bump([namespace])
    priced("A", on=TODAY)
    versions.bump(["datasets"])
    priced("A", on=TODAY)
    assert calls == ["A"] * 3


def test_the_last_known_result_while_the_database_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    away = [False]

    @cached(namespaces=["products"])
    def counted() -> int:
        if away[0]:
            raise OperationalError
        return 42

    assert counted() == 42
    versions.bump(["products"])
    away[0] = True
    assert counted() == 42
    with pytest.raises(OperationalError):
        priced("away", on=TODAY)


def test_redis_emptied(dynamodb: None) -> None:
    first = priced(names.prefix(), on=TODAY)
    assert background.drain()
    redis_tier.delete_matching(f"{names.prefix()}:*")
    assert priced(names.prefix(), on=TODAY) == first
    assert len(calls) == 1


def test_what_cannot_be_a_key_is_refused() -> None:
    with pytest.raises(TypeError, match="object"):
        priced(object(), on=TODAY)  # type: ignore[arg-type]


def test_switched_off_it_is_the_function() -> None:
    with override_settings(API_CACHE=False):
        priced("A", on=TODAY)
        priced("A", on=TODAY)
    assert calls == ["A", "A"]
