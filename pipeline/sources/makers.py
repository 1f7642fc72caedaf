"""Makers of modules and inverters as holders spell them: tens of thousands of spellings, brought to the catalogue's names."""

import re
from dataclasses import dataclass, field
from typing import Any

from pipeline.sources.kinds import fold
from pipeline.suppliers.brands import Brands, brand_key

# Folded. Said of plants whose data nobody entered.
NOTHING = frozenset(
    {
        "", "-", "--", ".", "0", "00", "1", "n/a", "na", "n a", "nd", "n/d", "nt", "sn", "s/n", "null", "none", "x", "xx", "xxx",
        "nao ha", "nao consta", "nao informado", "nao informada", "nao se aplica", "nao possui", "nao disponivel", "nao tem",
        "sem informacao", "sem marca", "sem fabricante", "desconhecido", "desconhecida", "a definir", "outros", "outro",
        "diversos",
    }
)  # fmt: skip
_BETWEEN = re.compile(r"\s*[;|/,+]\s*|\s+e\s+")


@dataclass
class MakerNames:
    """The catalogue's manufacturers with their aliases, over the names the house knows.

    Attributes:
        brands: names by their spellings.
        known: spelling as published -> name, as far as met in this run.
    """

    brands: Brands
    spellings: dict[str, str]
    known: dict[str, str | None] = field(default_factory=dict)

    def named(self, spelling: str | None) -> str:
        """The manufacturer a spelling means as a whole; empty where the catalogue and the house know none."""
        return self.spellings.get(brand_key(spelling or ""), "")

    def found_in(self, text: str | None) -> str:
        """The first known maker named inside of a text; empty where there is none."""
        return self.brands.found_in(text or "")

    def normal(self, published: str | None) -> str | None:
        """The name a published maker is kept under: the catalogue's, each of several; else as published, white space squeezed.

        None for the many ways of saying nothing.
        """
        if published is None:
            return None
        if published not in self.known:
            self.known[published] = self._normal(published)
        return self.known[published]

    def _normal(self, published: str) -> str | None:
        text = " ".join(published.split())
        if fold(text) in NOTHING or not any(ch.isalnum() for ch in text):
            return None
        if whole := self.named(text):
            return whole
        parts = [part for part in _BETWEEN.split(text) if part]
        if len(parts) > 1 and (names := [self.named(part) for part in parts]) and all(names):
            return " / ".join(dict.fromkeys(names))
        return text


def load_maker_names(cursor: Any) -> MakerNames:
    """Read the catalogue's manufacturers, once per run. Their aliases win over what the house knows."""
    cursor.execute("SELECT name, aliases FROM products.manufacturers ORDER BY id")
    pairs = [(spelling, name) for name, aliases in cursor.fetchall() for spelling in (*(aliases or ()), name)]
    brands = Brands(pairs)
    return MakerNames(brands, dict(brands.names))
