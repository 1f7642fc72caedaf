"""A file from an address onto the disk: streamed, hashed, limited, and continued where it broke off."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import requests
import structlog
from django.conf import settings
from urllib3.exceptions import HTTPError

from pipeline.errors import SourceFileError, SourceUnavailableError
from pipeline.fetching.pace import backoff, pause
from pipeline.fetching.request import Counted, PassingError, open_response
from pipeline.fetching.session import new_session
from ysh.core.said import say

log = structlog.get_logger(__name__)

# Small enough that a cancelled run stops soon, also on a slow line.
_CHUNK = 128 * 1024
# A line that breaks off again and again, yet further on each time, is followed so often and no longer.
_MOST_INTERRUPTIONS = 20

#: called with the bytes received so far, and in all where the server says; raises to stop
OnBytes = Callable[[int, int | None], object]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an address from the last time: its validators, as the server sent them."""

    etag: str = ""
    last_modified: str = ""

    def headers(self) -> dict[str, str]:
        """As a condition: send it only if it is another one by now."""
        if self.etag:
            return {"If-None-Match": self.etag}
        return {"If-Modified-Since": self.last_modified} if self.last_modified else {}


@dataclass(frozen=True, slots=True)
class Download:
    """What came.

    Attributes:
        path: the bytes exactly as they came; an empty file when they are what is known already.
        name: its name as published.
        not_modified: the server says that it is what is known.
        headers: of the answer, by lower-case name.
    """

    path: Path
    name: str
    sha256: str
    bytes: int
    etag: str = ""
    last_modified: str = ""
    content_type: str = ""
    not_modified: bool = False
    headers: dict[str, str] = field(default_factory=dict)


def _nothing(_done: int, _total: int | None) -> None:
    """Nobody wants to know."""


def download(
    url: str,
    folder: Path,
    *,
    known: Known | None = None,
    on_bytes: OnBytes = _nothing,
    max_bytes: int | None = None,
    counted: Counted | None = None,
    session: requests.Session | None = None,
) -> Download:
    """Fetch an address.

    Args:
        url: http or https.
        folder: where the file is put.
        known: validators of the last time; the answer may then be `not_modified`.
        on_bytes: told how far it is, and about once a second while waiting.
        max_bytes: more are refused; `INGEST_MAX_FILE_BYTES` when None.
        counted: takes the number of requests.
        session: one that is kept open over several downloads.

    Raises:
        SourceFileError: the address may not be asked, or the file is too large.
        SourceUnavailableError: the server does not deliver, after all tries.
    """
    own = session is None
    transfer = _Transfer(
        url, folder, known or Known(), on_bytes, max_bytes or settings.INGEST_MAX_FILE_BYTES, counted or Counted(),
        session or new_session(),
    )  # fmt: skip
    try:
        return transfer.run()
    finally:
        if own:
            transfer.session.close()


@dataclass
class _Transfer:
    url: str
    folder: Path
    known: Known
    on_bytes: OnBytes
    max_bytes: int
    counted: Counted
    session: requests.Session
    size: int = 0
    total: int | None = None
    validator: str = ""
    furthest: int = 0
    digest: Any = field(default_factory=hashlib.sha256)

    def run(self) -> Download:
        tried = 0
        for _ in range(_MOST_INTERRUPTIONS):
            try:
                return self._once()
            except PassingError as error:
                # A try that got further than every one before it is not held against the server.
                tried = 1 if self.size > self.furthest else tried + 1
                self.furthest = max(self.furthest, self.size)
                wait = backoff(tried) if error.wait is None else error.wait
                values = {"url": self.url, "why": error.said, "tried": tried, "tries": settings.INGEST_TRIES}
                if wait > settings.INGEST_LONGEST_WAIT_SECONDS:
                    raise SourceUnavailableError(
                        say("found_wait", **values, seconds=round(wait)), todo=say("todo_then"), code="retry_later"
                    ) from error
                if tried >= settings.INGEST_TRIES:
                    break
                log.warning("fetch_again", url=self.url, why=str(error), tried=tried, seconds=round(wait, 2), bytes=self.size)
                pause(wait, self._tick)
        raise SourceUnavailableError(say("found_not_fetched", **values), todo=say("todo_later_or_file"))

    def _tick(self) -> None:
        self.on_bytes(self.size, self.total)

    def _once(self) -> Download:
        headers = {"Range": f"bytes={self.size}-", "If-Range": self.validator} if self.size and self.validator else {}
        if not headers:
            self._from_the_start()
            headers = self.known.headers()
        response = open_response(self.session, self.url, headers=headers, tick=self._tick, counted=self.counted)
        with response:
            if response.status_code == 304:
                self.counted.not_modified += 1
                return self._as_known(response)
            if response.status_code != 206 and self.size:
                self._from_the_start()  # not the part that was asked for, but another file, or all of it
            if response.status_code == 416 or (response.status_code == 206 and not self._continues(response)):
                self._from_the_start()
                self.validator = ""
                raise PassingError(say("why_changed"))
            self.validator = _validator(response)
            self._receive(response)
            return self._done(response)

    def _from_the_start(self) -> None:
        self.size, self.total, self.digest = 0, None, hashlib.sha256()
        (self.folder / "download").write_bytes(b"")

    def _continues(self, response: requests.Response) -> bool:
        return response.headers.get("Content-Range", "").startswith(f"bytes {self.size}-")

    def _receive(self, response: requests.Response) -> None:
        length = response.headers.get("Content-Length", "")
        self.total = self.size + int(length) if length.isdigit() else None
        if self.total is not None and self.total > self.max_bytes:
            raise self._too_large(self.total)
        began, before = time.monotonic(), self.size
        with (self.folder / "download").open("ab") as stream:
            try:
                # One look at the socket at a time: a server that drips must not keep us from looking at the clock.
                while chunk := response.raw.read1(_CHUNK, decode_content=False):
                    self.size += len(chunk)
                    if self.size > self.max_bytes:
                        raise self._too_large(self.size)
                    stream.write(chunk)
                    self.digest.update(chunk)
                    self.on_bytes(self.size, self.total)
                    self._refuse_slow(time.monotonic() - began, self.size - before)
            except (HTTPError, OSError) as error:
                raise PassingError(say("why_broke_off", bytes=self.size, why=type(error).__name__)) from error
        if self.total is not None and self.size < self.total:
            raise PassingError(say("why_broke_off_of", bytes=self.size, all=self.total))

    def _refuse_slow(self, seconds: float, received: int) -> None:
        least = settings.INGEST_SLOWEST_BYTES_PER_SECOND
        if seconds > settings.INGEST_SLOW_AFTER_SECONDS and received < least * seconds:
            raise SourceUnavailableError(
                say("found_slow", url=self.url, speed=round(received / seconds), least=least),
                todo=say("todo_later_or_file"),
                code="too_slow",
            )

    def _too_large(self, size: int) -> SourceFileError:
        return SourceFileError(
            say("found_larger", url=self.url, most=self.max_bytes, size=size),
            todo=say("todo_raise_grown", setting="INGEST_MAX_FILE_BYTES"),
            code="file_too_large",
        )

    def _done(self, response: requests.Response) -> Download:
        return Download(
            self.folder / "download", self._name(), self.digest.hexdigest(), self.size,
            response.headers.get("ETag", ""), response.headers.get("Last-Modified", ""), response.headers.get("Content-Type", ""),
            headers={name.lower(): value for name, value in response.headers.items()},
        )  # fmt: skip

    def _as_known(self, response: requests.Response) -> Download:
        etag = response.headers.get("ETag", self.known.etag)
        return Download(self.folder / "download", self._name(), "", 0, etag, self.known.last_modified, not_modified=True)

    def _name(self) -> str:
        return Path(unquote(urlsplit(self.url).path)).name or "download"


def _validator(response: requests.Response) -> str:
    """What to continue by: a strong ETag, else the date of the last change; empty when the server does not serve parts."""
    if response.headers.get("Accept-Ranges", "").lower() == "none":
        return ""
    etag = response.headers.get("ETag", "")
    return etag if etag and not etag.startswith("W/") else response.headers.get("Last-Modified", "")
