"""Layered answers of the API. Wired once, into the base of all views: a public GET is answered before DRF is woken.

Kept are answers to readers without credentials only. What is kept depends on address, parameters (in any order), representation,
and, where a view says so, on language or day.
"""

import copy
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from prometheus_client import Counter
from rest_framework.exceptions import Throttled

from ysh.core.api.conditional import cache_control, delivered, entity_tag, is_known, not_modified
from ysh.core.api.encoding import packed_tag, takes_gzip
from ysh.core.api.errors import database_away, exception_handler, problem
from ysh.core.api.throttling import MinuteThrottle, anonymous_limit, rate_headers
from ysh.core.cache import layers, namespaces, table_watch, views
from ysh.core.cache.entry import Entry
from ysh.core.cache.layers import BYPASS, HIT_REDIS, MISS, STALE, DatabaseAway, Found, NotKept, Question

# Longer addresses are not worth a key.
MAX_QUERY, MAX_ACCEPT = 2000, 200
# Headers of a view's answer that are kept with it.
_KEPT_HEADERS = ("Content-Disposition", "Link", "Deprecation", "Sunset")
_ANY_JSON = {"", "*/*", "application/json"}

answers = Counter("ysh_cache_answers", "Answers of the API by where they came from", ["source"])
_outcomes = {name: answers.labels(source=name) for name in (HIT_REDIS, layers.HIT_DYNAMODB, MISS, STALE, BYPASS)}


def came_from(source: str) -> None:
    """Count an answer by where it came from."""
    _outcomes[source].inc()
    views.came_from.note(source)


@dataclass(frozen=True, slots=True)
class Plan:
    """How the answers of one view are kept.

    Attributes:
        endpoint: its name, for invalidation by endpoint.
        namespaces: what its answers are made of.
        by_language, by_day: what else they depend on.
        is_limited: whether the usual rate limit applies.
        counts: part of the address whose readers are counted (a product's SKU); empty for none.
    """

    endpoint: str
    namespaces: tuple[str, ...]
    by_language: bool
    by_day: bool
    is_limited: bool
    counts: str = ""


def plan_of(cls: Any, actions: Mapping[str, str] | None, initial: Mapping[str, Any]) -> Plan | None:
    """The plan of a view; None when its answers are not kept: it names no namespace and its table belongs to none."""

    def attribute(name: str) -> Any:
        return initial.get(name, getattr(cls, name, None))

    names = attribute("cache_namespaces")
    if names is None:
        queryset = attribute("queryset")
        names = namespaces.of_models([queryset.model]) if queryset is not None else ()
    if not names:
        return None
    action = (actions or {}).get("get", "")
    throttles = attribute("throttle_classes") or ()
    return Plan(
        endpoint=f"{cls.__module__}.{cls.__name__}.{action}",
        namespaces=tuple(sorted(names)),
        by_language=bool(attribute("cache_by_language")),
        by_day=bool(attribute("cache_by_day")),
        is_limited=any(issubclass(throttle, MinuteThrottle) for throttle in throttles),
        counts=(attribute("lookup_field") or "") if action == "retrieve" and attribute("cache_counts") else "",
    )


def is_public(request: HttpRequest) -> bool:
    """Whether the reader shows no credentials of any kind, so that the answer is the same for everybody."""
    meta = request.META
    if "HTTP_AUTHORIZATION" in meta:
        return False
    return "HTTP_COOKIE" not in meta or settings.SESSION_COOKIE_NAME not in request.COOKIES


@functools.lru_cache(maxsize=4096)
def _question(plan: Plan, host: str, path: str, query: str, accept: str, language: str, day: str) -> Question:
    pairs = sorted(parse_qsl(query, keep_blank_values=True, encoding="latin-1"))
    parts = [plan.endpoint, host, path, repr(pairs), "" if accept in _ANY_JSON else accept, language, day]
    return Question.of("\n".join(parts), plan.namespaces, plan.endpoint)


def question_of(request: HttpRequest, plan: Plan, language: str | None = None) -> Question | None:
    """What is asked, normalised; None when it is not worth keeping. The language is the active one unless it is told."""
    query = request.META.get("QUERY_STRING", "")
    accept = request.META.get("HTTP_ACCEPT", "").replace(" ", "").lower()
    if len(query) > MAX_QUERY or len(accept) > MAX_ACCEPT:
        return None
    try:
        host = f"{request.scheme}://{request.get_host()}"
    except DisallowedHost:
        return None
    language = (language or get_language() or "") if plan.by_language else ""
    day = timezone.localdate().isoformat() if plan.by_day else ""
    return _question(plan, host, request.path, query, accept, language, day)


def layered(view: Callable[..., HttpResponse], cls: Any, actions: Mapping[str, str] | None, initial: Mapping[str, Any]) -> Any:
    """A view function of a class that answers from the layers when it may."""

    @functools.cache
    def plan() -> Plan | None:
        return plan_of(cls, actions, initial)

    return _layered(view, plan)


def kept_view(*names: str, by_language: bool = False, by_day: bool = False) -> Callable[[Callable[..., Any]], Any]:
    """Decorator: the same for any view function of Django's.

    Args:
        names: the namespaces its answers are made of.
        by_language, by_day: whether they differ by language, or from day to day.
    """

    def wrap(view: Callable[..., HttpResponse]) -> Any:
        plan = Plan(f"{view.__module__}.{view.__qualname__}", tuple(sorted(names)), by_language, by_day, is_limited=False)
        return _layered(view, lambda: plan)

    return wrap


def _layered(view: Callable[..., HttpResponse], plan: Callable[[], Plan | None]) -> Any:
    @functools.wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not may_be_kept(request):
            return view(request, *args, **kwargs)
        if settings.CACHE_TABLE_WATCH:
            table_watch.start()
        how = plan()
        looked: tuple[Question, Found] | None = getattr(request, "looked_up", None)
        question = looked[0] if looked is not None else question_of(request, how) if how is not None else None
        if how is None or question is None:
            return view(request, *args, **kwargs)
        if looked is None:
            looked = question, layers.look(question, anonymous_limit(request.META) if how.is_limited else None)
        response = _answer(request, question, how, lambda asked: view(asked, *args, **kwargs), looked[1])
        if how.counts and response.status_code in (200, 304):
            views.note(str(kwargs.get(how.counts, "")))
        return response

    answer.cache_plan = plan  # type: ignore[attr-defined]  # early answers go by it
    return answer


def may_be_kept(request: HttpRequest) -> bool:
    """Whether the layers may answer at all."""
    return request.method in ("GET", "HEAD") and settings.API_CACHE and is_public(request)


def _answer(
    request: HttpRequest, question: Question, plan: Plan, view: Callable[[HttpRequest], HttpResponse], found: Found
) -> HttpResponse:
    if found.verdict is not None:
        request.rate_verdict = found.verdict  # type: ignore[attr-defined]  # the view's throttle need not count again
        if not found.verdict.allowed:
            return _throttled(request, found)
    made: list[HttpResponse] = []

    def build(tokens: Mapping[str, str]) -> Entry:
        began = timezone.now().timestamp()
        asked = request if not made else copy.copy(request)
        asked.is_building = True  # type: ignore[attr-defined]  # what is kept is whole and plain, whatever this reader has or takes
        response = view(asked)
        made.append(response)
        return entry_of(response, tokens, began)

    if request.method == "HEAD" and found.answer is None:
        return _marked(view(request), MISS)
    try:
        got = layers.answer(question, build, found)
    except DatabaseAway:
        return database_away(request)
    except NotKept:
        # Another thread's response is its own: its middlewares are at work on it.
        return _marked(_first(request, made[-1]) if made else view(request), MISS)
    if got.source == MISS and made:
        return _marked(_first(request, made[-1], got.entry), MISS)
    response = response_of(request, got.entry, got.source)
    limit = anonymous_limit(request.META) if plan.is_limited else None
    if found.verdict is not None and limit is not None:
        for name, value in rate_headers(found.verdict, limit[1], limit[2]).items():
            response[name] = value
    return response


def _first(request: HttpRequest, response: HttpResponse, entry: Entry | None = None) -> HttpResponse:
    """What was built, as the one who had it built takes it."""
    if response.status_code != 200 or response.streaming or "ETag" not in response:
        return response
    return delivered(request, response, entry.payload if entry is not None and entry.compressed else None)


def _marked(response: HttpResponse, source: str) -> HttpResponse:
    if response.get("X-Cache", BYPASS) == BYPASS and (response.status_code in (200, 304) and not response.streaming):
        response["X-Cache"] = source
        came_from(source)
    return response


def _throttled(request: HttpRequest, found: Found) -> HttpResponse:
    verdict = found.verdict
    assert verdict is not None  # noqa: S101  (the caller saw it)
    response = exception_handler(Throttled(wait=max(0.0, verdict.reset_ms / 1000 - 1)), {"request": request})
    limit = anonymous_limit(request.META)
    if limit is not None:
        for name, value in rate_headers(verdict, limit[1], limit[2]).items():
            response[name] = value
    return response


def entry_of(response: HttpResponse, tokens: Mapping[str, str], began: float) -> Entry:
    """The entry of a view's answer.

    Raises:
        NotKept: it is not one to keep.
    """
    if response.status_code == 404 and not response.streaming:
        return Entry.of(b"", content_type="", etag="", tokens=tokens, built_at=began, status=404)
    if getattr(response, "is_rendered", True) is False:
        response.render()  # type: ignore[attr-defined]  # a DRF Response
    if (
        response.status_code != 200
        or response.streaming
        or response.cookies
        or "no-store" in response.get("Cache-Control", "")
        or "private" in response.get("Cache-Control", "")
    ):
        away = response.status_code == 503
        raise NotKept(is_outage=away and b'"database_unavailable"' in response.content, yields=away)
    response.setdefault("ETag", entity_tag(response.content))
    return Entry.of(
        response.content,
        content_type=response["Content-Type"],
        etag=response["ETag"],
        tokens=tokens,
        built_at=began,
        headers={name: response[name] for name in _KEPT_HEADERS if name in response},
    )


def response_of(request: HttpRequest, entry: Entry, source: str) -> HttpResponse:
    """A kept answer as a response: a 304 when the reader has it already, as it is kept when they take gzip."""
    came_from(source)
    if entry.status == 404:
        missing = problem(request, status_code=404, code="not_found", detail=_("There is nothing at this address."))
        missing["X-Cache"] = source
        return missing
    if is_known(request, entry.etag):
        response = not_modified(request, entry.etag, is_packed=entry.compressed)
    else:
        is_packed = entry.compressed and takes_gzip(request)
        response = HttpResponse(entry.payload if is_packed else entry.body, content_type=entry.content_type)
        response["ETag"] = packed_tag(entry.etag) if is_packed else entry.etag
        if is_packed:
            response["Content-Encoding"] = "gzip"
    for name, value in entry.headers.items():
        response[name] = value
    response["X-Cache"] = source
    response["Age"] = str(int(entry.age()))
    response["Cache-Control"] = cache_control(public=True)
    if source == STALE:
        response["Warning"] = '110 - "Response is Stale"'
    return response
