"""Distributors and municipalities: small tables that the large ones point to."""

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from aneel.admin.maps import map_link
from aneel.admin.states import StateFilter, state_code
from aneel.models import Distributor, Municipality
from ysh.core.admin import ReadOnlyAdmin, monospace


def _units_link(parameter: str, value: object) -> SafeString:
    url = reverse("admin:aneel_generationunit_changelist")
    return format_html('<a class="text-link" href="{}?{}={}">{}</a>', url, parameter, value, gettext("see its units"))


@admin.register(Distributor)
class DistributorAdmin(ReadOnlyAdmin):
    """Electricity utilities, as the files name them."""

    list_display = ["name_label", "sigla", "cnpj_label", "state_label", "valid_tariff_until"]
    list_filter = [StateFilter]
    ordering = ["name", "cnpj"]
    sortable_by = ["name_label", "sigla", "valid_tariff_until"]
    search_fields = ["sigla__folded__contains", "name__folded__contains", "cnpj"]
    search_help_text = _("Name, acronym or CNPJ")
    fieldsets = [
        (None, {"fields": [("name", "sigla"), ("cnpj_label", "state_label"), "other_names", "valid_tariff_until", "units"]}),
        (_("Origin"), {"fields": [("created_at", "updated_at")]}),
    ]

    @display(description=_("name"), ordering="name")
    def name_label(self, distributor: Distributor) -> str:
        return distributor.name

    @display(description="CNPJ")
    def cnpj_label(self, distributor: Distributor) -> SafeString:
        c = distributor.cnpj
        return monospace(f"{c[:2]}.{c[2:5]}.{c[5:8]}/{c[8:12]}-{c[12:]}")

    @display(description=_("state"))
    def state_label(self, distributor: Distributor) -> str:
        return state_code(distributor.state)

    @display(description=_("other names seen"))
    def other_names(self, distributor: Distributor) -> str:
        return "; ".join(distributor.aliases) or "–"

    @display(description=_("units"))
    def units(self, distributor: Distributor) -> SafeString:
        return _units_link("distributor__cnpj__exact", distributor.cnpj)

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Distributor]", search_term: str
    ) -> tuple["QuerySet[Distributor]", bool]:
        """A CNPJ may be typed with its punctuation."""
        found, duplicates = super().get_search_results(request, queryset, search_term)
        digits = "".join(character for character in search_term if character.isalnum())
        if len(digits) == 14:
            found = queryset.filter(Q(cnpj=digits.upper()))
        return found, duplicates


@admin.register(Municipality)
class MunicipalityAdmin(ReadOnlyAdmin):
    """The 5,571 municipalities."""

    list_display = ["name", "state_label", "region", "code", "has_centre"]
    list_filter = [StateFilter]
    ordering = ["name", "ibge_code"]
    sortable_by = ["name"]
    search_fields = ["name__folded__contains", "=ibge_code"]
    search_help_text = _("Name or IBGE code")
    fieldsets = [
        (None, {"fields": [("name", "state_label"), ("region", "code"), "centre", "units"]}),
        (_("Origin"), {"fields": [("created_at", "updated_at")]}),
    ]

    @display(description=_("state"))
    def state_label(self, municipality: Municipality) -> str:
        return state_code(municipality.state)

    @display(description=_("IBGE code"))
    def code(self, municipality: Municipality) -> SafeString:
        return monospace(str(municipality.ibge_code))

    @display(description=_("centre known"), boolean=True)
    def has_centre(self, municipality: Municipality) -> bool:
        return municipality.centroid is not None

    @display(description=_("centre"))
    def centre(self, municipality: Municipality) -> SafeString | str:
        return map_link(municipality.centroid)

    @display(description=_("units"))
    def units(self, municipality: Municipality) -> SafeString:
        return _units_link("municipality__ibge_code__exact", municipality.ibge_code)
