"""What is known of an address from the last time it was fetched: its validators, and where its bytes are archived."""

from dataclasses import dataclass
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError

from pipeline.archive import Fetched, local_archive_path, s3_client
from pipeline.choices import RunStatus
from pipeline.errors import SourceUnavailableError
from pipeline.fetching.download import Known
from pipeline.models import IngestionRun, SourceFile
from ysh.core.said import say


@dataclass(frozen=True, slots=True)
class KnownFile:
    """The newest archived copy of an address."""

    row: SourceFile

    @property
    def validators(self) -> Known:
        """To ask with."""
        changed = self.row.last_modified
        return Known(self.row.etag, format_datetime(changed, usegmt=True) if changed else "")


def known_of(source: str, url: str, *, published: bool = False) -> KnownFile | None:
    """The newest copy of an address that a server can be asked about; None without one, or when it is gone from the archive.

    One whose load failed is no answer either: a body that broke off came with the whole file's validators, and the server
    would say for ever that nothing changed since.

    Args:
        source: key of the source.
        url: the address.
        published: only if what it holds was taken over.
    """
    row = SourceFile.objects.filter(source=source, url=url).order_by("-fetched_at", "-id").first()
    if row is None or (published and not row.published) or not row.archive_uri or not (row.etag or row.last_modified):
        return None
    if IngestionRun.objects.filter(run_id=row.run_id, status=RunStatus.FAILED).exists():
        return None
    path = local_archive_path(row.archive_uri)
    there = path.is_file() and path.stat().st_size == row.bytes if path else _is_in_lake(row)
    return KnownFile(row) if there else None


def _is_in_lake(row: SourceFile) -> bool:
    parts = urlsplit(row.archive_uri)
    if parts.scheme != "s3":
        return False
    try:
        head = s3_client().head_object(Bucket=parts.netloc, Key=parts.path.lstrip("/"))
    except (BotoCoreError, ClientError):
        return False
    return bool(head["ContentLength"] == row.bytes)


def archived_copy(known: KnownFile, folder: Path) -> Fetched:
    """The archived bytes, at hand.

    Raises:
        SourceUnavailableError: the lake does not give them.
    """
    row = known.row
    path = local_archive_path(row.archive_uri)
    if path is None:
        parts = urlsplit(row.archive_uri)
        path = folder / "archived"
        try:
            s3_client().download_file(parts.netloc, parts.path.lstrip("/"), str(path))
        except (BotoCoreError, ClientError) as error:
            raise SourceUnavailableError(
                say("found_lake_unreadable", file=row.archive_uri, why=str(error)), todo=say("todo_lake")
            ) from error
    name = Path(urlsplit(row.archive_uri).path).name.partition("-")[2]
    validators = known.validators
    return Fetched(path, name, row.url, row.sha256, row.bytes, row.archive_uri, validators.etag, validators.last_modified)
