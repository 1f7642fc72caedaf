"""The timeline and the histories: what they show, to whom, and in how many queries."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.actions import revert_request
from audit.models import ChangeLogEntry
from audit.timeline import Filters, read
from products.models import KitComponent, Product
from tests.admin.conftest import text_of
from tests.audit.test_revert import change, request
from tests.factories.pipeline import IngestionRunFactory
from tests.factories.products import ManufacturerFactory, ProductFactory, SolarKitFactory
from ysh.core.actor import Actor, acting_as

pytestmark = pytest.mark.django_db

LIST = "admin:audit_changelogentry_changelist"


def history(row) -> str:
    return reverse("admin:audit_object_history", args=[row._meta.label_lower, row.pk])


def log_queries(captured) -> list[str]:
    return [query["sql"] for query in captured if "change_log" in query["sql"]]


def test_nothing_is_asked_of_the_log_before_a_filter_is_chosen(superuser_client):
    ProductFactory()
    with CaptureQueriesContext(connection) as captured:
        response = superuser_client.get(reverse(LIST))
    assert response.context["page"] is None
    assert log_queries(captured) == []


def test_each_filter_narrows(superuser_client):
    product = ProductFactory(sku="PNL-1", name="a")
    one = change(product, "maria", name="b")
    other = change(product, "joão", sale_price=1)
    run = uuid4()
    with acting_as(Actor("robot", "task", None, run)):
        Product.objects.filter(pk=product.pk).update(stock_quantity=0)

    def found(**query):
        page = superuser_client.get(reverse(LIST), query).context["page"]
        return [(entry.changed_by, entry.changed_fields) for entry in page.entries]

    maria, joao, robot = ("maria", ["name"]), ("joão", ["sale_price"]), ("robot", ["stock_quantity"])
    assert found(actor="maria") == [maria]
    assert found(request=one) == [maria]
    assert found(request=other) == [joao]
    assert found(request=run) == [robot]
    assert found(source="task") == [robot]
    assert found(kind="products.products", record="PNL-1", field="name") == [maria]
    assert found(kind="products.products", record=product.pk)[:3] == [robot, joao, maria]
    assert found(kind="products.products", operation="UPDATE") == [robot, joao, maria]
    assert found(actor="maria", field="sale_price") == []
    assert found(until="2020-01-01", actor="maria") == []
    assert found(q=f"products.products {product.pk}")[:1] == [robot]
    assert found(q="joão") == [joao]


def test_wrong_filters_say_so(superuser_client):
    for query in ({"record": "PNL-1"}, {"request": "x"}, {"kind": "x.y"}, {"since": "tomorrow"}):
        response = superuser_client.get(reverse(LIST), query)
        assert response.context["page"] is None
        assert response.context["form"].errors, query


def test_pages_follow_each_other_without_gaps(superuser_client):
    product = ProductFactory()
    for number in range(7):
        change(product, stock_quantity=number)
    filters = Filters(actor="maria")
    seen, after = [], None
    while True:
        page = read(filters, after=after, size=3)
        seen += [entry.pk for entry in page.entries]
        after = page.next
        if after is None:
            break
    assert seen == list(
        ChangeLogEntry.objects.filter(changed_by="maria").order_by("-changed_at", "-id").values_list("pk", flat=True)
    )


def test_a_page_looks_at_no_more_entries_than_its_window():
    product = ProductFactory()
    change(product, name="rare")
    for number in range(6):
        change(product, stock_quantity=number)

    first = read(Filters(actor="maria", field="name"), window=4)
    assert (first.entries, first.searched_to is None) == ([], False)
    second = read(Filters(actor="maria", field="name"), after=first.next, window=4)
    assert [entry.changed_fields for entry in second.entries] == [["name"]]


@pytest.mark.parametrize(
    ("filters", "index"),
    [
        (Filters(actor="maria"), "changed_by"),
        (Filters(schema="products", table="products"), "table_schema"),
        (Filters(schema="products", table="products", record_id="1"), "record_id"),
        (Filters(request_id=uuid4()), "request_id"),
        (Filters(run_id=uuid4()), "run_id"),
        (Filters(source="admin"), "changed_at"),
    ],
)
def test_every_filter_is_answered_through_an_index_in_its_order(filters, index):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off")
    (lead,) = filters.leads()
    rows = ChangeLogEntry.objects.filter(filters.indexed(lead)).order_by("-changed_at", "-id")[:20]
    plan = rows.explain()
    assert "Seq Scan" not in plan
    # A record has few entries: only those of the very same moment are put in order.
    assert "Sort  (" not in plan.replace("Incremental Sort", "" if lead == "record" else "Sort")
    assert index in plan


def test_of_two_indexes_the_one_that_reaches_further_back_is_walked():
    product, maker = ProductFactory(), ManufacturerFactory()
    filters = Filters(schema="products", table="products", actor="robot", field="model")
    change(product, "robot", model="rare")
    for number in range(6):
        change(maker, "robot", name=f"maker {number}")
    assert [entry.changed_fields for entry in read(filters, window=4).entries] == [["model"]]

    # And the other way round: the kind of record is the busy one.
    other = ProductFactory()
    change(other, "robot 2", model="rare")
    for number in range(6):
        change(product, "maria", stock_quantity=number)
    filters = Filters(schema="products", table="products", actor="robot 2", field="model")
    assert [entry.record_id for entry in read(filters, window=4).entries] == [str(other.pk)]


def test_many_conditions_at_once_find_what_they_describe():
    product, other = ProductFactory(), ProductFactory()
    act = change(product, "ana", name="x")
    change(other, "ana", name="y")
    wanted = {"schema": "products", "table": "products", "record_id": str(product.pk), "with_children": True, "request_id": act}
    page = read(Filters(**wanted, actor="ana", source="admin", operation="UPDATE", field="name"))
    assert [(entry.record_id, entry.request_id) for entry in page.entries] == [(str(product.pk), act)]
    assert read(Filters(**wanted, field="100%")).entries == []


def test_the_history_tells_a_kit_with_its_parts_and_replaces_djangos(superuser_client):
    kit = SolarKitFactory(kit_id="KIT-1", with_components=True)
    with request():
        KitComponent.objects.filter(kit=kit, component_type="PANEL").update(quantity=14)

    response = superuser_client.get(reverse("admin:products_solarkit_history", args=[kit.pk]), follow=True)

    assert response.redirect_chain == [(history(kit), 302)]
    text = text_of(response)
    assert "Alterou a quantidade de 10 para 14 da peça" in text
    assert "Criou o kit KIT-1" in text
    assert "as_of=" in text


def test_a_deleted_records_history_stays(superuser_client):
    kit = SolarKitFactory(kit_id="KIT-1", with_components=True)
    address = history(kit)
    with request():
        kit.delete()
    text = text_of(superuser_client.get(address))
    assert "Excluiu o kit KIT-1" in text
    assert "não existe mais" in text
    assert superuser_client.get(reverse("admin:audit_object_history", args=["products.product", 0])).status_code == 404
    assert superuser_client.get(reverse("admin:audit_object_history", args=["no.model", 0])).status_code == 404


def test_a_history_takes_few_queries_however_long(superuser_client):
    def queries(kit):
        with CaptureQueriesContext(connection) as captured:
            assert superuser_client.get(history(kit)).status_code == 200
        return len(captured)

    short = SolarKitFactory(with_components=True)
    long = SolarKitFactory(with_components=True)
    for number in range(20):
        with request():
            KitComponent.objects.filter(kit=long).update(quantity=20 + number)
    queries(short)
    assert queries(long) <= queries(short) + 2 <= 22


def test_an_undo_and_what_it_undid_point_at_each_other(superuser_client):
    product = ProductFactory(name="a")
    request_id = change(product, name="b")
    outcome = revert_request(request_id, by="ana", reason="engano")

    assert "Desfeito por ana" in text_of(superuser_client.get(reverse(LIST), {"request": request_id}))
    text = text_of(superuser_client.get(reverse(LIST), {"request": outcome.request_id}))
    assert f"?request={request_id}" in text
    assert "engano" in text


def test_a_run_and_its_changes_point_at_each_other(superuser_client):
    run = IngestionRunFactory()
    with acting_as(Actor("robot", "task", None, run.run_id)):
        ProductFactory()
    page = text_of(superuser_client.get(reverse("admin:pipeline_ingestionrun_change", args=[run.pk])))
    address = f"{reverse(LIST)}?request={run.run_id}"
    assert address in page
    assert reverse("admin:pipeline_run", args=[run.run_id]) in text_of(superuser_client.get(address))


def test_a_history_needs_the_right_to_see_the_record(staff_client, staff_user):
    product = ProductFactory()
    assert staff_client.get(history(product)).status_code == 403
    assert staff_client.get(reverse(LIST)).status_code == 403
    staff_user.user_permissions.add(Permission.objects.get(codename="view_product"))
    text = text_of(staff_client.get(history(product)))
    assert "Desfazer" not in text


def test_the_record_as_it_was_and_the_way_back(superuser_client):
    product = ProductFactory(name="antes", sale_price="100")
    created = ChangeLogEntry.objects.filter(record_id=str(product.pk), table_name="products").latest("id").changed_at
    change(product, name="depois")
    then = created + timedelta(microseconds=1)

    text = text_of(superuser_client.get(history(product), {"as_of": then.isoformat()}))
    assert "antes" in text
    assert "Trazer de volta a este estado" in text

    back = (
        reverse("admin:audit_revert_object", args=["products.product", product.pk])
        + "?to="
        + then.isoformat().replace("+", "%2B")
    )
    token = superuser_client.get(back).context["plan"].token
    superuser_client.post(back, {"token": token, "reason": "volta"})
    product.refresh_from_db()
    assert product.name == "antes"
    assert "Não existia" in text_of(superuser_client.get(history(product), {"as_of": "2020-01-01"}))
    assert "não é um momento" in text_of(superuser_client.get(history(product), {"as_of": "ontem"}))


def test_an_entrys_page_shows_of_a_row_that_came_or_went_what_it_held(superuser_client):
    product = ProductFactory(sku="PNL-9", datasheet_url="")
    key = str(product.pk)
    product.delete()
    for operation, mark, other in (("INSERT", "ins", "del"), ("DELETE", "del", "ins")):
        entry = ChangeLogEntry.objects.get(table_name="products", record_id=key, operation=operation)
        text = text_of(superuser_client.get(reverse("admin:audit_changelogentry_change", args=[entry.pk])))
        table = text[text.index("ysh-diff") : text.index("</table>", text.index("ysh-diff"))]
        assert f"<{mark}>PNL-9</{mark}>" in table
        assert f"<{other}>" not in table
        assert "vazio" not in table
        assert "produto PNL-9" in text
