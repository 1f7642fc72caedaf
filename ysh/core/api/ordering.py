"""The orders a list can be read in. Every order ends in a unique column, so that each row has one place in it."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Field, QuerySet
from django.utils.translation import gettext as _

from ysh.core.api.errors import Fault, InvalidQuery
from ysh.core.db.expressions import as_expression


@dataclass(frozen=True, slots=True)
class Ordering:
    """One order on offer; a leading minus asks for the reverse.

    Attributes:
        name: as the parameter spells it.
        column: the column or annotation behind it; the name itself when empty.
        nullable: whether the column may be NULL. Such rows come last in either direction.
        field: the type, for annotations; columns know theirs.
    """

    name: str
    column: str = ""
    nullable: bool = False
    field: "Field[Any, Any] | None" = None

    def field_of(self, queryset: QuerySet[Any]) -> "Field[Any, Any]":
        """The field whose `to_python` reads a value back from a cursor."""
        return self.field or queryset.model._meta.get_field(self.column or self.name)


@dataclass(frozen=True, slots=True)
class KeyOrder:
    """An order as the database sees it: columns, all in one direction, the last one unique.

    Attributes:
        columns: column or annotation names.
        descending: the direction of all of them.
    """

    columns: tuple[str, ...]
    descending: bool

    def reversed(self) -> "KeyOrder":
        return KeyOrder(self.columns, not self.descending)

    def order_by(self, wrap: Any = as_expression) -> list[Any]:
        """Arguments of `order_by`; `wrap` may turn each column into an expression."""
        return [wrap(column).desc() if self.descending else wrap(column).asc() for column in self.columns]

    @property
    def beyond(self) -> str:
        """The comparison that holds for rows further on."""
        return "<" if self.descending else ">"

    @property
    def up_to(self) -> str:
        """The comparison that holds for rows before a row, and itself."""
        return ">=" if self.descending else "<="


def choose(text: str | None, orderings: tuple[Ordering, ...], default: str) -> tuple[Ordering, bool]:
    """The ordering asked for, and whether it is descending.

    Raises:
        InvalidQuery: not on offer.
    """
    wanted = text if text is not None else default
    by_name = {ordering.name: ordering for ordering in orderings}
    name = wanted.removeprefix("-")
    if name not in by_name:
        allowed = tuple(sign + known for known in sorted(by_name) for sign in ("", "-"))
        detail = _("“ordering” does not know “%(name)s”.") % {"name": wanted[:60]}
        raise InvalidQuery([Fault("ordering", "invalid_choice", detail, allowed)])
    return by_name[name], wanted.startswith("-")
