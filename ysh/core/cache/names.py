"""Every name the product uses in Redis, with its structure and life. Nothing else makes up keys.

Names that one script touches together share a hash tag (`{...}`), so they lie in one slot of a Redis Cluster.
"""

import hashlib
from dataclasses import dataclass

from django.conf import settings

MINUTE, HOUR, DAY = 60, 3600, 86_400


@dataclass(frozen=True, slots=True)
class Name:
    """One kind of key.

    Attributes:
        pattern: the key, behind the installation's prefix.
        structure: string, hash, list, set, sorted set, geo, stream or channel.
        seconds: its life; 0 when it has no end of its own, None when each key says its own.
        meaning: what it is for.
    """

    pattern: str
    structure: str
    seconds: int | None
    meaning: str

    def key(self, **parts: object) -> str:
        """The key, prefix included.

        Raises:
            KeyError: a part of the pattern is missing.
        """
        text = self.pattern
        for part, value in parts.items():
            text = text.replace(f"<{part}>", str(value))
        if "<" in text:
            raise KeyError(f"{self.pattern}: a part is missing, found only {sorted(parts)}.")
        return f"{prefix()}:{text}"


def prefix() -> str:
    """What stands before every key of this installation."""
    return str(settings.CACHES["default"].get("KEY_PREFIX") or "ysh")


def digest(text: str) -> str:
    """A short name for a long text (128 bits)."""
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


# --- answers
VERSIONS = Name("versions", "hash", 0, "namespace -> random token; an answer holds only while its tokens are the present ones")
ANSWER = Name("answer:{<digest>}", "string", None, "a packed answer; lives as long as its namespace says (5 minutes to 1 hour)")
WRITES = Name("writes", "hash", 0, "table -> PostgreSQL's counter of rows written, as the table watch saw it last")
HITS = Name("hits:{<digest>}", "string", None, "how often the answer was given; lives as long as the answer")
LOCK = Name("lock:{<digest>}", "string", None, "who builds the answer; its owner or its end (15 s) frees it")
FENCE = Name("fence:{<digest>}", "string", DAY, "number of the last lock given out; a later holder's number is greater")
STORED = Name("stored:{<digest>}", "string", DAY, "number of the last lock whose holder stored something")
DONE = Name("done:{<digest>}", "channel", 0, "told when a builder is done")
VALUE = Name(
    "value:<digest>", "hash", None, "a value of Django's cache (CACHES): t its token, v itself; lives as long as it says"
)
# --- counters
RATE = Name("rate:{<who>}", "sorted set", None, "requests of one client within the window, by time; lives one window")
COUNT = Name("count:<what>", "string", HOUR, "rows of a whole list, by its statement and the tokens it was counted under")
LAST_RUN = Name(
    "last-ingestion:<source>", "string", 7 * DAY, "the last run of a source, as JSON: for `status/` while PostgreSQL is away"
)
# --- what people look at
HEALTH = Name("health", "hash", 5 * MINUTE, "service -> what it said last, as JSON")
CARD = Name("card:<sku>", "hash", HOUR, "what a list shows of a product, and the tokens it was read under")
RECENT = Name("searches:recent", "list", 7 * DAY, "the last 100 searches that found something, newest first; no person is named")
SESSIONS = Name("sessions:active", "set", 14 * DAY, "keys of sessions, as digests")
SESSION = Name("session:<digest>", "string", None, "a session's data; lives as long as the session")
TRENDING = Name("trending:<day>", "sorted set", 8 * DAY, "sku -> how often it was looked at that day")
ANSWERS = Name("answers:<day>", "hash", 8 * DAY, "X-Cache -> how many answers that day, as the web processes told")
STATES = Name("states:power", "sorted set", DAY, "state -> installed power (kW)")
UNITS_NEAR = Name(
    "units:<municipality>:<under>", "geo", 6 * HOUR, "places of units around a hot municipality's centre, kept under tokens"
)
HOT = Name("units:hot", "geo", 6 * HOUR, "centres of the municipalities whose neighbourhood is kept")
NEAR_ASKED = Name("units:asked", "sorted set", HOUR, "tenth of a degree -> how often somebody asked what is near")
EVENTS = Name("events:ingestion", "stream", 0, "what runs do: stages, checks, their end; the last 10,000")

ALL = tuple(value for value in list(globals().values()) if isinstance(value, Name))
