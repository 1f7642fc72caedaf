"""How many requests a minute a client may make. Counted in the cache; without a cache nobody is turned away."""

import time
from typing import Any

from django.conf import settings
from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

WINDOW_SECONDS = 60


class MinuteThrottle(BaseThrottle):
    """A counter per client and minute.

    `API_REQUESTS_PER_MINUTE["anonymous"]` counts by address, `["user"]` by account; 0 means no limit.
    """

    def allow_request(self, request: Request, view: Any) -> bool:
        user = request.user
        known = user is not None and user.is_authenticated
        limit = settings.API_REQUESTS_PER_MINUTE["user" if known else "anonymous"]
        if not limit:
            return True
        now = int(time.time())
        self.reset = WINDOW_SECONDS - now % WINDOW_SECONDS
        who = f"user-{user.pk}" if known else f"ip-{self.get_ident(request)}"
        used = _count(f"api-rate:{who}:{now // WINDOW_SECONDS}")
        request.rate_limit = {  # type: ignore[attr-defined]
            "RateLimit-Limit": str(limit),
            "RateLimit-Remaining": str(max(limit - used, 0)),
            "RateLimit-Reset": str(self.reset),
        }
        return used <= limit

    def wait(self) -> float:
        """Seconds until the next minute begins."""
        return float(self.reset - 1)


def _count(key: str) -> int:
    """Requests counted under the key, this one included; 0 when the cache does not answer."""
    cache.add(key, 0, timeout=2 * WINDOW_SECONDS)
    try:
        return cache.incr(key) or 0
    except ValueError:  # no cache, or the key ran out between the two calls
        return 0
