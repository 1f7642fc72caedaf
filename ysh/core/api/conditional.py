"""`ETag` and `If-None-Match`, and the headers a cache in front of us goes by."""

import hashlib

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import parse_etags

from ysh.core.api.encoding import is_worth_packing, pack, packed_tag, takes_gzip


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


def public_vary(*, by_language: bool) -> str:
    """What an answer that is the same for everybody depends on.

    Never on cookies: a cache in front would keep one answer for each visitor's own. Who shows a session gets a private one.
    """
    return "Accept, Accept-Encoding, Accept-Language, Authorization" if by_language else "Accept, Accept-Encoding, Authorization"


def is_known(request: HttpRequest, tag: str) -> bool:
    """Whether the client says that it has what the tag stands for, packed or not."""
    told = request.META.get("HTTP_IF_NONE_MATCH")
    if told is None:
        return False
    if told == tag or told == packed_tag(tag):
        return True
    return not {tag, packed_tag(tag), "*"}.isdisjoint(name.removeprefix("W/") for name in parse_etags(told))


def not_modified(request: HttpRequest, tag: str, *, is_packed: bool) -> HttpResponse:
    """The 304 of an answer.

    Args:
        request: the request.
        tag: of the plain answer.
        is_packed: whether a reader who takes gzip would get it packed.
    """
    response = HttpResponse(status=304)
    del response["Content-Type"]
    response["ETag"] = packed_tag(tag) if is_packed and takes_gzip(request) else tag
    return response


def finish(request: HttpRequest, response: HttpResponse, *, public: bool) -> HttpResponse:
    """Tag a rendered answer to a GET or HEAD, and turn it into a 304 when the client has it already.

    An answer that is built for the layers is only tagged: they keep it whole, whatever its first reader has or takes.

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
    patch_vary_headers(response, ["Accept", "Accept-Encoding", "Authorization"])
    return response if getattr(request, "is_building", False) else delivered(request, response)


def delivered(request: HttpRequest, response: HttpResponse, packed: bytes | None = None) -> HttpResponse:
    """A tagged answer as its reader takes it: as a 304, packed, or as it is.

    Args:
        request: the request.
        response: rendered, with `ETag`.
        packed: its packed body, when that is at hand.
    """
    if is_known(request, response["ETag"]):
        known = not_modified(request, response["ETag"], is_packed=is_worth_packing(response.content))
        for name, value in response.items():
            if not name.startswith("Content-") and name != "ETag":
                known[name] = value
        return known
    if takes_gzip(request):
        pack(response, packed)
    return get_conditional_response(request, etag=response["ETag"], response=response) or response
