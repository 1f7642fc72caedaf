"""Totals of the units by state, class and source."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from aneel.admin.states import StateFilter, state_code
from aneel.models import GenerationUnitStatistics
from ysh.core.admin import ReadOnlyAdmin, number


@admin.register(GenerationUnitStatistics)
class GenerationUnitStatisticsAdmin(ReadOnlyAdmin):
    """A materialized view: a few hundred rows, refreshed after each load."""

    list_display = [
        "state_label",
        "consumer_class",
        "source_type",
        "units_number",
        "power_number",
        "mean_number",
        "highest_number",
    ]
    list_filter = [StateFilter, ("consumer_class", ChoicesDropdownFilter), ("source_type", ChoicesDropdownFilter)]
    ordering = ["state", "-power_sum_kw", "key"]
    sortable_by = ["state_label", "units_number", "power_number", "mean_number", "highest_number"]
    fieldsets = [
        (None, {"fields": [("state_label", "consumer_class"), ("source_type", "units_number")]}),
        (_("Power"), {"fields": [("power_number", "mean_number"), ("lowest_number", "highest_number")]}),
        (_("Generation"), {"fields": [("generation_number", "capacity_factor_number")]}),
    ]

    @display(description=_("state"), ordering="state")
    def state_label(self, row: GenerationUnitStatistics) -> str:
        return state_code(row.state)

    @display(description=_("units"), ordering="unit_count")
    def units_number(self, row: GenerationUnitStatistics) -> str:
        return number(row.unit_count)

    @display(description=_("power (kW)"), ordering="power_sum_kw")
    def power_number(self, row: GenerationUnitStatistics) -> str:
        return number(row.power_sum_kw, 2)

    @display(description=_("mean power (kW)"), ordering="power_avg_kw")
    def mean_number(self, row: GenerationUnitStatistics) -> str:
        return number(row.power_avg_kw, 2)

    @display(description=_("lowest power (kW)"))
    def lowest_number(self, row: GenerationUnitStatistics) -> str:
        return number(row.power_min_kw, 2)

    @display(description=_("highest power (kW)"), ordering="power_max_kw")
    def highest_number(self, row: GenerationUnitStatistics) -> str:
        return number(row.power_max_kw, 2)

    @display(description=_("monthly generation (kWh)"))
    def generation_number(self, row: GenerationUnitStatistics) -> str:
        return number(row.generation_sum_kwh)

    @display(description=_("mean capacity factor (%)"))
    def capacity_factor_number(self, row: GenerationUnitStatistics) -> str:
        return number(row.capacity_factor_avg, 2)
