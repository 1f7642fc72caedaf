"""What the search asks PostgreSQL, and how: one statement for several questions, through the indexes."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.search import SearchQuery
from django.core.exceptions import EmptyResultSet
from django.db import connections, transaction

from products.models import Product, SolarKit
from products.search_terms import Term

CONFIG = "public.portuguese_unaccent"
SHORTEST_PREFIX = 3
# Kits found by their own text below which those are added whose parts have the words.
FEW_KITS = 50


@dataclass(frozen=True, slots=True)
class Kind:
    """What is looked for.

    Attributes:
        model: its model.
        texts: columns whose words may have the word asked for as a part.
        codes: columns of which one may be the whole text.
        few: with fewer rows found by their own text, `wide` looks further.
    """

    model: Any
    texts: tuple[str, ...]
    codes: tuple[str, str]
    few: int


PRODUCTS = Kind(Product, ("name", "model", "brand", "sku"), ("sku", "model"), few=0)
KITS = Kind(SolarKit, ("name", "kit_id", "sku"), ("kit_id", "sku"), few=FEW_KITS)


def query(terms: Sequence[Term], *, any_term: bool = False) -> SearchQuery:
    """A tsquery: of every term (or of any) one phrase. The typed word may be the beginning of a longer one."""
    groups = []
    for term in terms:
        phrases = []
        for phrase in term.phrases:
            is_typed = phrase == term.word and len(phrase) >= SHORTEST_PREFIX and not term.is_quantity
            phrases.append(f"'{phrase}'{':*' if is_typed else ''}")
        groups.append(f"({' | '.join(phrases)})")
    return SearchQuery((" | " if any_term else " & ").join(groups), config=CONFIG, search_type="raw")


def contains(term: Term, fields: Sequence[str]) -> list[dict[str, str]]:
    """The word as a part of a code or of a longer word, where it was found to be one."""
    return [{f"{field}__folded__contains": term.word} for field in fields] if term.is_part_of_word else []


@contextmanager
def through_indexes(alias: str) -> Iterator[None]:
    """Questions that are read through the indexes: for a limit the planner prefers the table."""
    connection = connections[alias]
    with nullcontext() if connection.in_atomic_block else transaction.atomic(using=alias), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        yield
        cursor.execute("SET LOCAL enable_seqscan TO DEFAULT")


def ask(querysets: Sequence[Any], form: str, nothing: Any) -> list[Any]:
    """One value of each queryset, by a form with its `{sql}`; `nothing` for those that Django knows to be empty."""
    asked: dict[int, str] = {}
    params: list[Any] = []
    for position, rows in enumerate(querysets):
        try:
            sql, values = rows.query.sql_with_params()
        except EmptyResultSet:
            continue
        asked[position] = form.format(sql=sql)
        params += values
    answers = [nothing] * len(querysets)
    if asked:
        with connections[querysets[0].db].cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(asked.values())}", params)
            for position, value in zip(asked, cursor.fetchone(), strict=True):
                answers[position] = value
    return answers
