"""Every registered model: its pages open in a bounded number of queries, read-only refuses writes, the navigation knows it."""

import re
from pathlib import Path
from typing import Any

import pytest
import unfold
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.admin.conftest import MAKERS
from ysh.admin_site import NAVIGATION, TABS
from ysh.core.admin import ReadOnlyAdmin

pytestmark = pytest.mark.django_db

admin.site.discover()
PAGES = {model._meta.label_lower: (model, page) for model, page in admin.site._registry.items()}
# Session, user, permissions, count, rows, what the rows point to.
LIST_QUERIES = 10
CHANGE_QUERIES = 20
MANY = 12


def address(label: str, page: str, *args: Any) -> str:
    return reverse(f"admin:{label.replace('.', '_')}_{page}", args=[quote(arg) for arg in args])


def row_of(label: str) -> Any:
    MAKERS[label]()
    return PAGES[label][0]._default_manager.order_by("pk").last()


def queries(client: Any, url: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        response = client.get(url)
    assert response.status_code == 200, (url, response.status_code)
    return len(captured)


def test_every_registered_model_has_a_row_maker():
    assert set(PAGES) == set(MAKERS)


def test_every_registered_model_is_in_the_navigation():
    in_sidebar = {entry.model for _title, entries in NAVIGATION for entry in entries}
    in_tabs = {label for group in TABS for label, _title in group}
    assert set(PAGES) <= in_sidebar | in_tabs


@pytest.mark.parametrize("label", sorted(PAGES))
def test_a_list_takes_the_same_few_queries_for_many_rows(superuser_client, label):
    MAKERS[label]()
    superuser_client.get(address(label, "changelist"))
    few = queries(superuser_client, address(label, "changelist"))
    if label not in {"auth.user", "django_celery_beat.intervalschedule", "django_celery_beat.solarschedule"}:
        for _number in range(MANY - 1):
            MAKERS[label]()
    assert queries(superuser_client, address(label, "changelist")) <= min(few, LIST_QUERIES)


@pytest.mark.parametrize("label", sorted(PAGES))
def test_a_row_opens(superuser_client, label):
    row = row_of(label)
    superuser_client.get(address(label, "change", row.pk))
    assert queries(superuser_client, address(label, "change", row.pk)) <= CHANGE_QUERIES


@pytest.mark.parametrize("label", sorted(label for label, (_model, page) in PAGES.items() if page.search_fields))
def test_a_search_answers_whatever_is_typed(superuser_client, label):
    for term in ("a", "São José", "12.345.678/0001-95", "%_'\\", "GD.SP.000", "x" * 300):
        assert superuser_client.get(address(label, "changelist"), {"q": term}).status_code == 200, term


@pytest.mark.parametrize("label", sorted(PAGES))
def test_the_page_to_add_opens_or_is_refused(superuser_client, label):
    expected = 403 if isinstance(PAGES[label][1], ReadOnlyAdmin) else 200
    assert superuser_client.get(address(label, "add")).status_code == expected


@pytest.mark.parametrize("label", sorted(label for label, (_model, page) in PAGES.items() if isinstance(page, ReadOnlyAdmin)))
def test_read_only_refuses_every_write_of_a_superuser(superuser_client, label):
    model = PAGES[label][0]
    row = row_of(label)
    before, count = model._default_manager.filter(pk=row.pk).values().get(), model._default_manager.count()

    assert superuser_client.post(address(label, "change", row.pk), {"name": "x", "status": "x"}).status_code == 403
    assert superuser_client.post(address(label, "delete", row.pk), {"post": "yes"}).status_code == 403
    assert superuser_client.post(address(label, "add"), {"name": "x"}).status_code == 403
    action = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
    superuser_client.post(address(label, "changelist"), action)

    assert model._default_manager.filter(pk=row.pk).values().get() == before
    assert model._default_manager.count() == count


@pytest.mark.parametrize("label", sorted(PAGES))
def test_staff_without_permission_see_nothing(staff_client, label):
    row = row_of(label)
    assert staff_client.get(address(label, "changelist")).status_code == 403
    assert staff_client.get(address(label, "change", row.pk)).status_code == 403


def test_every_class_of_our_pages_exists_in_the_styles():
    """The theme's style sheet is compiled: a class it does not have does nothing, and nobody is told."""
    css = (Path(unfold.__file__).parent / "static/unfold/css/styles.css").read_text("utf-8")
    css += (settings.BASE_DIR / "ysh/core/static/ysh/admin.css").read_text("utf-8")
    known = {re.sub(r"\\(.)", r"\1", name) for name in re.findall(r"\.((?:\\.|[\w-])+)", css)}
    folders = [
        settings.BASE_DIR / name
        for name in ("templates", "aneel/admin", "products/admin", "pipeline/admin", "audit/admin", "ysh/core/admin")
    ]
    unknown = []
    for path in (path for folder in folders for path in folder.rglob("*") if path.suffix in {".html", ".py"}):
        for names in re.findall(r'(?<![:\w-])class="([^"{}]*)"', path.read_text("utf-8")):
            unknown += [f"{path.name}: {name}" for name in names.split() if name not in known | {"material-symbols-outlined"}]
    assert unknown == []
