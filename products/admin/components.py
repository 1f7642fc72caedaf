"""What kits are made of: the table inside the kit's page, and the list of every part's use."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.db.models import Field, ForeignKey, QuerySet
from django.forms import ModelChoiceField, TypedChoiceField
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from products.admin.bases import MatchingSearch
from products.admin.forms import KnownChoiceSelect
from products.models import KitComponent
from ysh.core.admin import EditAdmin, brl, number


class KitComponentForm(forms.ModelForm):
    """Hands the row's product, fetched with the rows, to its autocomplete."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields.get("product")
        if field is None or self.instance.product_id is None:
            return
        widget: Any = field.widget.widget if isinstance(field.widget, RelatedFieldWidgetWrapper) else field.widget
        widget.known = self.instance.product


class ComponentColumns:
    @display(description=_("total (R$)"), ordering="total_price")
    def total_number(self, component: KitComponent) -> str:
        return brl(component.total_price)


class KitComponentInline(ComponentColumns, TabularInline):
    """The kit's parts; the total of a row is the database's and follows when the page is saved."""

    model = KitComponent
    form = KitComponentForm
    extra = 0
    hide_title = True
    autocomplete_fields = ["product"]
    fields = ["display_order", "product", "component_type", "quantity", "unit_price", "total_number", "is_optional"]
    readonly_fields = ["total_number"]

    def get_queryset(self, request: HttpRequest) -> "QuerySet[KitComponent]":
        queryset: Any = super().get_queryset(request)
        return queryset.with_products()

    def formfield_for_foreignkey(self, db_field: ForeignKey, request: HttpRequest, **kwargs: Any) -> ModelChoiceField | None:
        if db_field.name == "product":
            kwargs["widget"] = KnownChoiceSelect(db_field, self.admin_site, using=kwargs.get("using"))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_choice_field(self, db_field: Field, request: HttpRequest, **kwargs: Any) -> TypedChoiceField:
        """Wide enough to read the part's name in the table."""
        kwargs["widget"] = UnfoldAdminSelectWidget(attrs={"style": "min-width: 9rem"})
        return super().formfield_for_choice_field(db_field, request, **kwargs)


@admin.register(KitComponent)
class KitComponentAdmin(ComponentColumns, MatchingSearch, EditAdmin):
    """Where a part is used: look for a product, find its kits."""

    list_display = ["kit", "product", "component_type", "quantity_number", "unit_number", "total_number", "is_optional"]
    list_display_links = ["product"]
    list_select_related = ["kit", "product"]
    list_filter = [
        ("component_type", ChoicesDropdownFilter),
        ("product", AutocompleteSelectFilter),
        ("kit", AutocompleteSelectFilter),
        "is_optional",
    ]
    ordering = ["-id"]
    search_fields = ["product"]
    search_help_text = _("Product's name, model, brand or SKU; kit's name or id")
    autocomplete_fields = ["kit", "product"]
    fields = [
        ("kit", "product"),
        ("component_type", "quantity"),
        ("unit_price", "total_number"),
        ("display_order", "is_optional"),
        ("created_at", "updated_at"),
    ]
    readonly_fields = ["total_number", "created_at", "updated_at"]

    @display(description=_("quantity"), ordering="quantity")
    def quantity_number(self, component: KitComponent) -> str:
        return str(_("to confirm")) if component.quantity is None else number(component.quantity)

    @display(description=_("unit price (R$)"), ordering="unit_price")
    def unit_number(self, component: KitComponent) -> str:
        return brl(component.unit_price)
