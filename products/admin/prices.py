"""Prices: a history to read, never to change."""

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from products.admin.bases import MatchingSearch
from products.choices import PriceKind
from products.models import Price
from ysh.core.admin import DateRangeFilter, NumberRangeFilter, ReadOnlyAdmin, badge, brl, run_link

KIND_KINDS: dict[str, str] = {PriceKind.COST.value: "warning", PriceKind.SALE.value: "success"}


@admin.register(Price)
class PriceAdmin(MatchingSearch, ReadOnlyAdmin):
    """Every price ever seen, newest first."""

    list_display = ["valid_from", "product", "kit", "kind_label", "amount_number", "supplier"]
    list_select_related = ["product", "kit", "supplier"]
    list_filter = [
        ("kind", ChoicesDropdownFilter),
        ("supplier", RelatedDropdownFilter),
        ("product", AutocompleteSelectFilter),
        ("kit", AutocompleteSelectFilter),
        ("amount", NumberRangeFilter),
        ("valid_from", DateRangeFilter),
    ]
    ordering = ["-valid_from", "-id"]
    search_fields = ["product"]
    search_help_text = _("Name, model, brand, SKU or kit id")
    fields = [("product", "kit"), ("kind", "amount_number"), ("valid_from", "supplier"), ("run", "created_at")]

    @display(description=_("kind"))
    def kind_label(self, price: Price) -> SafeString:
        return badge(price.get_kind_display(), KIND_KINDS[price.kind])

    @display(description=_("amount"), ordering="amount")
    def amount_number(self, price: Price) -> str:
        return brl(price.amount)

    @display(description=_("run"))
    def run(self, price: Price) -> SafeString | str:
        return run_link(price.source_run_id)
