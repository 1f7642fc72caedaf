"""Brazil's states in filters and columns."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter

STATE_NAMES: dict[str, str] = {
    "BR-AC": "Acre",
    "BR-AL": "Alagoas",
    "BR-AM": "Amazonas",
    "BR-AP": "Amapá",
    "BR-BA": "Bahia",
    "BR-CE": "Ceará",
    "BR-DF": "Distrito Federal",
    "BR-ES": "Espírito Santo",
    "BR-GO": "Goiás",
    "BR-MA": "Maranhão",
    "BR-MG": "Minas Gerais",
    "BR-MS": "Mato Grosso do Sul",
    "BR-MT": "Mato Grosso",
    "BR-PA": "Pará",
    "BR-PB": "Paraíba",
    "BR-PE": "Pernambuco",
    "BR-PI": "Piauí",
    "BR-PR": "Paraná",
    "BR-RJ": "Rio de Janeiro",
    "BR-RN": "Rio Grande do Norte",
    "BR-RO": "Rondônia",
    "BR-RR": "Roraima",
    "BR-RS": "Rio Grande do Sul",
    "BR-SC": "Santa Catarina",
    "BR-SE": "Sergipe",
    "BR-SP": "São Paulo",
    "BR-TO": "Tocantins",
}
BRAZILIAN_STATES = tuple(STATE_NAMES)


def state_code(state: str | None) -> str:
    """ "SP" for "BR-SP"; a dash when unknown."""
    return state[3:] if state else "–"


class StateFilter(DropdownFilter):
    """One of the 27 states."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(code, f"{state_code(code)} – {name}") for code, name in STATE_NAMES.items()]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        return queryset.filter(state=self.value()) if self.value() in STATE_NAMES else queryset
