"""RSS 2.0 of the Hub: the poorest feed. `pubDate` is when an item was created; whatever did not resolve is left out."""

import re
import xml.etree.ElementTree as ET
from typing import Any

from aneel.choices import SourceApi
from aneel.dataset_merge import FeedEntry
from pipeline.portals.documents import NotAnAnswerError
from pipeline.portals.feeds.entries import FeedRead, collected, email, entry, iso, item_identity, page_identity, web_address
from pipeline.portals.values import one_line, plain, text, text_list

# A feed declares no entities of its own; one that does wants to unfold into gigabytes.
_DECLARATIONS = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)


def parse(content: bytes) -> FeedRead:
    """All items.

    Raises:
        ValueError: no RSS, or one that declares entities.
    """
    head = content.lstrip(b"\xef\xbb\xbf \t\r\n")
    if head[:1] != b"<" or head[:9].lower() == b"<!doctype" or head[:5].lower() == b"<html":
        raise NotAnAnswerError(f"expected RSS, found {head[:60]!r}")
    if _DECLARATIONS.search(content):
        raise NotAnAnswerError("expected RSS, found one that declares a document type or entities")
    try:
        root = ET.fromstring(content)  # noqa: S314  (declarations are refused above)
    except ET.ParseError as error:
        raise NotAnAnswerError(f"expected RSS, but it breaks off or is damaged: {error}") from error
    if root.tag != "rss":
        raise NotAnAnswerError(f"expected RSS, found <{root.tag}>")
    return collected(SourceApi.RSS, [_as_object(item) for item in root.iter("item")], item_entry)


def _as_object(item: ET.Element) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for child in item:
        name = child.tag.rpartition("}")[2]
        if name == "category":
            found.setdefault("category", []).append(child.text or "")
        elif name != "where":
            found.setdefault(name, child.text or "")
    return found


def item_entry(item: dict[str, Any]) -> FeedEntry:
    """An item as an entry."""
    link, guid = item.get("link"), item.get("guid")
    identity = item_identity(guid, link)
    page = page_identity(link, guid)
    key = identity.removeprefix("item:") or text(guid) or text(link)
    return entry(
        SourceApi.RSS,
        identities=(identity, page),
        feed_id=key or f"{one_line(item.get('title'))}|{text(item.get('pubDate'))}",
        raw=item,
        fields={
            "title": one_line(item.get("title")),
            "description": plain(item.get("description")),
            "url": web_address(link) or web_address(guid),
            "published": iso(item.get("pubDate")),
            "keywords": text_list(item.get("category")),
            "contact_name": one_line(item.get("author")),
            "contact_email": email(item.get("author")),
        },
    )
