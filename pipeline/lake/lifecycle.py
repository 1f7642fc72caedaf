"""How long what stays in the lake: 30 days at hand, then Glacier, deleted by class. A folder is pruned by us."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings

from pipeline.archive import s3_client
from pipeline.errors import SourceFileError
from pipeline.lake import store


@dataclass(frozen=True, slots=True)
class StorageClass:
    """What is kept in the same way.

    Attributes:
        prefix: below the lake's root.
        glacier_after_days: then it is moved to Glacier; None keeps it at hand.
        delete_after_days: then it is deleted.
    """

    prefix: str
    glacier_after_days: int | None
    delete_after_days: int


CLASSES = (
    StorageClass("raw/", 30, 5 * 365),
    StorageClass("processed/", 30, 2 * 365),
)


def policy() -> dict[str, Any]:
    """The rules as S3 takes them."""
    base = urlsplit(settings.LAKE_URL).path.strip("/") if settings.LAKE_URL.startswith("s3://") else ""
    return {
        "Rules": [
            {
                "ID": f"ysh-{one.prefix.strip('/')}",
                "Status": "Enabled",
                "Filter": {"Prefix": f"{base}/{one.prefix}" if base else one.prefix},
                "Transitions": [{"Days": one.glacier_after_days, "StorageClass": "GLACIER"}] if one.glacier_after_days else [],
                "Expiration": {"Days": one.delete_after_days},
                "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
            }
            for one in CLASSES
        ]
    }


def apply(today: date) -> list[str]:
    """Put the rules in force: a bucket gets them; from a folder what is past its time is deleted. Gives the keys deleted."""
    parts = urlsplit(settings.LAKE_URL)
    if parts.scheme == "s3":
        try:
            s3_client().put_bucket_lifecycle_configuration(Bucket=parts.netloc, LifecycleConfiguration=policy())
        except (BotoCoreError, ClientError) as error:
            raise SourceFileError(f"The bucket's rules could not be set ({error}).", todo="Check its permissions.") from error
        return []
    past = [entry.key for one in CLASSES for entry in store.entries(one.prefix) if _is_past(entry.key, one, today)]
    store.delete(past)
    return past


def _is_past(key: str, one: StorageClass, today: date) -> bool:
    """By the day in its name: raw/{source}/{day}/…, processed/{table}/snapshot_date={day}/…"""
    parts = key.split("/")
    try:
        day = date.fromisoformat(parts[2].removeprefix("snapshot_date="))
    except (IndexError, ValueError):
        return False
    return day < today - timedelta(days=one.delete_after_days)
