"""Generation units: 4.7 million rows behind one list. Every filter, search and sort here has an index."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter, DropdownFilter
from unfold.decorators import display

from aneel.admin.flags import flag_labels
from aneel.admin.maps import map_link
from aneel.admin.search import search_units
from aneel.admin.states import BRAZILIAN_STATES, StateFilter, state_code
from aneel.choices import SourceType, UnitStatus
from aneel.models import GenerationUnit
from ysh.core.admin import DateRangeFilter, NumberRangeFilter, ReadOnlyAdmin, badge, json_block, monospace, number, run_link

PERSONAL_DATA = frozenset({"consumer_name", "cpf_cnpj", "cep", "raw_data"})
MASKED_FIELDS = frozenset({"consumer_name", "cpf_cnpj", "cep", "published_row"})


class SourceTypeFilter(DropdownFilter):
    """Kind of plant. The index begins with the state, so all states are named: 27 short probes instead of a scan."""

    title = _("source")
    parameter_name = "source_type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(SourceType.choices)

    def queryset(self, request: HttpRequest, queryset: "QuerySet[GenerationUnit]") -> "QuerySet[GenerationUnit]":
        if self.value() not in SourceType.values:
            return queryset
        return queryset.filter(state__in=BRAZILIAN_STATES, source_type=self.value())


class StatusFilter(DropdownFilter):
    """Active or removed; the removed ones have an index of their own, written for "not active"."""

    title = _("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(UnitStatus.choices)

    def queryset(self, request: HttpRequest, queryset: "QuerySet[GenerationUnit]") -> "QuerySet[GenerationUnit]":
        if self.value() == UnitStatus.ACTIVE:
            return queryset.filter(status=UnitStatus.ACTIVE)
        return queryset.exclude(status=UnitStatus.ACTIVE) if self.value() == UnitStatus.REMOVED else queryset


@admin.register(GenerationUnit)
class GenerationUnitAdmin(ReadOnlyAdmin):
    """One page a unit; holders are shown only with `aneel.view_personal_data`."""

    list_display = [
        "unit_id",
        "municipality_label",
        "distributor_label",
        "consumer_class",
        "source_type",
        "power_number",
        "connection_date",
        "status_label",
    ]
    list_select_related = ["municipality", "distributor"]
    list_per_page = 30
    list_filter = [
        StateFilter,
        ("municipality", AutocompleteSelectFilter),
        ("distributor", AutocompleteSelectFilter),
        ("consumer_class", ChoicesDropdownFilter),
        SourceTypeFilter,
        ("installed_power_kw", NumberRangeFilter),
        ("connection_date", DateRangeFilter),
        StatusFilter,
    ]
    ordering = ["-id"]
    sortable_by = ["power_number", "connection_date"]
    search_fields = ["unit_id"]
    search_help_text = _("Unit code, municipality, distributor or its CNPJ")
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("unit_code", "status_label"),
                    ("source_type", "size_class"),
                    ("consumer_class", "tariff_subgroup"),
                    ("compensation_modality", "credited_units"),
                    ("connection_date", "registration_date"),
                    "deactivation_date",
                ]
            },
        ),
        (
            _("Place"),
            {
                "fields": [
                    ("municipality", "distributor"),
                    ("place_as_published", "utility_company"),
                    ("map_link", "location_precision"),
                ]
            },
        ),
        (
            _("Power and equipment"),
            {
                "fields": [
                    ("power", "avg_monthly_generation"),
                    ("inverter_power", "capacity_factor_percent"),
                    ("modules", "array_area"),
                    ("panel_manufacturer", "panel_model"),
                    ("inverter_manufacturer", "inverter_model"),
                ]
            },
        ),
        (_("Holder"), {"fields": [("person_type", "consumer_name"), ("cpf_cnpj", "cep")]}),
        (_("Origin"), {"fields": [("run", "dataset"), ("created_at", "updated_at"), "flags", "published_row"]}),
    ]

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[GenerationUnit]", search_term: str
    ) -> tuple["QuerySet[GenerationUnit]", bool]:
        return search_units(queryset, search_term), False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """No questions about holders through the address line: `?cpf_cnpj__startswith=` would read them digit by digit."""
        return lookup.split("__", maxsplit=1)[0] not in PERSONAL_DATA and super().lookup_allowed(lookup, value, request)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The same page for everybody; who may not see holders gets a mask in each of their fields' places."""
        if request.user.has_perm("aneel.view_personal_data"):
            return self.fieldsets
        return _with_masks(self.fieldsets)

    # --- columns
    @display(description=_("municipality"))
    def municipality_label(self, unit: GenerationUnit) -> str:
        if unit.municipality is not None:
            return str(unit.municipality)
        return f"{unit.municipality_name or '–'} ({state_code(unit.state)})"

    @display(description=_("distributor"))
    def distributor_label(self, unit: GenerationUnit) -> str:
        return unit.distributor.sigla or unit.distributor.name

    @display(description=_("power (kW)"), ordering="installed_power_kw")
    def power_number(self, unit: GenerationUnit) -> str:
        return number(unit.installed_power_kw, 2)

    @display(description=_("status"))
    def status_label(self, unit: GenerationUnit) -> SafeString:
        return badge(unit.get_status_display(), "success" if unit.status == UnitStatus.ACTIVE else "danger")

    # --- page
    @display(description=_("unit code"))
    def unit_code(self, unit: GenerationUnit) -> SafeString:
        return monospace(unit.unit_id)

    @display(description=_("municipality as published"))
    def place_as_published(self, unit: GenerationUnit) -> str:
        return f"{unit.municipality_name or '–'} ({state_code(unit.state)})"

    @display(description=_("location"))
    def map_link(self, unit: GenerationUnit) -> SafeString | str:
        return map_link(unit.geolocation)

    @display(description=_("installed power"))
    def power(self, unit: GenerationUnit) -> str:
        return number(unit.installed_power_kw, unit="kW")

    @display(description=_("inverter power"))
    def inverter_power(self, unit: GenerationUnit) -> str:
        return number(unit.inverter_power_kw, unit="kW")

    @display(description=_("mean monthly generation"))
    def avg_monthly_generation(self, unit: GenerationUnit) -> str:
        return number(unit.avg_monthly_generation_kwh, unit="kWh")

    @display(description=_("capacity factor"))
    def capacity_factor_percent(self, unit: GenerationUnit) -> str:
        return number(unit.capacity_factor, unit="%")

    @display(description=_("modules"))
    def modules(self, unit: GenerationUnit) -> str:
        if unit.panel_count is None:
            return "–"
        return (
            f"{number(unit.panel_count)} × {number(unit.panel_power_wp, unit='Wp')}"
            if unit.panel_power_wp
            else number(unit.panel_count)
        )

    @display(description=_("array area"))
    def array_area(self, unit: GenerationUnit) -> str:
        return number(unit.array_area_m2, unit="m²")

    @display(description=_("run"))
    def run(self, unit: GenerationUnit) -> SafeString | str:
        return run_link(unit.source_run_id)

    @display(description=_("flags"))
    def flags(self, unit: GenerationUnit) -> SafeString | str:
        return flag_labels(unit.quality_flags)

    @display(description=_("row as published"))
    def published_row(self, unit: GenerationUnit) -> SafeString | str:
        return json_block(unit.raw_data)

    @display(description=_("holder"))
    def masked_consumer_name(self, unit: GenerationUnit) -> SafeString:
        return masked()

    @display(description=_("holder's CPF or CNPJ"))
    def masked_cpf_cnpj(self, unit: GenerationUnit) -> SafeString:
        return masked()

    @display(description="CEP")
    def masked_cep(self, unit: GenerationUnit) -> SafeString:
        return masked()

    @display(description=_("row as published"))
    def masked_published_row(self, unit: GenerationUnit) -> SafeString | str:
        return masked() if unit.raw_data else "–"


def masked() -> SafeString:
    """In place of personal data."""
    return format_html('<span title="{}">•••••</span>', gettext("Personal data: your account needs the permission to see it"))


def _with_masks(fieldsets: Any) -> list[Any]:
    """The fieldsets with every field of personal data replaced by its masked twin."""

    def mask(field: Any) -> Any:
        if isinstance(field, tuple):
            return tuple(mask(part) for part in field)
        return f"masked_{field}" if field in MASKED_FIELDS else field

    return [(title, {**options, "fields": [mask(field) for field in options["fields"]]}) for title, options in fieldsets]
