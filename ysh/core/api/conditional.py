"""`ETag` and `If-None-Match`, and the headers a cache in front of us goes by."""

import hashlib

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response, patch_vary_headers


def entity_tag(body: bytes) -> str:
    """A strong tag of the bytes sent."""
    return f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'


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
    # The layered cache sets HIT-REDIS, HIT-DYNAMODB, MISS or STALE here; without it every answer is computed.
    response.setdefault("X-Cache", "BYPASS")
    response.setdefault("Cache-Control", "public, no-cache" if public else "private, no-cache")
    patch_vary_headers(response, ["Accept"])
    return get_conditional_response(request, etag=response["ETag"], response=response) or response
