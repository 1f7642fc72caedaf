"""Filters of the curators' lists that are no plain column: work list, power band, maker of a part."""

from typing import Any

from django.db.models import Case, CharField, Count, F, QuerySet, Value, When
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter

from products.models import KitComponent, Manufacturer
from products.worklists import work_list, work_lists

# Lower bound in kWp -> label; the fast track ends at 7.5 kW, micro generation at 75 kW.
POWER_BANDS: tuple[tuple[str, float, float | None, Any], ...] = (
    ("0-3", 0, 3, _("up to 3 kWp")),
    ("3-5", 3, 5, _("3 to 5 kWp")),
    ("5-7.5", 5, 7.5, _("5 to 7.5 kWp")),
    ("7.5-10", 7.5, 10, _("7.5 to 10 kWp")),
    ("10-20", 10, 20, _("10 to 20 kWp")),
    ("20-75", 20, 75, _("20 to 75 kWp")),
    ("75-", 75, None, _("75 kWp and more")),
)
BAND_LABELS = {key: label for key, _low, _high, label in POWER_BANDS}


def power_band() -> Case:
    """The band of a kit's `power_kwp`, by its key."""
    whens = [When(power_kwp__lt=high, then=Value(key)) for key, _low, high, _label in POWER_BANDS if high is not None]
    return Case(*whens, default=Value(POWER_BANDS[-1][0]), output_field=CharField())


class WorkListFilter(DropdownFilter):
    title = _("work list")
    parameter_name = "work_list"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(found.key, found.title) for found in work_lists(model_admin.model)]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        found = work_list(queryset.model, self.value() or "")
        return found.narrow(queryset) if found else queryset


class PowerBandFilter(DropdownFilter):
    title = _("power band")
    parameter_name = "power_band"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(key, label) for key, _low, _high, label in POWER_BANDS]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        for key, low, high, _label in POWER_BANDS:
            if key == self.value():
                queryset = queryset.filter(power_kwp__gte=low)
                return queryset if high is None else queryset.filter(power_kwp__lt=high)
        return queryset


class PartMakerFilter(DropdownFilter):
    """Kits with a part of a manufacturer."""

    title = _("manufacturer of a part")
    parameter_name = "maker"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(key), name) for key, name in Manufacturer.objects.order_by("name").values_list("pk", "name")]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        value = self.value()
        if not value or not value.isdigit():
            return queryset
        parts = KitComponent.objects.filter(product__manufacturer=int(value)).order_by()
        return queryset.filter(pk__in=parts.values("kit_id"))


def makers_of(kits: "QuerySet[Any]", limit: int = 30) -> list[tuple[int, str, int]]:
    """Manufacturers of panels, inverters and batteries of the kits, with how many kits each is in, most first."""
    kinds = ["PANEL", "INVERTER", "MICROINVERTER", "BATTERY"]
    rows = (
        KitComponent.objects.filter(kit__in=kits.order_by().values("pk"), component_type__in=kinds)
        .exclude(product__manufacturer=None)
        .order_by()
        .values_list("product__manufacturer_id", "product__manufacturer__name")
        .annotate(kits=Count("kit_id", distinct=True))
        .order_by("-kits", F("product__manufacturer__name"))[:limit]
    )
    return list(rows)
