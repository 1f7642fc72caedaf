"""Entries of several feeds become datasets: exactly by id, by authority, and never by likeness alone."""

from decimal import Decimal

import pytest

from aneel.dataset_likeness import Titled, likenesses
from aneel.dataset_merge import FeedEntry, group, merge, merge_all

ITEM = "item:" + "a" * 32


def entry(feed, number, identities, **fields):
    return FeedEntry(feed, str(number), tuple(identities), {"title": f"T{number}", **fields})


def feeds_of(entries, confirmed=()):
    return [[one.feed for one in members] for members in group(entries, confirmed)]


def test_entries_of_one_id_are_one_dataset_most_authoritative_first():
    entries = [
        entry("RSS", 1, [ITEM]),
        entry("HUB_SEARCH", 1, [ITEM, "page:h/datasets/x"]),
        entry("DCAT_US", 2, ["page:h/datasets/x"]),
    ]
    assert feeds_of(entries) == feeds_of(entries[::-1]) == [["HUB_SEARCH", "DCAT_US", "RSS"]]


def test_titles_alone_join_nothing():
    entries = [entry("HUB_SEARCH", 1, [ITEM]), FeedEntry("RSS", "r", ("rss:r",), {"title": "T1"})]
    assert len(group(entries)) == 2


def test_an_identity_two_entries_of_one_feed_share_is_none():
    """Layers of one item are on one page: each keeps to its own id."""
    entries = [
        entry("HUB_SEARCH", "a_0", [ITEM + "_0", "page:h/datasets/x"]),
        entry("HUB_SEARCH", "a_1", [ITEM + "_1", "page:h/datasets/x"]),
        entry("DCAT_US", "a_0", [ITEM + "_0", "page:h/datasets/x"]),
    ]
    assert sorted(feeds_of(entries)) == [["HUB_SEARCH"], ["HUB_SEARCH", "DCAT_US"]]


def test_a_person_may_join_what_no_id_joins():
    entries = [entry("HUB_SEARCH", 1, [ITEM]), entry("HUB_SEARCH", 2, ["item:" + "b" * 32])]
    assert len(group(entries)) == 2
    assert len(group(entries, [("a" * 32, "b" * 32)])) == 1
    assert len(group(entries, [("a" * 32, "no such")])) == 2


def test_the_more_authoritative_value_is_kept_and_gaps_are_filled():
    merged = merge(
        [
            entry("CKAN", 1, ["ckan:u"], description="", license="ODbL-1.0", keywords=["b", "a"]),
            entry("HUB_SEARCH", 1, [ITEM], description="Da busca", license="CC-BY-4.0", keywords=["A", "B"], spatial="BR"),
            entry("RSS", 1, [ITEM], description="do  RSS", publisher_name="ANEEL"),
        ]
    )
    assert merged.aneel_id == "u"
    assert merged.values == {
        "title": "T1",
        "license": "ODbL-1.0",
        "keywords": ["b", "a"],
        "description": "Da busca",
        "spatial": "BR",
        "publisher_name": "ANEEL",
    }
    assert merged.provenance["description"] == "HUB_SEARCH"
    assert merged.provenance["publisher_name"] == "RSS"
    assert merged.conflicts == {
        "license": [{"feed": "HUB_SEARCH", "value": "CC-BY-4.0"}],
        "description": [{"feed": "RSS", "value": "do  RSS"}],
    }
    assert merged.feeds == ["CKAN", "HUB_SEARCH", "RSS"]


def test_seconds_cut_off_are_no_conflict():
    first, second, third = "2026-09-01T05:33:59+00:00", "2026-09-01T02:33:00-03:00", "2026-09-02T05:33:59+00:00"
    values = [entry(feed, 1, [ITEM], modified=at) for feed, at in (("CKAN", first), ("DCAT_US", second), ("RSS", third))]
    assert merge(values).conflicts == {"modified": [{"feed": "RSS", "value": third}]}


def test_ids_without_ckan_or_item_are_stable_and_short():
    one = FeedEntry("RSS", "r", ("rss:" + "x" * 500,), {"title": "T"})
    assert one.own_id == FeedEntry("RSS", "other", ("rss:" + "x" * 500,), {}).own_id
    assert len(one.own_id) <= 100
    assert merge_all([one])[0].aneel_id == one.own_id


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("Tarifas de energia elétrica", "Tarifas de Energia Eletrica", True),
        ("Tarifas de energia elétrica", "Energia elétrica: tarifas", True),
        ("Indicadores coletivos de continuidade", "Indicadores coletivos da continuidad", True),
        ("CELESC-DIS - 2022-12-31", "CELESC-DIS - 2023-12-31", False),
        ("ENERGISA MT - 2022", "ENERGISA MS - 2022", False),
        ("RGE - 2022", "RGE SUL - 2022", False),
        ("CELESC-DIS - 2022-12-31", "CEJAMA - 2022-12-31", False),
        ("Tarifas", "Subsídios tarifários", False),
        ("2022", "2022", True),
        ("", "", False),
        ("---", "---", False),
    ],
)
def test_likeness_of_titles(one, other, alike):
    found = list(likenesses([Titled("b", one, "ANEEL"), Titled("a", other, "")]))
    assert bool(found) is alike
    assert [(pair.first_id, pair.second_id) for pair in found] == [("a", "b")] * alike


def test_publishers_that_differ_are_different():
    titled = [Titled("a", "Tarifas", "Agência Nacional de Energia Elétrica"), Titled("b", "Tarifas", "Prefeitura de Manaus")]
    assert list(likenesses(titled)) == []
    titled[1] = Titled("b", "Tarifas", "Agencia Nacional de Energia Eletrica - ANEEL")
    assert [pair.score for pair in likenesses(titled)] == [Decimal("100.0")]
