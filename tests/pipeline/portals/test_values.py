"""Whatever a portal writes becomes a text, a list, a time, or nothing; never an error."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.portals.values import moment, one_line, plain, text, text_list

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(["@value", "@id", "pt", "en", "name", "x"]) | st.text(), inner)
    ),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("Tarifas", "Tarifas"),
        (None, ""),
        (False, ""),
        (7, "7"),
        ({"@value": "Tarifas", "@language": "pt"}, "Tarifas"),
        ({"en": "Tariffs", "pt-br": "Tarifas"}, "Tarifas"),
        ({"en": "Tariffs"}, "Tariffs"),
        ([{"@value": "Tariffs", "@language": "en"}, {"@value": "Tarifas", "@language": "pt"}], "Tarifas"),
        ({"@id": "https://x"}, "https://x"),
        ({"foaf:name": {"pt": "ANEEL"}}, "ANEEL"),
        ({"name": "ANEEL", "title": "Agência"}, "ANEEL"),
        ("{{description}}", ""),
        ("{{ extent:computeSpatialProperty }}", ""),
        (["{{x}}", "", None, "Tarifas"], "Tarifas"),
        ({}, ""),
    ],
)
def test_one_text(value, found):
    assert text(value) == found


def test_lists():
    assert text_list(["a", "b", "a", None, "{{tags}}"]) == ["a", "b"]
    assert text_list("a, b,,c") == ["a", "b", "c"]
    assert text_list([{"name": "tarifas", "display_name": "x"}, {"name": "TE"}]) == ["tarifas", "TE"]
    assert text_list(False) == []


def test_html_goes_and_paragraphs_stay():
    assert plain("<p>Tarifas &amp; TE</p><script>x()</script><p>de&nbsp;2026<br>R$/MWh</p>") == "Tarifas & TE\n\nde 2026\nR$/MWh"
    assert one_line(" Relação\n de  <b>empreendimentos</b> ") == "Relação de empreendimentos"
    assert plain("a < b e c > d") == "a < b e c > d"


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("2026-09-27T05:33:59.370430", datetime(2026, 9, 27, 5, 33, 59, 370430, UTC)),
        ("2026-09-27T05:33:59-03:00", datetime(2026, 9, 27, 8, 33, 59, tzinfo=UTC)),
        ("2026-09-27", datetime(2026, 9, 27, tzinfo=UTC)),
        ("2024-08-12T09:49:35.000Z", datetime(2024, 8, 12, 9, 49, 35, tzinfo=UTC)),
        (1723456175000, datetime(2024, 8, 12, 9, 49, 35, tzinfo=UTC)),
        ("1723456175000", datetime(2024, 8, 12, 9, 49, 35, tzinfo=UTC)),
        (1723456175, datetime(2024, 8, 12, 9, 49, 35, tzinfo=UTC)),
        ("Mon, 12 Aug 2024 09:49:35 GMT", datetime(2024, 8, 12, 9, 49, 35, tzinfo=UTC)),
        ({"@value": "2026-09-27", "@type": "xsd:date"}, datetime(2026, 9, 27, tzinfo=UTC)),
        *(
            (value, None)
            for value in (None, "", "amanhã", "{{modified}}", True, 10**30, -(10**15), "0001-01-01", "9999-12-31", 0)
        ),
    ],
)
def test_times(value, found):
    assert moment(value) == found


@given(JSON)
@settings(max_examples=150, deadline=None)
def test_no_value_is_too_odd(value):
    assert isinstance(plain(value), str)
    assert all(isinstance(item, str) and item for item in text_list(value))
    found = moment(value)
    assert found is None or found.tzinfo is not None
