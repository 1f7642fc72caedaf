"""Ask a portal whether a source's file is another one than the one we know, without fetching it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

import requests
from django.conf import settings

from pipeline.errors import SourceUnavailableError
from pipeline.sources.base import Source
from pipeline.stages.fetch import USER_AGENT, resolve_url

TIMEOUT_SECONDS = (10, 20)


@dataclass(frozen=True, slots=True)
class Known:
    """What the server said of the file we have.

    Attributes:
        url: where it came from.
        etag: as the server said, or empty.
        last_modified: the same; None when it did not say.
        bytes: its size.
    """

    url: str
    etag: str
    last_modified: datetime | None
    bytes: int


@dataclass(frozen=True, slots=True)
class Probe:
    """Whether there is something new, and how we know."""

    changed: bool
    why: str


def http_date(text: str) -> datetime | None:
    """A `Last-Modified` header as an instant; None when there is none or it is unreadable."""
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def probe(source: Source, known: Known) -> Probe:
    """Ask for the source's file on the condition that it is another one; its content is not read.

    Raises:
        SourceUnavailableError: the portal does not answer.
        SourceFileError: the portal no longer lists the file.
    """
    url = resolve_url(source.ckan) if source.ckan is not None else known.url
    if url != known.url:
        return Probe(changed=True, why="it has another address")
    headers = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity"}
    if known.etag:
        headers["If-None-Match"] = known.etag
    if known.last_modified:
        headers["If-Modified-Since"] = format_datetime(known.last_modified.astimezone(UTC), usegmt=True)
    try:
        with requests.get(
            url, headers=headers, stream=True, timeout=TIMEOUT_SECONDS, verify=settings.ANEEL_CA_BUNDLE or True
        ) as response:
            if response.status_code == requests.codes.not_modified:
                return Probe(changed=False, why="not modified")
            response.raise_for_status()
            return _compare(response, known)
    except requests.RequestException as error:
        raise SourceUnavailableError(f"{url} did not answer ({error}).", todo="It is asked again in an hour.") from error


def _compare(response: requests.Response, known: Known) -> Probe:
    """The server sent the file whatever the condition: what it says of the file tells."""
    etag, modified = response.headers.get("ETag", ""), http_date(response.headers.get("Last-Modified", ""))
    size = response.headers.get("Content-Length", "")
    if size.isdigit() and int(size) != known.bytes:
        return Probe(changed=True, why="it has another size")
    if etag and etag == known.etag:
        return Probe(changed=False, why="same ETag")
    if modified and modified == known.last_modified:
        return Probe(changed=False, why="same Last-Modified")
    return Probe(changed=True, why="the server does not say that it is the same")
