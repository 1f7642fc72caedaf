"""The pages that undo: preview, decision, permission, and few queries however many records."""

import json
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from audit import tasks
from audit.actions import background, revert_request
from audit.actions.revert import change_scope, object_scope, request_scope
from audit.admin import reverts
from audit.models import ChangeLogEntry, Revert
from products.models import Product
from tests.admin.conftest import text_of
from tests.audit.test_revert import change, key
from tests.factories.products import ProductFactory
from ysh.core.actor import Actor, acting_as

pytestmark = pytest.mark.django_db


def page(request_id) -> str:
    return reverse("admin:audit_revert_request", args=[request_id])


def token_of(response) -> str:
    return response.context["plan"].token


def test_the_preview_shows_what_would_be_written_and_what_has_changed_since(superuser_client):
    product = ProductFactory(sku="PNL-1", name="velho", sale_price="9990.00")
    request_id = change(product, sale_price="9490.00", name="novo")
    change(product, name="mais novo")

    text = text_of(superuser_client.get(page(request_id)))

    assert "PNL-1" in text
    assert "<del>R$ 9.490,00</del>" in text
    assert "<ins>R$ 9.990,00</ins>" in text
    assert f'name="overwrite" value="{key(product, "name")}"' in text
    assert "era novo" in text


def test_the_undo_is_a_post_with_a_reason(superuser_client):
    product = ProductFactory(name="velho", model="A")
    request_id = change(product, name="novo", model="B")
    token = token_of(superuser_client.get(page(request_id)))

    response = superuser_client.post(page(request_id), {"token": token, "reason": ""})
    assert response.status_code == 200
    product.refresh_from_db()
    assert product.name == "novo"

    data = {"token": token, "reason": "engano", "leave": [key(product, "model")]}
    response = superuser_client.post(page(request_id), data)
    link = Revert.objects.get()
    assert response["Location"].endswith(f"?request={link.request_id}")
    product.refresh_from_db()
    assert (product.name, product.model, link.reverted_by, link.reason) == ("velho", "B", "admin", "engano")
    assert superuser_client.get(response["Location"], follow=True).status_code == 200


def test_a_stale_preview_is_shown_anew_and_nothing_is_written(superuser_client):
    product = ProductFactory(name="velho")
    request_id = change(product, name="novo")
    token = token_of(superuser_client.get(page(request_id)))
    change(product, name="mais novo")

    response = superuser_client.post(page(request_id), {"token": token, "reason": "engano", "overwrite": [key(product, "name")]})

    assert "mais novo" in text_of(response)
    assert token_of(response) != token
    product.refresh_from_db()
    assert product.name == "mais novo"


def test_only_people_with_the_permission_may_undo(staff_client, staff_user):
    product = ProductFactory(name="velho")
    request_id = change(product, name="novo")
    entry = ChangeLogEntry.objects.filter(request_id=request_id).get()
    one = reverse("admin:audit_revert_change", args=[entry.pk])
    for address in (page(request_id), one):
        assert staff_client.get(address).status_code == 403
        assert staff_client.post(address, {"reason": "x", "token": ""}).status_code == 403
    product.refresh_from_db()
    assert product.name == "novo"

    staff_user.user_permissions.add(Permission.objects.get(codename="revert", content_type__app_label="audit"))
    assert staff_client.get(page(request_id)).status_code == 200
    assert staff_client.get(one).status_code == 200


def test_an_unknown_request_is_not_found(superuser_client):
    assert superuser_client.get(page(uuid4())).status_code == 404


def test_a_preview_of_many_takes_as_few_queries_as_one_of_few(superuser_client, django_assert_max_num_queries):
    for _number in range(30):
        ProductFactory()
    request_id = uuid4()
    with acting_as(Actor("maria", "admin", request_id)):
        Product.objects.update(name="novo", manufacturer=None)
    superuser_client.get(page(request_id))

    with django_assert_max_num_queries(12):
        assert superuser_client.get(page(request_id)).status_code == 200


def test_many_records_go_back_in_few_statements(django_assert_max_num_queries):
    rows = ProductFactory.create_batch(40, brand="Antes")
    act = uuid4()
    with acting_as(Actor("maria", "admin", act)):
        Product.objects.filter(pk__in=[row.pk for row in rows]).update(brand="Depois")
    with django_assert_max_num_queries(20):
        outcome = revert_request(act, by="ana", reason="engano")
    assert (outcome.written, set(Product.objects.values_list("brand", flat=True))) == (40, {"Antes"})

    # Deleted and back again.
    gone = [row.pk for row in rows]
    with acting_as(Actor("maria", "admin", act := uuid4())):
        Product.objects.filter(pk__in=gone).delete()
    with django_assert_max_num_queries(20):
        revert_request(act, by="ana", reason="engano")
    assert sorted(Product.objects.values_list("pk", flat=True)) == sorted(gone)
    # And the undo of what made them.
    with acting_as(Actor("maria", "admin", act := uuid4())):
        Product.objects.bulk_create([Product(sku=f"N{n}", name="n", category="paineis", seo_slug=f"n{n}") for n in range(40)])
    with django_assert_max_num_queries(40):
        revert_request(act, by="ana", reason="engano")
    assert Product.objects.count() == 40


def test_a_large_undo_is_begun_on_the_page_and_done_by_a_worker(
    superuser_client, monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr(reverts, "PAGE_RECORDS", 1)
    sent = []
    monkeypatch.setattr(background.current_app, "send_task", lambda name, args: sent.append((name, args)))
    rows = ProductFactory.create_batch(3, brand="Antes")
    with acting_as(Actor("maria", "admin", act := uuid4())):
        Product.objects.filter(pk__in=[row.pk for row in rows]).update(brand="Depois")
    shown = superuser_client.get(page(act))
    assert 'name="records" value="3"' in text_of(shown)

    data = {"token": token_of(shown), "reason": "engano", "records": "3", "leave": [key(rows[0])]}
    with django_capture_on_commit_callbacks(execute=True):
        response = superuser_client.post(page(act), data)
    assert Product.objects.filter(brand="Antes").count() == 0
    assert "Aguarda um processo de trabalho" in text_of(superuser_client.get(response["Location"]))

    ((name, (asked,)),) = sent
    assert name == tasks.revert.name
    assert tasks.revert(json.loads(json.dumps(asked))) == "done"
    assert tasks.revert(asked) == "done"  # delivered twice, done once
    link = Revert.objects.get()
    assert (link.written, link.reverted_by, link.left_out) == (2, "admin", [key(rows[0])])
    assert Product.objects.filter(brand="Antes").count() == 2
    entries = ChangeLogEntry.objects.filter(request_id=link.request_id)
    assert {entry.changed_by for entry in entries} == {"admin"}
    text = text_of(superuser_client.get(response["Location"]))
    assert "2 registros voltaram" in text
    assert f"?request={link.request_id}" in text


def test_a_large_undo_that_may_not_be_done_says_why_and_writes_nothing(superuser_client, django_capture_on_commit_callbacks):
    product = ProductFactory(name="velho")
    act = change(product, name="novo")
    scope = request_scope(request_id=act)
    back = page(act)
    request_id = background.begin(
        scope, by="ana", reason="engano", records=1, overwrite=[], leave=[], token="another preview's", back=back
    )
    asked = {"request_id": str(request_id), "scope": background.as_json(scope), "by": "ana", "reason": "engano"}
    assert background.carry_out(asked | {"overwrite": [], "leave": [], "token": "another preview's"}) == "failed"
    product.refresh_from_db()
    assert (product.name, Revert.objects.count()) == ("novo", 0)
    text = text_of(superuser_client.get(reverse("admin:audit_revert_progress", args=[request_id])))
    assert "Nada foi gravado" in text
    assert back in text
    unknown = text_of(superuser_client.get(reverse("admin:audit_revert_progress", args=[uuid4()])))
    assert "Ninguém pediu" in unknown


def test_scopes_survive_a_message():
    moment = datetime(2026, 11, 1, 12, 30, tzinfo=UTC)
    for scope in (object_scope(Product, 7, moment), change_scope(3), request_scope(run_id=uuid4())):
        assert background.scope_of(json.loads(json.dumps(background.as_json(scope)))) == scope
