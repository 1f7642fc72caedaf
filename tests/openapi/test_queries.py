"""How many queries each operation takes: the same for one row and for fifty, and no more than the checked-in snapshot says."""

import json
from pathlib import Path

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from products.choices import CheckOutcome
from tests.factories.aneel import CertificationFactory, DatasetFactory, DistributorFactory, GenerationUnitFactory, TariffFactory
from tests.factories.pipeline import IngestionRunFactory
from tests.factories.products import KitCheckFactory, KitComponentFactory, PriceFactory, ProductFactory, SolarKitFactory
from tests.openapi.conftest import Stock
from tests.openapi.test_document import operations
from ysh.env import BASE_DIR

SNAPSHOT = BASE_DIR / "tests" / "openapi" / "queries.json"
PUBLISHED = {"review_state": "PUBLISHED", "status": "ACTIVE"}
#: what a transaction is set up with
NO_QUESTION = ("SAVEPOINT", "RELEASE", "SELECT set_config", "SET LOCAL")
SEARCH = "/api/v1/search/"
NEEDED = {
    SEARCH: "q=kit solar",
    "/api/v1/generation-units/nearest/": "lat=-23.5&lon=-46.6&max_km=500&limit=100",
    "/api/v1/audit/export/": "kind=products.solar_kits",
}
#: gives a file of the lake, and asks the database nothing
FILES = {"/api/v1/snapshots/{table}/{day}/{name}"}
WITH = {
    "/api/v1/kits/": "include=components,checks,prices&count=true",
    "/api/v1/products/": "include=ence,prices&count=true",
}


def addresses(stock: Stock, entry: int) -> dict[str, str]:
    """By name, what is asked of each operation that reads."""
    found = {}
    for path, method, operation in operations():
        if method != "get" or path in FILES:
            continue
        url = path.format(**stock.keys, id=entry)
        query = NEEDED.get(path, "")
        found[path] = f"{url}?{query}" if query else url
        if path in WITH:
            found[f"{path}?{WITH[path]}"] = f"{url}?{WITH[path]}"
        if "text/csv" in operation["responses"]["200"]["content"] and path not in NEEDED:
            found[f"{path} as CSV"] = f"{url}?format=csv"
    return found


def measured(client: Client, asked: dict[str, str]) -> dict[str, int]:
    counts = {}
    for name, url in asked.items():
        with CaptureQueriesContext(connection) as captured:
            response = client.get(url)
            assert response.status_code == 200, (url, response.content)
            assert b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]
        counts[name] = sum(not query["sql"].startswith(NO_QUESTION) for query in captured.captured_queries)
    return counts


def fifty(number: int) -> None:
    distributor = DistributorFactory()
    for _ in range(number):
        GenerationUnitFactory(distributor=distributor)
        DatasetFactory()
        DistributorFactory()
        TariffFactory(distributor=distributor)
        IngestionRunFactory(status="SUCCESS")
        panel = ProductFactory(certification=CertificationFactory())
        PriceFactory(product=panel, kind="SALE")
        kit = SolarKitFactory(**PUBLISHED)
        KitComponentFactory(kit=kit, product=panel)
        KitCheckFactory(kit=kit, rule_id="R01", outcome=CheckOutcome.PASS)


def test_queries(stock: Stock, superuser_client: Client, tmp_path: Path) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(id) FROM audit.change_log")
        (entry,) = cursor.fetchone()
    asked = addresses(stock, entry)
    measured(superuser_client, asked)  # what is looked up once a process
    one = measured(superuser_client, asked)
    fifty(49)
    many = measured(superuser_client, asked)
    # A search that finds little looks further: with more rows it asks less. The log's names depend on what was written last.
    varies = (SEARCH, *(name for name in one if name.startswith("/api/v1/audit/")))
    grown = {name: (one[name], count) for name, count in many.items() if count != one[name] and name not in varies}
    assert not grown, grown
    most = {name: max(count, many[name]) for name, count in one.items()}
    found = tmp_path / SNAPSHOT.name
    found.write_text(json.dumps(most, indent=2, sort_keys=True) + "\n", "utf-8")
    allowed = json.loads(SNAPSHOT.read_text("utf-8"))
    over = {name: (allowed.get(name), count) for name, count in most.items() if count > allowed.get(name, -1)}
    assert not over, f"More than {SNAPSHOT.name} allows: {over}. If that is meant: cp {found} {SNAPSHOT}"
    assert allowed.keys() == most.keys(), f"cp {found} {SNAPSHOT}"
