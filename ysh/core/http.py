"""Request id and actor of each HTTP request."""

from collections.abc import Callable
from contextlib import suppress
from uuid import UUID, uuid4

import structlog
from django.http import HttpRequest, HttpResponse

from ysh.core.actor import Actor, acting_as, current_actor

GetResponse = Callable[[HttpRequest], HttpResponse]


def _request_id(request: HttpRequest) -> UUID:
    told = request.META.get("HTTP_X_REQUEST_ID")
    if told:
        with suppress(ValueError):
            return UUID(told)
    return uuid4()


class RequestContextMiddleware:
    """Gives each request an id (taken from `X-Request-ID` when it is a UUID), in the logs and in the answer."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = _request_id(request)
        structlog.contextvars.bind_contextvars(request_id=str(request_id))
        try:
            with acting_as(Actor(name="anonymous", source="api", request_id=request_id)):
                response = self.get_response(request)
        finally:
            structlog.contextvars.unbind_contextvars("request_id")
        response["X-Request-ID"] = str(request_id)
        return response


class ActorMiddleware:
    """Names the signed-in person as the actor; stands after the authentication middleware."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = getattr(request, "user", None)
        if user is None or not user.is_authenticated:
            return self.get_response(request)
        source = "admin" if request.path.startswith("/admin/") else "api"
        with acting_as(Actor(name=user.get_username(), source=source, request_id=current_actor().request_id)):
            return self.get_response(request)
