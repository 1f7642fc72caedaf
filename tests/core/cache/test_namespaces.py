"""Every table an answer is made of ends its life: what a view reads is held against the namespaces it names."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import resolve

from tests.factories.aneel import DatasetFactory, GenerationUnitFactory
from ysh.core.api.caching import plan_of
from ysh.core.cache import namespaces
from ysh.urls import RESOURCE_NAMES

FROM = re.compile(r'\b(?:FROM|JOIN)\s+(?:"?\w+"?\.)?"?(\w+)"?', re.IGNORECASE)
PATHS = [
    "datasets/",
    "generation-units/",
    "generation-units/GD.XX/",
    "generation-units/nearest/?lat=-10&lon=-50",
    "generation-units/statistics/",
    "tariffs/",
    "tariffs/current/",
    "certifications/",
    "distributors/",
    "municipalities/3550308/",
    "products/",
    "products/facets/",
    "kits/",
    "kits/facets/",
    "runs/",
]
#: what an SQL function reads
FUNCTIONS = {"find_nearest_units": "generation_units", "find_nearest": "generation_units"}


def tables_read(queries: Any) -> set[str]:
    known = set(namespaces.tables())
    words = {word for query in queries for word in FROM.findall(query["sql"])}
    return {FUNCTIONS.get(word, word) for word in words} & known


@pytest.mark.parametrize("path", PATHS)
def test_a_view_names_what_it_reads(db: None, api_client: Any, path: str) -> None:
    DatasetFactory()
    GenerationUnitFactory(unit_id="GD.XX")
    with CaptureQueriesContext(
        connection,
    ) as seen:
        response = api_client.get(f"/api/v1/{path}")
    assert response.status_code == 200, response.content
    view: Any = resolve(f"/api/v1/{path.partition('?')[0]}").func
    plan = plan_of(view.cls, getattr(view, "actions", None), getattr(view, "initkwargs", {}))
    assert plan is not None
    read = tables_read(seen.captured_queries)
    assert read, "the search finds what is there"
    unnamed = {table for table in read if not namespaces.of_table(table) & set(plan.namespaces)}
    assert unnamed == set()


def test_every_resource_is_looked_at_here() -> None:
    listed = {path.partition("/")[0] for path in PATHS}
    plural = {"generation-unit": "generation-units", "municipality": "municipalities"}
    names = {name.removesuffix("-list") for name in RESOURCE_NAMES if name.endswith("-list")}
    # Kept nowhere, or built of nothing of ours.
    assert {plural.get(name, f"{name}s") for name in names} - listed - {"audits", "kit-historys"} <= {"audit", "search"}
