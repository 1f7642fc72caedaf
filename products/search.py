"""Search over products and kits that forgives accents, inflections and typos and knows synonyms; one function for admin and API.

In steps, each only when the one before found nothing: the row's own text, in which a quantity is one word however it is spelt;
for kits also the text of their parts and their powers; then, for the words that occur nowhere, parts of words (a piece of a code)
and the nearest known words. Each step is one full-text condition over a GIN index, and its result is probed up to a bound first:
a word that half of the catalogue has is not ranked, as all its rows are equally good.
"""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db import connections, transaction
from django.db.models import Case, F, FloatField, Q, QuerySet, Value, When
from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from products.models import KitComponent, Product, SolarKit
from products.search_terms import SYNONYMS, Term, terms_of

CONFIG = "public.portuguese_unaccent"
_PRODUCT_TEXTS = ("name", "model", "brand", "sku")
_KIT_TEXTS = ("name", "kit_id", "sku")
# D, C, B, A: –, description, codes and brand, name
_WEIGHTS = [0.05, 0.1, 0.6, 1.0]
_SHORTEST_PREFIX = 3
_POWER_TOLERANCE = Decimal("0.005")
_NEAREST_WORDS = 4
# Kits found by their own text below which those are added whose parts have the words.
FEW_KITS = 50
# Rows above which nothing is ranked.
MOST_RANKED = 2_000


def search_products(queryset: "QuerySet[Product]", text: str) -> "QuerySet[Product]":
    """Products that a text means, best first, annotated with `search_rank`; the queryset as it is for a blank text.

    Name, model, brand, SKU and description are searched. Asks the database up to a few short questions before it returns.
    """
    terms = terms_of(text)
    if not terms:
        return queryset if not text.strip() else queryset.none()
    found = queryset.filter(search_vector=_query(terms))
    count = _count(found)
    if not count:
        known = _known(terms, Product, _PRODUCT_TEXTS)
        found = _by_keys(queryset, [_product_keys(term) for term in known]) if known else queryset.none()
        count, terms = _count(found) if known else 0, known or terms
    return _ranked(found, terms, text, ("sku", "model"), count)


def search_kits(queryset: "QuerySet[SolarKit]", text: str) -> "QuerySet[SolarKit]":
    """Kits that a text means, best first, annotated with `search_rank`; the queryset as it is for a blank text.

    Name, codes and description are searched. When fewer than `FEW_KITS` have the words there, kits are added whose parts have
    them, or whose kWp or AC kW is the power named.
    """
    terms = terms_of(text)
    terms = [term for term in terms if "gerador" not in term.phrases] or terms
    if not terms:
        return queryset if not text.strip() else queryset.none()
    found = queryset.filter(search_vector=_query(terms))
    count = _count(found)
    if count < FEW_KITS:
        wide = _with_parts(queryset, terms)
        wide_count = _count(wide)
        if not wide_count and (known := _known(terms, SolarKit, _KIT_TEXTS)):
            terms, wide = known, _with_parts(queryset, known)
            wide_count = _count(wide)
        found, count = wide, wide_count
    return _ranked(found, terms, text, ("kit_id", "sku"), count)


def _with_parts(queryset: Any, terms: list[Term]) -> Any:
    telling = [term for term in terms if not term.is_generic] or terms
    return _by_keys(queryset, [_kit_keys(term) for term in telling])


def _by_keys(queryset: Any, keys: Sequence["QuerySet[Any]"]) -> Any:
    """The rows whose key is in every one of the sets."""
    for found in keys:
        queryset = queryset.filter(pk__in=found)
    return queryset


def _product_keys(term: Term) -> "QuerySet[Any]":
    products = Product.objects.order_by()
    arms = [products.filter(search_vector=_query([term]))]
    arms += [products.filter(**condition) for condition in _contains(term, _PRODUCT_TEXTS)]
    return _union([arm.values("pk") for arm in arms])


def _kit_keys(term: Term) -> "QuerySet[Any]":
    """A union, so that each arm reads its own index; for an OR the planner would read the whole table."""
    kits = SolarKit.objects.order_by()
    arms: list[QuerySet[Any, Any]] = [kits.filter(search_vector=_query([term])).values("pk")]
    arms += [kits.filter(**condition).values("pk") for condition in _contains(term, _KIT_TEXTS)]
    if term.watts is not None:
        bounds = tuple(term.watts / 1000 * (1 + sign * _POWER_TOLERANCE) for sign in (-1, 1))
        arms += [kits.filter(**{f"{field}__range": bounds}).values("pk") for field in ("power_kwp", "inverter_power_kw")]
    arms.append(KitComponent.objects.order_by().filter(product__in=_product_keys(term)).values("kit_id"))
    return _union(arms)


def _union(arms: "list[QuerySet[Any]]") -> "QuerySet[Any]":
    return arms[0].union(*arms[1:]) if len(arms) > 1 else arms[0]


def _contains(term: Term, fields: Sequence[str]) -> list[dict[str, str]]:
    """The word as a part of a code or of a longer word, where `_known` found it so."""
    return [{f"{field}__folded__contains": term.word} for field in fields] if term.is_part_of_word else []


def _query(terms: Sequence[Term], *, any_term: bool = False) -> SearchQuery:
    """A tsquery: of every term (or of any) one phrase. The typed word may be the beginning of a longer one."""
    groups = []
    for term in terms:
        phrases = []
        for phrase in term.phrases:
            is_typed = phrase == term.word and len(phrase) >= _SHORTEST_PREFIX and not term.is_quantity
            phrases.append(f"'{phrase}'{':*' if is_typed else ''}")
        groups.append(f"({' | '.join(phrases)})")
    return SearchQuery((" | " if any_term else " & ").join(groups), config=CONFIG, search_type="raw")


def _count(found: Any) -> int:
    """How many rows, at most one more than are ranked. Through the indexes: for a limit the planner prefers the table."""
    with transaction.atomic(using=found.db), connections[found.db].cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        count: int = found.order_by()[: MOST_RANKED + 1].count()
        cursor.execute("SET LOCAL enable_seqscan TO DEFAULT")
    return count


def _ranked(found: Any, terms: list[Term], text: str, codes: tuple[str, ...], count: int) -> Any:
    """By the words' weight, a code that is the whole text first; by name alone when there are too many to tell apart."""
    rank: Any = Value(0.0, output_field=FloatField())
    if count <= MOST_RANKED:
        whole = Q()
        for code in codes:
            whole |= Q(**{f"{code}__iexact": text.strip()})
        bonus = Case(When(whole, then=Value(10.0)), default=Value(0.0), output_field=FloatField())
        rank = SearchRank(F("search_vector"), _query(terms, any_term=True), weights=_WEIGHTS) + bonus
        return found.annotate(search_rank=rank).order_by("-search_rank", "name", "pk")
    return found.annotate(search_rank=rank).order_by("name", "pk")


def _known(terms: list[Term], model: Any, fields: Sequence[str]) -> list[Term]:
    """The terms, those that occur nowhere replaced by what does: words they are a part of, else the nearest words.

    Empty when there is nothing to replace or nothing to replace it with.
    """
    result, changed = [], False
    for term in terms:
        if len(term.phrases) == 1 and not term.is_quantity and len(term.word) >= _SHORTEST_PREFIX and not _occurs(term, model):
            part = replace(term, is_part_of_word=True)
            nearest = [] if _is_contained(part, model, fields) else nearest_words(term.word)
            phrases = [phrase for word in nearest for phrase in terms_of(word)[0].phrases]
            result.append(replace(term, phrases=tuple(dict.fromkeys(phrases))) if nearest else part)
            changed = True
        else:
            result.append(term)
    return result if changed else []


def _occurs(term: Term, model: Any) -> bool:
    """Whether the catalogue has the word: in products, or in the kits that are looked for."""
    rows = [each.objects.order_by().filter(search_vector=_query([term])) for each in dict.fromkeys((Product, model))]
    return bool(_count(_union([found.values("pk") for found in rows])))


def _is_contained(term: Term, model: Any, fields: Sequence[str]) -> bool:
    arms = [Product.objects.order_by().filter(**condition) for condition in _contains(term, _PRODUCT_TEXTS)]
    if model is not Product:
        arms += [model.objects.order_by().filter(**condition) for condition in _contains(term, fields)]
    return bool(_count(_union([found.values("pk") for found in arms])))


def nearest_words(word: str) -> list[str]:
    """Words of the catalogue, or synonyms of such, that differ from a word by a typo or two; the nearest ones first.

    Candidates share trigrams or the first letters with it or are known synonyms; swapped letters
    count as one typo.
    """
    most = 1 if len(word) <= 4 else 2 if len(word) <= 8 else 3
    if len(word) < _SHORTEST_PREFIX or word.isdigit():
        return []
    with connections[Product.objects.db].cursor() as cursor:
        cursor.execute(
            "SELECT word FROM products.mv_search_words WHERE word OPERATOR(public.%%) %s OR word LIKE %s "
            "ORDER BY public.similarity(word, %s) DESC, documents DESC, word LIMIT 40",
            [word, f"{word[:2]}%", word],
        )
        known = [row[0] for row in cursor.fetchall()]
    candidates = list(dict.fromkeys([*known, *_SYNONYM_WORDS]))
    scored = process.extract(word, candidates, scorer=DamerauLevenshtein.distance, score_cutoff=most, limit=_NEAREST_WORDS)
    best = min((score for _word, score, _index in scored), default=0)
    return [found for found, score, _index in scored if score == best]


_SYNONYM_WORDS = tuple(entry for group in SYNONYMS for entry in group if " " not in entry and len(entry) > _SHORTEST_PREFIX)
