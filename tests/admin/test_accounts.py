"""Accounts: the theme's forms, permissions in words, and the first administrator."""

import json
from io import StringIO

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command
from django.urls import reverse

from tests.admin.conftest import text_of
from ysh.admin_accounts import permission_label

pytestmark = pytest.mark.django_db

User = get_user_model()


def ensure_admin(*arguments: str) -> str:
    out = StringIO()
    call_command("ensure_admin", *arguments, stdout=out)
    return out.getvalue()


def test_the_first_administrator_can_sign_in_with_what_was_printed(client):
    said = ensure_admin("--username", "maria")
    password = said.split("Password: ")[1].split()[0]
    user = User.objects.get()
    assert (user.get_username(), user.is_superuser, user.is_staff) == ("maria", True, True)
    assert len(password) == 20
    assert password not in user.password
    answer = client.post(reverse("admin:login"), {"username": "maria", "password": password})
    assert (answer.status_code, answer["Location"]) == (302, reverse("admin:index"))


def test_a_second_call_changes_nothing_and_tells_no_password():
    first = json.loads(ensure_admin("--json"))
    hashed = User.objects.get().password
    second = json.loads(ensure_admin("--json", "--username", "other"))
    assert (first["created"], first["username"]) == (True, "admin")
    assert second == {"created": False, "username": "admin", "password": None}
    assert User.objects.get().password == hashed


def test_two_passwords_are_never_the_same():
    first = json.loads(ensure_admin("--json"))["password"]
    User.objects.all().delete()
    assert json.loads(ensure_admin("--json"))["password"] != first


def test_an_account_of_that_name_is_not_taken_over(staff_user):
    with pytest.raises(CommandError, match="'staff' is taken"):
        ensure_admin("--username", "staff")
    staff_user.refresh_from_db()
    assert not staff_user.is_superuser


@pytest.mark.parametrize(
    ("codename", "expected"),
    [
        ("view_generationunit", "Dados abertos ANEEL · unidades geradoras · pode visualizar"),
        ("view_personal_data", "Dados abertos ANEEL · unidades geradoras · pode ver nome, documento e CEP dos titulares"),
        ("run_ingestion", "Ingestão · execuções da ingestão · pode iniciar, repetir e cancelar execuções"),
    ],
)
def test_permissions_are_named_for_people(codename, expected):
    assert permission_label(Permission.objects.get(codename=codename)) == expected


def test_a_user_is_made_and_given_permissions(superuser_client):
    password = "uma senha comprida 42"
    form = {"username": "joao", "password1": password, "password2": password, "usable_password": "true"}
    assert superuser_client.post(reverse("admin:auth_user_add"), form).status_code == 302
    user = User.objects.get(username="joao")
    page = text_of(superuser_client.get(reverse("admin:auth_user_change", args=[user.pk])))
    assert "Ingestão · execuções da ingestão · pode iniciar, repetir e cancelar execuções" in page
    assert password not in page


def test_a_weak_password_is_refused(superuser_client):
    form = {"username": "joao", "password1": "12345678", "password2": "12345678", "usable_password": "true"}
    assert superuser_client.post(reverse("admin:auth_user_add"), form).status_code == 200
    assert not User.objects.filter(username="joao").exists()
