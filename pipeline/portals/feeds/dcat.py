"""DCAT in its three dialects: DCAT-US 1.1, DCAT-AP 2.1.1 and 3.0.0 (JSON-LD)."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from aneel.choices import SourceApi
from aneel.dataset_merge import FeedEntry
from pipeline.portals.documents import NotAnAnswerError, as_json
from pipeline.portals.feeds.entries import (
    FeedRead,
    ckan_identity,
    collected,
    email,
    entry,
    file_format,
    iso,
    item_identity,
    licence,
    page_identity,
    period,
    resource,
    web_address,
)
from pipeline.portals.values import one_line, plain, text, text_list, texts

_PREFIXES = ("", "dct:", "dcat:", "dcterms:", "foaf:", "vcard:")


def parse(feed: str, content: bytes) -> FeedRead:
    """A whole catalogue.

    Raises:
        ValueError: no catalogue.
    """
    answer = as_json(content)
    if not isinstance(answer, Mapping):
        raise NotAnAnswerError("expected a catalogue")
    listed = _get(answer, "dataset")
    if listed is None and "@graph" in answer:
        graph = answer["@graph"]
        listed = [one for one in graph if isinstance(one, Mapping) and "Dataset" in str(one.get("@type"))]
    if listed is None and "Catalog" not in str(answer.get("@type")):
        raise NotAnAnswerError("expected a catalogue with `dataset`")
    return collected(feed, listed, partial(dataset, feed))


parse_us = partial(parse, SourceApi.DCAT_US)
parse_ap_2 = partial(parse, SourceApi.DCAT_AP_2)
parse_ap_3 = partial(parse, SourceApi.DCAT_AP_3)


def _get(item: Mapping[str, Any], *names: str) -> Any:
    """The first of the names that is there and not null, with any of the dialects' prefixes."""
    for name in names:
        for prefix in _PREFIXES:
            if (found := item.get(prefix + name)) is not None:
                return found
    return None


def dataset(feed: str, item: Mapping[str, Any]) -> FeedEntry:
    """A dataset as an entry."""
    contact = _first_object(_get(item, "contactPoint"))
    publisher = _get(item, "publisher")
    landing = _get(item, "landingPage")
    resources = _distributions(_get(item, "distribution"))
    named = (_get(item, "identifier"), item.get("@id"))
    said = [written for value in (*named, landing) for written in texts(value)] + [one["url"] for one in resources]
    start, end = _temporal(_get(item, "temporal"))
    page = page_identity(*said)
    item_id, ckan_id = item_identity(*said), ckan_identity(*said)
    return entry(
        feed,
        identities=(item_id or ckan_id, page),
        feed_id=(item_id or ckan_id).partition(":")[2] or text(named[0]) or text(named[1]) or page,
        raw=item,
        fields={
            "title": one_line(_get(item, "title")),
            "description": plain(_get(item, "description")),
            "url": web_address(landing) or next((one["url"] for one in resources), ""),
            "modified": iso(_get(item, "modified")),
            "published": iso(_get(item, "issued")),
            "formats": sorted({one["format"] for one in resources if one["format"]}),
            "keywords": text_list(_get(item, "keyword")),
            "license": licence(_get(item, "license")),
            "temporal_start": start,
            "temporal_end": end,
            "update_frequency": one_line(_get(item, "accrualPeriodicity")),
            "access_level": one_line(_get(item, "accessLevel", "accessRights")),
            "publisher_name": one_line(publisher),
            "publisher_email": email(_get(publisher, "mbox", "hasEmail")) if isinstance(publisher, Mapping) else "",
            "contact_name": one_line(_get(contact, "fn", "name")),
            "contact_email": email(_get(contact, "hasEmail", "email")),
            "theme": text_list(_get(item, "theme")),
            "resources": resources,
        },
    )


def _first_object(value: Any) -> Mapping[str, Any]:
    found = value[0] if isinstance(value, list) and value else value
    return found if isinstance(found, Mapping) else {}


def _distributions(value: Any) -> list[dict[str, Any]]:
    """The files and pages; `false`, or ones without any address, are none."""
    listed = value if isinstance(value, list) else [value]
    found = []
    for one in listed:
        if not isinstance(one, Mapping):
            continue
        url = web_address(_get(one, "downloadURL", "downloadUrl")) or web_address(_get(one, "accessURL", "accessUrl"))
        if url:
            kind = file_format(_get(one, "format")) or file_format(_get(one, "mediaType"))
            found.append(
                resource(
                    name=_get(one, "title", "description"),
                    kind=kind,
                    url=url,
                    size=_get(one, "byteSize"),
                    last_modified=_get(one, "modified"),
                )
            )
    return found


def _temporal(value: Any) -> tuple[str, str]:
    said = _first_object(value)
    if not said:
        return period(value)
    ends = (text(_get(said, "startDate", "startdate")), text(_get(said, "endDate", "enddate")))
    return period("/".join(end[:10] for end in ends if end))
