"""Which datasets may be one, by title and publisher. Pure. Nothing is merged by this: a person decides."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from rapidfuzz import fuzz, process

# Below, titles of different utilities begin to look alike; above, typos and other word orders are still found.
LEAST_LIKENESS = 88.0
LEAST_PUBLISHER_LIKENESS = 80.0
_FILLERS = frozenset(
    re.findall(r"\w+", "a ao as com da das de do dos e em na nas no nos o os para pela pelas pelo pelos por the of and")
)
# State and utility acronyms: "ENERGISA MT" and "ENERGISA MS" are two.
_LONGEST_ACRONYM = 3


@dataclass(frozen=True, slots=True)
class Titled:
    """What is compared."""

    aneel_id: str
    title: str
    publisher: str


@dataclass(frozen=True, slots=True)
class Likeness:
    """Two ids in alphabetical order, and how alike they are: 0 to 100."""

    first_id: str
    second_id: str
    score: Decimal


def _words(text: str) -> list[str]:
    plain = "".join(ch for ch in unicodedata.normalize("NFKD", text) if not unicodedata.combining(ch)).lower()
    return [word for word in re.findall(r"[a-z0-9]+", plain) if word not in _FILLERS]


def _is_exact(word: str) -> bool:
    """Whether a word must be the same: numbers, years, and acronyms."""
    return len(word) <= _LONGEST_ACRONYM or any(ch.isdigit() for ch in word)


def likenesses(datasets: Iterable[Titled]) -> Iterator[Likeness]:
    """Every pair that may be one dataset.

    Only titles with the same numbers and acronyms are compared, in whatever order: what differs in a year or a state is another
    dataset however alike the rest is.
    """
    blocks: dict[tuple[str, ...], list[tuple[Titled, str, str]]] = defaultdict(list)
    for dataset in datasets:
        words = _words(dataset.title)
        rest = " ".join(sorted(word for word in words if not _is_exact(word)))
        exact = tuple(sorted(word for word in words if _is_exact(word)))
        if rest or exact:
            blocks[exact].append((dataset, rest, " ".join(_words(dataset.publisher))))
    for members in blocks.values():
        yield from _in_block(members)


def _in_block(members: list[tuple[Titled, str, str]]) -> Iterator[Likeness]:
    texts = [rest for _dataset, rest, _publisher in members]
    if len(members) < 2:
        return
    scores = process.cdist(texts, texts, scorer=fuzz.ratio, score_cutoff=LEAST_LIKENESS)
    for row, (one, rest, publisher) in enumerate(members):
        for column in range(row + 1, len(members)):
            other, other_rest, other_publisher = members[column]
            score = 100.0 if rest == other_rest else float(scores[row][column])
            if score < LEAST_LIKENESS or one.aneel_id == other.aneel_id:
                continue
            if publisher and other_publisher and fuzz.token_set_ratio(publisher, other_publisher) < LEAST_PUBLISHER_LIKENESS:
                continue
            first, second = sorted((one.aneel_id, other.aneel_id))
            yield Likeness(first, second, Decimal(score).quantize(Decimal("0.1")))
