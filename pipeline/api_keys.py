"""What may be done with API keys. A key is shown when it is made or rotated, and never again."""

from datetime import UTC, datetime, timedelta

import structlog
from django.db.models import Q
from rest_framework_api_key.crypto import KeyGenerator

from pipeline.models import ApiKey

log = structlog.get_logger(__name__)
generator = KeyGenerator(prefix_length=8, secret_key_length=40)
ROTATION_GRACE = timedelta(hours=24)
# How exact `last_used_at` is: a write for each request would be a write for each request.
USE_IS_NOTED_EVERY = timedelta(minutes=1)


def issue_key(key: ApiKey, *, by: str) -> str:
    """Give an unsaved key its secret, and save it. Returns the text to hand over, once."""
    text, key.prefix, key.hashed_key = generator.generate()
    key.save()
    log.info("api_key_issued", key=key.name, by=by)
    return text


def rotate_key(key: ApiKey, *, by: str, grace: timedelta = ROTATION_GRACE) -> str:
    """A new secret under the same prefix; the previous one works on for `grace`. Returns the new text, once."""
    secret = generator.get_secret_key()
    text = f"{key.prefix}.{secret}"
    key.previous_hashed_key, key.previous_valid_until = key.hashed_key, datetime.now(UTC) + grace
    key.hashed_key = generator.hash(text)
    key.save(update_fields=["hashed_key", "previous_hashed_key", "previous_valid_until"])
    log.info("api_key_rotated", key=key.name, by=by)
    return text


def revoke_key(key: ApiKey, *, by: str, reason: str) -> None:
    """End a key at once, the previous one of a rotation too. Does nothing to one that is revoked."""
    if key.revoked_at is not None:
        return
    key.revoked_at, key.previous_hashed_key, key.previous_valid_until = datetime.now(UTC), "", None
    key.save(update_fields=["revoked_at", "previous_hashed_key", "previous_valid_until"])
    log.info("api_key_revoked", key=key.name, by=by, reason=reason)


def find_key(text: str) -> ApiKey | None:
    """The key a client sent, when it is valid now; its use is noted, to the minute."""
    prefix, _dot, secret = text.partition(".")
    if not prefix or not secret or len(text) > 100:
        return None
    now = datetime.now(UTC)
    in_force = Q(expires_at__isnull=True) | Q(expires_at__gt=now)
    key = ApiKey.objects.filter(in_force, prefix=prefix, revoked_at__isnull=True).first()
    if key is None:
        return None
    is_previous = (
        key.previous_hashed_key != ""
        and key.previous_valid_until is not None
        and key.previous_valid_until > now
        and generator.verify(text, key.previous_hashed_key)
    )
    if not is_previous and not generator.verify(text, key.hashed_key):
        return None
    if key.last_used_at is None or key.last_used_at < now - USE_IS_NOTED_EVERY:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)
    return key
