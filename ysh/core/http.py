"""Request id and actor of each HTTP request."""

import random
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any
from uuid import UUID

import structlog
from django.http import HttpRequest, HttpResponse

from ysh.core.actor import Actor, acting_as, current_actor

GetResponse = Callable[[HttpRequest], HttpResponse]


def request_id_of(meta: Mapping[str, Any]) -> UUID:
    """The request's id: the one it brings when that is a UUID, or a new one.

    Args:
        meta: the request's headers (`HttpRequest.META`, WSGI's environment).
    """
    told = meta.get("HTTP_X_REQUEST_ID")
    if told:
        with suppress(ValueError):
            return UUID(told)
    # No secret: seeded for each process, without a question to the kernel for each request.
    return UUID(int=random.getrandbits(128), version=4)


class RequestContextMiddleware:
    """Gives each request an id (taken from `X-Request-ID` when it is a UUID), in the logs and in the answer."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = request_id_of(request.META)
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
