"""CKAN: package_search, the authoritative feed."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from aneel.choices import SourceApi
from aneel.dataset_merge import FeedEntry
from pipeline.portals.documents import NotAnAnswerError, as_ckan
from pipeline.portals.feeds.entries import (
    FeedRead,
    ckan_identity,
    collected,
    email,
    entry,
    file_format,
    iso,
    licence,
    page_identity,
    period,
    resource,
    web_address,
)
from pipeline.portals.values import one_line, plain, text, text_list
from pipeline.sources.kinds import fold


def parse(content: bytes) -> FeedRead:
    """One page of packages.

    Raises:
        ValueError: no answer of package_search.
    """
    result = as_ckan(content)
    if isinstance(result, Mapping) and "resources" in result:
        result = {"results": [result], "count": 1}  # package_show
    if not isinstance(result, Mapping) or not isinstance(result.get("results"), list):
        raise NotAnAnswerError("expected `results` of package_search")
    count = result.get("count")
    listed = [item for item in result["results"] if not _is_gone(item)]
    found = collected(SourceApi.CKAN, listed, package, announced=count if isinstance(count, int) else None)
    found.seen = len(result["results"])
    return found


def _is_gone(item: Any) -> bool:
    return isinstance(item, Mapping) and (item.get("state") == "deleted" or item.get("private") is True)


def package(item: Mapping[str, Any]) -> FeedEntry:
    """A package as an entry."""
    extras = _extras(item)
    name = text(item.get("name"))
    page = f"{settings.ANEEL_CKAN_URL.rstrip('/')}/dataset/{name}" if name else ""
    resources = [_resource(one) for one in _objects(item.get("resources"))]
    start, end = period(extras.get("cobertura temporal"))
    identity = ckan_identity(item.get("id")) or (f"ckan:{name}" if name else "")
    return entry(
        SourceApi.CKAN,
        identities=(identity, page_identity(page)),
        feed_id=identity.removeprefix("ckan:"),
        raw=item,
        fields={
            "title": one_line(item.get("title")) or name,
            "description": plain(item.get("notes")),
            "url": web_address(page),
            "modified": iso(item.get("metadata_modified")),
            "published": iso(item.get("metadata_created")),
            "formats": sorted({one["format"] for one in resources if one["format"]}),
            "keywords": text_list([_tag(tag) for tag in _list(item.get("tags"))]),
            "license": licence(item.get("license_id"), item.get("license_title"), item.get("license_url")),
            "temporal_start": start,
            "temporal_end": end,
            "update_frequency": one_line(extras.get("frequencia de atualizacao")),
            "access_level": "public" if item.get("private") is False else "",
            "publisher_name": one_line(_organisation(item)),
            "contact_name": one_line(item.get("maintainer")) or one_line(item.get("author")),
            "contact_email": email(item.get("maintainer_email"), item.get("author_email")),
            "theme": text_list([_tag(one) for one in _list(item.get("groups"))]),
            "resources": resources,
        },
    )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [one for one in _list(value) if isinstance(one, Mapping) and web_address(one.get("url"))]


def _tag(value: Any) -> Any:
    return value.get("display_name") or value.get("title") or value.get("name") if isinstance(value, Mapping) else value


def _organisation(item: Mapping[str, Any]) -> Any:
    found = item.get("organization")
    return found.get("title") or found.get("name") if isinstance(found, Mapping) else found


def _extras(item: Mapping[str, Any]) -> dict[str, Any]:
    """Extras by folded name: they are in Portuguese, and their accents vary."""
    pairs = [one for one in _list(item.get("extras")) if isinstance(one, Mapping)]
    return {fold(text(one.get("key"))): one.get("value") for one in pairs}


def _resource(one: Mapping[str, Any]) -> dict[str, Any]:
    return resource(
        name=one.get("name"),
        kind=file_format(one.get("format"), one.get("mimetype")),
        url=web_address(one.get("url")),
        size=one.get("size"),
        last_modified=one.get("last_modified") or one.get("metadata_modified"),
        digest=one.get("hash"),
    )
