"""Units near a point from Redis: the same answers as from PostgreSQL, or none."""

import random
from typing import Any

import pytest
from django.db import connection

from aneel import nearby
from aneel.models import GenerationUnit, Municipality
from aneel.nearby import keep_neighbourhood, kept_candidates
from aneel.querysets import nearest_units
from tests.core.cache.conftest import layers_on  # noqa: F401
from tests.factories.aneel import GenerationUnitFactory
from ysh.core.cache import places, versions

GOIANIA = 5208707

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("layers_on")]


@pytest.fixture
def centre() -> tuple[float, float]:
    point = Municipality.objects.get(pk=GOIANIA).centroid
    return point.y, point.x


@pytest.fixture
def neighbourhood(centre: tuple[float, float]) -> None:
    """Places of their own at random, and three municipalities whose units share their centre; one unit is gone."""
    draw, (latitude, longitude) = random.Random(3), centre
    for number in range(40):
        GenerationUnitFactory(
            unit_id=f"own-{number}",
            latitude=round(latitude + draw.uniform(-0.5, 0.5), 6),
            longitude=round(longitude + draw.uniform(-0.5, 0.5), 6),
        )
    GenerationUnitFactory(unit_id="gone", latitude=latitude, longitude=longitude, status="REMOVED")
    for code in Municipality.objects.filter(state="BR-GO").order_by("ibge_code").values_list("pk", flat=True)[:60]:
        GenerationUnitFactory.create_batch(2, located=False, municipality_id=code)
    GenerationUnitFactory.create_batch(5, located=False, municipality_id=GOIANIA)


def asked_of_the_database(monkeypatch: Any, **asked: Any) -> list[tuple[str, float]]:
    with monkeypatch.context() as patch:
        patch.setattr("aneel.querysets.kept_candidates", lambda **asked: None)
        return list(nearest_units(**asked).values_list("unit_id", "distance_km"))


def test_what_is_kept_gives_the_database_s_answer(neighbourhood: None, centre: tuple[float, float], monkeypatch: Any) -> None:
    assert keep_neighbourhood(GOIANIA)
    places.note_hot(GOIANIA, centre[1], centre[0])
    draw, from_redis = random.Random(4), 0
    for _turn in range(60):
        latitude, longitude = (at + draw.uniform(-0.3, 0.3) for at in centre)
        asked = {
            "latitude": latitude,
            "longitude": longitude,
            "limit": draw.choice((1, 3, 10, 30)),
            "max_km": draw.choice((1, 9, 50)),
        }
        kept = kept_candidates(**asked)
        from_redis += kept is not None
        assert list(nearest_units(**asked).values_list("unit_id", "distance_km")) == asked_of_the_database(monkeypatch, **asked)
    assert 20 < from_redis < 60, "some are answered from Redis; what may lie beyond the disc's edge is not"


def test_no_answer_beyond_the_edge_of_what_is_kept(neighbourhood: None, centre: tuple[float, float]) -> None:
    keep_neighbourhood(GOIANIA)
    places.note_hot(GOIANIA, centre[1], centre[0])
    here: dict[str, Any] = {"latitude": centre[0], "longitude": centre[1]}
    assert kept_candidates(**here, limit=5, max_km=500) is not None, "enough is near"
    assert kept_candidates(**here, limit=100, max_km=500) is None
    assert kept_candidates(**here, limit=100, max_km=50) is not None
    assert kept_candidates(latitude=centre[0] + 5, longitude=centre[1], limit=1, max_km=50) is None, "no hot municipality"
    assert kept_candidates(latitude=89.9, longitude=0, limit=1, max_km=50) is None


def test_a_change_ends_what_is_kept(neighbourhood: None, centre: tuple[float, float], monkeypatch: Any) -> None:
    keep_neighbourhood(GOIANIA)
    places.note_hot(GOIANIA, centre[1], centre[0])
    again: list[Any] = []
    monkeypatch.setattr(nearby, "in_background", again.append)
    here: dict[str, Any] = {"latitude": centre[0], "longitude": centre[1], "limit": 1, "max_km": 50}
    before = kept_candidates(**here)
    assert before
    assert again == []
    GenerationUnit.objects.filter(pk=before[0]).update(status="REMOVED")
    versions.bump(["units"])  # as the commit does
    assert kept_candidates(**here) is None
    assert len(again) == 1, "and is kept anew"
    with connection.cursor():
        keep_neighbourhood(GOIANIA)
    after = kept_candidates(**here)
    assert after is not None
    assert before[0] not in after


def test_a_place_gets_hot_by_being_asked_for(neighbourhood: None, centre: tuple[float, float], monkeypatch: Any) -> None:
    begun: list[Any] = []
    monkeypatch.setattr(nearby, "in_background", begun.append)
    latitude, longitude = round(centre[0], 1), round(centre[1], 1)
    for number in range(5):
        assert kept_candidates(latitude=latitude, longitude=longitude + number / 1000, limit=1, max_km=50) is None
    assert len(begun) == 1
    nearby.keep_around(longitude, latitude)
    assert places.look(nearby.NAMESPACES, longitude, latitude, km=30)[1] is not None
    assert kept_candidates(latitude=latitude, longitude=longitude, limit=1, max_km=50) is not None


def test_without_redis_the_database_is_asked(centre: tuple[float, float], settings: Any) -> None:
    settings.API_CACHE = False
    assert kept_candidates(latitude=centre[0], longitude=centre[1], limit=1, max_km=50) is None


def test_too_many_places_make_no_set(neighbourhood: None, monkeypatch: Any) -> None:
    monkeypatch.setattr(nearby, "MOST_PLACES", 3)
    assert not keep_neighbourhood(GOIANIA)
