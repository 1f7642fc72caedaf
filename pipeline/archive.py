"""The archive of fetched files in the lake: `raw/{source}/{date}/{hash}-{name}`, as fetched, before anything is parsed."""

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings

from pipeline.errors import SourceFileError

_CHUNK = 1024**2
_SECRET_HEADERS = frozenset({"set-cookie", "set-cookie2", "www-authenticate", "proxy-authenticate"})


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file at hand.

    Attributes:
        path: where its bytes can be read on this machine.
        name: its name as published.
        url: where it came from; `file://…` for one given by hand.
        sha256: hexadecimal.
        bytes: its size.
        archive_uri: its place in the archive; empty for a dry run.
        etag, last_modified: as the server said, or empty.
    """

    path: Path
    name: str
    url: str
    sha256: str
    bytes: int
    archive_uri: str = ""
    etag: str = ""
    last_modified: str = ""


def sha256_of(path: Path) -> str:
    """Hexadecimal SHA-256 of a file, read once."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def local_archive_path(uri: str) -> Path | None:
    """The file behind a `file:` address inside the local archive; None for any other address.

    Only the archive is readable this way, so that an address from the database cannot name any file of the machine.
    """
    root, parts = _local_root(), urlsplit(uri)
    if root is None or parts.scheme != "file":
        return None
    path = Path(unquote(parts.path)).resolve()
    return path if path.is_relative_to((root / "raw").resolve()) else None


def s3_client() -> Any:
    """The S3 client of the lake."""
    import boto3  # noqa: PLC0415  (half a second, for who needs it)
    from botocore.config import Config  # noqa: PLC0415

    return boto3.client(
        "s3",
        endpoint_url=settings.S3_ENDPOINT_URL or None,
        region_name=settings.AWS_REGION,
        # boto3 signs addresses in the old way unless told, which encrypted buckets and newer regions refuse.
        config=Config(signature_version="s3v4"),
    )


def _safe_name(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "_", name).strip("._")[-100:] or "file"


def _local_root() -> Path | None:
    parts = urlsplit(settings.LAKE_URL)
    return Path(unquote(parts.path)) if parts.scheme == "file" else None


def archive(
    path: Path,
    *,
    source: str,
    day: date,
    name: str,
    url: str,
    etag: str = "",
    last_modified: str = "",
    headers: Mapping[str, str] | None = None,
) -> Fetched:
    """Keep a copy of the file and its hash; bytes that are archived already for that day are not copied again.

    Args:
        path: the file as fetched.
        source: the source's key.
        day: the day it was fetched.
        name: its published name.
        url, etag, last_modified, headers: where it came from and what the server said; kept beside the copy, without cookies.

    Raises:
        SourceFileError: the file cannot be read, or the lake cannot be written.
    """
    key_start = f"raw/{source}/{day:%Y-%m-%d}"
    root = _local_root()
    said = {key: value for key, value in (headers or {}).items() if key not in _SECRET_HEADERS}
    meta = {
        "name": name,
        "url": url,
        "etag": etag,
        "last_modified": last_modified,
        "fetched_on": f"{day:%Y-%m-%d}",
        "headers": said,
    }
    try:
        if root is not None:
            target, sha256 = _archive_locally(path, root / key_start, _safe_name(name))
            size = target.stat().st_size
            _write_beside(target, meta | {"sha256": sha256, "bytes": size})
            return Fetched(target, name, url, sha256, size, target.as_uri(), etag, last_modified)
        sha256 = sha256_of(path)
        key = f"{key_start}/{sha256[:16]}-{_safe_name(name)}"
        uri = _archive_in_s3(path, key, meta | {"sha256": sha256})
    except OSError as error:
        raise SourceFileError(
            f"{path} could not be archived under {settings.LAKE_URL} ({error}).",
            todo="Check the path and LAKE_URL.",
            code="archive",
        ) from error
    return Fetched(path, name, url, sha256, path.stat().st_size, uri, etag, last_modified)


def _archive_locally(path: Path, folder: Path, name: str) -> tuple[Path, str]:
    folder.mkdir(parents=True, exist_ok=True)
    for left_over in folder.parent.glob("*/.incoming-*"):
        # Of a process that was killed: the caller holds the source's lock, so nobody is writing it.
        left_over.unlink(missing_ok=True)
    digest = hashlib.sha256()
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=".incoming-")
    try:
        with path.open("rb") as source, os.fdopen(handle, "wb") as copy:
            while chunk := source.read(_CHUNK):
                digest.update(chunk)
                copy.write(chunk)
        target = folder / f"{digest.hexdigest()[:16]}-{name}"
        Path(temporary).chmod(0o640)
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return target, digest.hexdigest()


def _write_beside(target: Path, meta: Mapping[str, object]) -> None:
    target.with_name(target.name + ".meta.json").write_text(json.dumps(meta, ensure_ascii=False, indent=1), encoding="utf-8")


def _archive_in_s3(path: Path, key: str, meta: Mapping[str, object]) -> str:
    parts = urlsplit(settings.LAKE_URL)
    key = "/".join(part for part in (parts.path.strip("/"), key) if part)
    client = s3_client()
    try:
        client.upload_file(str(path), parts.netloc, key)
        client.put_object(Bucket=parts.netloc, Key=key + ".meta.json", Body=json.dumps(meta, ensure_ascii=False).encode())
    except (BotoCoreError, ClientError) as error:
        raise OSError(f"S3: {error}") from error
    return f"s3://{parts.netloc}/{key}"


def is_intact(uri: str, sha256: str) -> bool:
    """Whether the archived file is there and still has the bytes it was archived with."""
    path = local_archive_path(uri)
    if path is not None:
        return path.is_file() and sha256_of(path) == sha256
    parts = urlsplit(uri)
    if parts.scheme != "s3":
        return False
    digest = hashlib.sha256()
    try:
        body = s3_client().get_object(Bucket=parts.netloc, Key=parts.path.lstrip("/"))["Body"]
        for chunk in body.iter_chunks(_CHUNK):
            digest.update(chunk)
    except (BotoCoreError, ClientError, OSError):
        return False
    return digest.hexdigest() == sha256
