"""What a person may type into the unit list's search, and the index that answers it."""

import re
import unicodedata

from django.db.models import Q, QuerySet

from aneel.admin.states import BRAZILIAN_STATES
from aneel.models import Distributor, GenerationUnit, Municipality

# Full code: GD.UF.ddd.ddd.ddd
_LOWEST = "GD.AA.000.000.000"
_HIGHEST = "GD.ZZ.999.999.999"
_COMPACT_CODE = re.compile(r"GD[A-Z]{0,2}(?:(?<=[A-Z]{4})\d{0,9})?")
_TRAILING_STATE = re.compile(r"^(?P<name>.+?)[\s,/(-]+(?P<state>[A-Za-z]{2})\)?$")
_MOST_PLACES = 300


def search_units(units: "QuerySet[GenerationUnit]", term: str) -> "QuerySet[GenerationUnit]":
    """Units found by the beginning of their code, an IBGE code, a distributor's CNPJ or name, or a municipality's name.

    Each of these reads an index of the units; what a term means is looked up in the small tables first. A term that means
    nothing finds nothing.
    """
    term = " ".join(term.split())
    if not term:
        return units
    bounds = code_bounds(term)
    if bounds is not None:
        return units.filter(unit_id__gte=bounds[0], unit_id__lte=bounds[1])
    digits = re.sub(r"[.\-/ ]", "", term)
    if len(digits) == 14 and digits[:12].isalnum() and digits[12:].isdigit() and digits[0].isdigit():
        return units.filter(distributor_id=digits.upper())
    if digits.isdigit():
        return units.filter(municipality_id=int(digits)) if len(digits) == 7 else units.none()
    return _by_name(units, term)


def code_bounds(term: str) -> tuple[str, str] | None:
    """The lowest and highest full code that begin with a term, typed with or without dots; None when it is no code.

    Bounds rather than LIKE: a range reads the plain B-tree in every collation.
    """
    compact = re.sub(r"[.\s]", "", term).upper()
    if not _COMPACT_CODE.fullmatch(compact):
        return None
    groups = [compact[:2], compact[2:4], compact[4:7], compact[7:10], compact[10:13]]
    prefix = ".".join(group for group in groups if group)
    return prefix + _LOWEST[len(prefix) :], prefix + _HIGHEST[len(prefix) :]


def _by_name(units: "QuerySet[GenerationUnit]", term: str) -> "QuerySet[GenerationUnit]":
    places = _municipalities(term)
    distributors = list(
        Distributor.objects.filter(Q(sigla__folded__contains=term) | Q(name__folded__contains=term)).values_list("pk", flat=True)
    )
    wanted = Q()
    if places:
        wanted |= Q(municipality_id__in=places)
    if distributors:
        wanted |= Q(distributor_id__in=distributors)
    return units.filter(wanted) if wanted else units.none()


def _municipalities(term: str) -> list[int]:
    """Codes of the municipalities a term names: "campinas", "sao jose", "Campinas SP", "Campinas (SP)"."""
    match = _TRAILING_STATE.match(term)
    if match and (state := f"BR-{match['state'].upper()}") in BRAZILIAN_STATES:
        found = _named(match["name"], state)
        if found:
            return found
    return _named(term)


def _named(term: str, state: str = "") -> list[int]:
    """Codes of those whose name is the term, else begins with it, else contains it; case and accents do not count."""
    wanted = folded(term)
    places = Municipality.objects.filter(search_name__contains=wanted, **({"state": state} if state else {}))
    found = list(places.order_by("ibge_code").values_list("ibge_code", "search_name"))
    for fits in (wanted.__eq__, lambda name: name.startswith(wanted)):
        best = [code for code, name in found if fits(name)]
        if best:
            return best[:_MOST_PLACES]
    return [code for code, _name in found[:_MOST_PLACES]]


def folded(text: str) -> str:
    """Lower case without accents, as the database's `public.folded` has it."""
    return "".join(character for character in unicodedata.normalize("NFKD", text) if not unicodedata.combining(character)).lower()
