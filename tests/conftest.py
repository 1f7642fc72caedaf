"""Fixtures every test may use: people, and clients signed in as them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import setup_databases, teardown_databases
from rest_framework.test import APIClient

from tests.portal.fixture import portal  # noqa: F401  (for every test)


def pytest_configure(config: pytest.Config) -> None:
    """Give each process of a parallel run keys of its own in Redis, as pytest-django gives it a database of its own."""
    worker = getattr(config, "workerinput", {}).get("workerid", "main")
    settings.CACHES["default"]["KEY_PREFIX"] = f"ysh-tests-{worker}"
    settings.CELERY_BROKER_TRANSPORT_OPTIONS["global_keyprefix"] += f"{worker}:"


#: fixtures that commit for real, in the order of how much they leave behind; the last ones empty every table
_COMMIT = ("many_units", "committed_database", "transactional_db")


def _rank(item: pytest.Item) -> int:
    mark = item.get_closest_marker("django_db")
    names = {*getattr(item, "fixturenames", ()), *(["transactional_db"] if mark and mark.kwargs.get("transaction") else [])}
    return max((place for place, name in enumerate(_COMMIT, 1) if name in names), default=0)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files whose tests commit for real come last: whoever counts rows finds the database as the migrations left it."""
    ranks: dict[Path, int] = {}
    for item in items:
        ranks[item.path] = max(ranks.get(item.path, 0), _rank(item))
    items.sort(key=lambda item: (ranks[item.path], str(item.path)))


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None,
    django_db_blocker: Any,
    django_db_keepdb: bool,
    django_db_createdb: bool,
    django_db_modify_db_settings: None,
) -> Iterator[None]:
    """The test database, always. pytest-django's own makes none when no collected test bears its mark, and tests that commit
    for real (which cannot bear it) would then run on the product's database."""
    with django_db_blocker.unblock():
        made = setup_databases(
            verbosity=0, interactive=False, aliases={"default"}, keepdb=django_db_keepdb and not django_db_createdb
        )
    yield
    if not django_db_keepdb:
        with django_db_blocker.unblock():
            teardown_databases(made, verbosity=0)


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


#: tests that look at the whole change log
_READ_THE_LOG = ("tests.core.test_partitions", "tests.architecture.test_roles")


@pytest.fixture(autouse=True)
def _empty_change_log(request: pytest.FixtureRequest) -> None:
    """Whoever reads the whole change log finds it empty, whatever tests that commit for real left there."""
    name = request.module.__name__
    if name.endswith(tuple(part.removeprefix("tests.") for part in _READ_THE_LOG)) and request.node.get_closest_marker(
        "django_db"
    ):
        request.getfixturevalue("db")
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE audit.change_log")
