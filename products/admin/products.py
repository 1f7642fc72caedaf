"""Products: the equipment's page."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter
from unfold.decorators import display

from products.admin.bases import STATUS_KINDS, RankedSearch, named, once
from products.admin.bulk import BulkPages
from products.admin.curation_filters import WorkListFilter
from products.admin.duplicates import MergePages
from products.admin.exchange import TablePages
from products.admin.forms import FORM_FIELDS
from products.admin.meanwhile import ChangedMeanwhile
from products.admin.media_links import links, pictures
from products.admin.price_history import price_block
from products.admin.product_buttons import ProductButtons
from products.admin.specifications import TypedSpecifications
from products.choices import StockStatus
from products.models import Product
from products.search import search_products
from ysh.core.admin import EditAdmin, NumberRangeFilter, badge, brl, json_block, number, run_link

STOCK_KINDS: dict[str, str] = {
    StockStatus.UNKNOWN.value: "info",
    StockStatus.OUT_OF_STOCK.value: "danger",
    StockStatus.LOW_STOCK.value: "warning",
    StockStatus.IN_STOCK.value: "success",
    StockStatus.OVERSTOCK.value: "info",
}


@admin.register(Product)
class ProductAdmin(
    ChangedMeanwhile, ProductButtons, TypedSpecifications, MergePages, TablePages, BulkPages, RankedSearch, EditAdmin
):
    """One article. Specifications are held against the attributes its category declares."""

    search_function = staticmethod(search_products)
    formfield_overrides = FORM_FIELDS
    list_display = [
        "named",
        "category",
        "manufacturer",
        "model",
        "cost_number",
        "sale_number",
        "stock_label",
        "certified",
        "status_label",
    ]
    list_display_links = ["named"]
    list_select_related = ["manufacturer"]
    list_filter = [
        WorkListFilter,
        ("category", ChoicesDropdownFilter),
        ("status", ChoicesDropdownFilter),
        ("manufacturer", AutocompleteSelectFilter),
        ("sale_price", NumberRangeFilter),
        ("completeness", NumberRangeFilter),
        "inmetro_certified",
    ]
    ordering = ["name", "id"]
    search_fields = ["name"]
    search_help_text = _("Name, model, brand or SKU: placa 610w; accents and typos are forgiven")
    autocomplete_fields = ["manufacturer", "certification"]
    prepopulated_fields = {"seo_slug": ["name"]}
    readonly_fields = [
        "values_shown",
        "completeness_shown",
        "price_history",
        "inmetro_certified",
        "certificate",
        "links",
        "photos",
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
                    ("sku", "status"),
                    "name",
                    ("category", "subcategory"),
                    ("manufacturer", "brand"),
                    "model",
                    "description",
                ]
            },
        ),
        (_("Specifications"), {"specifications": True, "fields": []}),
        (_("Prices"), {"fields": [("cost_price", "markup_percent", "sale_price"), "price_history"]}),
        (_("Stock"), {"fields": [("stock_quantity", "reorder_point"), ("min_stock_level", "max_stock_level")]}),
        (
            _("Certification"),
            {"fields": ["certification", ("inmetro_certified", "certificate"), "inmetro_certificate_number"]},
        ),
        (_("Images and documents"), {"fields": [("image_urls", "photos"), ("datasheet_url", "manual_url"), "links"]}),
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

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Product]":
        queryset: Any = super().get_queryset(request)
        return queryset.with_stock_status().with_certification().defer("search_vector", "raw_data")

    # --- columns
    @display(description=_("product"), ordering="name")
    def named(self, product: Product) -> SafeString:
        return named(product.name, product.sku)

    @display(description=_("cost (R$)"), ordering="cost_price")
    def cost_number(self, product: Product) -> str:
        return brl(product.cost_price)

    @display(description=_("sale (R$)"), ordering="sale_price")
    def sale_number(self, product: Product) -> str:
        return brl(product.sale_price)

    @display(description=_("stock"), ordering="stock_quantity")
    def stock_label(self, product: Any) -> SafeString:
        words = StockStatus(product.stock_status).label
        text = words if product.stock_quantity is None else f"{number(product.stock_quantity)} – {words}"
        return badge(text, STOCK_KINDS[product.stock_status])

    @display(description="INMETRO", boolean=True)
    def certified(self, product: Any) -> bool:
        return product.certified_today

    @display(description=_("status"), ordering="status")
    def status_label(self, product: Product) -> SafeString:
        return badge(product.get_status_display(), STATUS_KINDS[product.status])

    # --- page
    @display(description=_("price history"))
    @once
    def price_history(self, product: Product) -> SafeString | str:
        return price_block(product) if product.pk else "–"

    @display(description=_("registration"))
    @once
    def certificate(self, product: Product) -> str:
        found = product.certification
        if found is None:
            return "–"
        until = date_format(found.expiry_date, "SHORT_DATE_FORMAT") if found.expiry_date else _("without expiry")
        ordinance = f" · {found.ordinance}" if found.ordinance else ""
        return f"{found.certificate_number} · {found.get_status_display()} · {until}{ordinance}"

    @display(description=_("documents"))
    def links(self, product: Product) -> SafeString | str:
        return links([product.datasheet_url, product.manual_url])

    @display(description=_("photos"))
    def photos(self, product: Product) -> SafeString | str:
        return pictures(product.image_urls)

    @display(description=_("run"))
    def run(self, product: Product) -> SafeString | str:
        return run_link(product.source_run_id)

    @display(description=_("record as received"))
    def received(self, product: Product) -> SafeString | str:
        return json_block(product.raw_data)
