"""One dataset out of what several feeds say about it. Pure: no database, no network.

Entries are one dataset when they share an identity exactly (CKAN id, item of the Hub, address of the page), or when a person said
so. The more authoritative feed's value is kept, the others fill gaps; what they say differently is kept beside it as a conflict.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from hashlib import md5
from typing import Any

from aneel.choices import SourceApi

#: most authoritative first
AUTHORITY = tuple(SourceApi.values)
_RANK = {feed: place for place, feed in enumerate(AUTHORITY)}
TIMES = ("modified", "published")
DAYS = ("temporal_start", "temporal_end")
LISTS = ("formats", "keywords", "theme")
TEXTS = (
    "title", "description", "url", "license", "spatial", "update_frequency", "access_level", "publisher_name", "publisher_email",
    "contact_name", "contact_email",
)  # fmt: skip
COLUMNS = (*TEXTS, *TIMES, *DAYS, *LISTS, "resources")
# Where feeds of the same dataset differ by nature, a difference says nothing: each has an address and formats of its own.
_COMPARED = frozenset(COLUMNS) - {"url", "formats", "resources", "theme", "contact_name", "access_level"}


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """What one feed says about one dataset.

    Attributes:
        feed: one of `SourceApi`.
        feed_id: its id in the feed.
        identities: what tells exactly which dataset it is: `ckan:…`, `item:…`, `page:…`; the first one names it.
        fields: by column of `COLUMNS`; only what the feed fills in. Times are ISO texts.
        raw: as fetched.
    """

    feed: str
    feed_id: str
    identities: tuple[str, ...]
    fields: Mapping[str, Any] = field(compare=False)
    raw: Any = field(default=None, compare=False)

    @property
    def own_id(self) -> str:
        """The dataset's id if no other feed knew it: CKAN's UUID, the Hub's item, else a hash of where its page is."""
        kind, _, value = self.identities[0].partition(":")
        if kind in ("ckan", "item"):
            return value[:100]
        return f"{kind}-{md5(value.encode(), usedforsecurity=False).hexdigest()}"

    @property
    def rank(self) -> tuple[int, str]:
        return _RANK[self.feed], self.feed_id


@dataclass(frozen=True, slots=True)
class MergedDataset:
    """One dataset.

    Attributes:
        aneel_id: the id of its most authoritative entry.
        entries: what it is made of, most authoritative first.
        values: by column.
        provenance: the feed each value is from.
        conflicts: by column, what less authoritative feeds say instead: [{"feed", "value"}].
    """

    aneel_id: str
    entries: tuple[FeedEntry, ...]
    values: dict[str, Any]
    provenance: dict[str, str]
    conflicts: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    @property
    def feeds(self) -> list[str]:
        return list(dict.fromkeys(entry.feed for entry in self.entries))


class _Groups:
    """Entries joined so far, as a forest."""

    def __init__(self, entries: Sequence[FeedEntry]) -> None:
        self._above = list(range(len(entries)))
        self._feeds = [{entry.feed} for entry in entries]

    def root(self, place: int) -> int:
        while self._above[place] != place:
            self._above[place] = self._above[self._above[place]]
            place = self._above[place]
        return place

    def join(self, one: int, other: int, *, meant: bool) -> None:
        """Join two groups. An identity that two entries of one feed share is none, so that join is left undone unless meant."""
        one, other = self.root(one), self.root(other)
        if one == other or (not meant and self._feeds[one] & self._feeds[other]):
            return
        self._above[other] = one
        self._feeds[one] |= self._feeds[other]


def group(entries: Iterable[FeedEntry], confirmed: Iterable[tuple[str, str]] = ()) -> list[tuple[FeedEntry, ...]]:
    """The entries by dataset, each most authoritative first, the datasets in the order of their first entry.

    Args:
        entries: of all feeds.
        confirmed: pairs of ids that a person said are one dataset.
    """
    ordered = sorted(entries, key=lambda entry: entry.rank)
    groups = _Groups(ordered)
    by_identity: dict[str, list[int]] = defaultdict(list)
    by_id: dict[str, list[int]] = defaultdict(list)
    for place, entry in enumerate(ordered):
        by_id[entry.own_id].append(place)
        for identity in entry.identities:
            by_identity[identity].append(place)
    # An item's id is surer than an address: several layers may share a page.
    for identity in sorted(by_identity, key=lambda name: (name.startswith("page:"), name)):
        places = by_identity[identity]
        feeds = [ordered[place].feed for place in places]
        if len(feeds) == len(set(feeds)):
            for place in places[1:]:
                groups.join(places[0], place, meant=False)
    for first, second in confirmed:
        for one, other in zip(by_id[first][:1], by_id[second][:1], strict=False):
            groups.join(one, other, meant=True)
    found: dict[int, list[FeedEntry]] = {}
    for place, entry in enumerate(ordered):
        found.setdefault(groups.root(place), []).append(entry)
    return [tuple(sorted(members, key=lambda entry: entry.rank)) for members in found.values()]


def merge(entries: Sequence[FeedEntry]) -> MergedDataset:
    """One dataset of its entries, most authoritative first."""
    values: dict[str, Any] = {}
    provenance: dict[str, str] = {}
    conflicts: dict[str, list[dict[str, Any]]] = {}
    for entry in entries:
        for column, value in entry.fields.items():
            if value in ("", None, []):
                continue
            if column not in values:
                values[column], provenance[column] = value, entry.feed
            elif (
                column in _COMPARED
                and provenance[column] != entry.feed
                and values[column] != value
                and _differ(column, values[column], value)
            ):
                conflicts.setdefault(column, []).append({"feed": entry.feed, "value": value})
    return MergedDataset(entries[0].own_id, tuple(entries), values, provenance, conflicts)


def merge_all(entries: Iterable[FeedEntry], confirmed: Iterable[tuple[str, str]] = ()) -> list[MergedDataset]:
    """All datasets of all entries."""
    return [merge(members) for members in group(entries, confirmed)]


def _differ(column: str, one: Any, other: Any) -> bool:
    if column in TIMES:
        # Feeds cut seconds off; less than a minute is the same moment.
        return abs((datetime.fromisoformat(one) - datetime.fromisoformat(other)).total_seconds()) >= 60
    if isinstance(one, list):
        return {_folded(item) for item in one} != {_folded(item) for item in other}
    return _folded(one) != _folded(other)


def _folded(value: Any) -> str:
    return _folded_text(str(value))


@lru_cache(maxsize=2048)  # the same few words and texts, from one feed after the other
def _folded_text(text: str) -> str:
    return " ".join(text.casefold().split())
