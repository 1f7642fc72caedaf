"""How far each month's chain reached, written down outside of the database: in DynamoDB and in the lake.

Who rewrites the log as the database's superuser would have to rewrite these too.
"""

import json
from dataclasses import asdict, dataclass
from datetime import date

import structlog
from botocore.exceptions import ClientError

from audit import lake
from ysh.core.dynamodb.client import Unavailable, guarded
from ysh.core.dynamodb.tables import PIPELINE_CACHE

log = structlog.get_logger(__name__)
#: DynamoDB and the lake
PLACES = 2
_PARTITION = "audit#checkpoints"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One month's chain at one moment.

    Attributes:
        month: its first day, ISO.
        position: entries sealed by then.
        entry_hash: of the last of them, hexadecimal.
        closed: no entry is added to the month any more.
    """

    month: str
    position: int
    entry_hash: str
    closed: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """What the two places have of a month; None where nothing is, and words for a place that did not answer."""

    dynamodb: Checkpoint | None
    lake: Checkpoint | None
    unanswered: tuple[str, ...] = ()


def _key(month: date) -> str:
    return f"checkpoints/{month:%Y-%m}.json"


def store(checkpoint: Checkpoint) -> list[str]:
    """Write it to both places; a place that does not answer is named in the result and logged, the other is written all the same.

    A checkpoint that reaches further than this one is left alone: a log that became shorter must not be believed.
    """
    month = date.fromisoformat(checkpoint.month)
    missing: list[str] = []
    text = json.dumps(asdict(checkpoint), sort_keys=True)
    kept = read(month)
    missing += kept.unanswered
    if not any(place.startswith("lake") for place in missing) and _goes_on(kept.lake, checkpoint):
        try:
            lake.put(_key(month), text.encode())
        except lake.LakeError as error:
            missing.append(f"lake: {error}")
    if not any(place.startswith("dynamodb") for place in missing) and _goes_on(kept.dynamodb, checkpoint):
        item = {"pk": {"S": _PARTITION}, "sk": {"S": checkpoint.month}, "checkpoint": {"S": text}}
        try:
            with guarded() as connection:
                connection.put_item(TableName=PIPELINE_CACHE.name, Item=item)
        except (Unavailable, ClientError) as error:
            missing.append(_no_dynamodb(error))
    for place in missing:
        log.warning("audit_checkpoint_not_stored", month=checkpoint.month, place=place)
    return missing


def _goes_on(kept: Checkpoint | None, new: Checkpoint) -> bool:
    return kept is None or (kept.position <= new.position and kept != new and not kept.closed)


def read(month: date) -> Kept:
    """What both places have of a month."""
    missing = []
    in_lake = in_dynamodb = None
    try:
        found = lake.get(_key(month))
        in_lake = _parsed(found.decode()) if found else None
    except lake.LakeError as error:
        missing.append(f"lake: {error}")
    try:
        with guarded() as connection:
            key = {"pk": {"S": _PARTITION}, "sk": {"S": month.isoformat()}}
            item = connection.get_item(TableName=PIPELINE_CACHE.name, Key=key, ConsistentRead=True).get("Item")
            in_dynamodb = _parsed(item["checkpoint"]["S"]) if item else None
    except (Unavailable, ClientError) as error:
        missing.append(_no_dynamodb(error))
    return Kept(in_dynamodb, in_lake, tuple(missing))


def _no_dynamodb(error: Exception) -> str:
    return (
        f"dynamodb: table {PIPELINE_CACHE.name} does not answer ({str(error) or type(error).__name__}). "
        "Check DYNAMODB_ENDPOINT_URL, and make the tables with manage.py dynamodb create."
    )


def _parsed(text: str) -> Checkpoint:
    return Checkpoint(**json.loads(text))
