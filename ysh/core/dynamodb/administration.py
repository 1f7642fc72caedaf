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
        items: its size as the server last counted (hours ago, on AWS); None when missing.
        differences: what is not as declared, in words.
    """

    name: str
    status: str
    items: int | None
    differences: tuple[str, ...]


def connect() -> Any:
    """A patient client.

    Raises:
        RetryableError: neither an endpoint nor credentials are configured.
    """
    session = boto3.Session(region_name=settings.AWS_REGION)
    if not settings.DYNAMODB_ENDPOINT_URL and session.get_credentials() is None:
        raise RetryableError(
            "DynamoDB: expected DYNAMODB_ENDPOINT_URL or AWS credentials, found neither.",
            todo="Set one of them; see .env.example.",
        )
    return session.client(
        "dynamodb", endpoint_url=settings.DYNAMODB_ENDPOINT_URL or None, config=Config(connect_timeout=5, read_timeout=20)
    )


def state(connection: Any, table: Table) -> TableState:
    """How a table is."""
    try:
        found = connection.describe_table(TableName=table.name)["Table"]
    except connection.exceptions.ResourceNotFoundException:
        return TableState(table.name, "MISSING", None, ())
    return TableState(table.name, found["TableStatus"], found.get("ItemCount"), tuple(_differences(connection, table, found)))


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
