"""How many requests a minute a client may make. Counted in Redis over a sliding window; without Redis nobody is turned away."""

import math
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from ysh.core.api.scopes import KeyHolder
from ysh.core.cache import names
from ysh.core.cache.redis_tier import Verdict, rate_limit

WINDOW_SECONDS = 60


def rate_headers(verdict: Verdict, limit: int, seconds: int = WINDOW_SECONDS) -> dict[str, str]:
    """`RateLimit-*`: how many may follow, and in how many seconds the next place is free."""
    return {
        "RateLimit-Limit": str(limit),
        "RateLimit-Remaining": str(max(limit - verdict.used, 0)),
        "RateLimit-Reset": str(min(seconds, max(1, math.ceil(verdict.reset_ms / 1000)))),
    }


def anonymous_limit(meta: Mapping[str, Any]) -> tuple[str, int, int] | None:
    """Who asks, how often they may, in how many seconds; None without a limit. Addresses are kept as digests only.

    Args:
        meta: the request's headers and the server's words of it (`HttpRequest.META`, WSGI's environment).
    """
    limit = settings.API_REQUESTS_PER_MINUTE["anonymous"]
    if not limit:
        return None
    forwarded = meta.get("HTTP_X_FORWARDED_FOR")
    headers = {} if forwarded is None else {"x-forwarded-for": forwarded}
    asks: Any = SimpleNamespace(META=meta, headers=headers)  # no more is read
    address = BaseThrottle().get_ident(asks)
    return f"ip-{names.digest(f'{settings.SECRET_KEY} {address}')}", limit, WINDOW_SECONDS


class MinuteThrottle(BaseThrottle):
    """A sliding minute for each client.

    `API_REQUESTS_PER_MINUTE["anonymous"]` counts by address, `["user"]` by account; 0 means no limit. A key has its own.
    """

    def allow_request(self, request: Request, view: Any) -> bool:
        asks = self._who(request)
        if asks is None:
            return True
        # The layers in front of the view have counted the request already.
        verdict = getattr(request._request, "rate_verdict", None) or rate_limit(*asks)
        if verdict is None:
            return True
        self.reset_ms = verdict.reset_ms
        request.rate_limit = rate_headers(verdict, asks[1], asks[2])  # type: ignore[attr-defined]
        return bool(verdict.allowed)

    def _who(self, request: Request) -> tuple[str, int, int] | None:
        user = request.user
        if user is None or not user.is_authenticated:
            return anonymous_limit(request._request.META)
        if isinstance(user, KeyHolder):
            return f"key-{user.prefix}", user.requests_per_minute, WINDOW_SECONDS
        limit = settings.API_REQUESTS_PER_MINUTE["user"]
        return (f"user-{user.pk}", limit, WINDOW_SECONDS) if limit else None

    def wait(self) -> float:
        """Seconds until the next place is free."""
        return max(0.0, self.reset_ms / 1000 - 1)
