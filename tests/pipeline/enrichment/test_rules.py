"""Datasets described by rules: the real titles of the portal, Portuguese text with its markup."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aneel.choices import DatasetCategory
from pipeline.enrichment.described import CATEGORIES, LONGEST_KEYWORD, LONGEST_SUMMARY, MOST_KEYWORDS, Texts
from pipeline.enrichment.portuguese import folded, sentences, shortened, singular, without_markup
from pipeline.enrichment.rules import describe, keywords_of
from pipeline.enrichment.taxonomy import TOPICS

UNITS = Texts(
    "Relação de empreendimentos de Geração Distribuída",
    "<p>Lista de empreendimentos com <b>micro e minigeração</b> distribuída, conforme a REN nº 1.059/2023.</p><p>Veja também o SIGA.</p>",
    ("MMGD",),
)


def test_the_taxonomy_has_the_nine_categories():
    assert set(CATEGORIES) == set(DatasetCategory.values) == {topic.category for topic in TOPICS}


@pytest.mark.parametrize(
    ("title", "category"),
    [
        ("Relação de empreendimentos de Geração Distribuída", "geracao_distribuida"),
        ("ATENDIMENTO MMGD - MINI E MICRO GERAÇÃO DISTRIBUÍDA", "geracao_distribuida"),
        ("Tarifas de aplicação das distribuidoras de energia elétrica", "tarifas"),
        ("Componentes Tarifárias", "tarifas"),
        ("Bandeiras Tarifárias", "tarifas"),
        ("Subsídios Tarifários", "tarifas"),
        ("Equipamentos registrados no INMETRO", "certificacoes"),
        ("Contratos de concessão", "concessoes"),
        ("SIGA - Sistema de Informações de Geração da ANEEL", "concessoes"),
        ("Agentes do setor elétrico", "concessoes"),
        ("Consultas Públicas", "regulacao"),
        ("Agenda Regulatória", "regulacao"),
        ("Autos de Infração", "fiscalizacao"),
        ("Segurança de Barragens", "fiscalizacao"),
        ("Leilões de Geração e Transmissão", "mercado"),
        ("SAMP", "mercado"),
        ("SIGET - Contratos", "transmissao"),
        ("Indicadores Coletivos de Continuidade (DEC e FEC)", "qualidade"),
        ("Interrupções de Energia Elétrica nas Redes de Distribuição", "qualidade"),
        ("INDGER - Indicadores Gerenciais da Distribuição", "qualidade"),
        ("Projetos por tipologia", None),
        ("Receitas de bolo", None),
        ("", None),
    ],
)
def test_titles_of_the_portal(title, category):
    assert describe(Texts(title, "")).category == category


def test_tags_and_a_description_say_it_where_the_title_does_not():
    assert describe(Texts("CELESC-DIS - 2022-12-31", "", ("BDGD", "SIG-R", "Distribuicao"))).category == "regulacao"
    assert describe(Texts("Painel", "Autos de infração e multas aplicadas.")).category == "fiscalizacao"
    assert describe(Texts("Painel", "Cita uma tarifa de passagem.")).category is None


def test_a_description_as_it_is_published():
    found = describe(UNITS)
    assert found.summary == "Lista de empreendimentos com micro e minigeração distribuída, conforme a REN nº 1.059/2023."
    assert found.keywords[0] == "geração distribuída"
    assert "micro e minigeração distribuída" in found.keywords
    assert found.relevance == 90


def test_relevance_knows_the_sun_and_the_past():
    tariffs = describe(Texts("Tarifas", "")).relevance
    assert describe(Texts("Tarifas", "Para sistemas fotovoltaicos.")).relevance == tariffs + 10
    assert describe(Texts("Tarifas (descontinuado)", "")).relevance < tariffs / 2


def test_nothing_to_sum_up_is_nothing():
    assert describe(Texts("CELESC-DIS - 2022-12-31", "")).summary == ""
    assert describe(Texts("X", "## Substituído pelo conjunto [Y](https://x/y).")).summary == ""


def test_a_notice_before_the_text_is_left_out():
    text = "## Substituído pelo conjunto de dados [Outro](https://x/outro).\r\n\r\nQuantidade acumulada de projetos por tipologia e por ano."
    assert describe(Texts("Projetos", text)).summary == "Quantidade acumulada de projetos por tipologia e por ano."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Conforme o art. 5 e a Res. nº 1.059. Outra frase.", ["Conforme o art. 5 e a Res. nº 1.059.", "Outra frase."]),
        ("Uma frase. Outra frase!\n\nTítulo", ["Uma frase.", "Outra frase!", "Título"]),
        ("", []),
    ],
)
def test_sentences(text, expected):
    assert sentences(text) == expected


@pytest.mark.parametrize(
    ("word", "one"),
    [("tarifas", "tarifa"), ("leiloes", "leilao"), ("sociais", "social"), ("papeis", "papel"), ("homens", "homem"),
     ("distribuidores", "distribuidor"), ("gas", "gas"), ("process", "process")],
)  # fmt: skip
def test_singulars(word, one):
    assert singular(word) == one


def test_markup_goes():
    assert (
        without_markup("**Dados** de [Tarifas](http://x) <script>x</script>&amp; `CSV` https://y.z/w") == "Dados de Tarifas & CSV"
    )


def test_keywords_of_others_take_our_form():
    assert keywords_of(["Tarifa", "tarifas", " <b>TUSD</b> ", "", "x" * 61]) == ("Tarifa", "TUSD")


def test_long_texts_are_cut_between_words():
    assert shortened("uma frase longa demais", 12) == "uma frase…"


@given(st.text(max_size=400), st.text(max_size=1500), st.lists(st.text(max_size=40), max_size=4))
def test_any_text_has_a_description_within_bounds(title, body, tags):
    found = describe(Texts(title, body, tags))
    assert found.category is None or found.category in CATEGORIES
    assert len(found.keywords) <= MOST_KEYWORDS
    assert all(0 < len(word) <= LONGEST_KEYWORD for word in found.keywords)
    assert len({folded(word) for word in found.keywords}) == len(found.keywords)
    assert len(found.summary) <= LONGEST_SUMMARY
    assert not re.search(r"\n", found.summary)
    assert 0 <= found.relevance <= 100
    assert found == describe(Texts(title, body, tags))
