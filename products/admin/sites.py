"""Temperatures and irradiation of places."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from products.admin.forms import FORM_FIELDS
from products.models import SiteConditions
from ysh.core.admin import EditAdmin, number


@admin.register(SiteConditions)
class SiteConditionsAdmin(EditAdmin):
    """Places by code. The country's row holds for every kit's checks."""

    formfield_overrides = FORM_FIELDS
    list_display = ["code", "name", "coldest", "hottest", "irradiation", "irradiation_source"]
    ordering = ["code"]
    search_fields = ["code", "name", "irradiation_source"]
    search_help_text = _("Code, name or source")
    fieldsets = [
        (None, {"fields": [("code", "name")]}),
        (_("Temperatures"), {"fields": [("min_ambient_c", "max_cell_c"), "temperature_source"]}),
        (
            _("Irradiation"),
            {"fields": ["irradiation_kwh_m2_day", "uncertainty_percent", "irradiation_source", "irradiation_licence"]},
        ),
        (None, {"fields": [("created_at", "updated_at")]}),
    ]
    readonly_fields = ["created_at", "updated_at"]

    @display(description=_("coldest air (°C)"), ordering="min_ambient_c")
    def coldest(self, place: SiteConditions) -> str:
        return number(place.min_ambient_c, 1)

    @display(description=_("hottest cell (°C)"), ordering="max_cell_c")
    def hottest(self, place: SiteConditions) -> str:
        return number(place.max_cell_c, 1)

    @display(description=_("irradiation (kWh/m² a day)"))
    def irradiation(self, place: SiteConditions) -> str:
        months = place.irradiation_kwh_m2_day
        return number(sum(months) / len(months), 2) if months else "–"
