"""How the database finds the rows: by an index, without sorting or walking the table. The plans are the planner's own.

Each SELECT a request sends is run again under EXPLAIN ANALYZE. The table holds twenty thousand units sorted by state, the order
in which a planner that trusts its estimates goes wrong.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from aneel.api.units import GenerationUnitViewSet
from tests.factories.identifiers import cnpj
from ysh.core.api.slicing import ProbeThenGather, ordered_columns

UNITS = "/api/v1/generation-units/"
TABLE = "generation_units"


def selects(client: Any, url: str) -> list[str]:
    """The SELECT statements behind one request."""
    with CaptureQueriesContext(connection) as captured:
        response = client.get(url)
    assert response.status_code == 200, response.content
    sent = [query["sql"] for query in captured.captured_queries if query["sql"].startswith("SELECT")]
    return [sql for sql in sent if TABLE in sql or "find_nearest_units" in sql]


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def explained(sql: str) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}")
        plan = cursor.fetchone()[0]
    return list(nodes((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]))


def visited(node: dict[str, Any]) -> int:
    """Rows a node took in, those it threw away included."""
    removed = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    return int((node["Actual Rows"] + removed) * node["Actual Loops"])


@pytest.fixture
def production_slicer(monkeypatch: Any, many_units: int, db: None) -> int:
    """As in production, for a table of this size: windows of a thousand rows. The table's size."""
    monkeypatch.setattr(GenerationUnitViewSet, "slicer", ProbeThenGather(expected_rows=many_units))
    return many_units


# (query, beginning of the name of an index that must be used, rows visited at most)
CASES = [
    ("", "generation_units_pkey", 60),
    ("ordering=-id", "generation_units_pkey", 60),
    ("status=ALL&page_size=500", "generation_units_pkey", 510),
    ("state=BR-AC", "generation_units_state", 1200),
    ("consumer_class=RESIDENTIAL", "generation_units_pkey", 1200),
    # sits at the table's end: the window is empty, the filter's own index has it
    ("state=BR-TO", "generation_units_state", 4000),
    ("state=BR-TO&consumer_class=RURAL", "", 4000),
    ("connected_from=2026-05-01", "generation_units_connected", 1400),
    ("ordering=-connection_date", "generation_units_connected", 150),
    ("ordering=-installed_power_kw", "generation_units_power", 900),
    ("status=REMOVED", "generation_units_removed", 1100),
    # a box around one point in the middle of the table, and the southern half of all
    ("bbox=-50.005,-10.505,-49.995,-10.495", "", 1300),
    ("bbox=-75,-34,-28,-10.4", "generation_units_pkey", 1300),
    ("bbox=-75,-34,-28,6&format=geojson", "generation_units_pkey", 1300),
]


@pytest.mark.parametrize(("query", "index", "most"), CASES, ids=[case[0] or "all" for case in CASES])
def test_a_list_reads_little_and_never_the_whole_table(
    production_slicer: int, api_client: Any, query: str, index: str, most: int
) -> None:
    statements = selects(api_client, f"{UNITS}?{query}")
    found = [node for sql in statements for node in explained(sql)]
    assert not [node for node in found if node["Node Type"] == "Seq Scan" and node.get("Relation Name") == TABLE]
    used = {node["Index Name"] for node in found if "Index Name" in node}
    assert any(name.startswith(index) for name in used)
    heaviest = max(visited(node) for node in found)
    assert heaviest <= most < production_slicer


def test_a_municipality_is_found_by_its_index(production_slicer: int, api_client: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT municipality_id FROM aneel.generation_units ORDER BY id DESC LIMIT 1")
        code = cursor.fetchone()[0]
    found = [node for sql in selects(api_client, f"{UNITS}?municipality={code}") for node in explained(sql)]
    assert "generation_units_municipality" in {node.get("Index Name") for node in found}
    assert max(visited(node) for node in found) <= 1200


def test_a_distributor_of_half_the_table_is_read_from_the_window(production_slicer: int, api_client: Any) -> None:
    found = [
        node for sql in selects(api_client, f"{UNITS}?distributor={cnpj(900_001)}&fields=unit_id") for node in explained(sql)
    ]
    assert max(visited(node) for node in found) <= 11_000
    assert not [node for node in found if node["Node Type"] == "Seq Scan" and node.get("Relation Name") == TABLE]


def rows_read() -> tuple[int, int]:
    """Rows of the units read in this transaction: by walking the table, and by an index."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT seq_tup_read, idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = %s", [TABLE])
        found: tuple[int, int] = cursor.fetchone()
        return found


def test_the_nearest_come_from_the_spatial_index(db: None, api_client: Any, many_units: int) -> None:
    walked, fetched = rows_read()
    _candidates, rows = selects(api_client, f"{UNITS}nearest/?lat=-10.5&lon=-50")
    walked_after, fetched_after = rows_read()
    # A thousand, to see whether most units have places of their own: by the table or by an index, as the planner likes.
    assert walked_after - walked + fetched_after - fetched <= 1001 + 100
    assert max(visited(node) for node in explained(rows)) <= 20


def test_the_nearest_reads_few_units_however_many_share_a_place(db: None, many_units: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE aneel.generation_units SET latitude = NULL, longitude = NULL, municipality_id = 3550308")
        cursor.execute("ANALYZE aneel.generation_units")
        before = rows_read()
        cursor.execute("SELECT id FROM aneel.find_nearest_units(-23.55, -46.63, 10, 50)")
        found = [key for (key,) in cursor.fetchall()]
        walked, fetched = (after - before for after, before in zip(rows_read(), before, strict=True))
        cursor.execute("SELECT array_agg(id) FROM (SELECT id FROM aneel.generation_units ORDER BY id LIMIT 10) AS first")
        assert found == cursor.fetchone()[0]
    assert walked == 0
    assert fetched <= 100


def test_the_nearest_of_many_with_places_of_their_own(db: None, many_units: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM aneel.find_nearest_units(-10.5, -50, 7, 500)")
        found = [key for (key,) in cursor.fetchall()]
        cursor.execute(
            "SELECT array_agg(id) FROM (SELECT id FROM aneel.generation_units ORDER BY public.ST_Distance(geolocation, "
            "public.ST_MakePoint(-50, -10.5)::public.geography, false), id LIMIT 7) AS near"
        )
        assert sorted(found) == sorted(cursor.fetchone()[0])


def test_a_detail_is_one_look_up(db: None, api_client: Any, many_units: int) -> None:
    found = [node for sql in selects(api_client, f"{UNITS}GD.MG.008.000500/") for node in explained(sql)]
    assert "generation_units_unit_id" in {node.get("Index Name") for node in found}
    assert max(visited(node) for node in found) == 1


def test_a_late_page_costs_what_the_first_costs(production_slicer: int, api_client: Any) -> None:
    url = f"{UNITS}?page_size=500&fields=unit_id"
    for _ in range(20):
        url = api_client.get(url).json()["next"]
    found = [node for sql in selects(api_client, url) for node in explained(sql)]
    assert max(visited(node) for node in found) <= 501


class TestIndexesThatServeInOrder:
    """With an index (column, id), a filter on that column is read from it in order: no window over other rows, no sort."""

    @pytest.fixture(autouse=True)
    def _index(self, db: None, many_units: int) -> Iterator[None]:
        with connection.cursor() as cursor:
            cursor.execute("CREATE INDEX units_state_walk ON aneel.generation_units (state, id)")
        ordered_columns.cache_clear()
        yield
        ordered_columns.cache_clear()

    def test_a_state_at_the_tables_end(self, production_slicer: int, api_client: Any) -> None:
        found = [node for sql in selects(api_client, f"{UNITS}?state=BR-TO") for node in explained(sql)]
        assert "units_state_walk" in {node.get("Index Name") for node in found}
        assert max(visited(node) for node in found) <= 1100


# What each address may ask of the database; the two that set the transaction up are not counted.
CEILINGS = {
    UNITS: 1,
    f"{UNITS}?page_size=500": 1,
    f"{UNITS}?count=true": 2,
    f"{UNITS}?state=BR-AC": 2,
    f"{UNITS}?state=BR-TO": 5,
    f"{UNITS}?bbox=-75,-34,-28,6&format=geojson": 3,
    f"{UNITS}?ordering=-connection_date": 1,
    f"{UNITS}GD.MG.008.000500/": 1,
    f"{UNITS}nearest/?lat=-10&lon=-50": 2,
    f"{UNITS}statistics/": 1,
    "/api/v1/datasets/?q=energia": 1,
    "/api/v1/distributors/": 1,
    "/api/v1/municipalities/?q=rio&page_size=500": 1,
    "/api/v1/municipalities/3550308/": 1,
    "/api/v1/tariffs/": 1,
    "/api/v1/tariffs/current/": 1,
    "/api/v1/certifications/?q=sun": 1,
    "/api/v1/products/": 1,
    "/api/v1/products/?include=ence,prices": 3,
    "/api/v1/products/facets/": 1,
    "/api/v1/kits/": 1,
    "/api/v1/kits/?include=components,checks,prices": 5,
    "/api/v1/kits/?state=BR-AM&min_price=1000&manufacturer=deye": 1,
    "/api/v1/kits/facets/": 1,
    "/api/v1/changes/": 3,
    "/api/v1/changes/?since=latest": 3,
    "/api/v1/search/?q=solar": 10,  # counts; what is unknown, and its nearest; kits by their own text and parts; the rows
    "/api/v1/runs/": 1,
    "/api/v1/status/": 3,
    "/api/v1/": 0,
    "/api/schema/": 0,
}


@pytest.mark.parametrize(("url", "most"), CEILINGS.items(), ids=CEILINGS)
def test_number_of_queries(production_slicer: int, api_client: Any, url: str, most: int) -> None:
    api_client.get(url)  # what is looked up once a process
    with CaptureQueriesContext(connection) as captured:
        assert api_client.get(url).status_code == 200
    asked = [
        q["sql"]
        for q in captured.captured_queries
        if not q["sql"].startswith(("SAVEPOINT", "RELEASE", "SELECT set_config", "SET LOCAL"))
    ]
    assert len(asked) <= most, asked
