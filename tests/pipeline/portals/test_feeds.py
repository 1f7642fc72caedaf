"""Answers as they are: every field optional, of any type, filled in or not."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.portals.catalogue import FEEDS
from pipeline.portals.feeds import ckan, dcat, hub_search, rss
from pipeline.portals.feeds.entries import file_format, item_identity, licence, page_identity, period

HEX = "0123456789abcdef0123456789abcdef"
ODDITIES = [None, False, True, 0, -1, "", "{{x}}", [], {}, [None], [[]], {"@value": None}, {"pt": {"a": []}}, "x" * 300, 10**30]
DCAT_KEYS = [
    "identifier",
    "description",
    "modified",
    "issued",
    "publisher",
    "contactPoint",
    "keyword",
    "license",
    "spatial",
    "theme",
]


def one(parse, document):
    found = parse(json.dumps(document).encode())
    assert (found.refused, len(found.entries)) == ([], 1)
    return found.entries[0]


def us(**fields):
    return {
        "@type": "dcat:Catalog",
        "dataset": [{"title": "T", "identifier": f"https://www.arcgis.com/home/item.html?id={HEX}"} | fields],
    }


@pytest.mark.parametrize("odd", ODDITIES, ids=repr)
def test_no_field_of_dcat_is_too_odd(odd):
    for key in [*DCAT_KEYS, "distribution", "temporal", "landingPage", "accessLevel", "accrualPeriodicity"]:
        entry = one(dcat.parse_us, us(**{key: odd}))
        assert entry.fields["title"] == "T"
        json.dumps(entry.fields)
    for value in (odd, [{"title": odd, "accessURL": odd}], [{"accessURL": "https://x/y.csv", "format": odd, "byteSize": odd}]):
        json.dumps(one(dcat.parse_us, us(distribution=value)).fields)


@pytest.mark.parametrize("odd", ODDITIES, ids=repr)
def test_no_field_of_ckan_and_search_is_too_odd(odd):
    for key in (
        "notes",
        "extras",
        "resources",
        "tags",
        "groups",
        "organization",
        "license_id",
        "metadata_modified",
        "author_email",
    ):
        package = {"id": "5e0fafd2-21b9-4d5b-b622-40438d40aba2", "title": "T", key: odd}
        assert one(ckan.parse, {"success": True, "result": {"count": 1, "results": [package]}}).own_id.startswith("5e0fafd2")
    for key in (
        "description",
        "tags",
        "created",
        "modified",
        "size",
        "extent",
        "additionalResources",
        "licenseInfo",
        "url",
        "slug",
    ):
        properties = {"id": HEX, "title": "T", key: odd}
        answer = {"features": [{"id": HEX, "properties": properties, "geometry": odd, "time": odd}], "numberMatched": odd}
        assert one(hub_search.parse, answer).own_id == HEX


def test_what_cannot_be_used_is_refused_and_the_rest_is_taken():
    found = dcat.parse_us(json.dumps({"dataset": [None, 7, {"title": "{{title}}"}, {"title": "T", "identifier": "x"}]}).encode())
    assert [refused.reason for refused in found.refused] == ["not_an_object", "not_an_object", "no_title"]
    assert [refused.number for refused in found.refused] == [1, 2, 3]
    assert (len(found.entries), found.seen) == (1, 4)


def test_language_maps_lists_and_typed_values_of_dcat_ap():
    entry = one(
        dcat.parse_ap_3,
        {
            "@context": {"@version": 1.1},
            "@type": "dcat:Catalog",
            "dcat:dataset": {
                "@id": f"https://www.arcgis.com/home/item.html?id={HEX}&sublayer=3",
                "dct:title": [{"@language": "en", "@value": "Tariffs"}, {"@language": "pt", "@value": "Tarifas"}],
                "dct:description": {"pt": "<p>Da  ANEEL</p>"},
                "dct:identifier": [f"{HEX}_3"],
                "dct:issued": {"@value": "2026-09-01", "@type": "xsd:date"},
                "dct:license": {"@id": "https://opendatacommons.org/licenses/odbl/"},
                "dct:publisher": {"foaf:name": {"pt": "ANEEL"}},
                "dcat:contactPoint": [{"vcard:fn": "Fulano", "vcard:hasEmail": {"@id": "mailto:dados@aneel.gov.br"}}],
                "dcat:keyword": [{"@value": "tarifas"}, "TE"],
                "dcat:distribution": [{"dcat:accessURL": {"@id": "https://x/y"}, "dct:format": {"@id": "ftype:CSV"}}],
            },
        },
    )
    assert entry.own_id == f"{HEX}_3"
    assert entry.fields == {
        "title": "Tarifas",
        "description": "Da ANEEL",
        "published": "2026-09-01T00:00:00+00:00",
        "license": "ODbL-1.0",
        "publisher_name": "ANEEL",
        "contact_name": "Fulano",
        "contact_email": "dados@aneel.gov.br",
        "keywords": ["tarifas", "TE"],
        "formats": ["CSV"],
        "url": "https://x/y",
        "resources": [
            {"name": "", "format": "CSV", "url": "https://x/y", "size": None, "last_modified": None, "hash": None},
        ],
    }


def test_epoch_milliseconds_and_missing_pages_of_the_search():
    entry = one(hub_search.parse, {"features": [{"properties": {"id": HEX, "title": "T", "modified": 1723456175000}}]})
    assert entry.fields["modified"] == "2024-08-12T09:49:35+00:00"
    assert entry.fields["url"] == f"https://www.arcgis.com/home/item.html?id={HEX}"


def test_extras_of_ckan_in_portuguese():
    extras = [{"key": "Frequência de atualização", "value": "Diária"}, {"key": "COBERTURA TEMPORAL", "value": "2009 a 2020"}]
    package = {"id": "5e0fafd2-21b9-4d5b-b622-40438d40aba2", "title": "T", "extras": extras}
    fields = one(ckan.parse, {"success": True, "result": {"results": [package]}}).fields
    assert (fields["update_frequency"], fields["temporal_start"], fields["temporal_end"]) == (
        "Diária",
        "2009-01-01",
        "2020-12-31",
    )
    deleted = {"success": True, "result": {"results": [package | {"state": "deleted"}], "count": 1}}
    found = ckan.parse(json.dumps(deleted).encode())
    assert (found.entries, found.seen) == ([], 1)


def test_rss_without_anything_but_titles():
    found = rss.parse(
        b"<rss version='2.0'><channel><item><title>A</title></item><item/><item><title>B</title></item></channel></rss>"
    )
    assert [entry.fields["title"] for entry in found.entries] == ["A", "B"]
    assert len({entry.own_id for entry in found.entries}) == 2
    assert [refused.reason for refused in found.refused] == ["no_title"]


BOMB = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><rss><channel><item><title>&a;</title></item></channel></rss>'


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[1", b"<html></html>", b"null", b"7", b'"x"', b"[]", b"{}", b"\xff\xfe\x00", BOMB, b"[" * 100_000],
    ids=range(12),
)
def test_what_is_no_answer_is_told_apart(content):
    for feed in FEEDS:
        with pytest.raises(ValueError, match=r"expected|decode"):
            feed.parse(content)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)))
@settings(max_examples=60, deadline=None)
def test_any_list_of_anything_is_read(value):
    listed = value if isinstance(value, list) else [value]
    for document, parse in (
        ({"success": True, "result": {"results": listed}}, ckan.parse),
        ({"features": listed}, hub_search.parse),
        ({"dataset": listed}, dcat.parse_us),
    ):
        found = parse(json.dumps(document).encode())
        assert len(found.entries) + len(found.refused) == found.seen


def test_identities():
    assert item_identity(f"https://www.arcgis.com/home/item.html?id={HEX}&sublayer=2") == f"item:{HEX}_2"
    assert item_identity(f"{HEX.upper()}_10") == f"item:{HEX}_10"
    assert item_identity("none", None, {"@id": HEX}) == f"item:{HEX}"
    assert item_identity("5e0fafd2-21b9-4d5b-b622-40438d40aba2", HEX + "0") == ""
    assert page_identity("https://Hub.example/datasets/ANEEL::celesc-dis?x=1") == "page:hub.example/datasets/aneel::celesc-dis"
    assert page_identity("https://hub.example/", "https://hub.example/search?q=datasets", "javascript:x") == ""


def test_small_values():
    assert [
        file_format(one) for one in ("ftype:HTML", "text/csv", ".zip", "application/vnd.geo+json", {"@id": "x/PDF"}, None)
    ] == [*("HTML", "CSV", "ZIP", "GEO+JSON", "PDF", "")]
    assert licence("Open Data Commons Open Database License (ODbL)") == "ODbL-1.0"
    assert (licence("https://creativecommons.org/licenses/by/4.0/"), licence("none"), licence("própria")) == (
        "CC-BY-4.0",
        "",
        "própria",
    )
    assert period("2009 até o presente") == ("2009-01-01", "")
    assert period("2010-01-01/2020-12-31") == ("2010-01-01", "2020-12-31")
    assert period("2020 a 2010") == period("2010-13-45") == period(None) == ("", "")
