"""What to look for in place of words that occur nowhere: longer words they are a part of, or the nearest known words."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.db import connections
from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from products.models import Product
from products.search_questions import PRODUCTS, SHORTEST_PREFIX, Kind, ask, contains, query
from products.search_terms import SYNONYMS, Term, terms_of

_NEAREST_WORDS = 4


_SYNONYM_WORDS = tuple(entry for group in SYNONYMS for entry in group if " " not in entry and len(entry) > SHORTEST_PREFIX)


def repaired(searched: Sequence[tuple[Kind, list[Term]]]) -> list[list[Term]]:
    """Of each kind's terms those that occur nowhere replaced by what does. Asks the database two questions at most.

    Empty when there is nothing to replace or nothing to replace it with.
    """
    doubtful = list(dict.fromkeys((kind, term) for kind, terms in searched for term in terms if _may_be_mistyped(term)))
    places = [_places_of(term, kind) for kind, term in doubtful]
    is_there = iter(ask([rows for found in places for rows in found], "EXISTS ({sql})", False))
    where = {key: [next(is_there) for _rows in found] for key, found in zip(doubtful, places, strict=True)}
    strangers = {term.word for (_kind, term), found in where.items() if not any(found)}
    near = nearest_words_of(sorted(strangers)) if strangers else {}
    return [_replaced(kind, terms, where, near) for kind, terms in searched]


def _may_be_mistyped(term: Term) -> bool:
    return len(term.phrases) == 1 and not term.is_quantity and len(term.word) >= SHORTEST_PREFIX


def _places_of(term: Term, kind: Kind) -> list[Any]:
    """Where a word may occur: first as a word, one place for each model searched; then as a part of one."""
    kinds = (PRODUCTS,) if kind is PRODUCTS else (PRODUCTS, kind)
    whole = [each.model.objects.order_by().filter(search_vector=query([term])) for each in kinds]
    part = replace(term, is_part_of_word=True)
    inside = [each.model.objects.order_by().filter(**condition) for each in kinds for condition in contains(part, each.texts)]
    return [rows.values("pk")[:1] for rows in (*whole, *inside)]


def _replaced(
    kind: Kind, terms: list[Term], where: dict[tuple[Kind, Term], list[bool]], near: dict[str, list[str]]
) -> list[Term]:
    result, changed = [], False
    models = 1 if kind is PRODUCTS else 2
    for term in terms:
        found = where.get((kind, term))
        if found is None or any(found[:models]):
            result.append(term)
            continue
        phrases = [phrase for word in near.get(term.word, ()) for phrase in terms_of(word)[0].phrases]
        is_part = any(found) or not phrases
        result.append(replace(term, is_part_of_word=True) if is_part else replace(term, phrases=tuple(dict.fromkeys(phrases))))
        changed = True
    return result if changed else []


def nearest_words(word: str) -> list[str]:
    """Words of the catalogue, or synonyms of such, that differ from a word by a typo or two; the nearest ones first."""
    return nearest_words_of([word])[word]


def nearest_words_of(words: Sequence[str]) -> dict[str, list[str]]:
    """The nearest words of each word, in one question.

    Candidates share trigrams or the first letters with it or are known synonyms; swapped letters
    count as one typo.
    """
    asked = [word for word in words if len(word) >= SHORTEST_PREFIX and not word.isdigit()]
    known: dict[str, list[str]] = {word: [] for word in asked}
    if asked:
        with connections[Product.objects.db].cursor() as cursor:
            cursor.execute(_NEAREST, [asked])
            for word, found in cursor.fetchall():
                known[word].append(found)
    return {word: _nearest(word, known[word]) if word in known else [] for word in words}


_NEAREST = """
SELECT asked.word, near.word FROM unnest(%s::text[]) AS asked (word) CROSS JOIN LATERAL (
    SELECT known.word, known.documents, public.similarity(known.word, asked.word) AS likeness FROM products.mv_search_words known
    WHERE known.word OPERATOR(public.%%) asked.word OR known.word LIKE left(asked.word, 2) || '%%'
    ORDER BY likeness DESC, known.documents DESC, known.word LIMIT 40
) near
ORDER BY asked.word, near.likeness DESC, near.documents DESC, near.word
"""


def _nearest(word: str, known: Sequence[str]) -> list[str]:
    most = 1 if len(word) <= 4 else 2 if len(word) <= 8 else 3
    candidates = list(dict.fromkeys([*known, *_SYNONYM_WORDS]))
    scored = process.extract(word, candidates, scorer=DamerauLevenshtein.distance, score_cutoff=most, limit=_NEAREST_WORDS)
    best = min((score for _word, score, _index in scored), default=0)
    return [found for found, score, _index in scored if score == best]
