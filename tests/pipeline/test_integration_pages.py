"""The pages of keys and webhooks."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from django.test import Client
from django.urls import reverse

from pipeline.api_keys import find_key, issue_key
from pipeline.models import ApiKey

ADD = {"name": "Loja Sol", "scopes": ["export", "drafts"], "requests_per_minute": "600", "expires_at_0": "", "expires_at_1": ""}


def test_a_new_key_is_shown_once(superuser_client: Client) -> None:
    response = superuser_client.post(reverse("admin:pipeline_apikey_add"), ADD, follow=True)
    key = ApiKey.objects.get()
    assert response.redirect_chain[-1][0] == reverse("admin:pipeline_apikey_change", args=[key.pk])
    (text,) = re.findall(rf"<code>({key.prefix}\.\w+)</code>", response.content.decode())
    assert find_key(text) == key
    assert (sorted(key.scopes), key.requests_per_minute) == (["drafts", "export"], 600)
    secret = text.partition(".")[2]
    assert secret not in key.hashed_key
    for name, args in (("changelist", []), ("change", [key.pk]), ("history", [key.pk])):
        again = superuser_client.get(reverse(f"admin:pipeline_apikey_{name}", args=args), follow=True)
        assert again.status_code == 200
        assert secret not in again.content.decode()


def test_a_change_makes_no_new_key(superuser_client: Client) -> None:
    key = ApiKey(name="Loja Sol", requests_per_minute=10)
    text = issue_key(key, by="tests")
    page = reverse("admin:pipeline_apikey_change", args=[key.pk])
    assert superuser_client.post(page, {**ADD, "requests_per_minute": "20"}).status_code == 302
    key.refresh_from_db()
    assert (key.requests_per_minute, find_key(text)) == (20, key)


def test_a_key_that_has_run_out_says_so(superuser_client: Client) -> None:
    issue_key(ApiKey(name="Loja Sol", requests_per_minute=10, expires_at=datetime.now(UTC) - timedelta(days=1)), by="tests")
    text = superuser_client.get(reverse("admin:pipeline_apikey_changelist")).content.decode()
    assert "expirada" in text
    assert "válida" not in text


def test_nobody_without_the_right_makes_one(staff_client: Client, db: Any) -> None:
    assert staff_client.post(reverse("admin:pipeline_apikey_add"), ADD).status_code == 403
    assert not ApiKey.objects.exists()
