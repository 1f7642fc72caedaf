"""What is asked of the table sessions. The key is a digest: who reads the table cannot sign in with what it holds."""

import time
from dataclasses import dataclass

from ysh.core.cache.names import digest
from ysh.core.dynamodb.client import guarded
from ysh.core.dynamodb.documents import moment
from ysh.core.dynamodb.tables import SESSIONS


@dataclass(frozen=True, slots=True)
class SessionItem:
    """A session.

    Attributes:
        session_id: digest of its key.
        data: as Django encodes and signs it.
        user_id: whose it is; empty before the sign-in.
        last_seen_at: ISO 8601 in UTC.
        expires_at: Unix second.
    """

    session_id: str
    data: str
    user_id: str
    last_seen_at: str
    expires_at: int


def put_session(session_key: str, data: str, *, seconds: int, user_id: str = "", only_new: bool = False) -> bool:
    """Store a session; False when `only_new` and there is one.

    Raises:
        Unavailable: DynamoDB does not answer.
    """
    item = {
        "session_id": {"S": digest(session_key)},
        "data": {"S": data},
        "last_seen_at": {"S": moment()},
        "expires_at": {"N": str(int(time.time()) + seconds)},
    }
    if user_id:
        item["user_id"] = {"S": user_id}
    condition = {"ConditionExpression": "attribute_not_exists(session_id)"} if only_new else {}
    with guarded() as connection:
        try:
            connection.put_item(TableName=SESSIONS.name, Item=item, **condition)
        except connection.exceptions.ConditionalCheckFailedException:
            return False
    return True


def session_by_id(session_key: str) -> SessionItem | None:
    """A session; None when there is none, or it has ended."""
    with guarded() as connection:
        key = {"session_id": {"S": digest(session_key)}}
        item = connection.get_item(TableName=SESSIONS.name, Key=key, ConsistentRead=True).get("Item")
    if item is None or int(item["expires_at"]["N"]) <= time.time():
        return None
    user = item.get("user_id", {}).get("S", "")
    ends = int(item["expires_at"]["N"])
    return SessionItem(item["session_id"]["S"], item["data"]["S"], user, item["last_seen_at"]["S"], ends)


def delete_session(session_key: str) -> None:
    """Take a session away, if it is there."""
    with guarded() as connection:
        connection.delete_item(TableName=SESSIONS.name, Key={"session_id": {"S": digest(session_key)}})


def sessions_of_user(user_id: str, limit: int = 100) -> list[SessionItem]:
    """A person's living sessions, last seen first."""
    with guarded() as connection:
        found = connection.query(
            TableName=SESSIONS.name,
            IndexName="UserIndex",
            KeyConditionExpression="user_id = :u",
            FilterExpression="expires_at > :now",
            ExpressionAttributeValues={":u": {"S": user_id}, ":now": {"N": str(int(time.time()))}},
            ScanIndexForward=False,
            Limit=limit,
        )
    return [
        SessionItem(
            item["session_id"]["S"],
            item["data"]["S"],
            item["user_id"]["S"],
            item["last_seen_at"]["S"],
            int(item["expires_at"]["N"]),
        )
        for item in found["Items"]
    ]


def delete_sessions_of_user(user_id: str) -> int:
    """Sign a person out everywhere; how many sessions there were."""
    found = sessions_of_user(user_id)
    with guarded() as connection:
        for session in found:
            connection.delete_item(TableName=SESSIONS.name, Key={"session_id": {"S": session.session_id}})
    return len(found)
