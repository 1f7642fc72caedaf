"""The list of technical data is searched by code."""

import pytest
from django.urls import reverse

from tests.factories.aneel import TechnicalDataFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("term", "found"),
    [
        ("GD.SP.001", {"GD.SP.001.000.001", "GD.SP.001.999.999"}),
        ("gdsp001 999", {"GD.SP.001.999.999"}),
        ("GD.SP", {"GD.SP.001.000.001", "GD.SP.001.999.999", "GD.SP.002.000.000"}),
        ("ufv-77", {"UFV-77"}),
        ("UFV", set()),
        ("", {"GD.SP.001.000.001", "GD.SP.001.999.999", "GD.SP.002.000.000", "GD.RJ.001.000.001", "UFV-77"}),
    ],
)
def test_by_the_beginning_of_a_units_code_and_any_other_identifier_whole(superuser_client, term, found):
    for code in ("GD.SP.001.000.001", "GD.SP.001.999.999", "GD.SP.002.000.000", "GD.RJ.001.000.001", "UFV-77"):
        TechnicalDataFactory(unit_code=code)

    page = superuser_client.get(reverse("admin:aneel_technicaldata_changelist"), {"q": term})

    assert {row.unit_code for row in page.context["cl"].result_list} == found
