"""Technical data of units, as published beside what we make of it."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import display

from aneel.admin.flags import flag_labels
from aneel.models import GenerationUnit, TechnicalData
from aneel.unit_flags import TECHNICAL_FLAGS
from ysh.core.admin import ReadOnlyAdmin, admin_url, json_block, monospace, number, run_link


class FlagFilter(DropdownFilter):
    """Rows that carry a flag."""

    title = _("flag")
    parameter_name = "flag"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        from aneel.admin.flags import FLAG_LABELS  # noqa: PLC0415

        return [(flag, FLAG_LABELS.get(flag, flag)) for flag in TECHNICAL_FLAGS]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[TechnicalData]") -> "QuerySet[TechnicalData]":
        return queryset.filter(quality_flags__contains=[self.value()]) if self.value() in TECHNICAL_FLAGS else queryset
