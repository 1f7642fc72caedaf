"""Cursors: a place in an ordered list, signed, so that nobody can forge one or needs to know what it holds."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core import signing
from django.utils.translation import gettext as _

from ysh.core.api.errors import Fault, InvalidQuery


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a list.

    Attributes:
        ordering: the `ordering` it belongs to, e.g. "-connection_date".
        backwards: whether it asks for the rows before the place.
        key: the values of the order's columns at the row it stands on; the last one is the unique column's.
    """

    ordering: str
    backwards: bool
    key: tuple[Any, ...]

    def encode(self, resource: str) -> str:
        """An opaque text, safe in a URL. The same place always gives the same text."""
        payload = [self.ordering, int(self.backwards), *(_plain(value) for value in self.key)]
        return _signer(resource).sign_object(payload)

    @classmethod
    def decode(cls, text: str, resource: str) -> "Cursor":
        """Read back a cursor of this resource. Values come as JSON had them: the caller converts.

        Raises:
            InvalidQuery: not a cursor, altered, or of another resource.
        """
        try:
            ordering, backwards, *key = _signer(resource).unsign_object(text)
        except signing.BadSignature:
            raise invalid_cursor(_("The cursor is not one of this list's: take it from “next” or “previous” as it is.")) from None
        return cls(ordering, bool(backwards), tuple(key))


def invalid_cursor(detail: str) -> InvalidQuery:
    """The error for a cursor that cannot be used."""
    return InvalidQuery([Fault("cursor", "invalid_cursor", detail)])


def _signer(resource: str) -> signing.Signer:
    return signing.Signer(salt=f"ysh.api.cursor.{resource}")


def _plain(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal | UUID) else value
