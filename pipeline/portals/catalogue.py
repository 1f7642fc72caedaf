"""The six feeds of the catalogue: where they are, page by page, and what came of asking them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from django.conf import settings

from aneel.choices import SourceApi
from aneel.dataset_merge import FeedEntry
from pipeline.errors import SourceFileError, SourceUnavailableError
from pipeline.fetching.known import known_of
from pipeline.portals.documents import Reader, read
from pipeline.portals.feeds import ckan, dcat, hub_search, rss
from pipeline.portals.feeds.entries import FeedRead, Refused
from ysh.core.said import Said, in_english, say

# No portal has so many pages; one that never says it is done is left then.
_MOST_PAGES = 500
PAGE = 100


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed.

    Attributes:
        key: one of `SourceApi`.
        name: of the archived copies.
        address: of the page that begins after so many entries; always the same for feeds of one document.
        parse: reads a page.
        paged: whether there are several.
    """

    key: SourceApi
    name: str
    address: Callable[[int], str]
    parse: Callable[[bytes], FeedRead]
    paged: bool = False


def _ckan(path: str) -> str:
    return settings.ANEEL_CKAN_URL.rstrip("/") + path


def _hub(path: str) -> str:
    return settings.ANEEL_HUB_URL.rstrip("/") + path


#: most authoritative first
FEEDS = (
    Feed(
        SourceApi.CKAN,
        "ckan-package_search.json",
        lambda after: _ckan(f"/api/3/action/package_search?rows={PAGE}&start={after}&sort=name+asc"),
        ckan.parse,
        paged=True,
    ),
    Feed(
        SourceApi.HUB_SEARCH,
        "hub-search.json",
        lambda after: _hub(f"/api/search/v1/collections/all/items?limit={PAGE}&startindex={after + 1}"),
        hub_search.parse,
        paged=True,
    ),
    Feed(SourceApi.DCAT_US, "dcat-us-1.1.json", lambda _after: _hub("/api/feed/dcat-us/1.1.json"), dcat.parse_us),
    Feed(SourceApi.DCAT_AP_2, "dcat-ap-2.1.1.json", lambda _after: _hub("/api/feed/dcat-ap/2.1.1.json"), dcat.parse_ap_2),
    Feed(SourceApi.DCAT_AP_3, "dcat-ap-3.0.0.json", lambda _after: _hub("/api/feed/dcat-ap/3.0.0.json"), dcat.parse_ap_3),
    Feed(SourceApi.RSS, "rss-2.0.xml", lambda _after: _hub("/api/feed/rss/2.0"), rss.parse),
)


@dataclass(slots=True)
class FeedAnswer:
    """What came of asking one feed.

    Attributes:
        state: `read`; `unchanged`: it says that it is what was read last; `partial`: fewer entries than it announced, so nothing
            may be concluded from those that are missing; `failed`.
        said: what is wrong with it, for people.
        repeated: entries that came twice under one id.
    """

    key: str
    state: Literal["read", "unchanged", "partial", "failed"]
    entries: list[FeedEntry] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    seen: int = 0
    repeated: int = 0
    said: Said | str = ""
    code: str = ""

    @property
    def why(self) -> str:
        """What is wrong, in English."""
        return in_english(self.said)

    def as_json(self) -> dict[str, object]:
        """For the run's page."""
        return {"state": self.state, "entries": len(self.entries), "refused": len(self.refused), "why": self.why}


def ask(feed: Feed, reader: Reader, *, force: bool, limit: int | None = None) -> FeedAnswer:
    """Ask one feed for everything. A fault of its is its answer: the others are asked all the same.

    Args:
        feed: which.
        reader: how.
        force: have it sent although it says that it did not change.
        limit: stop after so many entries.
    """
    try:
        return _ask(feed, reader, force=force, limit=limit)
    except (SourceUnavailableError, SourceFileError) as error:
        return FeedAnswer(feed.key, "failed", said=error.said, code=error.code)


def _ask(feed: Feed, reader: Reader, *, force: bool, limit: int | None) -> FeedAnswer:
    answer = FeedAnswer(feed.key, "read")
    known = None if force or feed.paged else known_of(reader.source, feed.address(0), published=True)
    announced: int | None = None
    for _page in range(_MOST_PAGES):
        url = feed.address(answer.seen)
        _document, found = read(reader, url, feed.parse, name=feed.name, known=known.validators if known else None)
        if found is None:
            answer.state = "unchanged"
            return answer
        announced = found.announced if found.announced is not None else announced
        take(answer, found)
        if limit is not None and len(answer.entries) >= limit:
            del answer.entries[limit:]
            answer.state = "partial"
            return answer
        if not feed.paged or not found.seen or (announced is not None and answer.seen >= announced):
            break
    if announced is not None and answer.seen < announced:
        answer.state, answer.said = "partial", say("found_some_entries", seen=answer.seen, all=announced)
    return answer


def take(answer: FeedAnswer, found: FeedRead) -> None:
    """Add a page's entries; one whose id came before is counted and left out."""
    ids = {entry.feed_id for entry in answer.entries}
    for entry in found.entries:
        if entry.feed_id in ids:
            answer.repeated += 1
        else:
            ids.add(entry.feed_id)
            answer.entries.append(entry)
    for refused in found.refused:
        answer.refused.append(Refused(answer.seen + refused.number, refused.reason, refused.message, refused.raw))
    answer.seen += found.seen
