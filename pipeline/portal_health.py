"""Whether the portals we fetch from answer at all: one small request each, side by side."""

import time
from concurrent.futures import ThreadPoolExecutor

import requests
from django.conf import settings

from pipeline.service_health import ServiceHealth

TIMEOUT_SECONDS = (3.0, 5.0)


def portal_health() -> list[ServiceHealth]:
    """Ask each portal for its smallest page. Below 500 it lives: what it says of a page is another matter."""
    addresses = {
        "ckan": f"{settings.ANEEL_CKAN_URL}/api/3/action/status_show",
        "hub": f"{settings.ANEEL_HUB_URL}/api/search/v1",
        "inmetro": settings.INMETRO_URL,
    }
    with ThreadPoolExecutor(max_workers=len(addresses), thread_name_prefix="portal") as pool:
        return list(pool.map(_ask, addresses, addresses.values()))


def _ask(name: str, url: str) -> ServiceHealth:
    started = time.perf_counter()
    try:
        with requests.get(url, timeout=TIMEOUT_SECONDS, stream=True, verify=settings.ANEEL_CA_BUNDLE or True) as response:
            code = response.status_code
    except requests.RequestException as error:
        return ServiceHealth(name, ok=False, required=False, latency_ms=None, detail=type(error).__name__)
    took = round((time.perf_counter() - started) * 1000, 1)
    return ServiceHealth(name, ok=code < 500, required=False, latency_ms=took, detail=f"HTTP {code}")
