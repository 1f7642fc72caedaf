"""The part of a product's page that changes with its category."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display

from products.admin.specification_form import SpecificationForm, specification_fields, values_table
from products.attribute_labels import attribute_label
from products.models import Product
from products.rules.families import FAMILIES

_TITLE = _("Specifications")


class TypedSpecifications(ModelAdmin):
    """A field for each attribute of the category: the one being sent, the one asked for in the address, or the product's."""

    form = SpecificationForm

    class Media:
        js = ["ysh/product_form.js"]

    def get_fieldsets(self, request: HttpRequest, obj: Product | None = None) -> Any:
        category = self._category(request, obj)
        if not self._may_write(request, obj):
            fields: list[Any] = ["values_shown", "completeness_shown"]
        else:
            names = list(specification_fields(category, obj))
            fields = [tuple(names[at : at + 2]) for at in range(0, len(names), 2)]
            fields += [("value_source", "value_document"), "completeness_shown"]
        own = (_TITLE, {"classes": ["ysh-specifications"], "fields": fields})
        return [own if options.get("specifications") else (title, options) for title, options in self._declared_fieldsets()]

    def _declared_fieldsets(self) -> Any:
        return self.fieldsets or []

    def get_form(self, request: HttpRequest, obj: Product | None = None, change: bool = False, **kwargs: Any) -> Any:
        category = self._category(request, obj)
        fields = specification_fields(category, obj) if self._may_write(request, obj) else {}
        kwargs["form"] = type("ProductForm", (SpecificationForm,), {**fields, "fields_category": category})
        return super().get_form(request, obj, change, **kwargs)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {**super().get_changeform_initial_data(request)}

    def save_model(self, request: HttpRequest, obj: Product, form: Any, change: Any) -> None:
        if hasattr(form, "stamp"):
            form.stamp(request.user.get_username())
        super().save_model(request, obj, form, change)
        for sentence in form.unusual() if hasattr(form, "unusual") else []:
            messages.warning(request, sentence)
        if dropped := getattr(form, "dropped", []):
            names = ", ".join(attribute_label(name) for name in dropped)
            messages.warning(
                request, gettext("The category has no such attributes, they were removed: %(names)s.") % {"names": names}
            )

    def _may_write(self, request: HttpRequest, obj: Product | None) -> bool:
        return self.has_change_permission(request, obj) if obj is not None else self.has_add_permission(request)

    def _category(self, request: HttpRequest, obj: Product | None) -> str:
        asked = request.POST.get("category") or request.GET.get("category") or (obj.category if obj is not None else "")
        return asked if asked in FAMILIES else ""

    @display(description=_("values"))
    def values_shown(self, product: Product) -> SafeString | str:
        return values_table(product)

    @display(description=_("completeness"))
    def completeness_shown(self, product: Product) -> str:
        """ "80 % – missing: NOCT, weight"."""
        if product.pk is None or product.completeness is None:
            return "–"
        share = f"{round(product.completeness * 100)}\u00a0%"
        names = ", ".join(attribute_label(name) for name in product.missing)
        return gettext("%(share)s – missing: %(names)s") % {"share": share, "names": names} if names else share
