"""What the lists of kits and products have in common: work lists, facets, saved filters, ways to bulk changes."""

from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from products.admin.curation_filters import BAND_LABELS, makers_of, power_band
from products.api.facets import Facet, count_facets
from products.choices import CheckState, ProductCategory, ProductStatus, ReviewState, SystemType
from products.models import SavedFilter, SolarKit, Supplier
from products.worklists import MOST_COUNTED, work_list_counts, work_lists
from ysh.core.admin import number

# What is no filter of the list: the page, the columns' order.
_NOT_FILTERS = {"_what", "_format", "_dialect", "p", "o", "all", "_facets", "_popup", "_to_field"}
_KIT_FACETS = (
    ("review_state__exact", gettext_lazy("review"), Facet("review", "review_state", ReviewState.choices)),
    ("check_state__exact", gettext_lazy("checks"), Facet("checks", "check_state", CheckState.choices)),
    ("system_type__exact", gettext_lazy("system"), Facet("system", "system_type", SystemType.choices)),
    ("power_band", gettext_lazy("power band"), Facet("band", power_band(), BAND_LABELS)),
    ("supplier__code__exact", gettext_lazy("supplier"), Facet("supplier", "supplier_id")),
)
_PRODUCT_FACETS = (
    ("category__exact", gettext_lazy("category"), Facet("category", "category", ProductCategory.choices)),
    ("status__exact", gettext_lazy("status"), Facet("status", "status", ProductStatus.choices)),
    ("inmetro_certified__exact", "INMETRO", Facet("certified", "inmetro_certified", {"true": "✓", "false": "✗"})),
)


def list_query(request: HttpRequest) -> str:
    """The list's search and filters as they stand in the address, without page and order."""
    return urlencode([(name, value) for name, value in request.GET.lists() if name not in _NOT_FILTERS], doseq=True)


class CurationList:
    """A mixin of a ModelAdmin."""

    list_before_template = "ysh/admin/curation/bar.html"
    model: Any
    admin_site: Any
    opts: Any

    def get_urls(self) -> list[URLPattern]:
        view, name = self.admin_site.admin_view, f"products_{self.opts.model_name}"
        return [
            path("curation/", view(require_GET(self.curation_view)), name=f"{name}_curation"),
            path("filters/save/", view(require_POST(self.save_filter_view)), name=f"{name}_save_filter"),
            path("filters/<int:pk>/delete/", view(require_POST(self.delete_filter_view)), name=f"{name}_delete_filter"),
            *super().get_urls(),  # type: ignore[misc]
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        base = f"admin:products_{self.opts.model_name}"
        query = list_query(request)
        lists = [{"key": found.key, "title": found.title, "kind": found.kind} for found in work_lists(self.model)]
        curation = {
            "lists": lists,
            "current": request.GET.get("work_list", ""),
            "url": reverse(f"{base}_curation") + f"?{query}",
            "list_url": reverse(f"{base}_changelist"),
            "query": query,
            "actions": self.curation_actions(request),
        }
        return super().changelist_view(request, {**(extra_context or {}), "curation": curation})  # type: ignore[misc]

    def curation_actions(self, request: HttpRequest) -> list[dict[str, Any]]:
        """Links beside the list: title, icon, address without the query."""
        return []

    def filtered(self, request: HttpRequest) -> "QuerySet[Any]":
        """Every row of the list as the address filters and searches it, not only the page's.

        Raises:
            Http404: the address names a filter that does not exist.
        """
        copied = request.GET.copy()
        for name in _NOT_FILTERS:
            copied.pop(name, None)
        original, request.GET = request.GET, copied  # type: ignore[assignment]
        try:
            changelist = self.get_changelist_instance(request)  # type: ignore[attr-defined]
            rows: QuerySet[Any] = changelist.get_queryset(request).order_by()
        except IncorrectLookupParameters as error:
            raise Http404(str(error)) from error
        finally:
            request.GET = original  # type: ignore[assignment]
        # Without what the list adds for its columns.
        return self.model._default_manager.filter(pk__in=rows.values("pk"))

    def curation_view(self, request: HttpRequest) -> HttpResponse:
        """Counts of the work lists, facets of the filtered list, the person's filters: asked for after the page."""
        if not self.has_view_permission(request):  # type: ignore[attr-defined]
            raise PermissionDenied
        counts = work_list_counts(self.model)
        lists = [(found, counts[found.key]) for found in work_lists(self.model)]
        shown = {key: (f"> {number(MOST_COUNTED)}" if count > MOST_COUNTED else number(count)) for key, count in counts.items()}
        query = list_query(request)
        context = {
            "lists": [
                {
                    "key": found.key,
                    "title": found.title,
                    "kind": found.kind,
                    "count": shown[found.key],
                    "none": not count,
                }
                for found, count in lists
            ],
            "facets": self._facets(request, query),
            "saved": self._saved(request),
            "query": query,
            "current": request.GET.get("work_list", ""),
            "list_url": reverse(f"admin:products_{self.opts.model_name}_changelist"),
            "save_url": reverse(f"admin:products_{self.opts.model_name}_save_filter"),
        }
        response = render(request, "ysh/admin/curation/fragment.html", context)
        response["Cache-Control"] = "no-store"
        return response

    def _facets(self, request: HttpRequest, query: str) -> list[dict[str, Any]]:
        rows = self.filtered(request)
        facets = _KIT_FACETS if self.model is SolarKit else _PRODUCT_FACETS
        counted = count_facets(rows, [facet for _name, _title, facet in facets], {})
        shown = []
        names = dict(Supplier.objects.values_list("code", "name")) if self.model is SolarKit else {}
        for parameter, title, facet in facets:
            values = [
                _choice(query, parameter, value["value"], names.get(value["value"], value["label"]), value["count"])
                for value in counted["facets"][facet.name]
                if value["value"] is not None
            ]
            shown.append({"title": title, "values": values})
        if self.model is SolarKit:
            makers = [_choice(query, "maker", str(key), name, count) for key, name, count in makers_of(rows)]
            shown.append({"title": _("manufacturer"), "values": makers})
        return [facet for facet in shown if facet["values"]]

    def _saved(self, request: HttpRequest) -> list[dict[str, Any]]:
        user = request.user.get_username()
        found = SavedFilter.objects.filter(Q(owner=user) | Q(is_shared=True), list_name=self.opts.model_name)
        return [
            {
                "name": one.name,
                "query": one.query,
                "shared": one.is_shared,
                "delete_url": reverse(f"admin:products_{self.opts.model_name}_delete_filter", args=[one.pk])
                if one.owner == user
                else "",
            }
            for one in found.order_by("name", "pk")[:50]
        ]

    def save_filter_view(self, request: HttpRequest) -> HttpResponse:
        """Keep the list's filters under a name; the same name again replaces what was kept."""
        if not self.has_view_permission(request):  # type: ignore[attr-defined]
            raise PermissionDenied
        query = urlencode([pair for pair in parse_qsl(request.POST.get("query", "")) if pair[0] not in _NOT_FILTERS])
        user = request.user.get_username()
        name = request.POST.get("name", "").strip()
        kept = SavedFilter.objects.filter(owner=user, list_name=self.opts.model_name, name=name).first() or SavedFilter(
            owner=user
        )
        kept.list_name, kept.name, kept.query = self.opts.model_name, name, query
        kept.is_shared = request.POST.get("is_shared") == "on"
        try:
            kept.full_clean()
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            kept.save()
            messages.success(request, _("Filter “%(name)s” saved.") % {"name": name})
        return HttpResponseRedirect(f"{reverse(f'admin:products_{self.opts.model_name}_changelist')}?{query}")

    def delete_filter_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Forget a filter of one's own."""
        user = request.user.get_username()
        kept = get_object_or_404(SavedFilter, pk=pk, owner=user, list_name=self.opts.model_name)
        kept.delete()
        messages.success(request, _("Filter “%(name)s” deleted.") % {"name": kept.name})
        return HttpResponseRedirect(reverse(f"admin:products_{self.opts.model_name}_changelist"))


def _choice(query: str, parameter: str, value: str, label: Any, count: int) -> dict[str, Any]:
    """One value of a facet: the address that adds it to the filters, or takes it away when it is among them."""
    pairs = [pair for pair in parse_qsl(query) if pair[0] != parameter]
    chosen = len(pairs) != len(parse_qsl(query)) and (parameter, value) in parse_qsl(query)
    if not chosen:
        pairs.append((parameter, value))
    return {"label": label or value, "count": number(count), "query": urlencode(pairs), "chosen": chosen}
