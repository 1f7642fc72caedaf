"""The log's own corner of the lake: `audit/...` under LAKE_URL, a folder or a bucket. Checkpoints and archived months."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings

from pipeline.archive import s3_client


class LakeError(Exception):
    """The lake cannot be read or written; the message says where and why."""


def put(key: str, content: bytes | Path) -> str:
    """Write an object, whole or not at all; returns its address.

    Args:
        key: below `audit/`.
        content: bytes, or a file to copy.

    Raises:
        LakeError: it cannot be written.
    """
    parts = urlsplit(settings.LAKE_URL)
    try:
        if parts.scheme == "file":
            target = Path(unquote(parts.path)) / "audit" / key
            target.parent.mkdir(parents=True, exist_ok=True)
            fresh = target.with_name(f".incoming-{target.name}")
            fresh.write_bytes(content if isinstance(content, bytes) else content.read_bytes())
            fresh.replace(target)
            return target.as_uri()
        name = _s3_key(parts.path, key)
        if isinstance(content, bytes):
            s3_client().put_object(Bucket=parts.netloc, Key=name, Body=content)
        else:
            s3_client().upload_file(str(content), parts.netloc, name)
    except (OSError, BotoCoreError, ClientError) as error:
        raise LakeError(f"audit/{key} could not be written under {settings.LAKE_URL} ({error}). Check LAKE_URL.") from error
    return f"s3://{parts.netloc}/{name}"


def get(key: str) -> bytes | None:
    """Read an object; None when there is none.

    Raises:
        LakeError: the lake does not answer.
    """
    parts = urlsplit(settings.LAKE_URL)
    try:
        if parts.scheme == "file":
            path = Path(unquote(parts.path)) / "audit" / key
            return path.read_bytes() if path.is_file() else None
        found: bytes = s3_client().get_object(Bucket=parts.netloc, Key=_s3_key(parts.path, key))["Body"].read()
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in ("NoSuchKey", "404", "NoSuchBucket"):
            return None
        raise LakeError(f"audit/{key} could not be read under {settings.LAKE_URL} ({error}).") from error
    except (OSError, BotoCoreError) as error:
        raise LakeError(f"audit/{key} could not be read under {settings.LAKE_URL} ({error}).") from error
    return found


def delete(key: str) -> None:
    """Remove an object; nothing when there is none.

    Raises:
        LakeError: it cannot be removed.
    """
    parts = urlsplit(settings.LAKE_URL)
    try:
        if parts.scheme == "file":
            (Path(unquote(parts.path)) / "audit" / key).unlink(missing_ok=True)
        else:
            s3_client().delete_object(Bucket=parts.netloc, Key=_s3_key(parts.path, key))
    except (OSError, BotoCoreError, ClientError) as error:
        raise LakeError(f"audit/{key} could not be removed under {settings.LAKE_URL} ({error}).") from error


def _s3_key(path: str, key: str) -> str:
    return "/".join(part for part in (path.strip("/"), "audit", key) if part)
