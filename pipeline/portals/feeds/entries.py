"""What the feeds have in common: identities, addresses, licences, formats, and the entry that is made of them."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from hashlib import md5
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from aneel.dataset_merge import FeedEntry
from pipeline.portals.values import moment, one_line, text, texts
from ysh.core.said import Said, say

_ITEM = re.compile(r"(?<![0-9a-f])([0-9a-f]{32})(?:_(\d{1,4}))?(?![0-9a-f])", re.IGNORECASE)
_UUID = re.compile(r"(?<![0-9a-f])([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})(?![0-9a-f])", re.IGNORECASE)
_LICENCES = (
    (re.compile(r"odbl|odc-odbl|open database license", re.IGNORECASE), "ODbL-1.0"),
    (re.compile(r"publicdomain/zero|cc0|cc-zero", re.IGNORECASE), "CC0-1.0"),
    (re.compile(r"licenses/by-sa/4|cc-by-sa-4", re.IGNORECASE), "CC-BY-SA-4.0"),
    (re.compile(r"licenses/by/4|cc-by-4|attribution 4\.0", re.IGNORECASE), "CC-BY-4.0"),
    (re.compile(r"odc-by|opendatacommons\.org/licenses/by", re.IGNORECASE), "ODC-By-1.0"),
    (re.compile(r"odc-pddl|licenses/pddl", re.IGNORECASE), "PDDL-1.0"),
)
# PostgreSQL's jsonb takes no NUL; nothing that people wrote is longer.
_LONGEST_RAW = 200_000


@dataclass(frozen=True, slots=True)
class Refused:
    """An entry of a feed that cannot be used."""

    number: int
    reason: str
    message: Said | str
    raw: str


@dataclass(slots=True)
class FeedRead:
    """What an answer holds.

    Attributes:
        entries: those that can be used.
        refused: those that cannot.
        announced: how many the feed says there are; None when it does not.
        seen: entries in the answer, good and bad ones.
    """

    entries: list[FeedEntry] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    announced: int | None = None
    seen: int = 0

    def refuse(self, item: Any, reason: str, message: Said | str) -> None:
        raw = json.dumps(item, ensure_ascii=False, default=str)[:2000] if not isinstance(item, str) else item[:2000]
        self.refused.append(Refused(self.seen, reason, message, raw.replace("\0", "␀")))


def item_identity(*values: Any) -> str:
    """`item:<32 digits>[_layer]`, the first that any of the values holds; empty without one."""
    for value in values:
        for written in texts(value):
            found = _ITEM.search(written)
            if found:
                layer = found[2] or next(iter(parse_qs(urlsplit(written).query).get("sublayer", [])), "")
                return f"item:{found[1].lower()}" + (f"_{layer}" if layer.isdigit() else "")
    return ""


def ckan_identity(*values: Any) -> str:
    """`ckan:<uuid>`, the first that any of the values holds; empty without one."""
    return next((f"ckan:{found[1].lower()}" for value in values for one in texts(value) if (found := _UUID.search(one))), "")


def page_identity(*values: Any) -> str:
    """`page:<host>/<path>` of the first address of a data set's page; empty without one. A portal's front page is none."""
    for value in values:
        for written in texts(value):
            if found := _page(written):
                return found
    return ""


@lru_cache(maxsize=2048)
def _page(written: str) -> str:
    if not (address := _address(written)):
        return ""
    parts = urlsplit(address)
    steps = [step for step in unquote(parts.path).lower().split("/") if step]
    if len(steps) >= 2 and steps[-2] in ("dataset", "datasets", "maps", "documents", "apps"):
        return f"page:{(parts.hostname or '').lower()}/{steps[-2]}/{steps[-1]}"
    return ""


def web_address(value: Any) -> str:
    """The first http(s) address in a value; empty without one."""
    return next((address for written in texts(value) if (address := _address(written))), "")


@lru_cache(maxsize=2048)
def _address(written: str) -> str:
    words = written.split(maxsplit=1)
    try:
        parts = urlsplit(words[0] if words else "")
    except ValueError:
        return ""
    return words[0][:2000] if parts.scheme in ("http", "https") and parts.hostname else ""


def licence(*values: Any) -> str:
    """The licence's SPDX name; its own words where it is none of the known ones."""
    said = [one for value in values for one in texts(value)]
    for pattern, name in _LICENCES:
        if any(pattern.search(one) for one in said):
            return name
    words = next((one_line(one) for one in said if one_line(one)), "")
    return words if words.lower() not in ("none", "notspecified", "not specified", "nao especificada") else ""


def email(*values: Any) -> str:
    """The first mail address in the values; empty without one."""
    for value in values:
        for written in texts(value):
            found = re.search(r"[^\s@:<>]+@[^\s@<>]+\.[^\s@<>]+", written.removeprefix("mailto:"))
            if found:
                return found[0][:254]
    return ""


def file_format(*values: Any) -> str:
    """A format's short name: "ftype:HTML", "text/csv" and ".csv" are HTML, CSV and CSV."""
    for value in values:
        for written in texts(value):
            short = re.split(r"[/#:]", written.strip().rstrip("/"))[-1].strip(" .").upper()
            short = re.sub(r"^(X-|VND\.)", "", short).removesuffix("+ZIP")
            if short:
                return short[:40]
    return ""


def period(value: Any) -> tuple[str, str]:
    """First and last day of a coverage: "2009 até o presente", "2010-01-01/2020-12-31", "2014 a 2020". Empty where open."""
    written = text(value)
    days = re.findall(r"\d{4}-\d{2}-\d{2}", written)
    years = re.findall(r"(?<!\d)((?:19|20)\d{2})(?!\d)", written)
    first, last = "", ""
    if days:
        first, last = days[0], days[-1] if len(days) > 1 else ""
    elif years:
        first, last = f"{years[0]}-01-01", f"{years[-1]}-12-31" if len(years) > 1 else ""
    try:
        first_day, last_day = (date.fromisoformat(one) if one else None for one in (first, last))
    except ValueError:
        return "", ""
    if first_day and last_day and last_day < first_day:
        return "", ""
    return first, last


def iso(value: Any) -> str:
    """A time as ISO text, UTC; empty where it is none."""
    found = moment(value)
    return found.isoformat(timespec="seconds") if found else ""


def resource(
    *, name: Any, kind: str, url: str, size: Any = None, last_modified: Any = None, digest: Any = None
) -> dict[str, Any]:
    """A file or page of a dataset, in the form of the column `resources`."""
    return {
        "name": one_line(name)[:300],
        "format": kind,
        "url": url,
        "size": size if isinstance(size, int) and not isinstance(size, bool) and size >= 0 else None,
        "last_modified": iso(last_modified) or None,
        "hash": text(digest)[:128] or None,
    }


def entry(feed: str, *, identities: Iterable[str], feed_id: str, fields: Mapping[str, Any], raw: Any) -> FeedEntry:
    """The entry, without what is empty. One without any identity is named by its feed, so that it joins no other by chance."""
    named = tuple(dict.fromkeys(filter(None, identities)))
    key = feed_id or (named[0] if named else _digest(fields))
    kept = {column: value for column, value in fields.items() if value not in ("", None, [], {})}
    return FeedEntry(feed, key[:250], named or (f"{feed.lower()}:{key}",), kept, _stored(raw))


def _digest(value: Any) -> str:
    return md5(json.dumps(value, sort_keys=True, default=str).encode(), usedforsecurity=False).hexdigest()


def _stored(raw: Any) -> Any:
    written = json.dumps(raw, ensure_ascii=False, default=str)
    if len(written) > _LONGEST_RAW:
        return {"left_out": f"{len(written):,} characters"}
    return json.loads(written.replace("\\u0000", "")) if "\\u0000" in written else raw


def collected(feed: str, listed: Any, build: Any, *, announced: int | None = None) -> FeedRead:
    """Every entry of a list; one that is no object, or has neither title nor identity, is refused.

    Args:
        feed: one of `SourceApi`.
        listed: the list, or whatever stands in its place.
        build: makes an entry of an object.
        announced: how many the feed says there are.
    """
    found = FeedRead(announced=announced)
    for item in listed if isinstance(listed, list) else [listed] if isinstance(listed, Mapping) else ():
        found.seen += 1
        if not isinstance(item, Mapping):
            found.refuse(item, "not_an_object", say("row_no_object"))
            continue
        made: FeedEntry = build(item)
        if made.fields.get("title"):
            found.entries.append(made)
        else:
            found.refuse(item, "no_title", say("row_no_title", feed=feed))
    return found
