"""What changed at the portals since the catalogue was read: the newest entries only, without reading it all again."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from django.conf import settings

from aneel.choices import SourceApi
from aneel.models import DatasetEntry
from pipeline.errors import SourceFileError, SourceUnavailableError
from pipeline.fetching.session import new_session
from pipeline.models import IngestionRun
from pipeline.portals.documents import Reader, read
from pipeline.portals.feeds import ckan, hub_search
from pipeline.portals.feeds.entries import FeedRead
from pipeline.sources.base import Probe
from ysh.core.said import Said, say

SOURCE = "datasets"
_PAGE = 50
# A portal that does not sort is read to its end, and no further.
_MOST_PAGES = 100


@dataclass(slots=True)
class PortalChanges:
    """What the portals say.

    Attributes:
        changed: ids of entries that are new or say another time of change, by feed.
        counts: entries the feed says it has, and those that are stored, by feed.
        failed: why, by feed that did not answer.
    """

    changed: dict[str, list[str]] = field(default_factory=dict)
    counts: dict[str, tuple[int, int]] = field(default_factory=dict)
    failed: dict[str, Said | str] = field(default_factory=dict)

    @property
    def any(self) -> bool:
        """Whether reading the catalogue would bring something."""
        return any(self.changed.values()) or any(said != stored for said, stored in self.counts.values())

    @property
    def said(self) -> Said:
        """For the check's step."""
        parts = [say("entries_changed", feed=feed, count=len(ids)) for feed, ids in self.changed.items() if ids]
        parts += [
            say("entries_counted", feed=feed, before=stored, now=said)
            for feed, (said, stored) in self.counts.items()
            if said != stored
        ]
        return say("several", parts=parts) if parts else say("nothing_new")


def _newest_of_ckan(after: int) -> str:
    query = f"rows={_PAGE}&start={after}&sort=metadata_modified+desc"
    return f"{settings.ANEEL_CKAN_URL.rstrip('/')}/api/3/action/package_search?{query}"


def _newest_of_hub(after: int) -> str:
    query = f"limit={_PAGE}&startindex={after + 1}&sortBy=-properties.modified"
    return f"{settings.ANEEL_HUB_URL.rstrip('/')}/api/search/v1/collections/all/items?{query}"


_ASKED: tuple[tuple[str, Callable[[int], str], Callable[[bytes], FeedRead]], ...] = (
    (SourceApi.CKAN.value, _newest_of_ckan, ckan.parse),
    (SourceApi.HUB_SEARCH.value, _newest_of_hub, hub_search.parse),
)


def portal_changes() -> PortalChanges:
    """Ask both portals, newest entries first, until a page holds only what is known. Two requests when nothing changed."""
    found = PortalChanges()
    with new_session() as session:
        # An archive of its own: the source's is written by whoever holds its lock.
        reader = Reader(session, f"{SOURCE}.check", keep=True)
        for feed, address, parse in _ASKED:
            stored = dict(DatasetEntry.objects.filter(feed=feed).values_list("feed_id", "fields__modified"))
            try:
                changed: list[str] = []
                said = 0
                for page in _pages(reader, feed, address, parse):
                    said = page.announced if page.announced is not None else len(stored)
                    new = [one.feed_id for one in page.entries if _is_new(one.feed_id, one.fields, stored)]
                    changed += new
                    if not new and _newest_first(page):
                        break
                found.changed[feed], found.counts[feed] = changed, (said, len(stored))
            except (SourceUnavailableError, SourceFileError) as error:
                found.failed[feed] = error.found
    return found


def _pages(reader: Reader, feed: str, address: Callable[[int], str], parse: Callable[[bytes], FeedRead]) -> Iterator[FeedRead]:
    seen = 0
    for _ in range(_MOST_PAGES):
        _document, page = read(reader, address(seen), parse, name=f"{feed.lower()}-newest.json")
        if page is None or not page.seen:
            return
        yield page
        seen += page.seen
        if page.announced is not None and seen >= page.announced:
            return


def _is_new(feed_id: str, fields: Mapping[str, object], stored: Mapping[str, object]) -> bool:
    return feed_id not in stored or (fields.get("modified") or None) != stored[feed_id]


def _newest_first(page: FeedRead) -> bool:
    times = [str(one.fields.get("modified") or "") for one in page.entries]
    return times == sorted(times, reverse=True)


def whats_new() -> Probe:
    """Whether the catalogue should be read: something changed, or a feed was missing the last time.

    Raises:
        SourceUnavailableError: neither portal answers.
    """
    last = IngestionRun.objects.filter(source=SOURCE).order_by("-started_at", "-id").first()
    feeds = (last.execution_metadata.get("feeds") or {}) if last else {}
    missing = sorted(key for key, feed in feeds.items() if feed.get("state") in ("failed", "partial"))
    found = portal_changes()
    if len(found.failed) == len(_ASKED):
        raise SourceUnavailableError(say("feeds", whys=found.failed), todo=say("todo_hour"))
    if found.any:
        return Probe(changed=True, why=found.said)
    if missing and not found.failed:
        return Probe(changed=True, why=say("feeds_missing", feeds=missing))
    return Probe(changed=False, why=found.said)
