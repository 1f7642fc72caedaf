"""Kits: the curator's page."""

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from products.actions.checks import check_kits
from products.actions.completeness import refresh_completeness
from products.admin.bases import OUTCOME_KINDS, REVIEW_KINDS, STATUS_KINDS, GeneratedRangeFilter, RankedSearch, named, once
from products.admin.bulk import ReplacePages
from products.admin.components import KitComponentInline
from products.admin.curation_filters import PartMakerFilter, PowerBandFilter, WorkListFilter
from products.admin.duplicates import DuplicatePages
from products.admin.exchange import TablePages
from products.admin.forms import FORM_FIELDS
from products.admin.kit_buttons import KitButtons
from products.admin.kit_panel import panel
from products.admin.kit_views import KitViews
from products.admin.meanwhile import ChangedMeanwhile
from products.admin.media_links import links, pictures
from products.admin.price_history import price_block
from products.admin.state_percents import StatePercentsField, StatePercentsInput
from products.breakdown import BreakdownLine, cost_breakdown
from products.models import SolarKit
from products.search import search_kits
from ysh.core.admin import EditAdmin, NumberRangeFilter, badge, brl, json_block, number, run_link


@admin.register(SolarKit)
class SolarKitAdmin(ChangedMeanwhile, KitButtons, KitViews, DuplicatePages, TablePages, ReplacePages, RankedSearch, EditAdmin):
    """A kit with its parts and what the rules say of it."""

    search_function = staticmethod(search_kits)
    formfield_overrides = FORM_FIELDS
    inlines = [KitComponentInline]
    change_form_template = "ysh/admin/kit_form.html"
    add_form_template = "ysh/admin/kit_form.html"
    list_display = [
        "named",
        "system_type",
        "power_number",
        "total_number",
        "per_wp_number",
        "supplier",
        "check_label",
        "review_label",
        "status_label",
    ]
    list_display_links = ["named"]
    list_select_related = ["supplier"]
    list_filter = [
        WorkListFilter,
        PowerBandFilter,
        PartMakerFilter,
        ("review_state", ChoicesDropdownFilter),
        ("check_state", ChoicesDropdownFilter),
        ("status", ChoicesDropdownFilter),
        ("system_type", ChoicesDropdownFilter),
        ("supplier", RelatedDropdownFilter),
        ("roof_type", ChoicesDropdownFilter),
        ("voltage_phase", ChoicesDropdownFilter),
        ("power_kwp", NumberRangeFilter),
        ("total_price", GeneratedRangeFilter),
        ("price_per_wp", GeneratedRangeFilter),
    ]
    ordering = ["name", "id"]
    search_fields = ["name"]
    search_help_text = _("Name, code or part: placa 610w, growatt 5kw; accents and typos are forgiven")
    autocomplete_fields = ["supplier"]
    prepopulated_fields = {"seo_slug": ["name"]}
    readonly_fields = [
        "dc_ac",
        "total",
        "per_wp",
        "breakdown",
        "price_history",
        "review_label",
        "completeness_shown",
        "photos",
        "documents",
        "run",
        "received",
        "created_at",
        "updated_at",
    ]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("kit_id", "sku"),
                    "name",
                    ("system_type", "supplier"),
                    ("review_label", "status"),
                    "completeness_shown",
                    "description",
                ]
            },
        ),
        (
            _("Power and use"),
            {
                "fields": [
                    ("power_kwp", "declared_power_kwp"),
                    ("inverter_power_kw", "dc_ac"),
                    ("voltage_phase", "roof_type"),
                    ("avg_monthly_generation_kwh", "estimated_coverage_percent"),
                    "target_consumer_class",
                    ("recommended_consumption_min_kwh", "recommended_consumption_max_kwh"),
                    ("warranty_years", "support_level"),
                ]
            },
        ),
        (
            _("Prices"),
            {
                "fields": [
                    ("kit_cost", "installation_cost", "documentation_cost"),
                    ("total", "per_wp"),
                    "regional_adjustments",
                    "breakdown",
                    "price_history",
                ]
            },
        ),
        (
            _("Images and documents"),
            {
                "fields": [
                    ("image_urls", "photos"),
                    "photo_exception",
                    ("technical_sheet_url", "installation_guide_url"),
                    "documents",
                ]
            },
        ),
        (
            _("Page in the shop"),
            {
                "classes": ["collapse"],
                "fields": [
                    ("seo_slug", "seo_title"),
                    "seo_description",
                    "seo_keywords",
                    ("medusa_product_id", "saleor_product_id"),
                ],
            },
        ),
        (_("Origin"), {"classes": ["collapse"], "fields": ["run", ("created_at", "updated_at"), "received"]}),
    ]

    class Media:
        js = ["ysh/kit_editor.js"]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "regional_adjustments":
            kwargs |= {"form_class": StatePercentsField, "widget": StatePercentsInput()}
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
        kit = kwargs.get("obj")
        return super().render_change_form(
            request, {**context, "panel": panel(kit, request.user) if kit is not None else None}, *args, **kwargs
        )

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """The rules are asked at once: the person sees what came of the change on the page that follows."""
        super().save_related(request, form, formsets, change)
        refresh_completeness(kit_ids=[form.instance.pk])
        check_kits([form.instance.pk])

    def get_queryset(self, request: HttpRequest) -> "QuerySet[SolarKit]":
        return super().get_queryset(request).defer("search_vector", "raw_data")

    # --- columns
    @display(description=_("kit"), ordering="name")
    def named(self, kit: SolarKit) -> SafeString:
        return named(kit.name, kit.kit_id)

    @display(description=_("power (kWp)"), ordering="power_kwp")
    def power_number(self, kit: SolarKit) -> str:
        return number(kit.power_kwp, 2)

    @display(description=_("total price"), ordering="total_price")
    def total_number(self, kit: SolarKit) -> str:
        return brl(kit.total_price)

    @display(description="R$/Wp", ordering="price_per_wp")
    def per_wp_number(self, kit: SolarKit) -> str:
        return number(kit.price_per_wp, 2)

    @display(description=_("checks"), ordering="check_state")
    def check_label(self, kit: SolarKit) -> SafeString:
        return badge(kit.get_check_state_display(), OUTCOME_KINDS[kit.check_state])

    @display(description=_("review"), ordering="review_state")
    def review_label(self, kit: SolarKit) -> SafeString:
        return badge(kit.get_review_state_display(), REVIEW_KINDS[kit.review_state])

    @display(description=_("status"), ordering="status")
    def status_label(self, kit: SolarKit) -> SafeString:
        return badge(kit.get_status_display(), STATUS_KINDS[kit.status])

    # --- page
    @display(description=_("completeness"))
    def completeness_shown(self, kit: SolarKit) -> str:
        """ "56 % – missing: images, warranty"."""
        if kit.pk is None or kit.completeness is None:
            return "–"
        share = number(kit.completeness * 100, 0, "%")
        names = ", ".join(str(kit._meta.get_field(name).verbose_name) for name in kit.missing)  # type: ignore[union-attr]
        return gettext("%(share)s – missing: %(names)s") % {"share": share, "names": names} if names else share

    @display(description=_("DC/AC ratio"))
    def dc_ac(self, kit: SolarKit) -> str:
        return number(kit.dc_ac_ratio, 2) if kit.pk else "–"

    @display(description=_("total price"))
    def total(self, kit: SolarKit) -> str:
        return brl(kit.total_price) if kit.pk else "–"

    @display(description=_("price per Wp"))
    def per_wp(self, kit: SolarKit) -> str:
        return brl(kit.price_per_wp) if kit.pk else "–"

    @display(description=_("photos"))
    def photos(self, kit: SolarKit) -> SafeString | str:
        return pictures(kit.image_urls)

    @display(description=_("documents"))
    def documents(self, kit: SolarKit) -> SafeString | str:
        return links([kit.technical_sheet_url, kit.installation_guide_url])

    @display(description=_("what the price is made of"))
    @once
    def breakdown(self, kit: SolarKit) -> SafeString | str:
        lines = cost_breakdown(kit.kit_id) if kit.pk else []
        if not lines:
            return "–"
        rows = format_html_join("", "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>", map(_cells, lines))
        return format_html('<table class="ysh-breakdown">{}</table>', rows)

    @display(description=_("price history"))
    @once
    def price_history(self, kit: SolarKit) -> SafeString | str:
        return price_block(kit) if kit.pk else "–"

    @display(description=_("run"))
    def run(self, kit: SolarKit) -> SafeString | str:
        return run_link(kit.source_run_id)

    @display(description=_("record as received"))
    def received(self, kit: SolarKit) -> SafeString | str:
        return json_block(kit.raw_data)


def _cells(line: BreakdownLine) -> tuple[Any, ...]:
    share = None if line.share is None else line.share * Decimal(100)
    return line.label, number(line.quantity), brl(line.unit_price), brl(line.total), number(share, 1, "%")
