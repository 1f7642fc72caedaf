"""Keyset pages: each row once, in both directions, whatever ties and missing values there are."""

from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils.http import urlencode

from aneel.api.units import GenerationUnitViewSet
from aneel.models import GenerationUnit
from tests.factories.aneel import DatasetFactory, DistributorFactory, GenerationUnitFactory, MunicipalityFactory
from ysh.core.api.slicing import ProbeThenGather, direct

UNITS = "/api/v1/generation-units/"


def walk(client: Any, url: str, *, link: str = "next", key: str = "unit_id") -> tuple[list[str], list[int], str]:
    """Keys along the links, the pages' sizes, and the last page's address."""
    keys: list[str] = []
    sizes: list[int] = []
    while True:
        response = client.get(url)
        assert response.status_code == 200, response.content
        body = response.json()
        page = [row[key] for row in body["results"]]
        keys = page + keys if link == "previous" else keys + page
        sizes.append(len(page))
        if body[link] is None:
            return keys, sizes, url
        url = body[link]


@pytest.fixture
def tied_units(db: None) -> list[GenerationUnit]:
    """37 units whose power and connection day repeat, every fifth without a day, and three removed ones."""
    distributor, municipality = DistributorFactory(), MunicipalityFactory()
    units = [
        GenerationUnitFactory(
            unit_id=f"GD.SP.000.000.{n:03d}",
            distributor=distributor,
            municipality=municipality,
            installed_power_kw=Decimal(n % 4),
            connection_date=None if n % 5 == 0 else date(2024, 1, 1 + n % 3),
        )
        for n in range(37)
    ]
    for n in range(3):
        GenerationUnitFactory(
            unit_id=f"GD.SP.000.001.{n:03d}", distributor=distributor, municipality=municipality, status="REMOVED"
        )
    return units


def expected(units: list[GenerationUnit], ordering: str) -> list[str]:
    """The order said in plain Python: missing values last either way, ties by id in the same direction."""
    name, descending = ordering.removeprefix("-"), ordering.startswith("-")
    valued = [unit for unit in units if getattr(unit, name) is not None]
    missing = [unit for unit in units if getattr(unit, name) is None]
    valued.sort(key=lambda unit: (getattr(unit, name), unit.pk), reverse=descending)
    missing.sort(key=lambda unit: unit.pk, reverse=descending)
    return [unit.unit_id for unit in valued + missing]


@pytest.fixture(params=["direct", "probe then gather", "probe then walk"])
def slicer(request: Any, monkeypatch: Any) -> None:
    """Each way of reading a page, with windows of a few rows."""
    gather_limit = 500_000 if request.param == "probe then gather" else 0
    chosen = staticmethod(direct) if request.param == "direct" else ProbeThenGather(expected_rows=3, gather_limit=gather_limit)
    monkeypatch.setattr(GenerationUnitViewSet, "slicer", chosen)


ORDERINGS = ("id", "-id", "installed_power_kw", "-installed_power_kw", "connection_date", "-connection_date")


@pytest.mark.parametrize("ordering", ORDERINGS)
@pytest.mark.parametrize("narrowed", ["", "min_installed_power_kw=1&"])
def test_walk_visits_each_row_once_in_both_directions(
    api_client: Any, tied_units: list[GenerationUnit], slicer: Any, ordering: str, narrowed: str
) -> None:
    there = [unit for unit in tied_units if not narrowed or unit.installed_power_kw >= 1]
    order = expected(there, ordering)
    keys, sizes, last = walk(api_client, f"{UNITS}?{narrowed}ordering={ordering}&page_size=4")
    assert keys == order
    assert sizes == [4] * (len(order) // 4) + ([len(order) % 4] if len(order) % 4 else [])
    back, _sizes, _first = walk(api_client, last, link="previous")
    assert back == order


def test_pages_in_the_middle_link_both_ways(api_client: Any, tied_units: list[GenerationUnit]) -> None:
    first = api_client.get(f"{UNITS}?page_size=10&ordering=-connection_date").json()
    second = api_client.get(first["next"]).json()
    assert api_client.get(second["previous"]).json()["results"] == first["results"]
    assert api_client.get(api_client.get(second["next"]).json()["previous"]).json()["results"] == second["results"]
    assert first["previous"] is None


def test_a_row_inserted_or_removed_during_the_walk_moves_no_other(api_client: Any, tied_units: list[GenerationUnit]) -> None:
    first = api_client.get(f"{UNITS}?page_size=10").json()
    GenerationUnit.objects.filter(unit_id__in=["GD.SP.000.000.003", "GD.SP.000.000.009"]).delete()
    rest, _sizes, _last = walk(api_client, first["next"])
    assert rest == [unit.unit_id for unit in tied_units[10:]]


def test_an_empty_list_has_no_links(api_client: Any, db: None) -> None:
    assert api_client.get(UNITS).json() == {"next": None, "previous": None, "results": []}


def test_count_is_exact_and_only_on_request(
    api_client: Any, tied_units: list[GenerationUnit], django_assert_num_queries: Any
) -> None:
    assert "count" not in api_client.get(f"{UNITS}?page_size=1").json()
    assert api_client.get(f"{UNITS}?page_size=1&count=true").json()["count"] == 37
    assert api_client.get(f"{UNITS}?page_size=1&count=true&status=ALL").json()["count"] == 40
    assert api_client.get(f"{UNITS}?page_size=1&count=true&min_installed_power_kw=3").json()["count"] == 9


def test_cursor_of_a_text_order_with_ties(api_client: Any, db: None) -> None:
    for n, title in enumerate(["Tarifas", "tarifas", "Água", "agua", "Zebra", "Área"]):
        DatasetFactory(aneel_id=f"set-{n}", title=title)
    keys, _sizes, last = walk(api_client, "/api/v1/datasets/?page_size=1", key="aneel_id")
    assert sorted(keys) == [f"set-{n}" for n in range(6)]
    assert set(keys[:2]) == {"set-2", "set-3"}
    assert keys[2] == "set-5"
    assert keys[-1] == "set-4"
    assert walk(api_client, last, link="previous", key="aneel_id")[0] == keys


class TestCursorsAreRefused:
    def fault(self, client: Any, **parameters: Any) -> dict[str, Any]:
        response = client.get(f"{UNITS}?{urlencode(parameters)}")
        assert response.status_code == 400
        assert response["Content-Type"] == "application/problem+json"
        body: dict[str, Any] = response.json()
        assert body["code"] == "invalid_cursor"
        assert body["errors"][0]["parameter"] == "cursor"
        return body

    @pytest.fixture
    def cursor(self, api_client: Any, tied_units: list[GenerationUnit]) -> str:
        link: str = api_client.get(f"{UNITS}?page_size=5").json()["next"]
        return parse_qs(urlsplit(link).query)["cursor"][0]

    def test_as_it_is_it_works(self, api_client: Any, cursor: str) -> None:
        assert api_client.get(UNITS, {"cursor": cursor}).status_code == 200

    def test_altered_anywhere(self, api_client: Any, cursor: str) -> None:
        for place in range(0, len(cursor), 7):
            altered = cursor[:place] + ("A" if cursor[place] != "A" else "B") + cursor[place + 1 :]
            self.fault(api_client, cursor=altered)

    @pytest.mark.parametrize("text", ["x", ":", "WyJpZCIsMCwxXQ", "WyJpZCIsMCwxXQ:", "é", "%", "a:b:c", "=" * 500])
    def test_not_ours(self, api_client: Any, db: None, text: str) -> None:
        self.fault(api_client, cursor=text)

    def test_of_another_order(self, api_client: Any, cursor: str) -> None:
        assert "installed_power_kw" in self.fault(api_client, cursor=cursor, ordering="installed_power_kw")["detail"]

    def test_of_another_list(self, api_client: Any, cursor: str) -> None:
        DatasetFactory()
        response = api_client.get("/api/v1/datasets/", {"cursor": cursor})
        assert response.json()["code"] == "invalid_cursor"
