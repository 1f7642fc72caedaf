"""Pages for changes over a whole filter: choose what, see what it would do, then do it as one unit that can be undone."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from products.actions.bulk import (
    PRICE_FIELDS,
    BulkRefusedError,
    BulkResult,
    Preview,
    change_field,
    change_prices,
    editable_fields,
    preview_field,
    preview_prices,
)
from products.actions.replace_part import preview_replacement, replace_part
from products.actions.shown import NotAsShownError
from products.admin.bases import OUTCOME_KINDS
from products.admin.curation import CurationList, list_query
from products.admin.undo import say_done
from products.choices import CheckState
from products.models import KitComponent, Product
from ysh.core.admin import badge, brl, number

_PERCENT = "percent:"
# The field that gives a preview's revision back.
SHOWN = "_shown"


class ReasonForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300)


class PercentForm(ReasonForm):
    percent = forms.DecimalField(
        label=gettext_lazy("Percentage"),
        max_digits=6,
        decimal_places=2,
        localize=True,
        help_text=gettext_lazy("10 raises prices by a tenth, -5 lowers them by a twentieth; each is rounded to the cent"),
    )
    field_order = ("percent", "reason")


def field_form(model: Any, name: str) -> type[forms.Form]:
    """A form with a field's own input and a reason."""
    value = editable_fields(model)[name].formfield(required=False, localize=True)
    if value is None:
        raise KeyError(name)
    value.label = gettext_lazy("New value")
    form: type[forms.Form] = type("FieldForm", (ReasonForm,), {"value": value, "field_order": ("value", "reason")})
    return form


class BulkPages(CurationList):
    """A mixin of a ModelAdmin: the list's filter, changed as one."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [path("bulk/", view(self.bulk_view), name=f"products_{self.opts.model_name}_bulk"), *super().get_urls()]

    def curation_actions(self, request: HttpRequest) -> list[dict[str, Any]]:
        if not self.has_change_permission(request):  # type: ignore[attr-defined]
            return super().curation_actions(request)
        address = reverse(f"admin:products_{self.opts.model_name}_bulk")
        return [
            *super().curation_actions(request),
            {"title": _("Change all of this filter"), "icon": "edit_note", "url": address},
        ]

    def bulk_view(self, request: HttpRequest) -> HttpResponse:
        """GET: what to change, and its form. POST: the preview, and with `apply` the change."""
        if not self.has_change_permission(request):  # type: ignore[attr-defined]
            raise PermissionDenied
        rows, what = self.filtered(request), request.GET.get("_what", "")
        options = self._options()
        form_class = self._form(what, options)
        form = form_class(request.POST or None) if form_class else None
        preview: Preview | None = None
        if form is not None and request.method == "POST" and form.is_valid():
            try:
                if "apply" in request.POST:
                    say_done(request, self._apply(request, rows, what, form.cleaned_data))
                    return HttpResponseRedirect(self._back(request))
            except (BulkRefusedError, NotAsShownError) as error:
                form.add_error(None, str(error))
            preview = self._preview_or_error(rows, what, form)
        context = {
            **self.admin_site.each_context(request),
            "shown": SHOWN,
            "title": _("Change all of this filter"),
            "model_admin": self,
            "rows": number(rows.count() if preview is None else preview.rows),
            "options": options,
            "what": what,
            "form": form,
            "preview": _shown(preview, is_money=what.startswith(_PERCENT) or "cost" in what or "price" in what)
            if preview
            else None,
            "query": list_query(request),
            "pairs": [(name, value) for name in request.GET if name != "_what" for value in request.GET.getlist(name)],
            "back": self._back(request),
        }
        return TemplateResponse(request, "ysh/admin/curation/bulk.html", context)

    def _options(self) -> list[tuple[str, str]]:
        prices = [
            (f"{_PERCENT}{name}", _("%(price)s by a percentage") % {"price": capfirst(self._label(name))})
            for name in PRICE_FIELDS.get(self.model, {})
        ]
        fields = sorted((capfirst(str(field.verbose_name)), name) for name, field in editable_fields(self.model).items())
        return [*prices, *((name, label) for label, name in fields)]

    def _label(self, name: str) -> str:
        return str(self.model._meta.get_field(name).verbose_name)

    def _form(self, what: str, options: list[tuple[str, str]]) -> type[forms.Form] | None:
        if what not in dict(options):
            return None
        return PercentForm if what.startswith(_PERCENT) else field_form(self.model, what)

    def _preview_or_error(self, rows: Any, what: str, form: Any) -> Preview | None:
        """The effect as it is now, also after a refusal; what is wrong is said once."""
        try:
            return self._preview(rows, what, form.cleaned_data)
        except BulkRefusedError as error:
            if str(error) not in form.non_field_errors():
                form.add_error(None, str(error))
            return None

    def _preview(self, rows: Any, what: str, data: dict[str, Any]) -> Preview:
        if what.startswith(_PERCENT):
            return preview_prices(rows, field=what.removeprefix(_PERCENT), percent=data["percent"])
        return preview_field(rows, field=what, value=data["value"])

    def _apply(self, request: HttpRequest, rows: Any, what: str, data: dict[str, Any]) -> BulkResult:
        told: dict[str, Any] = {"by": request.user, "reason": data["reason"], "shown": request.POST.get(SHOWN, "")}
        if what.startswith(_PERCENT):
            return change_prices(rows, field=what.removeprefix(_PERCENT), percent=data["percent"], **told)
        return change_field(rows, field=what, value=data["value"], **told)

    def _back(self, request: HttpRequest) -> str:
        query = list_query(request)
        return reverse(f"admin:products_{self.opts.model_name}_changelist") + (f"?{query}" if query else "")


def _shown(preview: Preview, *, is_money: bool) -> dict[str, Any]:
    def text(value: Any) -> str:
        if value in (None, ""):
            return "–"
        if is_money and isinstance(value, Decimal):
            return brl(value)
        return str(value)

    return {
        "revision": preview.revision,
        "changed": number(preview.changed),
        "none": not preview.changed,
        "without_value": number(preview.without_value) if preview.without_value else "",
        "published": number(preview.published) if preview.published else "",
        "totals": (brl(preview.total_before), brl(preview.total_after)) if preview.total_before is not None else None,
        "samples": [(sample.label, text(sample.before), text(sample.after)) for sample in preview.samples],
    }


class ReplaceForm(ReasonForm):
    old = forms.ModelChoiceField(Product.objects.all(), label=gettext_lazy("Part to replace"))
    new = forms.ModelChoiceField(Product.objects.filter(merged_into=None), label=gettext_lazy("New part"))
    adjust_price = forms.BooleanField(
        label=gettext_lazy("Kit prices follow the difference in cost"), required=False, initial=True
    )
    field_order = ("old", "new", "adjust_price", "reason")

    def __init__(self, *args: Any, admin_site: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("old", "new"):
            field: Any = self.fields[name]
            field.widget = AutocompleteSelect(KitComponent._meta.get_field("product"), admin_site, choices=field.choices)


class ReplacePages(BulkPages):
    """A mixin of the kits' ModelAdmin: one part in another's place in all kits of the filter."""

    def get_urls(self) -> list[URLPattern]:
        return [
            path("replace-part/", self.admin_site.admin_view(self.replace_part_view), name="products_solarkit_replace_part"),
            *super().get_urls(),
        ]

    def curation_actions(self, request: HttpRequest) -> list[dict[str, Any]]:
        actions = super().curation_actions(request)
        if self._may_replace(request):
            actions.append(
                {"title": _("Replace a part"), "icon": "swap_horiz", "url": reverse("admin:products_solarkit_replace_part")}
            )
        return actions

    def _may_replace(self, request: HttpRequest) -> bool:
        return request.user.has_perms(["products.change_solarkit", "products.change_kitcomponent"])

    def replace_part_view(self, request: HttpRequest) -> HttpResponse:
        """GET: the form. POST: a rehearsal's effect on power, price and checks, and with `apply` the replacement."""
        if not self._may_replace(request):
            raise PermissionDenied
        form = ReplaceForm(request.POST or None, admin_site=self.admin_site)
        kits, effect = self.filtered(request), None
        if request.method == "POST" and form.is_valid():
            data = form.cleaned_data
            chosen: dict[str, Any] = {"old": data["old"], "new": data["new"], "adjust_price": data["adjust_price"]}
            by: Any = request.user
            try:
                if "apply" in request.POST:
                    told = {"by": by, "reason": data["reason"], "shown": request.POST.get(SHOWN, "")}
                    say_done(request, replace_part(**chosen, kits=kits, **told))
                    return HttpResponseRedirect(self._back(request))
            except (BulkRefusedError, NotAsShownError) as error:
                form.add_error(None, str(error))
            effect = self._effect_or_error(form, chosen, kits)
        context = {
            **self.admin_site.each_context(request),
            "shown": SHOWN,
            "title": _("Replace a part"),
            "model_admin": self,
            "rows": number(kits.count()),
            "form": form,
            "media": form.media,
            "effect": effect,
            "back": self._back(request),
        }
        return TemplateResponse(request, "ysh/admin/curation/replace.html", context)

    def _effect_or_error(self, form: Any, chosen: dict[str, Any], kits: Any) -> dict[str, Any] | None:
        try:
            return _effect(preview_replacement(**chosen, kits=kits))
        except BulkRefusedError as error:
            if str(error) not in form.non_field_errors():
                form.add_error(None, str(error))
            return None


def _effect(found: Any) -> dict[str, Any]:
    def state(value: str) -> SafeString:
        return badge(CheckState(value).label, OUTCOME_KINDS[value])

    states = [state_ for state_ in CheckState if found.checks_before.get(state_) or found.checks_after.get(state_)]
    return {
        "revision": found.revision,
        "kits": number(found.kits),
        "published": number(found.published),
        "checked": number(found.checked),
        "is_part": found.checked < found.kits,
        "worse": number(found.worse) if found.worse else "",
        "checks": [
            (state(kind), number(found.checks_before.get(kind, 0)), number(found.checks_after.get(kind, 0))) for kind in states
        ],
        "power": (number(found.power_before, 2, "kWp"), number(found.power_after, 2, "kWp")),
        "price": (brl(found.price_before), brl(found.price_after)),
        "without_price": number(found.without_price) if found.without_price else "",
        "samples": [
            {
                "label": one.label,
                "power": (number(one.power_before, 2), number(one.power_after, 2)),
                "price": (brl(one.price_before), brl(one.price_after)),
                "checks": (state(one.checks_before), state(one.checks_after)),
            }
            for one in found.samples
        ],
    }
