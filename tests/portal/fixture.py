"""The fixture `portal`: a server of the test's own, and settings that point to it."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.portal.server import Portal


def point_to(settings: Any, portal: Portal) -> None:
    """Let everything that is fetched come from this portal."""
    settings.ANEEL_CKAN_URL, settings.ANEEL_HUB_URL, settings.INMETRO_URL = portal.url, portal.hub_url, portal.inmetro_url


@pytest.fixture
def portal(settings: Any) -> Iterator[Portal]:
    """A portal of two packages (units, tariffs) and twelve items of the Hub, without faults."""
    with Portal() as server:
        point_to(settings, server)
        yield server
