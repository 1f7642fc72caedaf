"""Get the file: from a path, from an address, or from where the portal's catalogue says it is."""

import errno
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

import requests
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

from pipeline.archive import Fetched, archive, local_archive_path, s3_client, sha256_of
from pipeline.errors import SourceFileError, SourceUnavailableError
from pipeline.sources.base import CkanResource, Source

TIMEOUT_SECONDS = (30, 60)
# Before the second, third and fourth attempt: 0, 2 and 4 times as long, and some chance.
BACKOFF_SECONDS = 1.0
USER_AGENT = "YSH-ingestion/1.0 (open solar catalogue; contact in README)"
# Small enough that a cancelled run stops soon, also on a slow line.
_CHUNK = 128 * 1024

#: called with the bytes received so far, and in all where the server says
OnBytes = Callable[[int, int | None], None]


@dataclass(frozen=True, slots=True)
class _Download:
    path: Path
    name: str
    etag: str
    last_modified: str


def _session() -> requests.Session:
    session = requests.Session()
    retry = Retry(
        total=3,
        backoff_factor=BACKOFF_SECONDS,
        backoff_jitter=BACKOFF_SECONDS / 2,
        status_forcelist=(429, 500, 502, 503, 504),
        respect_retry_after_header=True,
    )
    session.mount("https://", HTTPAdapter(max_retries=retry))
    session.mount("http://", HTTPAdapter(max_retries=retry))
    session.headers["User-Agent"] = USER_AGENT
    # ANEEL's server leaves out its intermediate certificate: the bundle may be extended, verification is never turned off.
    session.verify = settings.ANEEL_CA_BUNDLE or True
    return session


def resolve_url(resource: CkanResource) -> str:
    """Ask the CKAN portal for the file's present address, by name and format (ids stay while the file behind them changes).

    Raises:
        SourceUnavailableError: the portal does not answer as CKAN does.
        SourceFileError: the package has no such resource.
    """
    address = f"{settings.ANEEL_CKAN_URL}/api/3/action/package_show"
    try:
        with _session() as session:
            response = session.get(address, params={"id": resource.package}, timeout=TIMEOUT_SECONDS)
            response.raise_for_status()
            resources = [dict(item) for item in response.json()["result"]["resources"]]
    except (requests.RequestException, ValueError, KeyError, TypeError) as error:
        raise SourceUnavailableError(
            f"{address}?id={resource.package} did not answer with a CKAN package ({error}).",
            todo="Try again later, or give a downloaded file with --file.",
        ) from error
    for wanted in resource.formats:
        for item in resources:
            named = f"{item.get('name', '')} {item.get('url', '')}".lower()
            if resource.name_contains in named and str(item.get("format", "")).upper() == wanted:
                return str(item["url"])
    raise SourceFileError(
        f"Package {resource.package} has no resource named like {resource.name_contains!r} in {', '.join(resource.formats)}; "
        f"it has {len(resources)} resource(s).",
        todo="Correct the source's declaration.",
        code="no_resource",
    )


def _download(url: str, folder: Path, on_bytes: OnBytes) -> _Download:
    parts = urlsplit(url)
    if parts.scheme == "s3" and url.startswith(f"{settings.LAKE_URL.rstrip('/')}/"):
        return _download_from_lake(parts.netloc, parts.path.lstrip("/"), folder)
    if parts.scheme not in ("http", "https"):
        raise SourceFileError(
            f"Expected an http or https address, found {url!r}.", todo="Give a local file with --file.", code="bad_url"
        )
    name = Path(unquote(parts.path)).name or "download"
    target = folder / "download"
    try:
        with _session() as session, session.get(url, stream=True, timeout=TIMEOUT_SECONDS) as response:
            response.raise_for_status()
            size, length = 0, response.headers.get("Content-Length", "")
            expected = int(length) if length.isdigit() and "Content-Encoding" not in response.headers else None
            with target.open("wb") as stream:
                for chunk in response.iter_content(_CHUNK):
                    size += len(chunk)
                    if size > settings.INGEST_MAX_FILE_BYTES:
                        raise SourceFileError(
                            f"{url} is larger than {settings.INGEST_MAX_FILE_BYTES:,} bytes.",
                            todo="Raise INGEST_MAX_FILE_BYTES if the source really grew that much.",
                            code="file_too_large",
                        )
                    stream.write(chunk)
                    on_bytes(size, expected)
            if expected is not None and expected != size:
                raise SourceUnavailableError(f"{url} broke off after {size:,} of {expected:,} bytes.", todo="Try again.")
            return _Download(target, name, response.headers.get("ETag", ""), response.headers.get("Last-Modified", ""))
    except requests.RequestException as error:
        raise SourceUnavailableError(
            f"{url} could not be fetched ({error}).", todo="Try again later, or give a downloaded file with --file."
        ) from error


def _download_from_lake(bucket: str, key: str, folder: Path) -> _Download:
    target = folder / "download"
    try:
        s3_client().download_file(bucket, key, str(target))
    except (BotoCoreError, ClientError) as error:
        raise SourceUnavailableError(f"s3://{bucket}/{key} could not be read ({error}).", todo="Check the lake.") from error
    return _Download(target, Path(key).name.partition("-")[2] or Path(key).name, "", "")


def _readable(file: Path) -> Path:
    """The file's absolute path, once its first byte was read."""
    try:
        if not file.is_file():
            raise SourceFileError(f"No file at {file}.", todo="Check the path.", code="no_file")
        with file.open("rb") as stream:
            stream.read(1)
        return file.resolve()
    except OSError as error:
        code = "no_file" if error.errno == errno.ENAMETOOLONG else "unreadable"
        raise SourceFileError(
            f"{file} cannot be read ({error}).", todo="Check the path and its permissions.", code=code
        ) from error


@contextmanager
def fetched(
    source: Source, *, file: Path | None, url: str | None, keep: bool, on_bytes: OnBytes = lambda _done, _total: None
) -> Iterator[Fetched]:
    """The source's file for the block, archived first.

    Args:
        source: the declaration; its CKAN resource is used when neither file nor url is given.
        file: a local file.
        url: an address.
        keep: archive it; a dry run does not.
        on_bytes: told how far a download is; may raise to stop it.

    Raises:
        SourceFileError: no such file, not readable, not an address.
        SourceUnavailableError: the server did not deliver.
    """
    today = datetime.now(UTC).date()
    if file is None and url is not None:
        file = local_archive_path(url)
    if file is not None:
        resolved = _readable(file)
        if keep:
            name = file.name if local_archive_path(resolved.as_uri()) is None else file.name.partition("-")[2]
            yield archive(resolved, source=source.key, day=today, name=name, url=resolved.as_uri())
        else:
            yield Fetched(resolved, file.name, resolved.as_uri(), sha256_of(resolved), resolved.stat().st_size)
        return
    if url is None and source.ckan is None:
        raise SourceFileError(f"{source.key} has no address of its own.", todo="Give --file or --url.", code="no_address")
    address = url or resolve_url(source.ckan)  # type: ignore[arg-type]
    with tempfile.TemporaryDirectory(prefix="ysh-fetch-") as folder:
        got = _download(address, Path(folder), on_bytes)
        if keep:
            yield archive(
                got.path, source=source.key, day=today, name=got.name, url=address, etag=got.etag, last_modified=got.last_modified
            )
        else:
            size = got.path.stat().st_size
            yield Fetched(got.path, got.name, address, sha256_of(got.path), size, etag=got.etag, last_modified=got.last_modified)
