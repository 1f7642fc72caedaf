"""The newest whole snapshot of each table, for whoever fetches files: what `_manifest.json` says of it, with each file's size."""

import json
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import caches

from pipeline.lake import store
from ysh.core.cache.names import digest

_MANIFEST = "_manifest.json"
#: How long the list is kept; a new snapshot ends it.
_SECONDS = 300


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """One file: its name within the snapshot, its size in bytes, its SHA-256."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Published:
    """A snapshot that is whole.

    Attributes:
        table, day: of what, and when (YYYY-MM-DD, UTC).
        written_at: moment (ISO 8601).
        rows: in all files.
        columns: name -> Arrow's type.
        files: in order.
    """

    table: str
    day: str
    written_at: str
    rows: int
    columns: dict[str, str]
    files: tuple[PublishedFile, ...]

    def key(self, name: str) -> str:
        """The key of one of its files in the lake."""
        return f"{_folder(self.table, self.day)}/{name}"


def published() -> list[Published]:
    """The newest whole snapshot of each table, by table.

    Raises:
        SourceFileError: the lake cannot be read.
    """
    found = caches["layers"].get(_key())
    if found is None:
        found = _read()
        caches["layers"].set(_key(), found, _SECONDS)
    return list(found)


def forget() -> None:
    """A snapshot was written or deleted."""
    caches["layers"].delete(_key())


def _key() -> str:
    return f"lake-published-{digest(settings.LAKE_URL)}"


def _folder(table: str, day: str) -> str:
    return f"processed/{table}/snapshot_date={day}"


def _read() -> list[Published]:
    sizes = {entry.key: entry.bytes for entry in store.entries("processed/")}
    newest: dict[str, str] = {}
    for key in sizes:
        _processed, table, *rest = key.split("/")
        if len(rest) == 2 and rest[1] == _MANIFEST:
            newest[table] = max(newest.get(table, ""), rest[0].removeprefix("snapshot_date="))
    return [_snapshot(table, day, sizes) for table, day in sorted(newest.items())]


def _snapshot(table: str, day: str, sizes: dict[str, int]) -> Published:
    said = json.loads(store.read(f"{_folder(table, day)}/{_MANIFEST}"))
    files = tuple(
        PublishedFile(key.rpartition("/")[2], sizes[key], sha256) for key, sha256 in sorted(said["files"].items()) if key in sizes
    )
    return Published(table, day, said["written_at"], said["rows"], said["columns"], files)
