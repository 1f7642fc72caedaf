"""Every error of the API as RFC 9457 `application/problem+json`, with a `code` that stays the same in any language."""

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import psycopg
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.core.signals import got_request_exception
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions, status

from ysh.core.actor import current_actor

logger = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
API_PREFIX = "/api/"
# How long a client should wait after a 503 before it asks again (seconds).
RETRY_AFTER_SECONDS = 5

TITLES: dict[str, Any] = {
    "unknown_parameter": _("Unknown parameter"),
    "repeated_parameter": _("Parameter given more than once"),
    "invalid_parameter": _("Invalid parameter"),
    "invalid_cursor": _("Invalid cursor"),
    "invalid_format": _("Unknown format"),
    "malformed_query": _("Malformed query string"),
    "malformed_request": _("Malformed request"),
    "not_authenticated": _("Not authenticated"),
    "permission_denied": _("Not allowed"),
    "not_found": _("Not found"),
    "cursor_expired": _("Cursor expired"),
    "run_active": _("A run is active"),
    "method_not_allowed": _("Method not allowed"),
    "not_acceptable": _("No such representation"),
    "too_large": _("Too large"),
    "unsupported_media_type": _("Unsupported media type"),
    "throttled": _("Too many requests"),
    "internal_error": _("Internal error"),
    "query_timeout": _("The query took too long"),
    "database_unavailable": _("Database unavailable"),
    "lake_unavailable": _("Lake unavailable"),
}
# DRF's own codes that we name differently.
_RENAMED = {"parse_error": "malformed_request", "invalid": "invalid_parameter", "authentication_failed": "not_authenticated"}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one parameter.

    Attributes:
        parameter: its name; empty when the query string as a whole is at fault.
        code: stable name of the fault.
        detail: for people.
        allowed: what would have been accepted, when that is a short list.
    """

    parameter: str
    code: str
    detail: str
    allowed: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        body: dict[str, object] = {"parameter": self.parameter, "code": self.code, "detail": str(self.detail)}
        if self.allowed:
            body["allowed"] = list(self.allowed)
        return body


class InvalidQuery(exceptions.APIException):
    """The query string holds something that is not understood: 400, with every fault named."""

    status_code = status.HTTP_400_BAD_REQUEST

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        codes = {fault.code for fault in self.faults}
        only = codes.pop() if len(codes) == 1 else ""
        self.code = only if only in TITLES else "invalid_parameter"
        super().__init__(" ".join(str(fault.detail) for fault in self.faults), self.code)


def problem(
    request: HttpRequest,
    *,
    status_code: int,
    code: str,
    detail: Any = "",
    faults: Iterable[Fault] = (),
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """The answer for an error.

    Args:
        request: what was asked; its path becomes `instance`.
        status_code: HTTP status.
        code: stable name of the error.
        detail: for people, in the request's language; may be lazy.
        faults: the parameters at fault.
        headers: further headers, e.g. `Retry-After`.
    """
    body: dict[str, object] = {
        "type": f"urn:ysh:problem:{code}",
        "title": str(TITLES.get(code) or HTTPStatus(status_code).phrase),
        "status": status_code,
        "code": code,
        "detail": str(detail),
        "instance": request.path,
    }
    errors = [fault.as_json() for fault in faults]
    if errors:
        body["errors"] = errors
    request_id = current_actor().request_id
    if request_id is not None:
        body["request_id"] = str(request_id)
    answer = HttpResponse(json.dumps(body, ensure_ascii=False), status=status_code, content_type=CONTENT_TYPE)
    answer["Cache-Control"] = "no-store"
    for name, value in (headers or {}).items():
        answer[name] = value
    return answer


def exception_handler(error: Exception, context: Mapping[str, Any]) -> HttpResponse:
    """DRF's hook: turns whatever a view raised into a problem. An unforeseen exception is logged with its stack and signalled."""
    request = context["request"]
    if isinstance(error, InvalidQuery):
        return problem(request, status_code=error.status_code, code=error.code, detail=error.detail, faults=error.faults)
    if isinstance(error, exceptions.APIException):
        return _known(request, error)
    if isinstance(error, Http404):
        return problem(request, status_code=404, code="not_found", detail=_("There is nothing at this address."))
    if isinstance(error, PermissionDenied):
        return problem(request, status_code=403, code="permission_denied", detail=_("You may not do this."))
    if isinstance(error, SuspiciousOperation):
        return problem(request, status_code=400, code="malformed_request", detail=_("The request cannot be understood."))
    if isinstance(error, OperationalError | InterfaceError):
        return _database_fault(request, error)
    logger.error("Unhandled exception in %s %s", request.method, request.path, exc_info=error)
    got_request_exception.send(sender=None, request=request)
    return _internal_error(request)


def _known(request: HttpRequest, error: exceptions.APIException) -> HttpResponse:
    codes = error.get_codes()
    code = codes if isinstance(codes, str) else "invalid_parameter"
    headers: dict[str, str] = {}
    # DRF sets these two on the instance.
    wait, realm = getattr(error, "wait", None), getattr(error, "auth_header", None)
    if wait is not None:
        headers["Retry-After"] = str(int(wait) + 1)
    if realm:
        headers["WWW-Authenticate"] = realm
    faults: tuple[Fault, ...] = ()
    detail: Any = error.detail
    if isinstance(detail, dict):
        faults = tuple(Fault(name, _first_code(value), _first_text(value)) for name, value in detail.items())
        detail = " ".join(fault.detail for fault in faults)
    elif isinstance(detail, list):
        detail = " ".join(str(item) for item in detail)
    return problem(
        request, status_code=error.status_code, code=_RENAMED.get(code, code), detail=str(detail), faults=faults, headers=headers
    )


def _first_code(value: Any) -> str:
    first = value[0] if isinstance(value, list) and value else value
    return str(getattr(first, "code", "invalid"))


def _first_text(value: Any) -> str:
    return str(value[0] if isinstance(value, list) and value else value)


def _database_fault(request: HttpRequest, error: Exception) -> HttpResponse:
    headers = {"Retry-After": str(RETRY_AFTER_SECONDS)}
    if isinstance(error.__cause__, psycopg.errors.QueryCanceled):
        logger.warning("Query timeout in %s %s", request.method, request.path)
        return problem(
            request,
            status_code=503,
            code="query_timeout",
            detail=_("The query was stopped because it took too long. Ask for less: more filters, a smaller page, no count."),
            headers=headers,
        )
    logger.error("Database fault in %s %s", request.method, request.path, exc_info=error)
    return database_away(request)


def database_away(request: HttpRequest) -> HttpResponse:
    """The answer while PostgreSQL does not answer."""
    return problem(
        request,
        status_code=503,
        code="database_unavailable",
        detail=_("The database does not answer. Try again shortly."),
        headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
    )


def _internal_error(request: HttpRequest) -> HttpResponse:
    return problem(
        request,
        status_code=500,
        code="internal_error",
        detail=_("Something went wrong on our side. The request id helps to find it."),
    )


# --- Django's own handlers, for what never reaches a view of the API. `ysh.urls` names them.


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """`handler400`."""
    if not request.path.startswith(API_PREFIX):
        return defaults.bad_request(request, exception)
    return problem(request, status_code=400, code="malformed_request", detail=_("The request cannot be understood."))


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """`handler404`."""
    if not request.path.startswith(API_PREFIX):
        return defaults.page_not_found(request, exception)
    return problem(request, status_code=404, code="not_found", detail=_("There is nothing at this address."))


@csrf_exempt
def nothing_here(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    """The view of every address under /api/ that is no other view's; with DEBUG on, Django would show a page instead."""
    return page_not_found(request, Http404())


def server_error(request: HttpRequest) -> HttpResponse:
    """`handler500`; Django has logged the exception already."""
    if not request.path.startswith(API_PREFIX):
        return defaults.server_error(request)
    return _internal_error(request)
