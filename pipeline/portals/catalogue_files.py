"""The catalogue from files: answers of the feeds as they were archived, one or a folder of them, told apart by what they hold."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from aneel.choices import SourceApi
from pipeline.archive import archive, local_archive_path
from pipeline.errors import SourceFileError
from pipeline.fetching.session import new_session
from pipeline.portals.catalogue import FEEDS, Feed, FeedAnswer, take
from pipeline.portals.documents import Reader, as_json, read
from ysh.core.said import say

if TYPE_CHECKING:
    from pipeline.runner import Run

_BY_KEY = {feed.key: feed for feed in FEEDS}


def answers_in(run: "Run") -> list[FeedAnswer]:
    """What the run's file, folder or address holds, by feed.

    Raises:
        SourceFileError: nothing there, or not an answer of a feed.
        SourceUnavailableError: the address does not answer.
    """
    given = run.options.file or (local_archive_path(run.options.url) if run.options.url else None)
    contents: list[tuple[str, bytes]] = []
    if given is None:
        contents.append((str(run.options.url), _fetched(run)))
    else:
        for path in _files(given):
            run.summary.source_url = path.resolve().as_uri()
            contents.append((path.name, _kept(run, path)))
    answers: dict[SourceApi, FeedAnswer] = {}
    announced: dict[SourceApi, int] = {}
    for name, content in contents:
        feed = _feed_of(name, content)
        try:
            found = feed.parse(content)
        except ValueError as error:
            raise SourceFileError(f"{name} cannot be read ({error}).", todo="Give a file as it was fetched.") from error
        take(answers.setdefault(feed.key, FeedAnswer(feed.key, "read")), found)
        announced[feed.key] = found.announced or 0
    for key, answer in answers.items():
        if answer.seen < announced[key]:
            answer.state, answer.said = "partial", say("found_some_in_files", seen=answer.seen, all=announced[key])
        if run.options.limit is not None:
            del answer.entries[run.options.limit :]
            answer.state = "partial"
    return [answers[feed.key] for feed in FEEDS if feed.key in answers]


def _files(given: Path) -> list[Path]:
    found = sorted(given.iterdir()) if given.is_dir() else [given]
    found = [path for path in found if path.is_file() and not path.name.endswith(".meta.json") and not path.name.startswith(".")]
    if not found:
        raise SourceFileError(f"No file at {given}.", todo="Check the path.", code="no_file")
    return found


def _kept(run: "Run", path: Path) -> bytes:
    size = path.stat().st_size
    if size > settings.INGEST_MAX_DOCUMENT_BYTES:
        raise SourceFileError(
            f"{path.name} has {size:,} bytes; at most {settings.INGEST_MAX_DOCUMENT_BYTES:,} are accepted.",
            todo="Raise INGEST_MAX_DOCUMENT_BYTES.",
            code="file_too_large",
        )
    if not run.options.dry_run:
        uri = path.resolve().as_uri()
        name = path.name if local_archive_path(uri) is None else path.name.partition("-")[2]
        run.note_file(archive(path, source=run.source.key, day=datetime.now(UTC).date(), name=name, url=uri))
    return path.read_bytes()


def _fetched(run: "Run") -> bytes:
    run.summary.source_url = str(run.options.url)
    with new_session() as session:
        reader = Reader(
            session, run.source.key, not run.options.dry_run, lambda done, total: run.progress(0, done, total),
            run.record.counted, run.note_file,
        )  # fmt: skip
        document, _content = read(reader, str(run.options.url), bytes, name="feed")
        return document.content


def _feed_of(name: str, content: bytes) -> Feed:
    """Which feed an answer is of.

    Raises:
        SourceFileError: of none.
    """
    head = content.lstrip(b"\xef\xbb\xbf \t\r\n")
    if head[:1] == b"<" and b"<rss" in head[:2000]:
        return _BY_KEY[SourceApi.RSS]
    try:
        answer = as_json(content)
    except ValueError as error:
        raise SourceFileError(f"{name} is no answer of a feed ({error}).", todo="Give a file as it was fetched.") from error
    if isinstance(answer, Mapping):
        if "success" in answer:
            return _BY_KEY[SourceApi.CKAN]
        if "features" in answer:
            return _BY_KEY[SourceApi.HUB_SEARCH]
        context = json.dumps(answer.get("@context"))
        if "dcat:dataset" in answer or "@graph" in answer:
            return _BY_KEY[SourceApi.DCAT_AP_3 if '"@version"' in context else SourceApi.DCAT_AP_2]
        if "dataset" in answer:
            return _BY_KEY[SourceApi.DCAT_US]
    raise SourceFileError(
        f"{name} is no answer of CKAN, the Hub's search, DCAT or RSS.", todo="Give a file as it was fetched.", code="not_a_feed"
    )
