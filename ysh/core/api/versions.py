"""The contract's version, and how it says goodbye to a resource.

The path names the major version. What an answer follows is in `API-Version`; what is going away says so in `Deprecation`
(RFC 9745), `Sunset` (RFC 8594) and a `Link` to what takes its place, in the OpenAPI document too.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time
from datetime import date as day

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.http import http_date

PREFIX = "/api/v1/"


@dataclass(frozen=True, slots=True)
class Deprecation:
    """A resource that is going away.

    Attributes:
        since: from when on nobody should begin to use it.
        sunset: when it stops answering; None while that is not decided.
        successor: address of what takes its place; empty without one.
    """

    since: day
    sunset: day | None = None
    successor: str = ""

    def headers(self) -> dict[str, str]:
        """What its answers say of it."""
        found = {"Deprecation": f"@{_seconds(self.since)}"}
        if self.sunset is not None:
            found["Sunset"] = http_date(_seconds(self.sunset))
        if self.successor:
            found["Link"] = f'<{self.successor}>; rel="successor-version"'
        return found


def _seconds(moment: day) -> int:
    return int(datetime.combine(moment, time.min, UTC).timestamp())


class VersionMiddleware:
    """`API-Version` on every answer under the prefix, kept ones and errors included."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path_info.startswith(PREFIX):
            response["API-Version"] = settings.API_VERSION
        return response
