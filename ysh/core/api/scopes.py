"""What the holder of an API key may do beyond the public reads."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """Stands as `request.user` for a program with a key. Never staff.

    Attributes:
        prefix: the key's public part.
        name: the key's name.
        scopes: what it allows.
        requests_per_minute: its limit.
    """

    prefix: str
    name: str
    scopes: frozenset[str]
    requests_per_minute: int

    is_authenticated = True
    is_anonymous = False
    is_active = True
    is_staff = False
    is_superuser = False
    pk = None

    def get_username(self) -> str:
        return f"api-key:{self.name}"

    def has_perm(self, permission: str, obj: Any = None) -> bool:
        return False


def allows(request: Any, scope: str) -> bool:
    """Whether the request's person is staff, or its key has the scope."""
    user = request.user
    return bool(getattr(user, "is_staff", False)) or scope in getattr(user, "scopes", ())
