"""Addresses of the kit editor besides its form: totals while typing, checking again, another part, a comparison."""

import json
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from products.actions.checks import check_kits
from products.actions.kits import replace_component
from products.admin.forms import autocompleted
from products.admin.kit_comparison import comparison
from products.admin.kit_panel import panel, passed_lines, replacement_effect, totals_of_form
from products.admin.undo import say_undoable
from products.models import KitComponent, Product, SolarKit
from ysh.core.errors import TerminalError


class ReplaceForm(forms.Form):
    """Which part goes, which product takes its place."""

    component = forms.ModelChoiceField(
        label=_("Component that goes"), queryset=KitComponent.objects.none(), widget=UnfoldAdminSelectWidget, empty_label=None
    )
    product = forms.ModelChoiceField(
        label=_("Product that takes its place"), queryset=Product.objects.defer("raw_data", "search_vector")
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=500, required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2})
    )

    def __init__(self, kit: SolarKit, site: Any, data: Any) -> None:
        super().__init__(data or None)
        component: Any = self.fields["component"]
        component.queryset = kit.components.with_products()
        component.label_from_instance = lambda part: f"{part} – {part.product.name}"
        autocompleted(self, "product", KitComponent._meta.get_field("product"), site)


class CompareForm(forms.Form):
    """One more kit beside the others; the field is named as it stands in the address."""


CompareForm.base_fields["with"] = forms.ModelChoiceField(
    label=_("Compare with"), queryset=SolarKit.objects.only("kit_id", "name"), required=False
)


class KitViews(ModelAdmin):
    """Read with the right to view, written with the right to change."""

    def get_urls(self) -> list[URLPattern]:
        site = self.admin_site
        own = [
            path("totals/", site.admin_view(require_POST(self.totals_view)), name="products_kit_totals"),
            path("compare/", site.admin_view(self.compare_view), name="products_kit_compare"),
            path("<int:pk>/recheck/", site.admin_view(require_POST(self.recheck_view)), name="products_kit_recheck"),
            path("<int:pk>/passed/", site.admin_view(self.passed_view), name="products_kit_passed"),
            path("<int:pk>/replace/", site.admin_view(self.replace_view), name="products_kit_replace"),
        ]
        return own + super().get_urls()

    def totals_view(self, request: HttpRequest) -> HttpResponse:
        """What the form on the page adds up to; nothing is written."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            data = json.loads(request.body)
        except ValueError:
            data = None
        if not isinstance(data, dict) or not isinstance(data.get("parts", []), list):
            return HttpResponseBadRequest(gettext("Expected a JSON object {parts: [...], kit_cost: ...}."))
        return JsonResponse(totals_of_form(data))

    def recheck_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask the rules now, and answer with the panel as it is then."""
        kit = get_object_or_404(SolarKit, pk=pk)
        if not self.has_change_permission(request, kit):
            raise PermissionDenied
        check_kits([kit.pk])
        return TemplateResponse(request, "ysh/admin/kit_findings.html", {"panel": panel(kit, request.user)})

    def passed_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The rules the kit passes, for the panel's list that opens."""
        kit = get_object_or_404(SolarKit.objects.with_components().defer("raw_data", "search_vector"), pk=pk)
        if not self.has_view_permission(request, kit):
            raise PermissionDenied
        return TemplateResponse(request, "ysh/admin/kit_passed.html", {"lines": passed_lines(kit, request.user)})

    def replace_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Choose, see what it does to the kit's figures, then do it."""
        kit = get_object_or_404(SolarKit.objects.defer("raw_data", "search_vector"), pk=pk)
        if not self.has_change_permission(request, kit):
            raise PermissionDenied
        form = ReplaceForm(kit, self.admin_site, request.POST if request.method == "POST" else request.GET)
        effect = None
        if form.is_bound and form.is_valid():
            component, product = form.cleaned_data["component"], form.cleaned_data["product"]
            if request.method == "POST":
                try:
                    replace_component(component, product, by=request.user, reason=form.cleaned_data["reason"])  # type: ignore[arg-type]
                except TerminalError as refusal:
                    messages.error(request, str(refusal))
                else:
                    check_kits([kit.pk])
                    say_undoable(
                        request, gettext("%(product)s took the place in %(kit)s.") % {"product": product.sku, "kit": kit.kit_id}
                    )
                    return redirect("admin:products_solarkit_change", kit.pk)
            effect = replacement_effect(kit, component, product)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Replace a component of %(kit)s") % {"kit": kit.kit_id},
            "model_admin": self,
            "kit": kit,
            "form": form,
            "media": self.media + form.media,
            "effect": effect,
        }
        return TemplateResponse(request, "ysh/admin/kit_replace.html", context)

    def compare_view(self, request: HttpRequest) -> HttpResponse:
        """Kits side by side: ?kits=1,2 (and &with=3, from the page's own box)."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        keys = [*request.GET.get("kits", "").split(","), *request.GET.getlist("with")]
        chosen = list(dict.fromkeys(int(key) for key in keys if key.isdigit()))
        picker = CompareForm()
        autocompleted(picker, "with", KitComponent._meta.get_field("kit"), self.admin_site)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Kits side by side"),
            "model_admin": self,
            "comparison": comparison(chosen),
            "chosen": ",".join(map(str, chosen)),
            "picker": picker,
            "media": self.media + picker.media,
        }
        return TemplateResponse(request, "ysh/admin/kit_compare.html", context)
