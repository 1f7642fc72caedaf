"""Kept answers of the API, given before sessions, languages and views are woken; what `front` has not given before Django was.

Only what is certain is answered here: a hit, young enough, for a reader without credentials. Everything else goes on to the view,
with what the layers said, so that it need not ask them again.
"""

import functools

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.utils.translation import get_language_from_request

from ysh.core.api.caching import Plan, is_public, may_be_kept, question_of, response_of
from ysh.core.api.conditional import public_vary
from ysh.core.api.front import LOOKED, NOTE, PREFIX, Note, identity
from ysh.core.api.throttling import anonymous_limit, rate_headers
from ysh.core.cache import layers, views
from ysh.core.http import GetResponse


@functools.lru_cache(maxsize=4096)
def _plan_of(path: str, _urlconf: str) -> tuple[Plan, str] | None:
    """How the view of a path keeps its answers, and whose readers it counts; None when it keeps none."""
    try:
        match = resolve(path)
    except Resolver404:
        return None
    plan = getattr(match.func, "cache_plan", None)
    found: Plan | None = plan() if plan is not None else None
    return None if found is None else (found, str(match.kwargs.get(found.counts, "")) if found.counts else "")


def _same_for_all(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """A public answer to a reader without credentials depends on no cookie, though sessions were asked whether there is one."""
    if request.path_info.startswith(PREFIX) and response.get("Cache-Control", "").startswith("public") and is_public(request):
        kept = _plan_of(request.path_info, settings.ROOT_URLCONF)
        by_language = kept is None or kept[0].by_language
        response["Vary"] = public_vary(by_language=by_language)
        if not by_language:
            del response["Content-Language"]
    return response


class EarlyAnswersMiddleware:
    """Stands behind what every answer needs (security headers, request id) and before everything else."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._early(request) or _same_for_all(request, self.get_response(request))

    def _early(self, request: HttpRequest) -> HttpResponse | None:
        if not request.path_info.startswith(PREFIX) or not may_be_kept(request):
            return None
        kept = _plan_of(request.path_info, settings.ROOT_URLCONF)
        if kept is None:
            return None
        plan, counted = kept
        # As the middleware behind this one will find out.
        language = get_language_from_request(request) if plan.by_language else ""
        question = question_of(request, plan, language)
        if question is None:
            return None
        limit = anonymous_limit(request.META) if plan.is_limited else None
        handed = request.META.get(LOOKED)
        found = handed[1] if handed is not None and handed[0] == question else layers.look(question, limit)
        answer = found.answer
        refused = found.verdict is not None and not found.verdict.allowed
        if refused or answer is None or answer.entry.status != 200 or answer.entry.age() > question.policy.redis_seconds:
            request.looked_up = question, found  # type: ignore[attr-defined]
            return None
        response = response_of(request, answer.entry, answer.source)
        response["Vary"] = public_vary(by_language=plan.by_language)
        response["X-Frame-Options"] = settings.X_FRAME_OPTIONS
        if language:
            response["Content-Language"] = language
        if counted:
            views.note(counted)
        if response.status_code == 200:
            response["Content-Length"] = str(len(response.content))
        is_packed = "Content-Encoding" in response
        request.META[NOTE] = Note(question, identity(answer.entry), is_packed, plan.is_limited, counted, plan.by_day)
        if found.verdict is not None and limit is not None:
            for name, value in rate_headers(found.verdict, limit[1], limit[2]).items():
                response[name] = value
        return response
