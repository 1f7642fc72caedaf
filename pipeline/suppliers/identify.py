"""Which listed article a kit's part is: the same words, or the same maker and model code. Never by likeness. Pure."""

import re

from pipeline.suppliers.parts import Part
from pipeline.suppliers.text import fold

_LEAST_CODE = 5


class Articles:
    """Articles by their words and by maker and model; what two articles share finds neither."""

    def __init__(self) -> None:
        self._by_words: dict[str, str] = {}
        self._by_model: dict[tuple[str, str, str], tuple[str, Part]] = {}

    def add(self, key: str, name: str, part: Part) -> None:
        """Remember an article."""
        words = _words(name)
        self._by_words[words] = "" if self._by_words.get(words, key) != key else key
        if (model := _model_of(part)) is not None:
            known = self._by_model.get(model)
            self._by_model[model] = ("", part) if known is not None and known[0] != key else (key, part)

    def find(self, part: Part) -> str:
        """The article's key; empty when none is surely the part."""
        if key := self._by_words.get(_words(part.name), ""):
            return key
        model = _model_of(part)
        key, known = self._by_model.get(model, ("", part)) if model else ("", part)
        return key if _agree(part, known) else ""


def _words(text: str) -> str:
    return " ".join(re.findall(r"[a-z0-9.,]+", fold(text)))


def _model_of(part: Part) -> tuple[str, str, str] | None:
    code = re.sub(r"[^a-z0-9]", "", fold(part.model))
    if not part.brand or len(code) < _LEAST_CODE or not re.search(r"\d", code):
        return None
    return part.kind.category, part.brand, code


def _agree(one: Part, other: Part) -> bool:
    """Ratings that both state are the same: a code may name a family."""
    pairs = ((one.power_wp, other.power_wp), (one.ac_kw, other.ac_kw), (one.kwh, other.kwh), (one.amp_hours, other.amp_hours))
    return all(first is None or second is None or first == second for first, second in pairs)
