"""One search over products, kits and datasets."""

from typing import Any

import pytest

from tests.factories.aneel import DatasetFactory
from tests.factories.products import InverterFactory, ProductFactory, SolarKitFactory

SEARCH = "/api/v1/search/"


@pytest.fixture(autouse=True)
def _things(db: None) -> None:
    DatasetFactory(aneel_id="gd", title="Relação de empreendimentos de Geração Distribuída", keywords=["solar"], description="")
    ProductFactory(sku="P1", name="Módulo fotovoltaico 610 Wp", description="Para telhado <b>cerâmico</b>.")
    InverterFactory(sku="I1", name="Inversor Deye 5 kW monofásico")
    SolarKitFactory(kit_id="K1", name="Kit solar 6,1 kWp telhado cerâmico", review_state="PUBLISHED", status="ACTIVE")
    SolarKitFactory(kit_id="K-draft", name="Kit solar rascunho cerâmico")


def found(client: Any, query: str) -> list[tuple[str, str]]:
    response = client.get(f"{SEARCH}?{query}")
    assert response.status_code == 200, response.content
    return [(row["type"], row["key"]) for row in response.json()["results"]]


@pytest.mark.parametrize(
    ("query", "best"),
    [
        ("q=geracao distribuida", ("dataset", "gd")),
        ("q=gerasao distribuida", ("dataset", "gd")),
        ("q=placa 610w", ("product", "P1")),
        ("q=painel 610 Wp", ("product", "P1")),
        ("q=inversor 5kw", ("product", "I1")),
        ("q=inversor 5 kW&type=product", ("product", "I1")),
        ("q=kit ceramico", ("kit", "K1")),
    ],
)
def test_the_best_comes_first(api_client: Any, query: str, best: tuple[str, str]) -> None:
    assert found(api_client, query)[0] == best


def test_types_and_drafts(api_client: Any, staff_api_client: Any) -> None:
    assert {kind for kind, _key in found(api_client, "q=solar&type=dataset")} == {"dataset"}
    assert ("kit", "K-draft") not in found(api_client, "q=rascunho")
    assert ("kit", "K-draft") in found(staff_api_client, "q=rascunho")


def test_what_was_found_is_marked_and_the_rest_is_escaped(api_client: Any) -> None:
    rows = api_client.get(f"{SEARCH}?q=ceramico").json()["results"]
    kit = next(row for row in rows if row["type"] == "kit")
    assert kit["highlight"] == "Kit solar 6,1 kWp telhado <mark>cerâmico</mark>"
    product = next(row for row in rows if row["type"] == "product")
    assert product["snippet"] == "Para telhado &lt;b&gt;<mark>cerâmico</mark>&lt;/b&gt;."


@pytest.mark.parametrize("query", ["inversor 5kw", "inversor 5 kW", "inversor 5000 W", "inversor 5,0kWp"])
def test_a_quantity_is_marked_however_it_is_spelt(api_client: Any, query: str) -> None:
    (row,) = [row for row in api_client.get(SEARCH, {"q": query}).json()["results"] if row["key"] == "I1"]
    assert row["highlight"] == "<mark>Inversor</mark> Deye <mark>5 kW</mark> monofásico"


@pytest.mark.parametrize(
    ("query", "most"),
    [
        # savepoint, limits; indexes on and off; counts; rows of three kinds; release
        ("ceramico", 11),
        # further: parts of kits, words that are unknown, their nearest, counts of what these find, titles alike
        ("sunvoa growtat gerasao 5kw", 15),
    ],
)
def test_a_search_asks_few_questions(api_client: Any, django_assert_max_num_queries: Any, query: str, most: int) -> None:
    api_client.get(SEARCH, {"q": "warm"})
    with django_assert_max_num_queries(most):
        assert api_client.get(SEARCH, {"q": query}).status_code == 200


@pytest.mark.parametrize("query", ["", "q=", "q=x&type=unit", "q=x&limit=0", f"q={'x' * 201}", "q=x&page_size=5"])
def test_what_is_not_understood_is_refused(api_client: Any, query: str) -> None:
    assert api_client.get(f"{SEARCH}?{query}").status_code == 400


def test_odd_texts(api_client: Any) -> None:
    for text in ("%26 | ! ( :*", "'); DROP TABLE x; --", "🙂", "ﬀ İ", "a", "1e400 kw", "\\"):
        assert api_client.get(SEARCH, {"q": text}).status_code == 200, text
