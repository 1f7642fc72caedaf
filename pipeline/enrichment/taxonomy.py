"""The words of the nine categories. A change of anything here is a new `VERSION`: datasets are described anew then. No Django.

Patterns are matched on text without accents in lower case, at the beginning of a word.
"""

import re
from dataclasses import dataclass

VERSION = "rules-1"


@dataclass(frozen=True, slots=True)
class Topic:
    """One category.

    Attributes:
        category: one of `described.CATEGORIES`.
        sure: words that settle it where they stand in a title or tag.
        likely: words that speak for it.
        relevance: of its datasets for solar energy, in hundredths.
    """

    category: str
    sure: re.Pattern[str]
    likely: re.Pattern[str]
    relevance: int


def _any(*words: str) -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(words) + ")")


#: where two categories are as likely, the earlier one is taken
TOPICS = (
    Topic(
        "geracao_distribuida",
        _any(
            "geracao distribuida", "micro ?e ?mini", "mini ?e ?micro", "microgeracao",
            "minigeracao", r"mmgd\b",
        ),
        _any(
            "fotovoltaic", "compensacao de energia", r"scee\b", "autoconsumo", "geracao compartilhada", "prosumidor", "solar",
            "creditos de energia",
        ),
        90,
    ),
    Topic(
        "certificacoes",
        _any("certificac", "inmetro", "etiquetagem", "registro de objeto", r"ence\b", "avaliacao da conformidade"),
        _any("certificad", "conformidade", "laboratori", "selo procel", "ensaios"),
        85,
    ),
    Topic(
        "tarifas",
        _any("tarifa", "bandeira", r"tusd\b", r"tust\b", "conta bandeira", "subsidio", "conta de desenvolvimento energetico"),
        _any(r"te\b", "reajuste", "revisao tarifaria", r"cde\b", r"cva\b", r"parcela [ab]\b", "modalidade", "baixa renda"),
        80,
    ),
    Topic(
        "qualidade",
        _any(
            r"dec e fec\b", r"(?:dec|fec|dic|fic|dmic|dicri|iasc|indqual|indger)\b", "continuidade", "interrupc",
            "qualidade d[oae]s? (?:fornecimento|energia|servico|produto|atendimento|teleatendimento)", "satisfacao do consumidor",
        ),
        _any(
            "qualidade", "reclamac", "ouvidoria", "atendimento", "indicadores", "ocorrencias emergenciais", "compensacoes pagas",
            "tempo medio", "nivel de tensao",
        ),
        50,
    ),
    Topic(
        "mercado",
        _any(
            "leil(?:ao|oes)", r"samp\b", "mercado", "comercializa", r"ccear\b", "compra de energia", r"ccee\b",
            "consumo de energia", "contratos? de energia", "balanco energetico",
        ),
        _any("comercializador", "consumidores livres", "preco", "lances?", "consumidores", "carga", "perdas"),
        50,
    ),
    Topic(
        "transmissao",
        _any("transmiss", r"siget\b", "rede basica", "receita anual permitida", r"rap\b"),
        _any("linhas? de transmissao", "subestac", "torre", "transformador", r"ons\b", r"dit\b"),
        30,
    ),
    Topic(
        "fiscalizacao",
        _any("fiscaliza", "autos? de infrac", "multas?", "termos? de notificacao", "penalidade", "seguranca de barr"),
        _any("infrac", "barrage", "notificac", "inadimplen", "irregularidade", "acidente", "sanc(?:ao|oes)"),
        30,
    ),
    Topic(
        "concessoes",
        _any(
            "concess", "permissionari", "outorga", "autorizac", r"siga\b", r"ralie\b", "agentes do setor",
            r"empreendimentos de geracao(?! dist)",
        ),
        _any("contratos?", "usina", "empreendimento", "aproveitamento", "registro", "agentes", "expansao da"),
        45,
    ),
    Topic(
        "regulacao",
        _any(
            "regula(?:cao|toria|torio|mentacao)", "agenda regulatoria", "consultas? publica", "audiencias? publica",
            "tomadas? de subsidio", "resoluc", "legislacao", "atos? normativ", r"sig-r\b", r"bdgd\b",
            "procedimentos de distribuicao", "prodist", "proret",
        ),
        _any("norma", "despacho", "portaria", "participacao social", "pauta", "deliberac", "voto", "sorteio", "processo"),
        35,
    ),
)  # fmt: skip

#: what raises a dataset of any category: it speaks of the sun
SOLAR = _any("solar", "fotovoltaic", r"ufv\b")
#: what lowers it: nobody keeps it up any more
PAST = _any("descontinuad", "substituid[oa]", "desativad")

#: what an acronym stands for, as a keyword beside it
ACRONYMS = {
    "BDGD": "base de dados geográfica da distribuidora",
    "CDE": "conta de desenvolvimento energético",
    "DEC": "duração das interrupções",
    "FEC": "frequência das interrupções",
    "GD": "geração distribuída",
    "MMGD": "micro e minigeração distribuída",
    "RAP": "receita anual permitida",
    "SAMP": "mercado de distribuição",
    "SCEE": "compensação de energia elétrica",
    "SIGA": "informações de geração",
    "SIGET": "gestão da transmissão",
    "TUSD": "tarifa de uso do sistema de distribuição",
    "TUST": "tarifa de uso do sistema de transmissão",
}

#: words that every dataset of a portal has, which tell nothing of one
EMPTY_WORDS = frozenset(
    """
    agencia aneel apresenta aberto base campo conjunto dado data dicionario disponibiliza disponivel eletrica eletrico
    energia arquivo atualizacao informacao lista listagem meio metadado nacional numero periodo planilha publicacao
    quantidade relacao relativo referente relatorio respectivo resultante setor sistema tabela tipo total valor brasil
    brasileiro ano mes dia refere-se ocorrencia descricao detalhamento forma partir acordo realizar realizado utilizado
    descontinuado substituido
    """.split()  # noqa: SIM905  (forty words a line read better than one)
)
