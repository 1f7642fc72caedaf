"""Search over products and kits that forgives accents, inflections and typos and knows synonyms; one function for admin and API.

In steps, each only when the one before found nothing: the row's own text, in which a quantity is one word however it is spelt;
for kits also the text of their parts and their powers; then, for the words that occur nowhere, parts of words (a piece of a code)
and the nearest known words. Each step is one full-text condition over a GIN index, and its result is probed up to a bound first:
a word that half of the catalogue has is not ranked, as all its rows are equally good.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.contrib.postgres.search import SearchRank
from django.db.models import Case, F, FloatField, Q, QuerySet, Value, When

from products.models import KitComponent, Product, SolarKit
from products.search_questions import CONFIG, FEW_KITS, KITS, PRODUCTS, Kind, ask, contains, query, through_indexes
from products.search_repair import nearest_words, repaired
from products.search_terms import Term, terms_of
from ysh.core.db.expressions import AmongKeys

__all__ = ["CONFIG", "FEW_KITS", "nearest_words", "search_both", "search_kits", "search_products"]

# D, C, B, A: –, description, codes and brand, name
_WEIGHTS = [0.05, 0.1, 0.6, 1.0]
_POWER_TOLERANCE = Decimal("0.005")
# Rows above which nothing is ranked.
MOST_RANKED = 2_000


def search_products(queryset: "QuerySet[Product]", text: str) -> "QuerySet[Product]":
    """Products that a text means, best first, annotated with `search_rank`; the queryset as it is for a blank text.

    Name, model, brand, SKU and description are searched. Asks the database a few short questions before it returns.
    """
    return _search([_Hunt(queryset, PRODUCTS)], text)[0]


def search_kits(queryset: "QuerySet[SolarKit]", text: str) -> "QuerySet[SolarKit]":
    """Kits that a text means, best first, annotated with `search_rank`; the queryset as it is for a blank text.

    Name, codes and description are searched. When fewer than `FEW_KITS` have the words there, kits are added whose parts have
    them, or whose kWp or AC kW is the power named.
    """
    return _search([_Hunt(queryset, KITS)], text)[0]


def search_both(
    products: "QuerySet[Product]", kits: "QuerySet[SolarKit]", text: str
) -> tuple["QuerySet[Product]", "QuerySet[SolarKit]"]:
    """Both searches for the questions of one."""
    found = _search([_Hunt(products, PRODUCTS), _Hunt(kits, KITS)], text)
    return found[0], found[1]


@dataclass(slots=True)
class _Hunt:
    """One search on its way: rows to choose from, and what is found so far."""

    queryset: Any
    kind: Kind
    terms: list[Term] = field(default_factory=list)
    found: Any = None
    count: int = 0

    def own_text(self, terms: list[Term] | None = None) -> Any:
        return self.queryset.filter(search_vector=query(terms or self.terms))

    @staticmethod
    def telling(terms: list[Term]) -> list[Term]:
        """Without words that name a category, when there are others."""
        return [term for term in terms if not term.is_generic] or terms

    def wide_keys(self, terms: list[Term]) -> "QuerySet[Any]":
        """Keys of the rows that have each term somewhere, for kits their parts included; of rows of other readers too."""
        if self.kind is PRODUCTS:
            return _common([_product_keys(term) for term in terms])
        return _common([_kit_keys(term) for term in self.telling(terms)])


def _search(hunts: list[_Hunt], text: str) -> list[Any]:
    """The rows that are found for each hunt. A step asks the database once, however many hunts take it."""
    terms = terms_of(text)
    if not terms:
        return [hunt.queryset if not text.strip() else hunt.queryset.none() for hunt in hunts]
    for hunt in hunts:
        told = [term for term in terms if hunt.kind is PRODUCTS or "gerador" not in term.phrases]
        hunt.terms = told or terms
    with through_indexes(hunts[0].queryset.db):
        _look(hunts, lambda hunt: hunt.kind.few)
        lost = [hunt for hunt in hunts if not hunt.count]
        known = repaired([(hunt.kind, hunt.terms) for hunt in lost])
        helped = [hunt for hunt, better in zip(lost, known, strict=True) if better]
        for hunt, better in zip(lost, known, strict=True):
            hunt.terms = better or hunt.terms
        _look(helped, lambda hunt: max(hunt.kind.few, 1))
    return [_ranked(hunt.found, hunt.terms, text, hunt.kind.codes, hunt.count) for hunt in hunts]


def _look(hunts: list[_Hunt], enough: Callable[[_Hunt], int]) -> None:
    """In the rows' own text; for those with less than enough by their telling words, or everywhere."""
    _take(hunts, [hunt.own_text() for hunt in hunts])
    few = [hunt for hunt in hunts if hunt.count < enough(hunt)]
    # Where these alone have more rows than are ranked, parts would add more of what cannot be told apart.
    told = [hunt for hunt in few if hunt.kind is not PRODUCTS and len(hunt.telling(hunt.terms)) < len(hunt.terms)]
    by_telling = [hunt.own_text(hunt.telling(hunt.terms)) for hunt in told]
    common = {id(hunt) for hunt, count in zip(told, _counts(by_telling), strict=True) if count > MOST_RANKED}
    for hunt, rows in zip(told, by_telling, strict=True):
        if id(hunt) in common:
            hunt.found, hunt.count = rows, MOST_RANKED + 1
    rest = [hunt for hunt in few if id(hunt) not in common]
    _take_wide(rest, [hunt.wide_keys(hunt.terms) for hunt in rest])


def _take(hunts: list[_Hunt], found: list[Any]) -> None:
    """Note what a step found, and how much of it. A few rows are known by their keys from now on: nobody looks for them again."""
    for hunt, rows, keys in zip(hunts, found, _keys(found), strict=True):
        hunt.found = rows if len(keys) > MOST_RANKED else hunt.queryset.filter(AmongKeys(keys))
        hunt.count = len(keys)


def _take_wide(hunts: list[_Hunt], found: "list[QuerySet[Any]]") -> None:
    """As `_take`, by keys. Which of few the reader may see is left to the question that ranks them, as both read the same rows;
    words that only others' rows have occur somewhere, so nothing is to be put in their place."""
    many = []
    for hunt, rows, keys in zip(hunts, found, _keys(found), strict=True):
        if len(keys) > MOST_RANKED:
            many.append((hunt, hunt.queryset.filter(pk__in=rows)))
        else:
            hunt.found, hunt.count = hunt.queryset.filter(AmongKeys(keys)), len(keys)
    if many:
        _take([hunt for hunt, _rows in many], [rows for _hunt, rows in many])


def _common(sets: "Sequence[QuerySet[Any]]") -> "QuerySet[Any]":
    """The keys that are in every set."""
    return sets[0].intersection(*sets[1:]) if len(sets) > 1 else sets[0]


def _product_keys(term: Term) -> "QuerySet[Any]":
    products = Product.objects.order_by()
    arms = [products.filter(search_vector=query([term]))]
    arms += [products.filter(**condition) for condition in contains(term, PRODUCTS.texts)]
    return _union([arm.values("pk") for arm in arms])


def _kit_keys(term: Term) -> "QuerySet[Any]":
    """A union, so that each arm reads its own index; for an OR the planner would read the whole table."""
    kits = SolarKit.objects.order_by()
    arms: list[QuerySet[Any, Any]] = [kits.filter(search_vector=query([term])).values("pk")]
    arms += [kits.filter(**condition).values("pk") for condition in contains(term, KITS.texts)]
    if term.watts is not None:
        bounds = tuple(term.watts / 1000 * (1 + sign * _POWER_TOLERANCE) for sign in (-1, 1))
        arms += [kits.filter(**{f"{field}__range": bounds}).values("pk") for field in ("power_kwp", "inverter_power_kw")]
    arms.append(KitComponent.objects.order_by().filter(product__in=_product_keys(term)).values("kit_id"))
    return _union(arms)


def _union(arms: "list[QuerySet[Any]]") -> "QuerySet[Any]":
    return arms[0].union(*arms[1:]) if len(arms) > 1 else arms[0]


def _keys(found: Sequence[Any]) -> list[list[int]]:
    """The keys of each, at most one more than are ranked; in one question."""
    limited = [rows.order_by().values("pk")[: MOST_RANKED + 1] for rows in found]
    return [keys or [] for keys in ask(limited, "(SELECT array_agg(rows.pk) FROM ({sql}) AS rows (pk))", None)]


def _counts(found: Sequence[Any]) -> list[int]:
    """How many rows each has, at most one more than are ranked; in one question."""
    limited = [rows.order_by().values("pk")[: MOST_RANKED + 1] for rows in found]
    return ask(limited, "(SELECT count(*) FROM ({sql}) AS rows)", 0)


def _ranked(found: Any, terms: list[Term], text: str, codes: tuple[str, ...], count: int) -> Any:
    """By the words' weight, a code that is the whole text first; by name alone when there are too many to tell apart."""
    rank: Any = Value(0.0, output_field=FloatField())
    if count <= MOST_RANKED:
        whole = Q()
        for code in codes:
            whole |= Q(**{f"{code}__iexact": text.strip()})
        bonus = Case(When(whole, then=Value(10.0)), default=Value(0.0), output_field=FloatField())
        rank = SearchRank(F("search_vector"), query(terms, any_term=True), weights=_WEIGHTS) + bonus
        return found.annotate(search_rank=rank).order_by("-search_rank", "name", "pk")
    return found.annotate(search_rank=rank).order_by("name", "pk")
