"""Certified equipment."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter
from unfold.decorators import action, display

from aneel.choices import CertificationStatus
from aneel.models import Certification
from aneel.querysets import StatusToday
from ysh.core.admin import (
    NBSP,
    DateRangeFilter,
    NumberRangeFilter,
    ReadOnlyAdmin,
    badge,
    external_link,
    json_block,
    number,
    run_link,
)

STATUS_COLOURS: dict[str, str] = {
    CertificationStatus.ACTIVE.value: "success",
    CertificationStatus.EXPIRED.value: "warning",
    CertificationStatus.SUSPENDED.value: "warning",
    CertificationStatus.REVOKED.value: "danger",
    CertificationStatus.PENDING.value: "info",
}


class StatusFilter(DropdownFilter):
    """Status today: what ended yesterday counts as expired, whatever is stored."""

    title = _("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(CertificationStatus.choices)

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Certification]") -> "QuerySet[Certification]":
        if self.value() not in CertificationStatus.values:
            return queryset
        return queryset.annotate(at_this_moment=StatusToday()).filter(at_this_moment=self.value())


class EquipmentFilter(DropdownFilter):
    """Kind of equipment: those there are."""

    title = _("equipment")
    parameter_name = "equipment"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        kinds = Certification.objects.exclude(equipment_type="").order_by("equipment_type")
        return [(kind, kind) for kind in kinds.values_list("equipment_type", flat=True).distinct()]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Certification]") -> "QuerySet[Certification]":
        return queryset.filter(equipment_type=self.value()) if self.value() else queryset


@admin.register(Certification)
class CertificationAdmin(ReadOnlyAdmin):
    """Certified models of equipment."""

    list_display = [
        "model",
        "manufacturer",
        "equipment_type",
        "certificate_label",
        "power_number",
        "efficiency_number",
        "issue_date",
        "expiry_date",
        "status_label",
    ]
    list_filter = [
        EquipmentFilter,
        StatusFilter,
        ("certificate_type", ChoicesDropdownFilter),
        ("power_rating_w", NumberRangeFilter),
        ("issue_date", DateRangeFilter),
    ]
    actions_detail = ["products"]
    ordering = ["manufacturer", "model", "id"]
    sortable_by = ["model", "manufacturer", "issue_date", "expiry_date"]
    search_fields = ["model"]
    search_help_text = _("Model, manufacturer or registration number")
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("certificate_type", "certificate_number"),
                    ("equipment_type", "status_label"),
                    ("manufacturer", "brand"),
                    ("model", "family"),
                    "description",
                ]
            },
        ),
        (
            _("Ratings"),
            {
                "fields": [
                    ("power", "efficiency"),
                    ("voltage_input_min_v", "voltage_input_max_v"),
                    ("voltage_output_v", "current_max_a"),
                    "standards",
                ]
            },
        ),
        (
            _("Period of validity"),
            {
                "fields": [
                    ("issue_date", "expiry_date"),
                    ("last_inspection_date", "ordinance"),
                    "revocation_reason",
                    ("certificate", "test_report"),
                ]
            },
        ),
        (_("Origin"), {"fields": ["certificate_id", ("run", "dataset"), ("created_at", "updated_at"), "published_record"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Certification]":
        return super().get_queryset(request).annotate(status_today=StatusToday())

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Certification]", search_term: str
    ) -> tuple["QuerySet[Certification]", bool]:
        """Parts of a model's name through its trigram index, a maker's name, or a registration number's beginning."""
        term = search_term.strip()
        if not term:
            return queryset, False
        return queryset.filter(
            Q(model__folded__contains=term)
            | Q(manufacturer__folded__startswith=term)
            | Q(brand__folded__startswith=term)
            | Q(certificate_number__startswith=term)
        ), False

    def has_catalogue_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether this person sees products."""
        return request.user.has_perm("products.view_product")

    @action(description=_("Products of the catalogue"), icon="inventory_2", permissions=["catalogue"], url_path="products")
    def products(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The catalogue's page of products that may be of this registration."""
        return redirect("admin:products_product_candidates", object_id)

    @display(description=_("certificate"))
    def certificate_label(self, certification: Certification) -> str:
        return f"{certification.get_certificate_type_display()}{NBSP}{certification.certificate_number}"

    @display(description=_("power (W)"))
    def power_number(self, certification: Certification) -> str:
        return number(certification.power_rating_w)

    @display(description=_("efficiency (%)"))
    def efficiency_number(self, certification: Certification) -> str:
        return number(certification.efficiency_percent, 2)

    @display(description=_("status"))
    def status_label(self, certification: Certification) -> SafeString:
        status = str(getattr(certification, "status_today", certification.status))
        return badge(CertificationStatus(status).label, STATUS_COLOURS[status])

    @display(description=_("power"))
    def power(self, certification: Certification) -> str:
        return number(certification.power_rating_w, unit="W")

    @display(description=_("efficiency"))
    def efficiency(self, certification: Certification) -> str:
        return number(certification.efficiency_percent, unit="%")

    @display(description=_("standards"))
    def standards(self, certification: Certification) -> str:
        return "; ".join(certification.standards_compliance) or "–"

    @display(description=_("certificate"))
    def certificate(self, certification: Certification) -> SafeString | str:
        return external_link(certification.certificate_url)

    @display(description=_("test report"))
    def test_report(self, certification: Certification) -> SafeString | str:
        return external_link(certification.test_report_url)

    @display(description=_("run"))
    def run(self, certification: Certification) -> SafeString | str:
        return run_link(certification.source_run_id)

    @display(description=_("record as published"))
    def published_record(self, certification: Certification) -> SafeString | str:
        return json_block(certification.raw_data)
