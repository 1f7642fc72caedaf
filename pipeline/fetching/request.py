"""One request: its turn, redirects, and what its status means."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urljoin

import requests
from django.conf import settings

from pipeline.errors import SourceFileError, SourceUnavailableError
from pipeline.fetching.addresses import checked, host_and_port
from pipeline.fetching.pace import Tick, backoff, pause, retry_after, take_turn
from ysh.core.said import Said, in_english, say

MAX_REDIRECTS = 5
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class PassingError(Exception):
    """What may be over at the next try.

    Attributes:
        said: what was found.
        wait: seconds the server asked to wait; None when it did not say.
    """

    def __init__(self, message: Said | str, wait: float | None = None) -> None:
        super().__init__(in_english(message))
        self.said, self.wait = message, wait


@dataclass
class Counted:
    """How many requests were made, for the run's record."""

    requests: int = 0
    not_modified: int = 0
    hosts: set[str] = field(default_factory=set)


def open_response(
    session: requests.Session, url: str, *, headers: Mapping[str, str], tick: Tick, counted: Counted, method: str = "GET"
) -> requests.Response:
    """Ask, and follow redirects. The body is not read yet; whoever gets the response closes it.

    Raises:
        PassingError: no answer, or one that may change soon.
        SourceUnavailableError: the server refuses for good, or its certificate is not to be trusted.
        SourceFileError: the address, or one it redirects to, may not be asked.
    """
    address = url
    for _ in range(MAX_REDIRECTS + 1):
        parts = checked(address)
        take_turn(parts.hostname or "", tick)
        counted.requests += 1
        counted.hosts.add(host_and_port(parts))
        response = _asked(session, method, address, headers)
        if response.status_code not in _REDIRECTS:
            _raise_for_status(response, address)
            return response
        target = urljoin(address, response.headers.get("Location", ""))
        response.close()
        if checked(target).scheme == "http" and parts.scheme == "https":
            raise SourceFileError(
                say("found_leaves_https", url=address, target=target), todo=say("todo_address"), code="bad_redirect"
            )
        address = target
    raise SourceUnavailableError(
        say("found_redirects", url=url, most=MAX_REDIRECTS, last=address), todo=say("todo_address"), code="redirects"
    )


def open_patiently(
    session: requests.Session, url: str, *, headers: Mapping[str, str], tick: Tick, counted: Counted, method: str = "GET"
) -> requests.Response:
    """The same, with the usual number of tries; for answers of which only the headers are wanted.

    Raises:
        SourceUnavailableError, SourceFileError: see `open_response`.
    """
    for tried in range(1, settings.INGEST_TRIES + 1):
        try:
            return open_response(session, url, headers=headers, tick=tick, counted=counted, method=method)
        except PassingError as error:
            fault = error
            wait = backoff(tried) if error.wait is None else error.wait
            if tried == settings.INGEST_TRIES or wait > settings.INGEST_LONGEST_WAIT_SECONDS:
                break
            pause(wait, tick)
    raise SourceUnavailableError(say("found_no_answer", url=url, why=fault.said), todo=say("todo_later")) from fault


def _asked(session: requests.Session, method: str, address: str, headers: Mapping[str, str]) -> requests.Response:
    timeout = (settings.INGEST_CONNECT_SECONDS, settings.INGEST_READ_SECONDS)
    try:
        return session.request(method, address, headers=dict(headers), stream=True, timeout=timeout, allow_redirects=False)
    except requests.exceptions.SSLError as error:
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            raise SourceUnavailableError(
                say("found_certificate", host=checked(address).hostname or "", why=_reason(error)),
                todo=say("todo_intermediate"),
                code="certificate",
            ) from error
        raise PassingError(say("why_no_tls", why=_reason(error))) from error
    except (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema, requests.exceptions.MissingSchema) as error:
        raise SourceFileError(
            say("found_no_url", url=repr(address), why=str(error)), todo=say("todo_check"), code="bad_url"
        ) from error
    except requests.RequestException as error:
        raise PassingError(_reason(error)) from error


def _reason(error: Exception) -> str:
    """The innermost cause, in its own words."""
    cause: BaseException = error
    with suppress(AttributeError, IndexError):
        while isinstance(cause.args[0], BaseException):
            cause = cause.args[0]
        cause = getattr(cause, "reason", None) or cause
    return str(cause) if isinstance(cause, str) else f"{type(cause).__name__}: {cause}"


def _raise_for_status(response: requests.Response, address: str) -> None:
    status = response.status_code
    if status < 400 or status == 416:
        return
    response.close()
    if status in _PASSING:
        raise PassingError(f"HTTP {status} {response.reason}", retry_after(response.headers.get("Retry-After", "")))
    raise SourceUnavailableError(
        say("found_http", url=address, status=str(status), words=response.reason or ""),
        todo=say("todo_address"),
        code=f"http_{status}",
    )
