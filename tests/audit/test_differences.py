"""A change in words: labels, choices, numbers and dates as people write them; unchanged fields left out."""

import pytest
from django.urls import reverse
from django.utils import translation

from audit.differences import differences
from audit.models import ChangeLogEntry
from tests.admin.conftest import text_of


def entry(**values) -> ChangeLogEntry:
    return ChangeLogEntry(
        **{"table_schema": "aneel", "table_name": "generation_units", "record_id": "1", "change_source": "admin"} | values
    )


def rows(**values) -> list[tuple[str, str, str]]:
    with translation.override("pt-br"):
        return [
            (row.label, *(text.replace("\u00a0", " ") for text in (row.before, row.after)))
            for row in differences(entry(**values))
        ]


def test_an_update_shows_the_changed_fields_in_words():
    assert rows(
        operation="UPDATE",
        changed_fields=["installed_power_kw", "consumer_class", "connection_date", "quality_flags", "municipality"],
        old_values={
            "installed_power_kw": "1234.500",
            "consumer_class": "RURAL",
            "connection_date": "2026-01-31",
            "quality_flags": [],
            "municipality": "A",
        },
        new_values={
            "installed_power_kw": 5,
            "consumer_class": None,
            "connection_date": "2026-02-01",
            "quality_flags": ["power_zero"],
            "municipality": "B",
        },
    ) == [
        ("Potência instalada", "1.234,5 kW", "5 kW"),
        ("Classe de consumo", "Rural", "vazio"),
        ("Conectada em", "31/01/2026", "01/02/2026"),
        ("Alertas", "vazio", "power_zero"),
        ("Município como publicado", "A", "B"),
    ]


def test_a_new_row_has_no_before_and_a_deleted_one_no_after():
    assert rows(operation="INSERT", new_values={"state": "BR-SP"}) == [("UF", "", "BR-SP")]
    assert rows(operation="DELETE", old_values={"state": "BR-SP"}) == [("UF", "BR-SP", "")]


def test_a_field_that_did_not_change_is_left_out():
    assert rows(operation="UPDATE", changed_fields=["state"], old_values={"state": "BR-SP"}, new_values={"state": "BR-SP"}) == []


def test_an_unknown_table_or_field_keeps_its_own_names():
    assert rows(
        table_schema="gone", operation="UPDATE", changed_fields=["x"], old_values={"x": True}, new_values={"x": False}
    ) == [("x", "sim", "não")]
    assert rows(operation="UPDATE", changed_fields=["nothing"], old_values={"nothing": 1}, new_values={"nothing": 2}) == [
        ("nothing", "1", "2")
    ]


def test_what_cannot_be_read_as_the_fields_type_is_shown_as_it_is():
    assert rows(operation="INSERT", new_values={"installed_power_kw": "muito", "connection_date": "nunca"}) == [
        ("Conectada em", "", "nunca"),
        ("Potência instalada", "", "muito"),
    ]


def test_specifications_are_compared_key_by_key_with_units_and_lists_by_what_came_and_went():
    with translation.override("pt-br"):
        found = differences(
            entry(
                table_schema="products",
                table_name="products",
                operation="UPDATE",
                changed_fields=["image_urls", "specifications"],
                old_values={"image_urls": ["a", "b"], "specifications": {"power_wp": 600, "voc_v": 48, "bifacial": True}},
                new_values={"image_urls": ["b", "c"], "specifications": {"power_wp": 610, "voc_v": 48, "noct_c": 45}},
            )
        )
    assert [(row.field, row.before.replace("\u00a0", " "), row.after.replace("\u00a0", " ")) for row in found[1:]] == [
        ("specifications.bifacial", "sim", "não informado"),
        ("specifications.noct_c", "não informado", "45 °C"),
        ("specifications.power_wp", "600 Wp", "610 Wp"),
    ]
    assert (found[0].added, found[0].removed) == (("c",), ("a",))


@pytest.mark.django_db
def test_what_was_logged_cannot_run_in_the_page(superuser_client):
    change = entry(
        operation="UPDATE",
        changed_fields=["municipality"],
        old_values={"municipality": "<script>alert(1)</script>"},
        new_values={},
    )
    change.save()
    page = text_of(superuser_client.get(reverse("admin:audit_changelogentry_change", args=[change.pk])))
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_a_long_text_is_shown_whole_where_one_change_is_looked_at():
    long = entry(
        operation="UPDATE",
        changed_fields=["municipality"],
        old_values={"municipality": "a" * 200 + " antes"},
        new_values={"municipality": "a" * 200 + " depois"},
    )
    ((short,), (whole,)) = (differences(long), differences(long, in_full=True))
    assert (short.before, short.after) == ("a" * 120 + "…", "a" * 120 + "…")
    assert (whole.before, whole.after) == ("a" * 200 + " antes", "a" * 200 + " depois")
