"""The four tables. The command, the CloudFormation template and the CDK construct are made from this declaration."""

from dataclasses import dataclass

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Index:
    """A global secondary index.

    Attributes:
        name: its name.
        hash_key, range_key: attributes, all strings; no range when empty.
        keys_only: whether it holds only the keys.
    """

    name: str
    hash_key: str
    range_key: str = ""
    keys_only: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table: pay per request, time to live, point-in-time recovery.

    Attributes:
        short_name: without the installation's prefix.
        hash_key, range_key: attributes, all strings; no range when empty.
        indexes: global secondary indexes.
        stream: whether changes are streamed with new and old images.
        ttl: attribute with the Unix second of an item's end.
        meaning: what the table is for.
    """

    short_name: str
    hash_key: str
    range_key: str
    indexes: tuple[Index, ...]
    stream: bool
    meaning: str
    ttl: str = "expires_at"

    @property
    def name(self) -> str:
        """With the prefix of this installation."""
        return f"{settings.DYNAMODB_TABLE_PREFIX}{self.short_name}"

    def attributes(self) -> tuple[str, ...]:
        """Every attribute that is part of a key, in order, each once."""
        named = [self.hash_key, self.range_key]
        for index in self.indexes:
            named += [index.hash_key, index.range_key]
        return tuple(dict.fromkeys(name for name in named if name))


PIPELINE_CACHE = Table(
    "pipeline-cache",
    "pk",
    "sk",
    (Index("SourceIndex", "source", "stored_at"), Index("CategoryIndex", "category", "stored_at")),
    stream=True,
    meaning="the last good state of each source, datasets, search results and fallbacks",
)
INGESTION_METADATA = Table(
    "ingestion-metadata",
    "run_id",
    "timestamp",
    (Index("WorkflowIndex", "workflow_name", "timestamp"), Index("StatusIndex", "status", "timestamp")),
    stream=True,
    meaning="every ingestion run, for 30 days",
)
API_CACHE = Table(
    "api-cache",
    "cache_key",
    "",
    (Index("EndpointIndex", "endpoint", keys_only=True),),
    stream=False,
    meaning="answers of the API, and the namespaces' tokens",
)
SESSIONS = Table(
    "sessions",
    "session_id",
    "",
    (Index("UserIndex", "user_id", "last_seen_at"),),
    stream=False,
    meaning="sessions of signed-in people",
)
TABLES = (PIPELINE_CACHE, INGESTION_METADATA, API_CACHE, SESSIONS)
