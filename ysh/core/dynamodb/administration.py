"""Make the tables what the declaration says, tell how they are, take them away. Waits longer than a reader ever does."""

from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings

from ysh.core.dynamodb.definitions import create_request
from ysh.core.dynamodb.tables import TABLES, Table
from ysh.core.errors import RetryableError

FAULTS = (BotoCoreError, ClientError)


@dataclass(frozen=True, slots=True)
class TableState:
    """What the server says of one table.

    Attributes:
        name: with its prefix.
        status: ACTIVE, CREATING ...; MISSING when there is none.
        items, size_bytes: as the server last counted (hours ago, on AWS); None when missing.
        differences: what is not as declared, in words.
    """

    name: str
    status: str
    items: int | None
    differences: tuple[str, ...]
    size_bytes: int | None = None

    @property
    def item_bytes(self) -> int | None:
        """Mean size of an item."""
        return round(self.size_bytes / self.items) if self.size_bytes is not None and self.items else None


@dataclass(frozen=True, slots=True)
class Consumed:
    """What reading some items consumed.

    Attributes:
        items: how many were read.
        units: read capacity units, as the server says; None when it does not.
        largest_bytes: of the largest of them, as stored.
    """

    items: int
    units: float | None
    largest_bytes: int


def connect(*, patient: bool = True) -> Any:
    """A client of its own; a patient one waits longer than a reader ever does.

    Raises:
        RetryableError: neither an endpoint nor credentials are configured.
    """
    session = boto3.Session(region_name=settings.AWS_REGION)
    if not settings.DYNAMODB_ENDPOINT_URL and session.get_credentials() is None:
        raise RetryableError(
            "DynamoDB: expected DYNAMODB_ENDPOINT_URL or AWS credentials, found neither.",
            todo="Set one of them; see .env.example.",
        )
    config = Config(connect_timeout=5, read_timeout=20)
    if not patient:
        config = Config(connect_timeout=0.5, read_timeout=1, retries={"total_max_attempts": 1})
    return session.client("dynamodb", endpoint_url=settings.DYNAMODB_ENDPOINT_URL or None, config=config)


def state(connection: Any, table: Table) -> TableState:
    """How a table is."""
    try:
        found = connection.describe_table(TableName=table.name)["Table"]
    except connection.exceptions.ResourceNotFoundException:
        return TableState(table.name, "MISSING", None, ())
    different = tuple(_differences(connection, table, found))
    return TableState(table.name, found["TableStatus"], found.get("ItemCount"), different, found.get("TableSizeBytes"))


def consumed(connection: Any, table: Table, items: int = 25) -> Consumed:
    """Read some items to see what that costs."""
    told = connection.scan(TableName=table.name, Limit=items, ReturnConsumedCapacity="TOTAL")
    units = told.get("ConsumedCapacity", {}).get("CapacityUnits")
    return Consumed(len(told["Items"]), units, max((_size(item) for item in told["Items"]), default=0))


def _size(value: Any) -> int:
    """About what DynamoDB counts: names and values as bytes, numbers as half their digits."""
    if isinstance(value, dict):
        return sum(len(name) + _size(held) if name not in _TYPES else _typed(name, held) for name, held in value.items())
    return sum(_size(held) for held in value) if isinstance(value, list) else 1


_TYPES = ("S", "B", "N", "BOOL", "M", "L", "NULL")


def _typed(kind: str, held: Any) -> int:
    if kind in ("M", "L"):
        return 3 + _size(held)
    if kind == "N":
        return len(held) // 2 + 1
    return len(held.encode() if isinstance(held, str) else held) if kind in ("S", "B") else 1


def _differences(connection: Any, table: Table, found: dict[str, Any]) -> list[str]:
    wanted, different = create_request(table), []
    if found["KeySchema"] != wanted["KeySchema"]:
        different.append("keys differ: the table has to be made anew")
    indexes = {index["IndexName"]: index for index in found.get("GlobalSecondaryIndexes", [])}
    for index in wanted["GlobalSecondaryIndexes"]:
        held = indexes.pop(index["IndexName"], None)
        if held is None:
            different.append(f"index {index['IndexName']} is missing")
        elif (
            held["KeySchema"] != index["KeySchema"]
            or held["Projection"]["ProjectionType"] != index["Projection"]["ProjectionType"]
        ):
            different.append(f"index {index['IndexName']} differs")
    different += [f"index {name} is not declared" for name in indexes]
    if _ttl(connection, table) != table.ttl:
        different.append("time to live is off")
    if table.stream != bool(found.get("StreamSpecification", {}).get("StreamEnabled")):
        different.append(f"stream is {'off' if table.stream else 'on'}")
    if not _has_recovery(connection, table):
        different.append("point-in-time recovery is off")
    return different


def _ttl(connection: Any, table: Table) -> str:
    told = connection.describe_time_to_live(TableName=table.name)["TimeToLiveDescription"]
    return str(told.get("AttributeName", "")) if told["TimeToLiveStatus"] in ("ENABLED", "ENABLING") else ""


def _has_recovery(connection: Any, table: Table) -> bool:
    told = connection.describe_continuous_backups(TableName=table.name)["ContinuousBackupsDescription"]
    return bool(told.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus") == "ENABLED")


def create(connection: Any, table: Table, *, dry_run: bool = False) -> list[str]:
    """Make what is missing; says what was done, or would be. Keys of a table that is there are never changed."""
    done = []
    before = state(connection, table)
    if before.status == "MISSING":
        done.append("create the table")
        if dry_run:
            return [*done, "switch on time to live", "switch on point-in-time recovery"]
        connection.create_table(**create_request(table))
        connection.get_waiter("table_exists").wait(TableName=table.name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    if before.status == "MISSING" or "time to live is off" in before.differences:
        done.append("switch on time to live")
        if not dry_run:
            connection.update_time_to_live(
                TableName=table.name, TimeToLiveSpecification={"Enabled": True, "AttributeName": table.ttl}
            )
    if before.status == "MISSING" or "point-in-time recovery is off" in before.differences:
        done.append("switch on point-in-time recovery")
        if not dry_run:
            connection.update_continuous_backups(
                TableName=table.name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
            )
    if "stream is off" in before.differences:
        done.append("switch on the stream")
        if not dry_run:
            connection.update_table(TableName=table.name, StreamSpecification=create_request(table)["StreamSpecification"])
    return done


def delete(connection: Any, table: Table, *, dry_run: bool = False) -> bool:
    """Take the table away with all that is in it; whether there was one."""
    if state(connection, table).status == "MISSING":
        return False
    if not dry_run:
        connection.delete_table(TableName=table.name)
        connection.get_waiter("table_not_exists").wait(TableName=table.name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    return True


def create_all(connection: Any) -> None:
    """Make all four tables what the declaration says."""
    for table in TABLES:
        create(connection, table)
