"""What was found, marked in the texts that are shown: words, their synonyms, and quantities however they are spelt."""

import html
import re
import unicodedata
from collections.abc import Iterable

from products.search_terms import quantities, terms_of

_CUT = 240


class Marker:
    """Marks what one search asks for."""

    def __init__(self, asked: str) -> None:
        terms = terms_of(asked)
        self._quantities = {term.word for term in terms if term.is_quantity}
        phrases = {phrase for term in terms if not term.is_quantity for phrase in term.phrases if phrase}
        longest_first = "|".join(re.escape(phrase) for phrase in sorted(phrases, key=lambda one: (-len(one), one)))
        self._words = re.compile(rf"(?<!\w)(?:{longest_first})\w*") if phrases else None

    def marked(self, text: str) -> str:
        """The text as HTML with what was asked for in <mark>."""
        return _mark(text, self._places(text))

    def snippet(self, text: str) -> str:
        """The surroundings of the first place, as HTML; empty when there is none."""
        places = self._places(text)
        if not places:
            return ""
        begin = max(0, places[0][0] - _CUT // 3)
        part = text[begin : begin + _CUT]
        return ("…" if begin else "") + self.marked(part) + ("…" if begin + _CUT < len(text) else "")

    def _places(self, text: str) -> list[tuple[int, int]]:
        """Where words that begin with a term and equal quantities stand, in order, none over another."""
        plain = _folded(text)
        found = [match.span() for match in self._words.finditer(plain)] if self._words else []
        if self._quantities:
            found += [span for word, span in quantities(plain) if word in self._quantities]
        places: list[tuple[int, int]] = []
        for begin, end in sorted(found):
            if not places or begin >= places[-1][1]:
                places.append((begin, end))
        return places


def _folded(text: str) -> str:
    """Lower case without accents, character by character, so that places stay the same."""
    return "".join((unicodedata.normalize("NFKD", char)[:1] or char).lower()[:1] or char for char in text)


def _mark(text: str, places: Iterable[tuple[int, int]]) -> str:
    parts, position = [], 0
    for begin, end in places:
        parts += [html.escape(text[position:begin]), "<mark>", html.escape(text[begin:end]), "</mark>"]
        position = end
    return "".join(parts) + html.escape(text[position:])
