"""The portal itself: it answers as the real servers do, and goes wrong as it is told."""

import json
import xml.etree.ElementTree as ET

import pytest
import requests

from tests.portal import Portal
from tests.portal.catalogue import many_items, many_packages
from tests.portal.files import UNITS_PACKAGE
from tests.portal.server import CERTIFICATES


def get(url, **options):
    return requests.get(url, timeout=10, **options)


def test_ckan_tells_where_the_files_are(portal):
    found = get(f"{portal.url}/api/3/action/package_show", params={"id": UNITS_PACKAGE}).json()["result"]
    kinds = {one["format"]: one for one in found["resources"]}
    assert {"ZIP", "PARQUET", "PDF"} == set(kinds)
    file = get(kinds["ZIP"]["url"])
    assert file.content[:4] == b"PK\x03\x04"
    assert len(file.content) == kinds["ZIP"]["size"]
    assert get(f"{portal.url}/api/3/action/package_show?id=none").json()["error"]["__type"] == "Not Found Error"


def test_the_search_pages_from_one(portal):
    portal.content.items = many_items(230)
    address = f"{portal.hub_url}/api/search/v1/collections/dataset/items"
    seen, url = [], f"{address}?limit=100&startindex=1"
    while url:
        page = get(url).json()
        seen += [feature["id"] for feature in page["features"]]
        url = next((link["href"] for link in page["links"] if link["rel"] == "next"), "")
    assert len(seen) == len(set(seen)) == page["numberMatched"] == 230
    assert get(f"{address}?limit=101").status_code == get(f"{address}?startindex=0").status_code == 400


def test_every_feed_shows_the_same_items(portal):
    portal.content.packages += many_packages(3)
    hub = portal.hub_url
    count = len(portal.content.items)
    assert len(get(f"{hub}/api/feed/dcat-us/1.1.json").json()["dataset"]) == count
    assert len(get(f"{hub}/api/feed/dcat-ap/2.1.1.json").json()["dcat:dataset"]) == count
    assert len(get(f"{hub}/api/feed/dcat-ap/3.0.0.json").json()["dcat:dataset"]) == count
    assert len(ET.fromstring(get(f"{hub}/api/feed/rss/2.0").content).findall("channel/item")) == count
    assert get(f"{portal.url}/api/3/action/package_search?rows=200").json()["result"]["count"] == 5


def test_conditions_and_ranges(portal):
    url = portal.put("/file.csv", b"0123456789", "text/csv")
    first = get(url)
    assert get(url, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    assert get(url, headers={"If-Modified-Since": first.headers["Last-Modified"]}).status_code == 304
    rest = get(url, headers={"Range": "bytes=4-", "If-Range": first.headers["ETag"]})
    assert (rest.status_code, rest.content) == (206, b"456789")
    assert get(url, headers={"Range": "bytes=4-", "If-Range": '"other"'}).status_code == 200
    assert [entry.status for entry in portal.asked("/file.csv")] == [200, 304, 304, 206, 200]


def test_faults_are_for_so_many_requests_of_one_address(portal):
    url = portal.put("/one", b'{"a": [1, 2, 3]}', "application/json")
    portal.fail("/one", "status", times=1, status=429, retry_after="7")
    portal.fail("/one", "truncated", times=1)
    portal.fail("/one", "html", times=1)
    refused = get(url)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "7")
    with pytest.raises(json.JSONDecodeError):
        json.loads(get(url).content)
    assert b"<html" in get(url).content
    assert get(url).json() == {"a": [1, 2, 3]}


def test_bodies_that_break_off(portal):
    url = portal.put("/long", bytes(200_000), "text/csv")
    portal.fail("/long", "reset", times=1)
    portal.fail("/long", "short", times=1)
    for _ in range(2):
        with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
            get(url)
    portal.fail("/long", "hang", times=1)
    with pytest.raises(requests.ReadTimeout):
        requests.get(url, timeout=0.2)
    portal.fail("/long", "drip", times=1)
    with requests.get(url, timeout=5, stream=True) as response:
        assert next(response.iter_content(1)) == b"\0"
    portal.fail("/long", "redirect_loop")
    with pytest.raises(requests.TooManyRedirects):
        get(url)


@pytest.mark.parametrize(
    ("certificate", "trusted", "accepted"),
    [
        ("complete", ("root.pem",), True),
        ("leaf", ("root.pem",), False),
        ("leaf", ("root.pem", "intermediate.pem"), True),
        ("expired", ("root.pem",), False),
        ("stranger", ("root.pem",), False),
    ],
)
def test_certificates(certificate, trusted, accepted, tmp_path):
    bundle = tmp_path / "bundle.pem"
    bundle.write_bytes(b"".join((CERTIFICATES / name).read_bytes() for name in trusted))
    with Portal(certificate=certificate) as secure:
        if accepted:
            assert get(secure.put("/x", b"x"), verify=str(bundle)).content == b"x"
        else:
            with pytest.raises(requests.exceptions.SSLError) as refused:
                get(secure.put("/x", b"x"), verify=str(bundle))
            assert "certificate verify failed" in str(refused.value)
