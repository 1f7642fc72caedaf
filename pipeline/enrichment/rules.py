"""A dataset described by rules over its title, tags and description. Pure: the same texts give the same description."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache

from pipeline.enrichment.described import LONGEST_KEYWORD, LONGEST_SUMMARY, MOST_KEYWORDS, Description, Texts
from pipeline.enrichment.portuguese import STOP_WORDS, WORD, folded, sentences, shortened, singular, without_markup, words
from pipeline.enrichment.taxonomy import ACRONYMS, EMPTY_WORDS, PAST, SOLAR, TOPICS

# What a word of a category weighs by where it stands, sure and likely ones; less than the last is no sign at all.
_IN_TITLE, _IN_TAGS, _IN_DESCRIPTION = (6, 2), (5, 2), (2, 1)
_MOST_IN_DESCRIPTION = 4
_ENOUGH = 3
_NOTHING_FITS, _SOLAR_BONUS, _PAST_SHARE = 20, 10, 0.4
_SHORT_SENTENCE = 40
_JOINTS = frozenset({"de", "da", "do", "das", "dos"})
_NUMBER = re.compile(r"[\d/.,:-]+")
_BOILERPLATE = re.compile(
    r"^(?:substituido pel|para mais informac|mais informac|acesse|clique|dicionario de|veja tambem|fonte:|obs[.:]|observac|nota:)"
)


def describe(texts: Texts) -> Description:
    """Category, keywords, summary and relevance of a dataset."""
    title, body = without_markup(texts.title), without_markup(texts.description)
    tags = [without_markup(tag) for tag in texts.tags]
    category = _category(folded(title), [folded(tag) for tag in tags], folded(body))
    return Description(
        category,
        tuple(_keywords(title, tags, body)),
        _summary(body),
        _relevance(category, folded(" ".join([title, *tags, body]))),
    )


def _category(title: str, tags: list[str], body: str) -> str | None:
    """The likeliest one; texts are folded."""
    best, most = None, _ENOUGH - 1
    for topic in TOPICS:
        points = 0
        for place, (sure, likely) in ((title, _IN_TITLE), (" \n ".join(tags), _IN_TAGS)):
            points += sure * bool(topic.sure.search(place)) + likely * bool(topic.likely.search(place))
        sure, likely = _IN_DESCRIPTION
        in_body = sure * len(set(topic.sure.findall(body))) + likely * len(set(topic.likely.findall(body)))
        points += min(in_body, _MOST_IN_DESCRIPTION)
        if points > most:
            best, most = topic.category, points
    return best


def _relevance(category: str | None, everything: str) -> int:
    base = next((topic.relevance for topic in TOPICS if topic.category == category), _NOTHING_FITS)
    bonus = _SOLAR_BONUS if SOLAR.search(everything) else 0
    found = min(100, base + bonus)
    return round(found * _PAST_SHARE) if PAST.search(everything) else found


def _summary(body: str) -> str:
    """The first sentence that says something, with the next one where there is room."""
    telling = [one for one in sentences(body) if not _BOILERPLATE.match(folded(one))]
    if not telling:
        return ""
    found = telling[0]
    for more in telling[1:]:
        if len(found) >= _SHORT_SENTENCE and len(found) + 1 + len(more) > LONGEST_SUMMARY:
            break
        found = f"{found} {more}"
    return shortened(found, LONGEST_SUMMARY)


def _keywords(title: str, tags: Iterable[str], body: str) -> list[str]:
    """Words and pairs of words by how often they stand there, those of the title first; plurals and singulars are one."""
    points: Counter[str] = Counter()
    written: dict[str, str] = {}
    for text, weight in ((title, 4), *((tag, 3) for tag in tags), (body, 1)):
        for key, form in _phrases(text):
            # A pair says more than a word, and more so without a `de`.
            blanks = form.count(" ")
            points[key] += weight + (weight // 2 if blanks == 1 else int(blanks > 1 and weight > 1))
            written.setdefault(key, form)
    order = {key: place for place, key in enumerate(points)}
    chosen: list[str] = []
    for key, found in sorted(points.items(), key=lambda one: (-one[1], order[one[0]])):
        # What the text says once in passing tells little; a word of a pair that was chosen tells nothing more.
        if found < 2 or any(_within(key, other) or _within(other, key) for other in chosen):
            continue
        chosen.append(key)
        if len(chosen) == MOST_KEYWORDS:
            break
    shown = [written[key] for key in chosen]
    meant = [ACRONYMS[word] for word in shown if word in ACRONYMS]
    return list(dict.fromkeys([*shown, *meant]))[:MOST_KEYWORDS]


def _within(one: str, other: str) -> bool:
    return set(one.split()) <= set(other.split())


def _phrases(text: str) -> Iterator[tuple[str, str]]:
    """Telling words, and pairs that stand together or with a `de` between, as (what it is compared by, how it is written)."""
    before: tuple[str, str] | None = None
    joint, end = " ", 0
    for match in WORD.finditer(text):
        together = text[end : match.start()].isspace()
        end = match.end()
        if before and together and joint == " " and match.group().lower() in _JOINTS:
            joint = f" {match.group().lower()} "
            continue
        form = _form(match.group())
        key = _key(form) if form else ""
        if form and before and together and not {before[0], key} <= EMPTY_WORDS:
            pair = f"{before[1]}{joint}{form}"
            if len(pair) <= LONGEST_KEYWORD and (joint == " " or not {before[0], key} & EMPTY_WORDS):
                yield f"{before[0]} {key}", pair
        if form and key not in EMPTY_WORDS and len(form) <= LONGEST_KEYWORD:
            yield key, form
        before, joint = ((key, form) if form else None), " "


@lru_cache(maxsize=4096)
def _key(form: str) -> str:
    """What a word is compared by."""
    return singular(folded(form))


@lru_cache(maxsize=4096)
def _form(word: str) -> str | None:
    """How a word is written as a keyword: acronyms as they are, others in lower case; None for numbers and joining words."""
    if _NUMBER.fullmatch(word) or folded(word) in STOP_WORDS or len(word) < 2:
        return None
    if word.isupper() and (len(word) <= 7 or "-" in word):
        return word
    return word.lower() if len(word) > 2 else None


def keywords_of(found: Iterable[str]) -> tuple[str, ...]:
    """Keywords of somebody else in the form of ours: on one line, each once whatever its accents, case and number."""
    by_key: dict[str, str] = {}
    for one in found:
        text = " ".join(without_markup(one).split())
        if text and len(text) <= LONGEST_KEYWORD:
            by_key.setdefault(" ".join(singular(word) for word in words(folded(text))), text)
    return tuple(by_key.values())[:MOST_KEYWORDS]
