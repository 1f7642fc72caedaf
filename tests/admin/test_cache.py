"""The page of the cache: who sees it, what it shows, and beginning a namespace anew."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import override_settings
from django.utils import timezone

from tests.core.cache.conftest import cache_settings, layers_on
from tests.core.conftest import dynamodb, table_prefix
from ysh.core.cache import names, namespaces, redis_tier, structures, versions

__all__ = ["dynamodb", "layers_on", "table_prefix"]

PAGE = "/admin/cache/"
pytestmark = pytest.mark.usefixtures("layers_on")


def permit(user: Any, *codenames: str) -> None:
    user.user_permissions.add(*Permission.objects.filter(codename__in=codenames, content_type__app_label="pipeline"))


def test_who_sees_it_and_who_may_end(staff_client: Any, staff_user: Any) -> None:
    assert staff_client.get(PAGE).status_code == 403
    assert PAGE not in staff_client.get("/admin/").content.decode()
    permit(staff_user, "view_ingestionrun")
    page = staff_client.get(PAGE)
    assert page.status_code == 200
    assert 'name="namespace"' not in page.content.decode()
    before = versions.under(["kits"])
    assert staff_client.post(PAGE, {"namespace": "kits"}).status_code == 403
    assert versions.under(["kits"]) == before
    permit(staff_user, "run_ingestion")
    assert 'value="kits"' in staff_client.get(PAGE).content.decode()


def test_a_namespace_begins_anew_and_no_other(superuser_client: Any) -> None:
    before = dict(zip(namespaces.all_names(), versions.under(namespaces.all_names()).split(), strict=True))
    response = superuser_client.post(PAGE, {"namespace": ["kits", "nonsense"]}, follow=True)
    after = dict(zip(namespaces.all_names(), versions.under(namespaces.all_names()).split(), strict=True))
    assert {name for name in before if before[name] != after[name]} == {"kits"}
    assert after["kits"][:6] in response.content.decode()


def test_what_it_shows(superuser_client: Any, dynamodb: None) -> None:
    today = timezone.localdate()
    structures.note_answers({"HIT-REDIS": 1490, "HIT-DYNAMODB": 5, "MISS": 4, "STALE": 1}, today)
    structures.note_answers({"MISS": 1}, today - timedelta(days=6))
    structures.note_views({"PNL-1": 1180}, today)
    structures.note_search("painel <b>")
    structures.set_states({"BR-SP": 6_123_456.0})
    structures.note_event({"source": "tariffs", "status": "SUCCESS", "inserted": 3, "updated": "", "removed": 2})
    page = superuser_client.get(PAGE).content.decode()
    for text in ("1.500", "99,7", "PNL-1", "1.180", "painel &lt;b&gt;", "6.123", "api-cache", "products, suppliers"):
        assert text in page, text
    assert "width: 99.33%" in page, "a width is written for machines"


def test_nothing_yet_and_no_service(superuser_client: Any) -> None:
    assert redis_tier.client().keys(f"{names.prefix()}:trending:*") == []
    assert superuser_client.get(PAGE).status_code == 200
    with override_settings(CACHES=cache_settings(LOCATION="redis://127.0.0.1:1/0")):
        page = superuser_client.get(PAGE)
    assert page.status_code == 200
    assert "bg-red-500" in page.content.decode()
