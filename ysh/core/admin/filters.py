"""List filters that read dates and numbers as the reader writes them, and say so when they cannot."""

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import DateTimeField, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import get_format
from django.utils.translation import gettext as _
from unfold.contrib.filters.admin import RangeDateFilter, RangeNumericFilter


class DateRangeFilter(RangeDateFilter):
    """From one day to another, both included, in the project's time zone for instants.

    The theme's own filter reads dates in one fixed form and ends an instant's range at 00:00 of its last day.
    """

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        bounds = {}
        for suffix, lookup, days in (("_from", "gte", 0), ("_to", "lt", 1)):
            text = str(self.used_parameters.get(f"{self.parameter_name}{suffix}") or "").strip()
            if not text:
                continue
            try:
                day: date = forms.DateField().clean(text)
            except forms.ValidationError:
                messages.error(request, _("“%(text)s” is not a date. Expected for example 31/12/2026.") % {"text": text})
                return queryset.none()
            day += timedelta(days=days)
            is_instant = isinstance(self.field, DateTimeField)
            bounds[f"{self.parameter_name}__{lookup}"] = (
                timezone.make_aware(datetime.combine(day, time.min)) if is_instant else day
            )
        return queryset.filter(**bounds)


class NumberRangeFilter(RangeNumericFilter):
    """From one number to another, both included."""

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        bounds = {}
        for suffix, lookup in (("_from", "gte"), ("_to", "lte")):
            text = str(self.used_parameters.get(f"{self.parameter_name}{suffix}") or "").strip()
            if not text:
                continue
            value = _decimal(text)
            if value is None:
                messages.error(request, _("“%(text)s” is not a number. Expected for example 75,5.") % {"text": text})
                return queryset.none()
            bounds[f"{self.parameter_name}__{lookup}"] = value
        return queryset.filter(**bounds)


_PLAIN = re.compile(r"[+-]?\d+(?:\.\d+)?")


def _decimal(text: str) -> Decimal | None:
    """A number as a person of the active language writes it: in Portuguese 10.000 is ten thousand, 1.234,5 has decimals.

    A point that cannot group thousands (75.5) is decimal in every language: so a browser's number field writes.
    """
    decimal, thousands = get_format("DECIMAL_SEPARATOR"), get_format("THOUSAND_SEPARATOR").replace("\xa0", " ")
    text = text.replace("\xa0", " ")
    grouped = re.fullmatch(rf"[+-]?\d{{1,3}}(?:{re.escape(thousands)}\d{{3}})+(?:{re.escape(decimal)}\d+)?", text)
    if grouped:
        text = text.replace(thousands, "")
    elif _PLAIN.fullmatch(text):
        return Decimal(text)
    text = text.replace(decimal, ".")
    return Decimal(text) if _PLAIN.fullmatch(text) else None
