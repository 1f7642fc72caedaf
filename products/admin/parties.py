"""Manufacturers and suppliers."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Max, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from products.admin.bases import MatchingSearch
from products.admin.forms import FORM_FIELDS
from products.models import Manufacturer, Price, Product, SolarKit, Supplier
from ysh.core.admin import EditAdmin, external_link, moment, number


@admin.register(Manufacturer)
class ManufacturerAdmin(MatchingSearch, EditAdmin):
    """Names are unique without case and accents; the other spellings teach the imports."""

    formfield_overrides = FORM_FIELDS
    list_display = ["name", "spellings", "product_number", "site"]
    ordering = ["name"]
    search_fields = ["name"]
    search_help_text = _("Name or another spelling")
    fields = ["name", "aliases", "website", ("created_at", "updated_at")]
    readonly_fields = ["created_at", "updated_at"]

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Manufacturer]":
        products = Product.objects.filter(manufacturer=OuterRef("pk")).order_by().values("manufacturer").annotate(n=Count("pk"))
        return super().get_queryset(request).annotate(product_count=Coalesce(Subquery(products.values("n")), 0))

    @display(description=_("other spellings"))
    def spellings(self, manufacturer: Manufacturer) -> str:
        return ", ".join(manufacturer.aliases) or "–"

    @display(description=_("products"), ordering="product_count")
    def product_number(self, manufacturer: Any) -> str:
        return number(manufacturer.product_count)

    @display(description=_("website"))
    def site(self, manufacturer: Manufacturer) -> SafeString | str:
        return external_link(manufacturer.website)


@admin.register(Supplier)
class SupplierAdmin(EditAdmin):
    """A supplier's code is its key and is fixed once saved."""

    list_display = ["code", "name", "kit_number", "last_price"]
    ordering = ["name", "code"]
    search_fields = ["code", "name__folded__contains"]
    fields = ["code", "name", "mapping_notes", ("created_at", "updated_at")]

    def get_readonly_fields(self, request: HttpRequest, obj: Supplier | None = None) -> list[str]:
        return ["created_at", "updated_at", *(["code"] if obj else [])]

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Supplier]":
        kits = SolarKit.objects.filter(supplier=OuterRef("pk")).order_by().values("supplier").annotate(n=Count("pk"))
        prices = Price.objects.filter(supplier=OuterRef("pk")).order_by().values("supplier").annotate(last=Max("valid_from"))
        return (
            super()
            .get_queryset(request)
            .annotate(kit_count=Coalesce(Subquery(kits.values("n")), 0), last_price_at=Subquery(prices.values("last")))
        )

    @display(description=_("kits"), ordering="kit_count")
    def kit_number(self, supplier: Any) -> str:
        return number(supplier.kit_count)

    @display(description=_("last price seen"), ordering="last_price_at")
    def last_price(self, supplier: Any) -> str:
        return moment(supplier.last_price_at)
