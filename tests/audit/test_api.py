"""The change log over HTTP: staff only, strict parameters, pages without gaps, files; and kits as they were."""

import csv
import io
import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from audit.models import ChangeLogEntry
from products.choices import ReviewState
from products.models import KitComponent, Product
from tests.audit.test_revert import change, request
from tests.factories.products import KitCheckFactory, PriceFactory, ProductFactory, SolarKitFactory

pytestmark = pytest.mark.django_db

URL = "/api/v1/audit/"


@pytest.fixture
def reader(staff_api_client, staff_user):
    staff_user.user_permissions.add(Permission.objects.get(codename="view_changelogentry"))
    return staff_api_client


def ids(response) -> list[int]:
    return [row["id"] for row in response.json()["results"]]


def test_only_staff_with_the_permission_read_it(api_client, staff_api_client):
    ProductFactory()
    for path in (URL, f"{URL}1/", f"{URL}export/?actor=x"):
        assert api_client.get(path).status_code in {401, 403}
        assert staff_api_client.get(path).status_code == 403


def test_an_entry_and_its_sentence(reader):
    product = ProductFactory(sku="PNL-1", sale_price="9990")
    request_id = change(product, sale_price="9490")

    (row,) = reader.get(URL, {"request": request_id}, headers={"accept-language": "en"}).json()["results"]

    assert row["sentence"] == "Maria changed the sale price from R$ 9,990.00 to R$ 9,490.00 on product PNL-1."
    assert (row["kind"], row["record"], row["operation"]) == ("products.products", str(product.pk), "UPDATE")
    assert (row["changed_fields"], row["actor"], row["source"]) == (["sale_price"], "maria", "admin")
    assert row["changed_at"].endswith("Z")
    assert reader.get(f"{URL}{row['id']}/", headers={"accept-language": "en"}).json() == row
    assert reader.get(f"{URL}999999999/").status_code == 404


def test_filters(reader):
    product = ProductFactory(name="a")
    one = change(product, name="b")
    change(product, "joão", stock_quantity=1)
    own = ChangeLogEntry.objects.filter(table_name="products", record_id=str(product.pk)).order_by("-changed_at", "-id")
    joao, maria, created = own.values_list("pk", flat=True)

    def found(**query):
        return ids(reader.get(URL, query))

    assert found(kind="products.products", record=product.pk) == [joao, maria, created]
    assert found(kind="products.products", record=product.pk, field="name") == [maria]
    assert found(actor="joão") == [joao]
    assert found(request=one) == [maria]
    assert found(run=uuid4()) == []
    assert found(actor="maria", operation="DELETE") == []
    assert found(actor="maria", since=timezone.now().isoformat()) == []


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ({"nope": "1"}, "nope"),
        ({"kind": "no.table"}, "kind"),
        ({"kind": "products.products,products.solar_kits"}, "kind"),
        ({"record": "1"}, "record"),
        ({"source": "mail"}, "source"),
        ({"since": "yesterday"}, "since"),
        ({"request": "1"}, "request"),
        ({"cursor": "x"}, "cursor"),
        ({"page_size": "0"}, "page_size"),
    ],
)
def test_what_is_not_understood_is_refused(reader, query, parameter):
    response = reader.get(URL, query)
    assert response.status_code == 400
    assert response.json()["errors"][0]["parameter"] == parameter


def test_pages_follow_each_other(reader, django_assert_max_num_queries):
    product = ProductFactory()
    for number in range(7):
        change(product, stock_quantity=number)
    seen, url = [], f"{URL}?actor=maria&page_size=3"
    while url:
        with django_assert_max_num_queries(12):
            response = reader.get(url)
        seen += ids(response)
        url = response.json()["next"]
    assert seen == list(ChangeLogEntry.objects.filter(changed_by="maria").order_by("-id").values_list("pk", flat=True))


def test_files(reader):
    product = ProductFactory(name="a")
    change(product, name="=1+1")
    change(product, name="c")

    response = reader.get(f"{URL}export/", {"actor": "maria"})
    rows = list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode())))
    assert [json.loads(row["new_values"])["name"] for row in rows] == ["c", "=1+1"]

    response = reader.get(f"{URL}export/", {"actor": "maria", "as": "ndjson"})
    assert response["Content-Type"] == "application/x-ndjson"
    lines = [json.loads(line) for line in b"".join(response.streaming_content).splitlines()]
    assert [line["old_values"] for line in lines] == [{"name": "=1+1"}, {"name": "a"}]
    assert reader.get(f"{URL}export/").status_code == 400
    assert reader.get(f"{URL}export/", {"actor": "x", "as": "pdf"}).status_code == 400


# --- kits as they were


def published(**values):
    return SolarKitFactory(kit_id="KIT-1", review_state=ReviewState.PUBLISHED, status="ACTIVE", **values)


def now() -> str:
    return timezone.now().isoformat().replace("+00:00", "Z")


def test_a_kit_as_it_was_at_each_moment_of_a_scripted_history(reader, api_client):
    kit = published(with_components=True, kit_cost="8900")
    PriceFactory(kit=kit, product=None, kind="SALE", amount="9900", supplier=kit.supplier, valid_from=timezone.now())
    KitCheckFactory(kit=kit)
    panel = kit.components.get(component_type="PANEL")
    old_sku = panel.product.sku
    moments = [now()]
    with request():
        KitComponent.objects.filter(pk=panel.pk).update(quantity=12)
        Product.objects.filter(pk=panel.product_id).update(sku="PNL-NEW")
    moments.append(now())
    with request():
        kit.kit_cost = "8000"
        kit.save(update_fields=["kit_cost"])
        panel.delete()
    PriceFactory(kit=kit, product=None, kind="SALE", amount="9000", supplier=kit.supplier, valid_from=timezone.now())
    moments.append(now())

    def at(moment):
        body = reader.get("/api/v1/kits/KIT-1/", {"as_of": moment}).json()
        parts = [(part["component_type"], part["quantity"]) for part in body["components"]]
        return body["kit_cost"], body["total_price"], parts, [price["amount"] for price in body["prices"]]

    inverter = ("INVERTER", 1)
    assert at(moments[0]) == ("8900.00", "8900.00", [("PANEL", 10), inverter], ["9900.00"])
    assert at(moments[1]) == ("8900.00", "8900.00", [("PANEL", 12), inverter], ["9900.00"])
    assert at(moments[2]) == ("8000.00", "8000.00", [inverter], ["9000.00"])
    first, second = (
        reader.get("/api/v1/kits/KIT-1/", {"as_of": moment}).json()["components"][0]["sku"] for moment in moments[:2]
    )
    assert (first, second) == (old_sku, "PNL-NEW")
    assert reader.get("/api/v1/kits/KIT-1/", {"as_of": "2020-01-01"}).status_code == 404


def test_the_public_sees_only_what_was_and_is_published(api_client, staff_api_client):
    kit = published()
    kit.review_state = ReviewState.DRAFT
    kit.save(update_fields=["review_state"])
    draft = now()
    assert api_client.get("/api/v1/kits/KIT-1/", {"as_of": draft}).status_code == 404
    kit.review_state = ReviewState.PUBLISHED
    kit.save(update_fields=["review_state"])

    assert api_client.get("/api/v1/kits/KIT-1/", {"as_of": now()}).status_code == 200
    assert api_client.get("/api/v1/kits/KIT-1/", {"as_of": draft}).status_code == 404
    assert staff_api_client.get("/api/v1/kits/KIT-1/", {"as_of": draft}).json()["review_state"] == "DRAFT"
    text = json.dumps(api_client.get("/api/v1/kits/KIT-1/", {"as_of": now()}).json())
    assert "cost_price" not in text
    assert "raw_data" not in text


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", (timezone.now() + timedelta(days=2)).date().isoformat()])
def test_a_moment_that_is_none_or_ahead_is_refused(api_client, text):
    published()
    response = api_client.get("/api/v1/kits/KIT-1/", {"as_of": text})
    assert (response.status_code, response.json()["errors"][0]["parameter"]) == (400, "as_of")


def test_as_of_stands_alone_and_the_kit_of_today_is_as_before(api_client):
    published()
    assert api_client.get("/api/v1/kits/KIT-1/", {"as_of": now(), "fields": "kit_id"}).status_code == 400
    assert api_client.get("/api/v1/kits/KIT-1/", {"fields": "kit_id"}).json() == {"kit_id": "KIT-1"}
    assert api_client.get("/api/v1/kits/").json()["results"][0]["kit_id"] == "KIT-1"
    assert api_client.get("/api/v1/kits/KIT-1/check/").status_code == 200
