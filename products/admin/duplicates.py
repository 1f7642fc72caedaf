"""Possible duplicates: groups to look at, products side by side, merging into the one that stays, "these are not the same"."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from products.actions.bulk import BulkRefusedError
from products.actions.merging import CHOSEN, MOST_MERGED, SPEC, dismiss_duplicates, merge_products
from products.admin.bulk import ReasonForm
from products.admin.curation import CurationList
from products.admin.specification_form import shown_value
from products.admin.undo import undo_link
from products.attribute_labels import attribute_label
from products.duplicates import open_groups, products_of
from products.models import Product, SolarKit
from products.rules.families import FAMILIES
from ysh.core.admin import brl, number

PER_PAGE = 25
MOST_COMPARED = 6
_MONEY = {"cost_price", "sale_price"}
_LINKS = {"manufacturer_id": "manufacturer", "certification_id": "certification"}


class DuplicatePages(CurationList):
    """A mixin of a ModelAdmin: groups that look alike; each leads to a comparison, or is dismissed with a reason."""

    def get_urls(self) -> list[URLPattern]:
        view, name = self.admin_site.admin_view, f"products_{self.opts.model_name}"
        return [path("duplicates/", view(self.duplicates_view), name=f"{name}_duplicates"), *super().get_urls()]

    def curation_actions(self, request: HttpRequest) -> list[dict[str, Any]]:
        address = reverse(f"admin:products_{self.opts.model_name}_duplicates")
        link = {"title": _("Possible duplicates"), "icon": "join_inner", "url": address, "whole": True}
        return [*super().curation_actions(request), link]

    def duplicates_view(self, request: HttpRequest) -> HttpResponse:
        """GET: the groups. POST: one of them is dismissed."""
        may_change = self.has_change_permission(request)  # type: ignore[attr-defined]
        if not self.has_view_permission(request) or (request.method == "POST" and not may_change):  # type: ignore[attr-defined]
            raise PermissionDenied
        if request.method == "POST":
            return self._dismiss(request)
        page = Paginator(open_groups(self.model), PER_PAGE).get_page(request.GET.get("page"))
        keys = [key for group in page for key in group.rows]
        rows = self.model._default_manager.defer("raw_data", "search_vector").in_bulk(keys)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Possible duplicates"),
            "model_admin": self,
            "page": page,
            "groups": [
                {
                    "key": group.key,
                    "likeness": number(group.likeness * 100, 0, "%"),
                    "rows": [self._line(rows[key]) for key in group.rows if key in rows],
                    "compare_url": self._compare_url(group.rows, group.key),
                }
                for group in page
            ],
            "may_change": may_change,
            "back": reverse(f"admin:products_{self.opts.model_name}_changelist"),
        }
        return TemplateResponse(request, "ysh/admin/curation/duplicates.html", context)

    def _line(self, row: Any) -> dict[str, Any]:
        is_kit = isinstance(row, SolarKit)
        return {
            "url": reverse(f"admin:products_{self.opts.model_name}_change", args=[row.pk]),
            "code": row.kit_id if is_kit else row.sku,
            "name": row.name,
            "price": brl(row.kit_cost if is_kit else row.cost_price),
            "status": row.get_status_display(),
        }

    def _compare_url(self, keys: Sequence[int], group: str) -> str:
        listed = ",".join(map(str, keys[:MOST_COMPARED]))
        if self.model is SolarKit:
            return f"{reverse('admin:products_kit_compare')}?{urlencode({'kits': listed})}"
        return f"{reverse('admin:products_product_merge')}?{urlencode({'products': listed, 'group': group})}"

    def _dismiss(self, request: HttpRequest) -> HttpResponse:
        by: Any = request.user
        try:
            dismiss_duplicates(group_key=request.POST.get("group", ""), by=by, reason=request.POST.get("reason", ""))
        except BulkRefusedError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("Noted: these are not the same."))
        return HttpResponseRedirect(reverse(f"admin:products_{self.opts.model_name}_duplicates"))


class MergePages(DuplicatePages):
    """A mixin of the products' ModelAdmin."""

    actions = ["selected_merge"]

    def get_urls(self) -> list[URLPattern]:
        return [path("merge/", self.admin_site.admin_view(self.merge_view), name="products_product_merge"), *super().get_urls()]

    @admin.action(description=gettext_lazy("Compare and merge"), permissions=["change"])
    def selected_merge(self, request: HttpRequest, queryset: "QuerySet[Product]") -> HttpResponse:
        keys = ",".join(str(pk) for pk in queryset.order_by("pk").values_list("pk", flat=True)[:MOST_COMPARED])
        return redirect(f"{reverse('admin:products_product_merge')}?products={keys}")

    def merge_view(self, request: HttpRequest) -> HttpResponse:
        """GET: the products side by side. POST: they become one."""
        if not request.user.has_perms(["products.change_product", "products.change_kitcomponent"]):
            raise PermissionDenied
        keys = [int(key) for key in request.GET.get("products", "").split(",") if key.isdigit()][:MOST_MERGED]
        products = products_of(keys)
        form = ReasonForm(request.POST or None)
        if request.method == "POST" and form.is_valid() and (done := self._merge(request, products, form)):
            return done
        context = {
            **self.admin_site.each_context(request),
            "title": _("Compare and merge"),
            "model_admin": self,
            "products": [
                {
                    "pk": product.pk,
                    "url": reverse("admin:products_product_change", args=[product.pk]),
                    "sku": product.sku,
                    "kits": number(product.kits),  # type: ignore[attr-defined]
                    "kept": str(product.pk) == request.POST.get("keep", str(_best(products).pk)),
                }
                for product in products
            ],
            "lines": _lines(products) if products else [],
            "form": form,
            "group": request.GET.get("group", ""),
            "back": reverse("admin:products_product_duplicates"),
        }
        return TemplateResponse(request, "ysh/admin/curation/merge.html", context)

    def _merge(self, request: HttpRequest, products: Sequence[Product], form: ReasonForm) -> HttpResponse | None:
        by_key = {str(product.pk): product for product in products}
        kept = by_key.get(request.POST.get("keep", ""))
        if kept is None:
            form.add_error(None, _("Choose the product that stays."))
            return None
        taken = [by_key[key] for key in request.POST.getlist("take") if key in by_key and by_key[key] is not kept]
        prefix = "value."
        values = {
            name.removeprefix(prefix): int(key)
            for name, key in request.POST.items()
            if name.startswith(prefix) and key in by_key and (by_key[key] in taken or by_key[key] is kept)
        }
        by: Any = request.user
        try:
            result = merge_products(keep=kept, others=taken, by=by, reason=form.cleaned_data["reason"], values=values)
        except BulkRefusedError as refusal:
            form.add_error(None, str(refusal))
            return None
        text = _("%(count)s merged into %(sku)s; codes and prices seen stay.") % {
            "count": number(result.changed),
            "sku": kept.sku,
        }
        messages.success(request, format_html("{} {}", text, undo_link(result.request_id, request.user)))
        return redirect("admin:products_product_change", kept.pk)


def _best(products: Sequence[Any]) -> Any:
    """The product proposed to stay: in most kits, then the most complete, then the oldest."""
    return max(products, key=lambda each: (each.kits, each.completeness or 0, -each.pk)) if products else Product(pk=0)


def _lines(products: Sequence[Any]) -> list[dict[str, Any]]:
    """What they say, field by field; where they differ a value can be chosen, the kept product's own by default."""
    lines = [
        _line(
            "category", capfirst(_("category")), [product.get_category_display() for product in products], products, choose=False
        )
    ]
    for name in CHOSEN:
        field: Any = Product._meta.get_field(_LINKS.get(name, name))
        lines.append(_line(name, capfirst(str(field.verbose_name)), [_text(product, name) for product in products], products))
    family = FAMILIES.get(products[0].category, {})
    for name in dict.fromkeys(name for product in products for name in (*family, *product.specifications)):
        texts = [
            shown_value(family.get(name), product.specifications[name]) if product.specifications.get(name) is not None else ""
            for product in products
        ]
        lines.append(_line(SPEC + name, capfirst(attribute_label(name)), texts, products))
    return [line for line in lines if line["said"]]


def _line(name: str, label: str, texts: list[str], products: Sequence[Any], *, choose: bool = True) -> dict[str, Any]:
    differs = len(set(texts)) > 1
    cells = [{"pk": product.pk, "text": text or "–"} for product, text in zip(products, texts, strict=True)]
    return {"name": name, "label": label, "cells": cells, "differs": differs, "choose": choose and differs, "said": any(texts)}


def _text(product: Any, name: str) -> str:
    value = getattr(product, _LINKS.get(name, name))
    if value in (None, "", []):
        return ""
    if name in _MONEY:
        return brl(value)
    return "\n".join(value) if isinstance(value, list) else str(value)
