"""`ETag` and `If-None-Match`, and the headers a cache in front of us goes by."""

import hashlib

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response, patch_vary_headers


def entity_tag(body: bytes) -> str:
    """A strong tag of the bytes sent."""
    return f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'


def cache_control(*, public: bool) -> str:
    """What caches in front of us may do with an answer to a GET.

    They ask before each use, which costs them a 304 and us no database; while we do not answer they may use what they have. With
    `API_CDN_SECONDS` they may go so long without asking: the price is that readers see a change so much later.
    """
    if not public:
        return "private, no-cache"
    seconds, stale = settings.API_CDN_SECONDS, settings.STALE_MAX_AGE
    if not seconds:
        return f"public, no-cache, stale-if-error={stale}"
    return f"public, max-age=0, s-maxage={seconds}, stale-while-revalidate={seconds}, stale-if-error={stale}"


def finish(request: HttpRequest, response: HttpResponse, *, public: bool) -> HttpResponse:
    """Tag a rendered answer to a GET or HEAD, and turn it into a 304 when the client has it already.

    Args:
        request: the request.
        response: the rendered answer.
        public: whether shared caches may keep it.
    """
    if request.method not in ("GET", "HEAD") or response.status_code != 200 or response.streaming:
        return response
    response["ETag"] = entity_tag(response.content)
    # Public answers go through `ysh.core.api.caching`, which says HIT-REDIS, HIT-DYNAMODB, MISS or STALE instead.
    response.setdefault("X-Cache", "BYPASS")
    response.setdefault("Cache-Control", cache_control(public=public))
    patch_vary_headers(response, ["Accept"])
    return get_conditional_response(request, etag=response["ETag"], response=response) or response
