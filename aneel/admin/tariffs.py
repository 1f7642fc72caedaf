"""Tariffs, as published."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter, DropdownFilter
from unfold.decorators import display

from aneel.admin.flags import flag_labels
from aneel.models import Distributor, Tariff
from ysh.core.admin import NBSP, DateRangeFilter, ReadOnlyAdmin, brl, json_block, number, run_link


class InForceFilter(DropdownFilter):
    """Tariffs whose validity holds today."""

    title = _("period of validity")
    parameter_name = "in_force"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("today", _("In force today"))]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Tariff]") -> "QuerySet[Tariff]":
        return queryset.filter(validity__contains=timezone.localdate()) if self.value() == "today" else queryset


NOT_APPLICABLE = "Não se aplica"  # as published


@admin.register(Tariff)
class TariffAdmin(ReadOnlyAdmin):
    """Published tariff lines. Values as published, without taxes."""

    list_display = [
        "distributor_label",
        "subgroup_code",
        "modality_label",
        "class_label",
        "tusd_number",
        "te_number",
        "total_number",
        "period",
    ]
    list_select_related = ["distributor"]
    list_filter = [
        ("distributor", AutocompleteSelectFilter),
        ("subgroup", ChoicesDropdownFilter),
        ("base", ChoicesDropdownFilter),
        ("unit", ChoicesDropdownFilter),
        InForceFilter,
        ("valid_from", DateRangeFilter),
    ]
    ordering = ["-valid_from", "id"]
    sortable_by = ["period"]
    search_fields = ["tariff_id"]
    search_help_text = _("Distributor")
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("distributor", "utility_name"),
                    ("base", "subgroup"),
                    ("modality", "voltage_level"),
                    ("consumer_class", "subclass"),
                    ("detail", "tariff_post"),
                    "accessing_agent",
                ]
            },
        ),
        (_("Values without taxes"), {"fields": [("tusd", "te"), "total"]}),
        (_("Period of validity"), {"fields": [("valid_from", "valid_to"), ("resolution_number", "resolution_date")]}),
        (_("Origin"), {"fields": ["tariff_id", ("run", "flags"), ("created_at", "updated_at"), "published_row"]}),
    ]

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Tariff]", search_term: str
    ) -> tuple["QuerySet[Tariff]", bool]:
        if not search_term.strip():
            return queryset, False
        named = Q(sigla__folded__contains=search_term) | Q(name__folded__contains=search_term) | Q(cnpj=search_term)
        return queryset.filter(distributor__in=list(Distributor.objects.filter(named).values_list("pk", flat=True))), False

    @display(description=_("distributor"))
    def distributor_label(self, tariff: Tariff) -> str:
        return tariff.distributor.sigla or tariff.distributor.name

    @display(description=_("subgroup"))
    def subgroup_code(self, tariff: Tariff) -> str:
        return tariff.subgroup

    @display(description=_("modality and post"))
    def modality_label(self, tariff: Tariff) -> str:
        post = tariff.tariff_post
        return f"{tariff.modality} · {post}" if post and post != NOT_APPLICABLE else tariff.modality

    @display(description=_("period of validity"), ordering="valid_from")
    def period(self, tariff: Tariff) -> str:
        return f"{date_format(tariff.valid_from)}{NBSP}–{NBSP}{date_format(tariff.valid_to)}"

    @display(description=_("consumer class"))
    def class_label(self, tariff: Tariff) -> str:
        return tariff.subclass or tariff.consumer_class or "–"

    @display(description="TUSD")
    def tusd_number(self, tariff: Tariff) -> str:
        return f"{number(tariff.tusd_value, 2)}{NBSP}{tariff.get_unit_display()}"

    @display(description=_("TE (R$/MWh)"))
    def te_number(self, tariff: Tariff) -> str:
        return number(tariff.te_value, 2)

    @display(description=_("total (R$/kWh)"))
    def total_number(self, tariff: Tariff) -> str:
        return number(tariff.total_tariff, 5)

    @display(description="TUSD")
    def tusd(self, tariff: Tariff) -> str:
        per_kwh = "" if tariff.tusd_brl_per_kwh is None else f" = {brl(tariff.tusd_brl_per_kwh, 5)}/kWh"
        return f"{number(tariff.tusd_value, 2)} {tariff.get_unit_display()}{per_kwh}"

    @display(description="TE")
    def te(self, tariff: Tariff) -> str:
        per_kwh = "" if tariff.te_brl_per_kwh is None else f" = {brl(tariff.te_brl_per_kwh, 5)}/kWh"
        return f"{number(tariff.te_value, 2)} R$/MWh{per_kwh}"

    @display(description=_("TUSD + TE"))
    def total(self, tariff: Tariff) -> str:
        return "–" if tariff.total_tariff is None else f"{brl(tariff.total_tariff, 5)}/kWh"

    @display(description=_("run"))
    def run(self, tariff: Tariff) -> SafeString | str:
        return run_link(tariff.source_run_id)

    @display(description=_("flags"))
    def flags(self, tariff: Tariff) -> SafeString | str:
        return flag_labels(tariff.quality_flags)

    @display(description=_("row as published"))
    def published_row(self, tariff: Tariff) -> SafeString | str:
        return json_block(tariff.raw_data)
