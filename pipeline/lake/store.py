"""Files of the lake under `LAKE_URL`, a folder or a bucket: put, list, delete, and a file system for those who read columns."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings

from pipeline.archive import s3_client
from pipeline.errors import SourceFileError


@dataclass(frozen=True, slots=True)
class Entry:
    """One file: its key below the lake's root, its size in bytes."""

    key: str
    bytes: int


def _root() -> tuple[Path | None, str, str]:
    """(folder, "", "") or (None, bucket, prefix)."""
    parts = urlsplit(settings.LAKE_URL)
    if parts.scheme == "file":
        return Path(unquote(parts.path)), "", ""
    return None, parts.netloc, parts.path.strip("/")


def _s3_key(prefix: str, key: str) -> str:
    return "/".join(part for part in (prefix, key) if part)


def _refuse(error: Exception, key: str) -> SourceFileError:
    return SourceFileError(
        f"{key} in the lake at {settings.LAKE_URL}: {error}.", todo="Check LAKE_URL and the lake's permissions.", code="lake"
    )


def put(path: Path, key: str) -> str:
    """Write a file, whole or not at all; gives its address.

    Raises:
        SourceFileError: the lake cannot be written.
    """
    folder, bucket, prefix = _root()
    try:
        if folder is None:
            s3_client().upload_file(str(path), bucket, _s3_key(prefix, key))
            return f"s3://{bucket}/{_s3_key(prefix, key)}"
        target = folder / key
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = target.with_name(f".incoming-{target.name}")
        fresh.write_bytes(b"")
        with path.open("rb") as source, fresh.open("wb") as copy:
            while chunk := source.read(1024**2):
                copy.write(chunk)
        fresh.replace(target)
    except (OSError, BotoCoreError, ClientError) as error:
        raise _refuse(error, key) from error
    return target.as_uri()


def entries(prefix: str) -> list[Entry]:
    """Files whose key begins so, by key."""
    folder, bucket, base = _root()
    try:
        if folder is not None:
            found = [path for path in (folder / prefix).rglob("*") if path.is_file() and not path.name.startswith(".incoming-")]
            return sorted(
                (Entry(path.relative_to(folder).as_posix(), path.stat().st_size) for path in found), key=lambda one: one.key
            )
        pages = s3_client().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=_s3_key(base, prefix))
        listed = [item for page in pages for item in page.get("Contents", ())]
    except (OSError, BotoCoreError, ClientError) as error:
        raise _refuse(error, prefix) from error
    cut = len(base) + 1 if base else 0
    return sorted((Entry(item["Key"][cut:], item["Size"]) for item in listed), key=lambda one: one.key)


def delete(keys: list[str]) -> None:
    """Delete files; those that are not there are not missed."""
    folder, bucket, base = _root()
    try:
        for key in keys:
            if folder is not None:
                (folder / key).unlink(missing_ok=True)
            else:
                s3_client().delete_object(Bucket=bucket, Key=_s3_key(base, key))
    except (OSError, BotoCoreError, ClientError) as error:
        raise _refuse(error, ", ".join(keys[:3])) from error


def address(key: str) -> str:
    """The address of a key, as the archive writes it."""
    folder, bucket, base = _root()
    return (folder / key).as_uri() if folder is not None else f"s3://{bucket}/{_s3_key(base, key)}"


def read(key: str) -> bytes:
    """A small file's bytes.

    Raises:
        SourceFileError: there is no such file, or the lake cannot be read.
    """
    folder, bucket, base = _root()
    try:
        if folder is not None:
            return (folder / key).read_bytes()
        return bytes(s3_client().get_object(Bucket=bucket, Key=_s3_key(base, key))["Body"].read())
    except (OSError, BotoCoreError, ClientError) as error:
        raise _refuse(error, key) from error


def link(key: str, seconds: int) -> Path | str:
    """Where anybody may fetch a file: its path when the lake is a folder, else an address signed for so many seconds.

    Raises:
        SourceFileError: no address can be signed.
    """
    folder, bucket, base = _root()
    if folder is not None:
        return folder / key
    try:
        signed = s3_client().generate_presigned_url(
            "get_object", Params={"Bucket": bucket, "Key": _s3_key(base, key)}, ExpiresIn=seconds
        )
    except (BotoCoreError, ClientError) as error:
        raise _refuse(error, key) from error
    return str(signed)


def file_system() -> tuple[Any, str]:
    """A pyarrow file system, and the lake's root in it."""
    from pyarrow import fs  # noqa: PLC0415  (a tenth of a second, for who needs it)

    folder, bucket, base = _root()
    if folder is not None:
        return fs.LocalFileSystem(), str(folder)
    import boto3  # noqa: PLC0415  (half a second, for who needs it)

    credentials = boto3.Session().get_credentials()
    keys = credentials.get_frozen_credentials() if credentials else None
    system = fs.S3FileSystem(
        access_key=keys.access_key if keys else None,
        secret_key=keys.secret_key if keys else None,
        session_token=keys.token if keys else None,
        region=settings.AWS_REGION,
        endpoint_override=settings.S3_ENDPOINT_URL or None,
    )
    return system, _s3_key(bucket, base)


def sha256_of(path: Path) -> str:
    """Hexadecimal SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
