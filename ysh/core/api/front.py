"""Kept answers given before Django is woken.

What an answer looks like is decided once, by Django and all its middlewares: `early` leaves a note beside each hit it gives, and
the headers that then went out are remembered under all that the request said. The next request that says the same is answered
here with those headers, as long as the layers still hold the very same answer. Whoever differs in anything goes the whole way.
"""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils import timezone
from django_prometheus.middleware import PrometheusBeforeMiddleware

from ysh.core.api.caching import came_from
from ysh.core.api.throttling import anonymous_limit, rate_headers
from ysh.core.cache import layers, views
from ysh.core.cache.entry import Entry
from ysh.core.cache.layers import Question
from ysh.core.http import request_id_of

Headers = list[tuple[str, str]]
#: The environment's names for what `early` says of a hit, and for what the layers said to a question that goes on to it.
NOTE, LOOKED = "ysh.kept_answer", "ysh.looked_up"
PREFIX = "/api/"
# No answer of a public reader depends on these, so they make no question another one.
_TELLS_NOTHING = {
    "HTTP_CONNECTION",
    "HTTP_FORWARDED",
    "HTTP_REFERER",
    "HTTP_TRACEPARENT",
    "HTTP_TRACESTATE",
    "HTTP_USER_AGENT",
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_REAL_IP",
    "HTTP_X_REQUEST_ID",
}
# Who shows these gets an answer of their own.
_CREDENTIALS = ("HTTP_AUTHORIZATION", "HTTP_COOKIE")
_ASKED = ("PATH_INFO", "QUERY_STRING", "SCRIPT_NAME", "SERVER_NAME", "SERVER_PORT", "wsgi.url_scheme")
# These are another one's with every answer.
_EACH_TIME = {"age", "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset", "x-cache", "x-request-id"}
# What a reader has with the answer it keeps already, and need not be told again with "not modified" (RFC 9110, 15.4.5).
_HAS_ALREADY = {"cross-origin-opener-policy", "referrer-policy", "x-content-type-options", "x-frame-options"}
MOST_SHAPES, LONGEST_KEY = 2000, 4000


def identity(entry: Entry) -> tuple[Any, ...]:
    """What two entries have in common that go out alike."""
    return entry.etag, entry.status, entry.compressed, entry.content_type, entry.headers


@dataclass(frozen=True, slots=True)
class Note:
    """What `early` says of a hit it gave.

    Attributes:
        question: what was asked.
        given: what was given, without its body; see `identity`.
        is_packed: whether the body was sent as it is kept, compressed.
        is_limited: whether the usual rate limit applies.
        counted: what is counted as looked at; empty for nothing.
        by_day: whether the question is another one tomorrow.
    """

    question: Question
    given: tuple[Any, ...]
    is_packed: bool
    is_limited: bool
    counted: str
    by_day: bool


@dataclass(frozen=True, slots=True)
class _Shape:
    """How an answer went out: its status line, what stays of its headers, and what has to hold for it to go out so again."""

    status: str
    headers: Headers
    note: Note
    day: str


class KeptAnswersFirst:
    """A WSGI application in front of Django's.

    Args:
        application: Django's.
    """

    def __init__(self, application: Callable[..., Iterable[bytes]]) -> None:
        self._application = application
        self._shapes: dict[Any, _Shape] = {}
        self._lock = threading.Lock()
        self._metrics = PrometheusBeforeMiddleware.metrics_cls.get_instance()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        begun = time.perf_counter()
        key = _key(environ)
        if key is None:
            return self._application(environ, start_response)
        shape = self._shapes.get(key)
        body = self._answer(environ, shape, start_response) if shape is not None else None
        if body is None:
            return self._application(environ, self._remembering(key, environ, start_response))
        self._metrics.requests_total.inc()
        self._metrics.responses_total.inc()
        self._metrics.requests_latency_before.observe(time.perf_counter() - begun)
        return [body]

    def _answer(self, environ: dict[str, Any], shape: _Shape, start_response: Callable[..., Any]) -> bytes | None:
        note = shape.note
        if not settings.API_CACHE or (note.by_day and shape.day != _today()):
            return None
        limit = anonymous_limit(environ) if note.is_limited else None
        found = layers.look(note.question, limit)
        answer, verdict = found.answer, found.verdict
        if (
            answer is None
            or (verdict is not None and not verdict.allowed)
            or identity(answer.entry) != note.given
            or answer.entry.age() > note.question.policy.redis_seconds
        ):
            environ[LOOKED] = note.question, found
            return None
        came_from(answer.source)
        if note.counted:
            views.note(note.counted)
        headers = [
            *shape.headers,
            ("X-Cache", answer.source),
            ("Age", str(int(answer.entry.age()))),
            ("X-Request-ID", str(request_id_of(environ))),
        ]
        if verdict is not None and limit is not None:
            headers += rate_headers(verdict, limit[1], limit[2]).items()
        start_response(shape.status, headers)
        if shape.status.startswith("304"):
            return b""
        return answer.entry.payload if note.is_packed else answer.entry.body

    def _remembering(self, key: Any, environ: dict[str, Any], start_response: Callable[..., Any]) -> Callable[..., Any]:
        def begin(status: str, headers: Headers, *fault: Any) -> Any:
            note = environ.get(NOTE)
            if isinstance(note, Note):
                self._remember(key, note, status, headers)
            return start_response(status, headers, *fault)

        return begin

    def _remember(self, key: Any, note: Note, status: str, headers: Headers) -> None:
        if any(name.lower() == "set-cookie" for name, _value in headers):
            return
        goes = _EACH_TIME | _HAS_ALREADY if status.startswith("304") else _EACH_TIME
        stays = [(name, value) for name, value in headers if name.lower() not in goes]
        with self._lock:
            while len(self._shapes) >= MOST_SHAPES:
                del self._shapes[next(iter(self._shapes))]
            self._shapes[key] = _Shape(status, stays, note, _today() if note.by_day else "")


def _key(environ: dict[str, Any]) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]] | None:
    """All that an answer may depend on; None when it is not one of ours to give."""
    if environ["REQUEST_METHOD"] != "GET" or not environ.get("PATH_INFO", "").startswith(PREFIX):
        return None
    told = tuple((name, value) for name, value in environ.items() if name.startswith("HTTP_") and name not in _TELLS_NOTHING)
    asked = tuple(environ.get(name, "") for name in _ASKED)
    if any(name in environ for name in _CREDENTIALS) or sum(map(len, asked)) + sum(len(v) for _n, v in told) > LONGEST_KEY:
        return None
    return asked, told


def _today() -> str:
    return timezone.localdate().isoformat()
