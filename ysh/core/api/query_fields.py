"""Form fields for query strings: one spelling a value, no localisation, bounds on everything.

Each says of itself what it takes (`schema`), so that the OpenAPI document and what is checked are one.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_ISO_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})", re.ASCII)
_PLAIN_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,15})?", re.ASCII)
_WHOLE_NUMBER = re.compile(r"\d{1,15}", re.ASCII)
Schema = dict[str, Any]


def _as_number(value: Decimal) -> float:
    return int(value) if value == value.to_integral_value() else float(value)


class VocabularyField(forms.Field):
    """One or more values of a closed list, separated by commas. Cleans to a list."""

    def __init__(self, values: type[TextChoices] | Iterable[str], **options: Any) -> None:
        self.values = tuple(values.values) if isinstance(values, type) and issubclass(values, TextChoices) else tuple(values)
        super().__init__(**options)

    def schema(self) -> Schema:
        if set(self.values) == {"true", "false"}:
            return {"type": "boolean"}
        return {"type": "array", "items": {"type": "string", "enum": list(self.values)}, "minItems": 1}

    def clean(self, value: Any) -> list[str]:
        if value in (None, ""):
            return []
        wanted = [item.strip() for item in str(value).split(",")]
        unknown = [item for item in wanted if item not in self.values]
        if unknown:
            raise ValidationError(
                _("%(unknown)s is not among the allowed values."),
                code="invalid_choice",
                params={"unknown": ", ".join(f"“{item[:60]}”" for item in unknown[:5]), "allowed": self.values},
            )
        return list(dict.fromkeys(wanted))


class PatternField(forms.Field):
    """One or more codes of a fixed form, separated by commas. Cleans to a list."""

    def __init__(self, pattern: str, expected: Any, *, convert: Any = str, **options: Any) -> None:
        self.pattern, self.expected, self.convert = re.compile(pattern, re.ASCII), expected, convert
        super().__init__(**options)

    def schema(self) -> Schema:
        return {"type": "array", "items": {"type": "string", "pattern": f"^(?:{self.pattern.pattern})$"}, "minItems": 1}

    def clean(self, value: Any) -> list[Any]:
        if value in (None, ""):
            return []
        wanted = [item.strip() for item in str(value).split(",")]
        if not all(self.pattern.fullmatch(item) for item in wanted):
            raise ValidationError(_("Expected %(expected)s."), code="invalid", params={"expected": self.expected})
        return [self.convert(item) for item in dict.fromkeys(wanted)]


class NumberField(forms.Field):
    """A decimal number with a point, within bounds. Cleans to `Decimal`."""

    def __init__(self, *, low: float | str, high: float | str, **options: Any) -> None:
        self.low, self.high = Decimal(str(low)), Decimal(str(high))
        super().__init__(**options)

    def schema(self) -> Schema:
        return {"type": "number", "minimum": _as_number(self.low), "maximum": _as_number(self.high)}

    def clean(self, value: Any) -> Decimal | None:
        if value in (None, ""):
            self.validate(None)
            return None
        number = Decimal(str(value)) if _PLAIN_NUMBER.fullmatch(str(value)) else None
        if number is None or not self.low <= number <= self.high:
            raise ValidationError(
                _("Expected a number from %(low)s to %(high)s, with a decimal point."),
                code="out_of_range" if number is not None else "invalid",
                params={"low": self.low, "high": self.high},
            )
        return number


class WholeNumberField(forms.Field):
    """A whole number within bounds."""

    def __init__(self, *, low: int, high: int, **options: Any) -> None:
        self.low, self.high = low, high
        super().__init__(**options)

    def schema(self) -> Schema:
        return {"type": "integer", "minimum": self.low, "maximum": self.high}

    def clean(self, value: Any) -> int | None:
        if value in (None, ""):
            self.validate(None)
            return None
        number = int(value) if _WHOLE_NUMBER.fullmatch(str(value)) else None
        if number is None or not self.low <= number <= self.high:
            raise ValidationError(
                _("Expected a whole number from %(low)s to %(high)s."),
                code="out_of_range" if number is not None else "invalid",
                params={"low": self.low, "high": self.high},
            )
        return number


class DayField(forms.Field):
    """A day as YYYY-MM-DD, in any language."""

    def schema(self) -> Schema:
        return {"type": "string", "format": "date"}

    def clean(self, value: Any) -> date | None:
        if value in (None, ""):
            self.validate(None)
            return None
        try:
            if _ISO_DATE.fullmatch(str(value)):
                return date.fromisoformat(str(value))
        except ValueError:
            pass  # 2026-02-30: the message below says what is expected
        raise ValidationError(_("Expected a day as YYYY-MM-DD."), code="invalid")


class InstantField(forms.Field):
    """A moment as ISO 8601 with its offset: 2026-08-13T09:00:00Z."""

    def schema(self) -> Schema:
        return {"type": "string", "format": "date-time"}

    def clean(self, value: Any) -> datetime | None:
        if value in (None, ""):
            self.validate(None)
            return None
        # A "+" that was not percent-encoded arrives as a space.
        text = str(value).replace(" ", "+")
        try:
            if _ISO_INSTANT.fullmatch(text):
                return datetime.fromisoformat(text).astimezone(UTC)
        except (ValueError, OverflowError):
            pass  # a 25th hour, a year 0: the message below says what is expected
        raise ValidationError(_("Expected a moment as ISO 8601 with its offset, e.g. 2026-08-13T09:00:00Z."), code="invalid")


class TextField(forms.Field):
    """Free text to search for, trimmed."""

    def __init__(self, *, max_length: int = 200, **options: Any) -> None:
        self.max_length = max_length
        super().__init__(**options)

    def schema(self) -> Schema:
        return {"type": "string", "minLength": 1, "maxLength": self.max_length}

    def clean(self, value: Any) -> str:
        text = str(value or "").strip()
        if len(text) > self.max_length:
            raise ValidationError(_("Expected at most %(limit)d characters."), code="too_long", params={"limit": self.max_length})
        return text


class BoxField(forms.Field):
    """A box in degrees (WGS 84): minlon,minlat,maxlon,maxlat. Cleans to four floats."""

    limits: Sequence[tuple[float, float]] = ((-180, 180), (-90, 90), (-180, 180), (-90, 90))

    def schema(self) -> Schema:
        return {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 4}

    def clean(self, value: Any) -> tuple[float, float, float, float] | None:
        if value in (None, ""):
            self.validate(None)
            return None
        parts = [part.strip() for part in str(value).split(",")]
        if len(parts) != 4 or not all(_PLAIN_NUMBER.fullmatch(part) for part in parts):
            raise ValidationError(_("Expected four numbers: minlon,minlat,maxlon,maxlat."), code="invalid")
        west, south, east, north = (float(part) for part in parts)
        for number, (low, high) in zip((west, south, east, north), self.limits, strict=True):
            if not low <= number <= high:
                raise ValidationError(_("Longitudes go from -180 to 180, latitudes from -90 to 90."), code="out_of_range")
        if west >= east or south >= north:
            raise ValidationError(_("The box is empty: minlon must be below maxlon, and minlat below maxlat."), code="invalid")
        return west, south, east, north
