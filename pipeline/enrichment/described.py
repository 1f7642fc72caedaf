"""What goes into a description of a dataset, and what comes out of it. No Django."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import md5

#: the nine categories, as `aneel.choices.DatasetCategory` has them
CATEGORIES = (
    "geracao_distribuida", "tarifas", "certificacoes", "concessoes", "regulacao", "fiscalizacao", "mercado", "transmissao",
    "qualidade",
)  # fmt: skip
MOST_KEYWORDS = 8
LONGEST_KEYWORD = 60
LONGEST_SUMMARY = 300


@dataclass(frozen=True, slots=True)
class Texts:
    """What a dataset says of itself.

    Attributes:
        title, description: as published, HTML taken out.
        tags: keywords of its feeds.
    """

    title: str
    description: str
    tags: Sequence[str] = ()

    @property
    def digest(self) -> str:
        """Changes when any of it does."""
        said = json.dumps([self.title, self.description, list(self.tags)], ensure_ascii=False)
        return md5(said.encode(), usedforsecurity=False).hexdigest()


@dataclass(frozen=True, slots=True)
class Description:
    """What a dataset is about.

    Attributes:
        category: one of `CATEGORIES`; None when nothing fits.
        keywords: at most `MOST_KEYWORDS`, most telling first.
        summary: at most `LONGEST_SUMMARY` characters; empty when there is nothing to sum up.
        relevance: for solar energy, in hundredths: 0 to 100.
    """

    category: str | None
    keywords: tuple[str, ...]
    summary: str
    relevance: int
