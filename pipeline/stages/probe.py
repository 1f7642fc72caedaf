"""Ask a portal whether a source's file is another one than the one we know, without fetching it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime

import requests

from pipeline.fetching.download import Known as Validators
from pipeline.fetching.request import Counted, open_patiently
from pipeline.fetching.session import new_session
from pipeline.portals.documents import Reader
from pipeline.portals.resources import resolve
from pipeline.portals.values import moment
from pipeline.sources.base import Probe, Source
from ysh.core.said import say


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


def probe(source: Source, known: Known) -> Probe:
    """Ask for the source's file on the condition that it is another one; its content is not read.

    Raises:
        SourceUnavailableError: the portal does not answer.
        SourceFileError: the portal no longer lists the file.
    """
    if source.whats_new is not None:
        return source.whats_new()
    with new_session() as session:
        url = known.url
        if source.ckan is not None:
            # An archive of its own: the source's is written by whoever holds its lock.
            reader = Reader(session, f"{source.key}.check", keep=True)
            url = resolve(source.ckan, source=source.key, keep=True, reader=reader)[-1].url
        if url != known.url:
            return Probe(changed=True, why=say("other_address"))
        changed = known.last_modified
        validators = Validators(known.etag, format_datetime(changed.astimezone(UTC), usegmt=True) if changed else "")
        with open_patiently(session, url, headers=validators.headers(), tick=lambda: None, counted=Counted()) as response:
            if response.status_code == requests.codes.not_modified:
                return Probe(changed=False, why=say("not_modified"))
            return _compare(response, known)


def _compare(response: requests.Response, known: Known) -> Probe:
    """The server sent the file whatever the condition: what it says of the file tells."""
    etag, modified = response.headers.get("ETag", ""), moment(response.headers.get("Last-Modified", ""))
    size = response.headers.get("Content-Length", "")
    if size.isdigit() and int(size) != known.bytes:
        return Probe(changed=True, why=say("other_size"))
    if etag and etag == known.etag:
        return Probe(changed=False, why=say("same_etag"))
    if modified and modified == known.last_modified:
        return Probe(changed=False, why=say("same_last_modified"))
    return Probe(changed=True, why=say("not_said_to_be_same"))
