"""One answer of a portal, archived before it is read."""

import gzip
import io
import json
import tempfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import requests
import structlog
from django.conf import settings

from pipeline.archive import Fetched, archive
from pipeline.errors import SourceFileError, SourceUnavailableError
from pipeline.fetching.download import Download, Known, OnBytes, download
from pipeline.fetching.pace import backoff, pause
from pipeline.fetching.request import Counted
from ysh.core.said import Said, in_english, say

log = structlog.get_logger(__name__)
T = TypeVar("T")


class NotAnAnswerError(ValueError):
    """The bytes are not what was asked for.

    Attributes:
        said: what was found.
    """

    def __init__(self, message: Said | str) -> None:
        super().__init__(in_english(message))
        self.said = message


def _nothing(_done: int, _total: int | None) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True, slots=True)
class Reader:
    """How answers are fetched in one run.

    Attributes:
        session: kept open from answer to answer.
        source: key under which they are archived.
        keep: archive them; a dry run does not.
        on_bytes: told how far a download is; may raise to stop it.
        counted: takes the number of requests.
        on_archived: told of every answer that was archived.
    """

    session: requests.Session
    source: str
    keep: bool
    on_bytes: OnBytes = _nothing
    counted: Counted = field(default_factory=Counted)
    on_archived: Callable[[Fetched], object] = lambda _file: None


@dataclass(frozen=True, slots=True)
class Document:
    """An answer.

    Attributes:
        content: its bytes, unpacked; empty when it was not modified.
        file: where it is archived, or None when it was not modified or not kept.
        not_modified: the server says that it is what is known.
        etag, last_modified: its validators.
    """

    url: str
    content: bytes
    file: Fetched | None = None
    not_modified: bool = False
    etag: str = ""
    last_modified: str = ""


def read(
    reader: Reader, url: str, parse: Callable[[bytes], T], *, name: str, known: Known | None = None
) -> tuple[Document, T | None]:
    """Fetch, archive and parse one answer. One that cannot be parsed is fetched again: portals break off in the middle, with 200.

    Args:
        reader: how.
        url: the address.
        parse: raises ValueError for what is not an answer.
        name: what to call the archived copy.
        known: validators of the last time.

    Returns:
        The answer, and what `parse` made of it; None when it was not modified.

    Raises:
        SourceUnavailableError: no answer that can be parsed, after all tries.
        SourceFileError: the address may not be asked, or the answer is too large.
    """
    for tried in range(1, settings.INGEST_TRIES + 1):
        document = _fetch(reader, url, name, known)
        if document.not_modified:
            return document, None
        try:
            return document, parse(document.content)
        except ValueError as error:
            fault = error
            log.warning("not_an_answer", url=url, why=str(error), tried=tried)
            if tried < settings.INGEST_TRIES:
                pause(backoff(tried), lambda: reader.on_bytes(0, None))
    raise SourceUnavailableError(
        say("found_not_json", url=url, why=getattr(fault, "said", "") or str(fault)), todo=say("todo_later"), code="not_an_answer"
    ) from fault


def _fetch(reader: Reader, url: str, name: str, known: Known | None) -> Document:
    limit = settings.INGEST_MAX_DOCUMENT_BYTES
    with tempfile.TemporaryDirectory(prefix="ysh-document-") as folder:
        got = download(
            url, Path(folder), known=known, on_bytes=reader.on_bytes, max_bytes=limit, counted=reader.counted,
            session=reader.session,
        )  # fmt: skip
        if got.not_modified:
            return Document(url, b"", None, not_modified=True, etag=got.etag, last_modified=got.last_modified)
        kept = _archived(reader, got, url, name) if reader.keep else None
        return Document(url, _unpacked(got, limit), kept, etag=got.etag, last_modified=got.last_modified)


def _archived(reader: Reader, got: Download, url: str, name: str) -> Fetched:
    today = datetime.now(UTC).date()
    kept = archive(
        got.path, source=reader.source, day=today, name=name, url=url, etag=got.etag, last_modified=got.last_modified,
        headers=got.headers,
    )  # fmt: skip
    reader.on_archived(kept)
    return kept


def _unpacked(got: Download, limit: int) -> bytes:
    """The bytes, unpacked when the server packed them unasked."""
    content = got.path.read_bytes()
    if not content.startswith(b"\x1f\x8b"):
        return content
    try:
        with gzip.open(io.BytesIO(content)) as stream:
            plain = stream.read(limit + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise SourceUnavailableError(
            say("found_damaged", name=got.name, why=str(error)), todo=say("todo_later"), code="not_an_answer"
        ) from error
    if len(plain) > limit:
        raise SourceFileError(
            say("found_unpacks", name=got.name, size=limit + 1, most=limit),
            todo=say("todo_raise", setting="INGEST_MAX_DOCUMENT_BYTES"),
            code="unpacks_too_large",
        )
    return plain


def as_json(content: bytes) -> Any:
    """The answer as JSON.

    Raises:
        ValueError: it is a page, or breaks off, or is something else.
    """
    if content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
        raise NotAnAnswerError(say("why_page", begin=repr(content.strip()[:60])))
    try:
        return json.loads(content.decode("utf-8-sig"))
    except RecursionError as error:
        raise NotAnAnswerError(say("why_nested")) from error
    except json.JSONDecodeError as error:
        where = f"{error.msg} at {error.pos:,}, end {content[-40:]!r}"
        raise NotAnAnswerError(say("why_broken_json", why=where)) from error


def as_ckan(content: bytes) -> Any:
    """The `result` of CKAN's envelope.

    Raises:
        ValueError: no such envelope, or one that says that it failed.
    """
    answer = as_json(content)
    if not isinstance(answer, dict) or "success" not in answer:
        raise NotAnAnswerError("expected CKAN's envelope with `success` and `result`")
    if answer["success"] is not True or "result" not in answer:
        raise NotAnAnswerError(f"CKAN says it failed: {answer.get('error')}")
    return answer["result"]
