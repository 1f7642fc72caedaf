"""ArcGIS Hub's Search API v1 (OGC API - Records): pages of at most 100, counted from 1, times in epoch milliseconds."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from aneel.choices import SourceApi
from aneel.dataset_merge import FeedEntry
from pipeline.portals.documents import NotAnAnswerError, as_json
from pipeline.portals.feeds.entries import (
    FeedRead,
    collected,
    entry,
    file_format,
    iso,
    item_identity,
    licence,
    page_identity,
    resource,
    web_address,
)
from pipeline.portals.values import one_line, plain, text, text_list

_ITEM_DATA = "https://www.arcgis.com/sharing/rest/content/items/{}/data"
_ITEM_PAGE = "https://www.arcgis.com/home/item.html?id={}"


def parse(content: bytes) -> FeedRead:
    """One page of features.

    Raises:
        ValueError: no collection of features.
    """
    answer = as_json(content)
    if not isinstance(answer, Mapping) or not isinstance(answer.get("features"), list):
        raise NotAnAnswerError("expected `features` of a FeatureCollection")
    count = answer.get("numberMatched")
    return collected(SourceApi.HUB_SEARCH, answer["features"], feature, announced=count if isinstance(count, int) else None)


def feature(item: Mapping[str, Any]) -> FeedEntry:
    """A feature as an entry."""
    found = item.get("properties")
    said: Mapping[str, Any] = found if isinstance(found, Mapping) else {}
    identity = item_identity(item.get("id"), said.get("id"))
    number = identity.removeprefix("item:").partition("_")[0]
    slug = text(said.get("slug"))
    page = f"{settings.ANEEL_HUB_URL.rstrip('/')}/datasets/{slug}" if slug else ""
    kind = file_format(said.get("type"))
    size = said.get("size")
    resources = [
        resource(name=said.get("name") or said.get("title"), kind=kind, url=_ITEM_DATA.format(number), size=size)
    ] if number else []  # fmt: skip
    more = said.get("additionalResources")
    resources += [
        resource(name=one.get("name"), kind=file_format(one.get("format")), url=web_address(one.get("url")))
        for one in (more if isinstance(more, list) else ())
        if isinstance(one, Mapping) and web_address(one.get("url"))
    ]
    return entry(
        SourceApi.HUB_SEARCH,
        identities=(identity, page_identity(page, said.get("url"))),
        feed_id=identity.removeprefix("item:") or text(item.get("id")),
        raw=item,
        fields={
            "title": one_line(said.get("title")) or one_line(said.get("name")),
            "description": plain(said.get("description")) or plain(said.get("snippet")),
            "url": web_address(page) or (_ITEM_PAGE.format(number) if number else web_address(said.get("url"))),
            "modified": iso(said.get("modified")),
            "published": iso(said.get("created")),
            "formats": [kind] if kind else [],
            "keywords": text_list(said.get("tags")),
            "license": licence(said.get("license"), said.get("licenseInfo")),
            "access_level": one_line(said.get("access")),
            "publisher_name": one_line(said.get("source")) or one_line(said.get("orgName")),
            "contact_name": one_line(said.get("owner")),
            "theme": text_list(said.get("categories")),
            "resources": resources,
        },
    )
