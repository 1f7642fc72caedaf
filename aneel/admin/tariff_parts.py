"""What tariffs are made of, and the flags, as published."""

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter
from unfold.decorators import display

from aneel.admin.tariffs import NOT_APPLICABLE, InForceFilter
from aneel.choices import FlagRecord, TariffFlagColour
from aneel.models import Distributor, TariffComponent, TariffFlag
from ysh.core.admin import NBSP, DateRangeFilter, ReadOnlyAdmin, badge, brl, number, run_link

# Of badges, not of electricity: orange and red mean what they mean on the bill.
FLAG_COLOURS: dict[str, str] = {
    TariffFlagColour.GREEN.value: "success",
    TariffFlagColour.YELLOW.value: "warning",
    TariffFlagColour.RED_1.value: "danger",
    TariffFlagColour.RED_2.value: "danger",
    TariffFlagColour.SCARCITY.value: "danger",
}


@admin.register(TariffComponent)
class TariffComponentAdmin(ReadOnlyAdmin):
    """Components of tariffs by distributor, subgroup and period. Values as published, without taxes."""

    list_display = [
        "distributor_label",
        "component_label",
        "subgroup_code",
        "modality_label",
        "class_label",
        "value_number",
        "per_kwh_number",
        "period",
    ]
    list_select_related = ["distributor"]
    list_filter = [
        ("distributor", AutocompleteSelectFilter),
        ("subgroup", ChoicesDropdownFilter),
        ("unit", ChoicesDropdownFilter),
        InForceFilter,
        ("valid_from", DateRangeFilter),
    ]
    ordering = ["-valid_from", "id"]
    sortable_by = ["period"]
    search_fields = ["component_id"]
    search_help_text = _("Distributor")
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("distributor", "utility_name"),
                    ("component", "base"),
                    ("subgroup", "modality"),
                    ("consumer_class", "subclass"),
                    ("detail", "tariff_post"),
                    "accessing_agent",
                ]
            },
        ),
        (_("Values without taxes"), {"fields": [("value_number", "per_kwh")]}),
        (_("Period of validity"), {"fields": [("valid_from", "valid_to"), "resolution_number"]}),
        (_("Origin"), {"fields": [("component_id", "run"), ("created_at", "updated_at")]}),
    ]

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[TariffComponent]", search_term: str
    ) -> tuple["QuerySet[TariffComponent]", bool]:
        if not search_term.strip():
            return queryset, False
        named = Q(sigla__folded__contains=search_term) | Q(name__folded__contains=search_term) | Q(cnpj=search_term)
        return queryset.filter(distributor__in=list(Distributor.objects.filter(named).values_list("pk", flat=True))), False

    @display(description=_("distributor"))
    def distributor_label(self, component: TariffComponent) -> str:
        return component.distributor.sigla or component.distributor.name

    @display(description=_("component"))
    def component_label(self, component: TariffComponent) -> str:
        return component.component.replace("_", " ")

    @display(description=_("subgroup"))
    def subgroup_code(self, component: TariffComponent) -> str:
        return component.subgroup

    @display(description=_("modality and post"))
    def modality_label(self, component: TariffComponent) -> str:
        post = component.tariff_post
        return f"{component.modality} · {post}" if post and post != NOT_APPLICABLE else component.modality

    @display(description=_("consumer class"))
    def class_label(self, component: TariffComponent) -> str:
        named = (component.subclass, component.consumer_class)
        return next((name for name in named if name and name != NOT_APPLICABLE), "–")

    @display(description=_("value"))
    def value_number(self, component: TariffComponent) -> str:
        return f"{number(component.value, 2)}{NBSP}{component.get_unit_display()}"

    @display(description=_("value (R$/kWh)"))
    def per_kwh_number(self, component: TariffComponent) -> str:
        return number(component.brl_per_kwh, 5)

    @display(description=_("value (R$/kWh)"))
    def per_kwh(self, component: TariffComponent) -> str:
        return "–" if component.brl_per_kwh is None else f"{brl(component.brl_per_kwh, 5)}/kWh"

    @display(description=_("period of validity"), ordering="valid_from")
    def period(self, component: TariffComponent) -> str:
        return f"{date_format(component.valid_from)}{NBSP}–{NBSP}{date_format(component.valid_to)}"

    @display(description=_("run"))
    def run(self, component: TariffComponent) -> SafeString | str:
        return run_link(component.source_run_id)


@admin.register(TariffFlag)
class TariffFlagAdmin(ReadOnlyAdmin):
    """The flag of each month, and what each flag costs."""

    list_display = ["when", "flag_label", "surcharge_number", "per_kwh_number", "record", "resolution"]
    list_filter = [("record", ChoicesDropdownFilter), ("flag", ChoicesDropdownFilter), ("day", DateRangeFilter)]
    ordering = ["-day", "id"]
    sortable_by = ["when"]
    search_fields = ["resolution_number"]
    search_help_text = _("Resolution")
    fieldsets = [
        (None, {"fields": [("when", "record"), ("flag_label", "resolution_number"), ("surcharge_number", "per_kwh_number")]}),
        (_("Origin"), {"fields": [("flag_id", "run"), ("created_at", "updated_at")]}),
    ]

    @display(description=_("month or first day"), ordering="day")
    def when(self, flag: TariffFlag) -> str:
        if flag.record == FlagRecord.MONTH:
            return date_format(flag.day, "F Y")
        return date_format(flag.day)

    @display(description=_("flag"))
    def flag_label(self, flag: TariffFlag) -> SafeString:
        return badge(flag.get_flag_display(), FLAG_COLOURS[flag.flag])

    @display(description=_("surcharge (R$/MWh)"))
    def surcharge_number(self, flag: TariffFlag) -> str:
        return number(flag.surcharge_brl_per_mwh, 2)

    @display(description=_("surcharge (R$/kWh)"))
    def per_kwh_number(self, flag: TariffFlag) -> str:
        return number(flag.surcharge_brl_per_kwh, 5)

    @display(description=_("resolution"))
    def resolution(self, flag: TariffFlag) -> str:
        return flag.resolution_number or "–"

    @display(description=_("run"))
    def run(self, flag: TariffFlag) -> SafeString | str:
        return run_link(flag.source_run_id)
