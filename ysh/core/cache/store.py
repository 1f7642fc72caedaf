"""Django's cache API over the layers: `CACHES = {"layers": {"BACKEND": "ysh.core.cache.store.LayeredCache"}}`.

Redis in front, DynamoDB behind, so that what is kept survives a Redis that was emptied; any fault of a layer is a miss. Writes go
through to both, and a layer that missed one is not believed until all its copies have lost their token (see `versions`).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache

from ysh.core.cache import dynamodb_tier, names, parts, store_redis, store_table, versions
from ysh.core.cache.background import in_background
from ysh.core.cache.store_redis import NONE, NONE_SECONDS, Written
from ysh.core.cache.store_values import DamagedError, decode, encode
from ysh.core.dynamodb import client as dynamodb

#: Tokens under which a layer's copies hold; a layer that may have missed a writing gets a new one.
REDIS, TABLE = "store-redis", "store-dynamodb"
NAMESPACES = (REDIS, TABLE)
#: How long Redis keeps at most what DynamoDB keeps too.
FRONT_SECONDS = 3600


class LayeredCache(BaseCache):
    """A cache in two layers. Entries of different `LOCATION` do not see each other.

    `clear` empties every location of the installation. `add` is atomic among all processes; so are `incr` and `decr`. Values may
    be anything that can be pickled; those over 3.9 MB compressed live in Redis alone.
    """

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        self._location = location

    # --- reading

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        digest = self._digest(key, version)
        return self._values([digest]).get(digest, default)

    def get_many(self, keys: Iterable[Any], version: int | None = None) -> dict[Any, Any]:
        digests = {self._digest(key, version): key for key in keys}
        found = self._values(list(digests))
        return {key: found[digest] for digest, key in digests.items() if digest in found}

    def has_key(self, key: Any, version: int | None = None) -> bool:
        digest = self._digest(key, version)
        return digest in self._values([digest])

    def _values(self, digests: Sequence[str]) -> dict[str, Any]:
        values = {}
        for digest, blob in self._blobs(digests).items():
            try:
                values[digest] = decode(digest, blob)
            except DamagedError:
                continue
        return values

    def _blobs(self, digests: Sequence[str]) -> dict[str, bytes]:
        if not digests:
            return {}
        seen = store_redis.look(digests, NAMESPACES)
        tokens = versions.complete(NAMESPACES, seen.tokens)
        if not tokens:
            return {}
        known = {digest: value for digest, (token, value) in seen.values.items() if token == tokens[REDIS]}
        missing = [digest for digest in digests if digest not in known]
        if missing and not dynamodb_tier.is_away():
            known |= self._behind(missing, tokens, fill=seen.answered)
        return {digest: value for digest, value in known.items() if value != NONE}

    def _behind(self, digests: Sequence[str], tokens: Mapping[str, str], *, fill: bool) -> dict[str, bytes]:
        """What DynamoDB has; Redis is told, unless somebody wrote there meanwhile."""
        found = store_table.get(digests, tokens[TABLE])
        if found is None:
            return {}
        for digest in digests if fill else ():
            value = found.get(digest)
            if value is None:
                store_redis.put(digest, tokens[REDIS], NONE, NONE_SECONDS, "fill")
            else:
                store_redis.put(digest, tokens[REDIS], value.blob, _front(value.seconds), "fill")
        return {digest: value.blob for digest, value in found.items()}

    # --- writing

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        digest = self._digest(key, version)
        seconds = self._seconds(timeout)
        blob = encode(digest, value)
        if seconds is not None and seconds <= 0:
            self._forget(digest)
        else:
            self._write(digest, blob, seconds)

    def set_many(self, data: Mapping[Any, Any], timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> list[Any]:
        for key, value in data.items():
            self.set(key, value, timeout, version)
        return []

    def add(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Keep it unless there is one; False also when no layer answers, so that nobody takes that for a lock."""
        digest = self._digest(key, version)
        seconds, blob = self._seconds(timeout), encode(digest, value)
        there = bool(self._blobs([digest]))
        if there or (seconds is not None and seconds <= 0):
            return not there
        return self._write(digest, blob, seconds, "add")

    def _write(self, digest: str, blob: bytes, seconds: float | None, how: str = "set") -> bool:
        tokens = self._tokens()
        if not tokens:
            return False
        behind = not dynamodb_tier.is_away() and parts.fits(blob)
        written = store_redis.put(digest, tokens[REDIS], blob, _front(seconds) if behind else seconds, how)
        if written is not None and not written.done:
            return False
        alone = written is None and how == "add"
        told = self._tell(
            digest, tokens, blob if parts.fits(blob) else None, stamp=_stamp(written), seconds=seconds, only_new=alone
        )
        if written is None:
            versions.bump([REDIS])
            return told is not None and told[0]
        return True

    def _tell(
        self,
        digest: str,
        tokens: Mapping[str, str],
        blob: bytes | None,
        *,
        stamp: int | None,
        seconds: float | None,
        only_new: bool,
    ) -> tuple[bool, bool] | None:
        """Write to DynamoDB. When it cannot be told, none of its copies counts any more."""
        told = store_table.put(digest, tokens[TABLE], blob, stamp=stamp, seconds=seconds, only_new=only_new)
        if told is None and dynamodb.is_configured():
            versions.bump([TABLE])
        return told

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        digest = self._digest(key, version)
        tokens = self._tokens()
        written = self._known(digest, lambda: store_redis.add(digest, tokens[REDIS], delta)) if tokens else None
        if written is not None:
            if not written.done:
                raise self._unknown(key)
            if store_table.change(digest, tokens[TABLE], stamp=written.stamp, blob=written.value, keep_life=True) is None:
                self._missed()
            return int(written.value)
        total = store_table.add(digest, tokens[TABLE], delta) if tokens else None
        if total is None:
            raise self._unknown(key)
        versions.bump([REDIS])
        return total

    def touch(self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        digest, seconds = self._digest(key, version), self._seconds(timeout)
        if seconds is not None and seconds <= 0:
            return self._forget(digest)
        tokens = self._tokens()
        if not tokens:
            return False
        front = seconds if dynamodb_tier.is_away() else _front(seconds)
        written = self._known(digest, lambda: store_redis.touch(digest, tokens[REDIS], front))
        if written is not None and not written.done:
            return False
        behind = store_table.change(digest, tokens[TABLE], stamp=_stamp(written), seconds=seconds)
        if behind is None:
            self._missed()
        if written is None:
            versions.bump([REDIS])
            return bool(behind)
        if not behind:  # Redis alone has it
            store_redis.touch(digest, tokens[REDIS], seconds)
        return True

    def delete(self, key: Any, version: int | None = None) -> bool:
        return self._forget(self._digest(key, version))

    def _forget(self, digest: str) -> bool:
        tokens = self._tokens()
        if not tokens:
            return False
        # Not deleted but noted as gone: who has just read it from DynamoDB must not put it back.
        written = store_redis.put(digest, tokens[REDIS], NONE, NONE_SECONDS, "set")
        told = self._tell(digest, tokens, None, stamp=_stamp(written), seconds=None, only_new=False)
        if written is None:
            versions.bump([REDIS])
        return (written is not None and written.lived) or (told is not None and told[1])

    def clear(self) -> None:
        old = self._tokens()
        versions.bump(NAMESPACES)
        if old:
            in_background(lambda: store_redis.sweep(old[REDIS]))

    # --- inside

    def _digest(self, key: Any, version: int | None) -> str:
        return names.digest(f"{self._location} {self.make_and_validate_key(key, version=version)}")

    def _seconds(self, timeout: Any) -> float | None:
        chosen = self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout
        return None if chosen is None else float(chosen)

    def _tokens(self) -> dict[str, str]:
        return versions.complete(NAMESPACES, store_redis.look([], NAMESPACES).tokens)

    def _known(self, digest: str, act: Any) -> Written | None:
        """What the script did, after the value was fetched from behind when Redis knew nothing of it; None without Redis."""
        written = act()
        if written is False:
            self._blobs([digest])
            written = act()
        if written is False:  # there is no second layer to ask
            return Written(False, False, 0)
        return written if isinstance(written, Written) else None

    @staticmethod
    def _missed() -> None:
        if dynamodb.is_configured():
            versions.bump([TABLE])

    @staticmethod
    def _unknown(key: Any) -> ValueError:
        return ValueError(f"Key '{key}' not found")


def _front(seconds: float | None) -> float:
    return FRONT_SECONDS if seconds is None else min(seconds, FRONT_SECONDS)


def _stamp(written: Written | None) -> int | None:
    """Redis's clock orders the writings; without Redis nothing does."""
    return written.stamp if written is not None else None
