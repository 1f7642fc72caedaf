"""ArcGIS Hub: search (OGC API - Records), DCAT-US 1.1, DCAT-AP 2.1.1 and 3.0.0, RSS 2.0."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from xml.sax.saxutils import escape

from tests.portal.catalogue import ORGANISATION, Item

SEARCH, DCAT_US, DCAT_AP_2, DCAT_AP_3, RSS = "hub_search", "dcat_us", "dcat_ap_2", "dcat_ap_3", "rss"
LARGEST_PAGE = 100
LICENCE = "https://opendatacommons.org/licenses/odbl/"


class BadQueryError(Exception):
    """A parameter the real server refuses."""


def milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def page(base: str, item: Item) -> str:
    return f"{base}/datasets/{item.page_slug}"


def identifier(item: Item) -> str:
    layer = "" if item.layer is None else f"&sublayer={item.layer}"
    return f"https://www.arcgis.com/home/item.html?id={item.item_id}{layer}"


def properties(base: str, item: Item) -> dict[str, Any]:
    return {
        "id": item.id,
        "owner": "aneel_sig",
        "orgId": "ANEELorg",
        "created": milliseconds(item.created),
        "modified": milliseconds(item.modified),
        "title": item.title,
        "name": f"{item.title}.gdb",
        "type": item.type,
        "typeKeywords": [item.type],
        "description": None if "{{" in item.description else item.description,
        "snippet": None,
        "tags": item.tags,
        "thumbnail": None,
        "extent": {"coordinates": [[-53.8, -29.4], [-48.3, -25.9]], "type": "envelope"},
        "categories": [],
        "access": "public",
        "licenseInfo": None,
        "accessInformation": None,
        "culture": "pt-br",
        "url": None,
        "size": 1_048_576,
        "source": ORGANISATION,
        "slug": item.page_slug,
        "additionalResources": [],
    } | item.fields.get(SEARCH, {})


def feature(base: str, item: Item) -> dict[str, Any]:
    return {"id": item.id, "type": "Feature", "geometry": None, "time": None, "properties": properties(base, item), "links": []}


def search(base: str, path: str, query: Mapping[str, str], items: Sequence[Item], now: datetime) -> dict[str, Any]:
    """One page of items.

    Raises:
        BadQueryError: `limit` above 100, `startindex` below 1, or neither a number.
    """
    try:
        limit, start = int(query.get("limit", 10)), int(query.get("startindex", 1))
    except ValueError as error:
        raise BadQueryError(str(error)) from error
    if not 0 <= limit <= LARGEST_PAGE or start < 1:
        raise BadQueryError("limit must be an integer from 0 to 100 and startindex 1 or more")
    found = [item for item in items if item.shown_in(SEARCH)]
    if query.get("sortBy") == "-properties.modified":
        found.sort(key=lambda item: item.modified, reverse=True)
    part = found[start - 1 : start - 1 + limit]
    links = [{"rel": "self", "type": "application/geo+json", "href": f"{base}{path}?limit={limit}&startindex={start}"}]
    if start - 1 + limit < len(found):
        href = f"{base}{path}?limit={limit}&startindex={start + limit}"
        links.append({"rel": "next", "type": "application/geo+json", "href": href})
    return {
        "type": "FeatureCollection",
        "timestamp": iso(now),
        "numberMatched": len(found),
        "numberReturned": len(part),
        "features": [feature(base, item) for item in part],
        "links": links,
    }


def dcat_us(base: str, items: Sequence[Item]) -> dict[str, Any]:
    return {
        "@context": "https://project-open-data.cio.gov/v1.1/schema/catalog.jsonld",
        "@type": "dcat:Catalog",
        "conformsTo": "https://project-open-data.cio.gov/v1.1/schema",
        "describedBy": "https://project-open-data.cio.gov/v1.1/schema/catalog.json",
        "dataset": [
            {
                "@type": "dcat:Dataset",
                "identifier": identifier(item),
                "landingPage": page(base, item),
                "title": item.title,
                "description": item.description,
                "keyword": item.tags,
                "issued": iso(item.created),
                "modified": iso(item.modified),
                "publisher": {"name": ORGANISATION},
                "contactPoint": {"@type": "vcard:Contact", "fn": "aneel_sig", "hasEmail": "mailto:geo@aneel.gov.br"},
                "accessLevel": "public",
                "license": LICENCE,
                "spatial": "{{extent:computeSpatialProperty}}",
                "distribution": [
                    {
                        "@type": "dcat:Distribution",
                        "title": "ArcGIS Hub Dataset",
                        "format": "Web Page",
                        "mediaType": "text/html",
                        "accessURL": page(base, item),
                    }
                ],
            }
            | item.fields.get(DCAT_US, {})
            for item in items
            if item.shown_in(DCAT_US)
        ],
    }


_CONTEXT_2 = {
    "dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/", "foaf": "http://xmlns.com/foaf/0.1/",
    "vcard": "http://www.w3.org/2006/vcard/ns#", "ftype": "http://publications.europa.eu/resource/authority/file-type/",
}  # fmt: skip
_CONTEXT_3 = {
    "@version": 1.1, "@protected": True, **_CONTEXT_2, "adms": "http://www.w3.org/ns/adms#", "dcatap": "http://data.europa.eu/r5r/",
    "prov": "http://www.w3.org/ns/prov#", "schema": "http://schema.org/", "spdx": "http://spdx.org/rdf/terms#",
}  # fmt: skip


def dcat_ap(base: str, items: Sequence[Item], version: str) -> dict[str, Any]:
    """DCAT-AP, JSON-LD. 2.1.1 writes plain strings; 3.0.0 language maps, typed values and one-element lists."""
    key = DCAT_AP_3 if version.startswith("3") else DCAT_AP_2
    third = key == DCAT_AP_3
    datasets = []
    for item in items:
        if not item.shown_in(key):
            continue
        text = {"@value": item.title, "@language": "pt"} if third else item.title
        distribution = {
            "@type": "dcat:Distribution",
            "dcat:accessURL" if third else "dcat:accessUrl": {"@id": page(base, item)} if third else page(base, item),
            "dct:format": {"@id": "ftype:HTML"},
            "dct:title": {"pt": "Página"} if third else "ArcGIS Hub Dataset",
        }
        datasets.append(
            {
                "@type": "dcat:Dataset",
                "@id": identifier(item),
                "dct:title": text,
                "dct:description": {"pt": item.description} if third else item.description,
                "dcat:contactPoint": {
                    "@id": "urn:contact",
                    "@type": "vcard:Contact" if third else "Contact",
                    "vcard:fn": "aneel_sig",
                    "vcard:hasEmail": {"@id": "mailto:geo@aneel.gov.br"} if third else "mailto:geo@aneel.gov.br",
                },
                "dct:publisher": {"foaf:name": ORGANISATION} if third else ORGANISATION,
                "dcat:theme": "geospatial",
                "dct:accessRights": "public",
                "dct:identifier": [item.id] if third else identifier(item),
                "dcat:landingPage": {"@id": page(base, item)},
                "dcat:keyword": [{"@value": tag} for tag in item.tags] if third else item.tags,
                "dct:issued": {"@value": iso(item.created), "@type": "xsd:dateTime"} if third else iso(item.created),
                "dct:modified": {"@value": iso(item.modified), "@type": "xsd:dateTime"} if third else iso(item.modified),
                "dcat:distribution": [distribution],
            }
            | item.fields.get(key, {})
        )
    return {
        "@context": _CONTEXT_3 if third else _CONTEXT_2,
        "@id": base,
        "@type": "dcat:Catalog",
        "dct:title": "Dados abertos da ANEEL",
        "dct:description": "BDGD",
        "dct:publisher": ORGANISATION,
        "foaf:homepage": base,
        "dct:language": "pt-br",
        "dcat:dataset": datasets,
    }


def rss(base: str, items: Sequence[Item]) -> bytes:
    """RSS 2.0. Fields that did not resolve are left out, as the real feed does."""
    entries = []
    for item in items:
        if not item.shown_in(RSS):
            continue
        own = item.fields.get(RSS, {})
        parts = {
            "title": item.title,
            "description": "" if "{{" in item.description else item.description,
            "link": page(base, item),
            "guid": identifier(item),
            "author": "aneel_sig",
            "pubDate": format_datetime(item.created, usegmt=True),
        } | own
        tags = "".join(f"<category>{escape(tag)}</category>" for tag in item.tags)
        body = "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in parts.items() if value)
        entries.append(f"<item>{body}{tags}</item>")
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" '
        'xmlns:georss="http://www.georss.org/georss" xmlns:gml="http://www.opengis.net/gml"><channel>'
        f"<title>Dados abertos da ANEEL</title><description>BDGD</description><link>{escape(base)}</link>"
        "<docs>https://validator.w3.org/feed/docs/rss2.html</docs>" + "".join(entries) + "</channel></rss>"
    ).encode()
