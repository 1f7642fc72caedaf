"""Technical data of units, as published beside the names we give its makers."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from aneel.admin.flags import flag_labels
from aneel.admin.search import code_bounds
from aneel.models import GenerationUnit, TechnicalData
from ysh.core.admin import NBSP, ReadOnlyAdmin, monospace, number, run_link


@admin.register(TechnicalData)
class TechnicalDataAdmin(ReadOnlyAdmin):
    """Modules and inverters of units. What units take of it stands on their own pages."""

    list_display = [
        "unit_code",
        "power_number",
        "module_label",
        "modules_number",
        "module_power_number",
        "inverter_label",
        "inverter_power_number",
    ]
    list_per_page = 30
    ordering = ["-id"]
    sortable_by: list[str] = []
    search_fields = ["unit_code"]
    search_help_text = _("Unit code")
    fieldsets = [
        (None, {"fields": [("unit", "connection_date"), ("power", "unit_flags")]}),
        (
            _("Modules"),
            {
                "fields": [
                    ("module_maker", "module_maker_published"),
                    ("module_model", "modules_number"),
                    ("module_power", "array_area"),
                ]
            },
        ),
        (
            _("Inverters"),
            {"fields": [("inverter_maker", "inverter_maker_published"), ("inverter_model", "inverter_power")]},
        ),
        (_("Origin"), {"fields": [("run",), ("created_at", "updated_at")]}),
    ]

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[TechnicalData]", search_term: str
    ) -> tuple["QuerySet[TechnicalData]", bool]:
        """By the beginning of a unit's code, any other identifier whole: both are answered by the unique key."""
        term = search_term.strip().upper()
        if not term:
            return queryset, False
        lowest, highest = code_bounds(term) or (term, term)
        return queryset.filter(unit_code__gte=lowest, unit_code__lte=highest), False

    def _unit(self, data: TechnicalData) -> Any:
        return GenerationUnit.objects.filter(unit_id=data.unit_code).only("id", "unit_id", "quality_flags").first()

    @display(description=_("unit"))
    def unit(self, data: TechnicalData) -> SafeString:
        found = self._unit(data)
        if found is None:
            return monospace(data.unit_code)
        return format_html(
            '<a class="text-primary-600 dark:text-primary-500 underline" href="{}">{}</a>',
            reverse("admin:aneel_generationunit_change", args=[found.pk]),
            data.unit_code,
        )

    @display(description=_("flags of the unit"))
    def unit_flags(self, data: TechnicalData) -> SafeString | str:
        found = self._unit(data)
        return flag_labels(flag for flag in found.quality_flags if flag.startswith("technical_")) if found else "–"

    @display(description=_("module"))
    def module_label(self, data: TechnicalData) -> str:
        return " · ".join(filter(None, (data.module_maker, data.module_model))) or "–"

    @display(description=_("inverter"))
    def inverter_label(self, data: TechnicalData) -> str:
        return " · ".join(filter(None, (data.inverter_maker, data.inverter_model))) or "–"

    @display(description=_("power (kW)"))
    def power_number(self, data: TechnicalData) -> str:
        return number(data.installed_power_kw, 2)

    @display(description=_("modules"))
    def modules_number(self, data: TechnicalData) -> str:
        return number(data.module_count)

    @display(description=_("modules (kW)"))
    def module_power_number(self, data: TechnicalData) -> str:
        return number(data.module_power_kw, 2)

    @display(description=_("inverters (kW)"))
    def inverter_power_number(self, data: TechnicalData) -> str:
        return number(data.inverter_power_kw, 2)

    @display(description=_("installed power"))
    def power(self, data: TechnicalData) -> str:
        return number(data.installed_power_kw, unit="kW")

    @display(description=_("power of all modules"))
    def module_power(self, data: TechnicalData) -> str:
        each = ""
        if data.module_power_kw and data.module_count:
            watts = number(data.module_power_kw * 1000 / data.module_count, 1, unit="W")
            each = NBSP + gettext("(%(watts)s each)") % {"watts": watts}
        return f"{number(data.module_power_kw, unit='kW')}{each}"

    @display(description=_("inverter power"))
    def inverter_power(self, data: TechnicalData) -> str:
        return number(data.inverter_power_kw, unit="kW")

    @display(description=_("array area"))
    def array_area(self, data: TechnicalData) -> str:
        return number(data.array_area_m2, unit="m²")

    @display(description=_("run"))
    def run(self, data: TechnicalData) -> SafeString | str:
        return run_link(data.source_run_id)
