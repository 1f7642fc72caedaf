"""A price that a shop's page cuts into columns. Pure."""

import re
from collections.abc import Sequence
from itertools import zip_longest

# What the pieces of a price are called: whole part, sign of thousands, decimal sign, cents.
_PIECES = (r"integer|inteiro|whole", r"group|milhar", r"decimal|literal 2", r"fraction|cent(?:s|avos?)\b|fra[cç][aã]o")


def price_in_pieces(headers: Sequence[str], cells: dict[str, list[str]]) -> tuple[str, ...]:
    """Neighbouring columns that hold a price cut up by a shop's page: "R$", "1", ".", "234", ",", "56".

    A page whose first prices are below a thousand puts the columns of the thousands last: what they are called orders them."""
    for place, header in enumerate(headers):
        if not cells[header] or set(cells[header]) != {"R$"}:
            continue
        run = [header]
        for follower in headers[place + 1 : place + 10]:
            values = set(cells[follower])
            if not values:
                continue
            if not all(re.fullmatch(r"[.,]|\d{1,3}", value) for value in values):
                break
            run.append(follower)
        if len(run) > 2 and (ordered := _by_name(run[1:])):
            return (header, *ordered)
        if len(run) > 2 and any("," in cells[name] for name in run):
            return tuple(run)
    return ()


def _by_name(pieces: Sequence[str]) -> tuple[str, ...]:
    """The pieces in the order of their names, whole parts and signs of thousands in turn; empty where the names do not tell."""
    kinds = {
        name: next((kind for kind, word in enumerate(_PIECES) if re.search(word, name, re.IGNORECASE)), -1) for name in pieces
    }
    if -1 in kinds.values() or 0 not in kinds.values():
        return ()
    whole, signs, comma, cents = ([name for name in pieces if kinds[name] == kind] for kind in range(len(_PIECES)))
    thousands = [name for pair in zip_longest(whole, signs) for name in pair if name]
    return (*thousands, *comma, *cents)
