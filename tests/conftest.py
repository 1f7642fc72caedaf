"""Fixtures every test may use: people, and clients signed in as them."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from rest_framework.test import APIClient

PASSWORD = "a long password of the tests"


@pytest.fixture
def superuser(db: None) -> Any:
    """An administrator: may do everything."""
    return get_user_model().objects.create_superuser("admin", "admin@example.org", PASSWORD)


@pytest.fixture
def staff_user(db: None) -> Any:
    """A person who may enter the admin and has no other permission yet."""
    return get_user_model().objects.create_user("staff", "staff@example.org", PASSWORD, is_staff=True)


@pytest.fixture
def superuser_client(superuser: Any) -> Client:
    """A browser signed in as the administrator."""
    client = Client()
    client.force_login(superuser)
    return client


@pytest.fixture
def staff_client(staff_user: Any) -> Client:
    """A browser signed in as a person without permissions of its own."""
    client = Client()
    client.force_login(staff_user)
    return client


@pytest.fixture
def api_client() -> APIClient:
    """A program without credentials."""
    return APIClient()


@pytest.fixture
def staff_api_client(staff_user: Any) -> APIClient:
    """A program signed in as staff."""
    client = APIClient()
    client.force_authenticate(staff_user)
    return client
