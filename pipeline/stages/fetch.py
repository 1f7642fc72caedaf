"""Get the file: from a path, from an address, or from where the portal's catalogue says it is."""

import errno
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings

from pipeline.archive import Fetched, archive, local_archive_path, s3_client, sha256_of
from pipeline.errors import SourceFileError, SourceUnavailableError
from pipeline.fetching.download import Download, OnBytes, download
from pipeline.fetching.known import archived_copy, known_of
from pipeline.fetching.request import Counted
from pipeline.fetching.session import new_session
from pipeline.portals.documents import Reader
from pipeline.portals.resources import resolve
from pipeline.sources.base import Source
from ysh.core.said import say


def _nothing(_done: int, _total: int | None) -> None:
    """Nobody wants to know."""


@contextmanager
def fetched(
    source: Source,
    *,
    file: Path | None,
    url: str | None,
    keep: bool,
    force: bool = False,
    on_bytes: OnBytes = _nothing,
    counted: Counted | None = None,
) -> Iterator[Fetched]:
    """The source's file for the block, archived first.

    Args:
        source: the declaration; its CKAN resource is used when neither file nor url is given.
        file: a local file.
        url: an address.
        keep: archive it; a dry run does not.
        force: fetch it although the server says that it is what is archived already.
        on_bytes: told how far a download is; may raise to stop it.
        counted: takes the number of requests.

    Raises:
        SourceFileError: no such file, not readable, not an address.
        SourceUnavailableError: the server did not deliver.
    """
    if file is None and url is not None:
        file = local_archive_path(url)
    if file is not None:
        yield _given(source, _readable(file), keep=keep)
        return
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ysh-fetch-")))
        if url is not None and url.startswith(f"{settings.LAKE_URL.rstrip('/')}/") and url.startswith("s3://"):
            yield _kept(source, _from_lake(url, folder), url, keep=keep)
            return
        session = stack.enter_context(new_session())
        counted = counted or Counted()
        if url is None:
            if source.ckan is None:
                raise SourceFileError(say("found_no_address", source=source.key), todo=say("todo_file_or_url"), code="no_address")
            reader = Reader(session, f"{source.key}.portal", keep, on_bytes, counted)
            url = resolve(source.ckan, source=source.key, keep=keep, reader=reader)[-1].url
        known = None if force else known_of(source.key, url)
        got = download(
            url, folder, known=known.validators if known else None, on_bytes=on_bytes, counted=counted, session=session
        )
        if not got.not_modified:
            yield _kept(source, got, url, keep=keep)
        elif known is not None:
            yield archived_copy(known, folder)


def _given(source: Source, file: Path, *, keep: bool) -> Fetched:
    """A local file; one of the archive goes back there under its own name."""
    if not keep:
        return Fetched(file, file.name, file.as_uri(), sha256_of(file), file.stat().st_size)
    name = file.name if local_archive_path(file.as_uri()) is None else file.name.partition("-")[2]
    return archive(file, source=source.key, day=datetime.now(UTC).date(), name=name, url=file.as_uri())


def _kept(source: Source, got: Download, url: str, *, keep: bool) -> Fetched:
    if not keep:
        return Fetched(got.path, got.name, url, got.sha256, got.bytes, etag=got.etag, last_modified=got.last_modified)
    return archive(
        got.path, source=source.key, day=datetime.now(UTC).date(), name=got.name, url=url, etag=got.etag,
        last_modified=got.last_modified, headers=got.headers,
    )  # fmt: skip


def _from_lake(url: str, folder: Path) -> Download:
    parts = urlsplit(url)
    key, target = parts.path.lstrip("/"), folder / "download"
    try:
        s3_client().download_file(parts.netloc, key, str(target))
    except (BotoCoreError, ClientError) as error:
        raise SourceUnavailableError(say("found_lake_unreadable", file=url, why=str(error)), todo=say("todo_lake")) from error
    return Download(target, Path(key).name.partition("-")[2] or Path(key).name, sha256_of(target), target.stat().st_size)


def _readable(file: Path) -> Path:
    """The file's absolute path, once its first byte was read."""
    try:
        if not file.is_file():
            raise SourceFileError(say("found_no_file", file=str(file)), todo=say("todo_path"), code="no_file")
        with file.open("rb") as stream:
            stream.read(1)
        return file.resolve()
    except OSError as error:
        code = "no_file" if error.errno == errno.ENAMETOOLONG else "unreadable"
        raise SourceFileError(
            say("found_unreadable", file=str(file), why=str(error)), todo=say("todo_permissions"), code=code
        ) from error
