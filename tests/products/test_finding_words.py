"""What stands around a finding speaks the reader's language: no rule can be added without its Portuguese."""

import pytest
from django.utils.translation import override

from products.finding_words import REFERENCES, TITLES, reference_text, rule_title, source_text
from products.rules.engine import all_rules
from tests.factories.products import KitCheckFactory


def test_every_rule_has_its_words():
    rules = list(all_rules())
    assert {rule.rule_id for rule in rules} == set(TITLES)
    assert {rule.reference for rule in rules} == set(REFERENCES)
    with override("en"):
        assert all(rule_title(rule.rule_id) == rule.title for rule in rules)
        assert all(reference_text(rule.reference) == rule.reference for rule in rules)


@pytest.mark.parametrize(
    ("language", "expected"),
    [("pt-br", "Folha de dados do inversor: tensão de partida"), ("en", "Inverter data sheet: start-up voltage")],
)
def test_a_reference_is_told_in_the_readers_language(language, expected):
    with override(language):
        assert reference_text("Inverter data sheet: start-up voltage") == expected


def test_what_nobody_translated_stays_as_it_is():
    with override("pt-br"):
        assert reference_text("A rule of old") == "A rule of old"
        assert rule_title("X99") == ""
        assert source_text("https://example.org/sheet.pdf") == "https://example.org/sheet.pdf"
        assert source_text("specifications (not usable)") == "especificações (não utilizável)"


@pytest.mark.django_db
def test_the_findings_own_page_is_portuguese(superuser_client):
    check = KitCheckFactory(
        rule_id="R06",
        reference="Inverter data sheet: start-up voltage",
        message_code="missing_data",
        message_params={"missing": ["startup_v"]},
        fix_code="fill_in",
        fix_params={"missing": ["startup_v"]},
        inputs={"modules_in_series": {"value": 12, "source": "kit"}, "startup_v": {"value": None, "source": "default"}},
    )
    page = superuser_client.get(f"/admin/products/kitcheck/{check.pk}/change/").content.decode()
    for words in ("dão partida", "Folha de dados do inversor", "módulos em série", "valor padrão", "Preencha a partir"):
        assert words in page
    assert "data sheet" not in page
