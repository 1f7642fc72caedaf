"""What is asked of the table pipeline-cache: states, datasets, search results and fallbacks, each a small JSON document.

Faults of the server are `Unavailable`; what has ended counts as not there, though the server deletes it days later.
"""

import json
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from ysh.core.cache.names import DAY, digest
from ysh.core.dynamodb.client import guarded
from ysh.core.dynamodb.tables import PIPELINE_CACHE
from ysh.core.errors import TerminalError

MAX_BYTES = 390_000
LATEST = "LATEST"


@dataclass(frozen=True, slots=True)
class Document:
    """One stored document.

    Attributes:
        pk, sk: its key.
        data: what was stored.
        stored_at: when, ISO 8601 in UTC.
        source, category: by which it is found; empty when by none.
    """

    pk: str
    sk: str
    data: Any
    stored_at: str
    source: str = ""
    category: str = ""


def moment(at: datetime | None = None) -> str:
    """A moment in a form that sorts: ISO 8601, UTC, microseconds."""
    return (at or datetime.now(UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def put(
    pk: str, sk: str, data: Any, *, seconds: int, source: str = "", category: str = "", at: datetime | None = None
) -> Document:
    """Store a document in the place of what was there.

    Raises:
        TerminalError: it is too large.
        Unavailable: DynamoDB does not answer.
    """
    document = Document(pk, sk, data, moment(at), source, category)
    blob = zlib.compress(json.dumps(data, cls=DjangoJSONEncoder, separators=(",", ":")).encode())
    if len(blob) > MAX_BYTES:
        raise TerminalError(f"{pk} {sk}: expected at most {MAX_BYTES:,} bytes compressed, found {len(blob):,}.")
    item = {
        "pk": {"S": pk},
        "sk": {"S": sk},
        "data": {"B": blob},
        "stored_at": {"S": document.stored_at},
        "expires_at": {"N": str(int(time.time() + seconds))},
    }
    # An index skips items without its key, and refuses empty ones.
    item |= {name: {"S": value} for name, value in (("source", source), ("category", category)) if value}
    with guarded() as connection:
        connection.put_item(TableName=PIPELINE_CACHE.name, Item=item)
    return document


def get(pk: str, sk: str) -> Document | None:
    """The document under a key; None when there is none.

    Raises:
        Unavailable: DynamoDB does not answer.
    """
    with guarded() as connection:
        item = connection.get_item(TableName=PIPELINE_CACHE.name, Key={"pk": {"S": pk}, "sk": {"S": sk}}).get("Item")
    return next(_living([item]), None) if item else None


def _living(items: list[dict[str, Any]]) -> Iterator[Document]:
    now = time.time()
    for item in items:
        if int(item["expires_at"]["N"]) > now:
            text = {name: item.get(name, {}).get("S", "") for name in ("pk", "sk", "stored_at", "source", "category")}
            yield Document(data=json.loads(zlib.decompress(item["data"]["B"])), **text)


def _between(by: tuple[str, str], value: str, since: datetime, until: datetime | None, limit: int) -> list[Document]:
    index, attribute = by
    with guarded() as connection:
        found = connection.query(
            TableName=PIPELINE_CACHE.name,
            IndexName=index,
            KeyConditionExpression="#a = :a AND stored_at BETWEEN :since AND :until",
            FilterExpression="expires_at > :now",
            ExpressionAttributeNames={"#a": attribute},
            ExpressionAttributeValues={
                ":a": {"S": value},
                ":since": {"S": moment(since)},
                ":until": {"S": moment(until)},
                ":now": {"N": str(int(time.time()))},
            },
            ScanIndexForward=False,
            Limit=limit,
        )
    return list(_living(found["Items"]))


# --- the patterns


def put_latest_ingestion(source: str, data: Any, *, category: str = "", at: datetime | None = None) -> Document:
    """The last good state of a source; the one before stays findable by time for 30 days."""
    put(f"SOURCE#{source}", f"AT#{moment(at)}", data, seconds=30 * DAY, source=source, category=category, at=at)
    return put(f"SOURCE#{source}", LATEST, data, seconds=365 * DAY, at=at)


def latest_ingestion(source: str) -> Document | None:
    """The last good state of a source."""
    return get(f"SOURCE#{source}", LATEST)


def put_dataset(aneel_id: str, data: Any, *, category: str = "") -> Document:
    """A dataset of the catalogue."""
    return put(f"DATASET#{aneel_id}", "META", data, seconds=7 * DAY, source="datasets", category=category)


def dataset_by_id(aneel_id: str) -> Document | None:
    """A dataset of the catalogue."""
    return get(f"DATASET#{aneel_id}", "META")


def put_search_results(text: str, data: Any) -> Document:
    """What a search found. The text is kept as a digest: people type names into search boxes."""
    return put(f"SEARCH#{digest(_folded(text))}", "RESULT", data, seconds=3600)


def search_results(text: str) -> Document | None:
    """What a search found, whatever its case and blanks."""
    return get(f"SEARCH#{digest(_folded(text))}", "RESULT")


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def put_fallback(category: str, state: str, data: Any) -> Document:
    """What to show of a category in a state (BR-XX) when nothing else answers."""
    return put(f"FALLBACK#{category}", f"STATE#{state}", data, seconds=30 * DAY, category=category)


def fallback(category: str, state: str) -> Document | None:
    """What to show of a category in a state (BR-XX) when nothing else answers."""
    return get(f"FALLBACK#{category}", f"STATE#{state}")


def by_source_and_time(source: str, since: datetime, until: datetime | None = None, limit: int = 100) -> list[Document]:
    """What a source left between two moments, newest first."""
    return _between(("SourceIndex", "source"), source, since, until, limit)


def by_category_and_time(category: str, since: datetime, until: datetime | None = None, limit: int = 100) -> list[Document]:
    """What was stored of a category between two moments, newest first."""
    return _between(("CategoryIndex", "category"), category, since, until, limit)
