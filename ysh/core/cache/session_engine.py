"""Sessions in Redis, and behind it in DynamoDB: `SESSION_ENGINE = "ysh.core.cache.session_engine"`.

Neither holds a session's key, only its digest, so that who reads them cannot sign in with what they hold.
"""

from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError

from ysh.core.cache import names, redis_tier, versions
from ysh.core.dynamodb import client as dynamodb
from ysh.core.dynamodb import sessions as table
from ysh.core.errors import RetryableError

#: What Redis missed while it was away (a sign-out, say) must not come back: its copies hold only under this token.
NAMESPACE = "sessions"


class SessionStore(SessionBase):
    """One session. It is saved when one of the two stores took it."""

    def load(self) -> dict[str, Any]:
        data = self._read(self.session_key) if self.session_key else None
        if data is None:
            self._session_key = None
            return {}
        return dict(self.decode(data))

    def exists(self, session_key: str) -> bool:
        return self._read(session_key) is not None

    def create(self) -> None:
        while True:
            self._session_key = self._get_new_session_key()  # type: ignore[attr-defined]  # django-stubs leave it out
            try:
                self.save(must_create=True)
            except CreateError:
                continue
            self.modified = True
            return

    def save(self, must_create: bool = False) -> None:
        """Store it.

        Raises:
            CreateError: the key is taken.
            UpdateError: it was taken away meanwhile (a sign-out).
            RetryableError: neither store answers.
        """
        if self.session_key is None:
            self.create()
            return
        if must_create == self.exists(self.session_key):
            raise CreateError if must_create else UpdateError
        data = self.encode(self._get_session(no_load=must_create))  # type: ignore[attr-defined]
        seconds = self.get_expiry_age()
        user = str(self._session_cache.get(SESSION_KEY, ""))  # type: ignore[attr-defined]
        kept = self._to_table(data, seconds, user, only_new=must_create)
        if not (self._to_redis(data, seconds, signed_in=bool(user)) or kept):
            raise RetryableError("Sessions: neither Redis nor DynamoDB answers.", todo="Try again shortly.")

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is None:
            return
        digest = names.digest(key)

        def forget(connection: Any) -> bool:
            connection.delete(names.SESSION.key(digest=digest))
            connection.srem(names.SESSIONS.key(), digest)
            return True

        if not redis_tier.attempt(forget, False):
            versions.owe("redis", [NAMESPACE])
        try:
            table.delete_session(key)
        except dynamodb.Unavailable:
            if dynamodb.is_configured():
                raise RetryableError("Sessions: DynamoDB does not answer; the sign-out is not complete.") from None

    @classmethod
    def clear_expired(cls) -> None:
        """Both stores do it themselves."""

    # --- the two stores

    def _token(self) -> str:
        found = redis_tier.attempt(lambda c: c.hget(names.VERSIONS.key(), NAMESPACE))
        if found is not None:
            return str(found.decode())
        return redis_tier.offer_tokens({NAMESPACE: versions.new_token()}).get(NAMESPACE, "")

    def _read(self, key: str | None) -> str | None:
        if not key:
            return None

        def ask(connection: Any) -> list[Any]:
            pipe = connection.pipeline(transaction=False)
            pipe.hget(names.VERSIONS.key(), NAMESPACE)
            pipe.get(names.SESSION.key(digest=names.digest(key)))
            return list(pipe.execute())

        token, held = redis_tier.attempt(ask, [None, None])
        if token is not None and held is not None:
            under, _line, data = held.partition(b"\n")
            if under == token:
                return str(data.decode())
        try:
            item = table.session_by_id(key)
        except dynamodb.Unavailable:
            return None
        return item.data if item is not None else None

    def _to_redis(self, data: str, seconds: int, *, signed_in: bool) -> bool:
        token, digest = self._token(), names.digest(str(self.session_key))

        def write(connection: Any) -> bool:
            pipe = connection.pipeline(transaction=False)
            pipe.set(names.SESSION.key(digest=digest), f"{token}\n{data}", ex=seconds)
            if signed_in:
                pipe.sadd(names.SESSIONS.key(), digest)
                pipe.expire(names.SESSIONS.key(), names.SESSIONS.seconds)
            pipe.execute()
            return True

        if token and redis_tier.attempt(write, False):
            return True
        versions.owe("redis", [NAMESPACE])
        return False

    def _to_table(self, data: str, seconds: int, user: str, *, only_new: bool) -> bool:
        try:
            taken = not table.put_session(str(self.session_key), data, seconds=seconds, user_id=user, only_new=only_new)
        except dynamodb.Unavailable:
            return False
        if taken:
            raise CreateError
        return True
