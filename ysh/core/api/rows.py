"""Rows straight from the database to JSON: a serializer's fields say which columns are read, and PostgreSQL does the converting.

DRF's serializers build an object and call a method per field and row; a list of 500 rows spends most of its time there. Here a
field only names its column (for reading) and its type (for the OpenAPI document), and a row is a tuple zipped with names.
"""

from collections.abc import Iterable
from typing import Any, cast

from django.db.models import FloatField, TextField
from django.db.models.functions import Cast
from rest_framework import serializers

from ysh.core.db.expressions import as_expression


class Column(serializers.Field):
    """A value as it is stored; `column` when it is not the field's own name (an ORM path or expression)."""

    def __init__(self, *args: Any, column: Any = None, **options: Any) -> None:
        self.column = column
        options.setdefault("read_only", True)
        super().__init__(*args, **options)

    def expression(self, name: str) -> Any:
        """What to select for this field, which the serializer calls `name`: a column's name or an expression."""
        return self.column if self.column is not None else name


class Text(Column, serializers.CharField):
    pass


class Choice(Column, serializers.ChoiceField):
    pass


class Whole(Column, serializers.IntegerField):
    pass


class Flag(Column, serializers.BooleanField):
    pass


class Day(Column, serializers.DateField):
    pass


class Instant(Column, serializers.DateTimeField):
    """UTC, ISO 8601 with Z."""


class Identifier(Column, serializers.UUIDField):
    pass


class Texts(Column, serializers.ListField):
    child = serializers.CharField()


class Data(Column, serializers.JSONField):
    pass


class Measure(Column, serializers.FloatField):
    """A physical quantity: a JSON number."""

    def expression(self, name: str) -> Any:
        return Cast(as_expression(super().expression(name)), FloatField())


class Money(Column, serializers.DecimalField):
    """An amount or a tariff: a string with every stored decimal, so that no reader rounds it."""

    def __init__(self, *, digits: int = 14, places: int = 2, **options: Any) -> None:
        super().__init__(max_digits=digits, decimal_places=places, coerce_to_string=True, **options)

    def expression(self, name: str) -> Any:
        return Cast(as_expression(super().expression(name)), TextField())


class RowSerializer(serializers.Serializer[Any]):
    """Base of the serializers that only declare `Column` fields."""

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """All field names, in the order they are written."""
        return tuple(cls._declared_fields)

    @classmethod
    def expressions(cls, names: Iterable[str]) -> list[Any]:
        """What to select for these fields.

        Raises:
            KeyError: a name is not a field.
        """
        fields = cast("dict[str, Column]", cls._declared_fields)
        return [fields[name].expression(name) for name in names]
