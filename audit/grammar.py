"""Articles and prepositions before names of fields and models: Portuguese needs the gender, English does not."""

from django.utils.translation import get_language

# First words whose ending misleads.
_FEMININE = frozenset(
    [
        "base",
        "bandeira",
        "chave",
        "classe",
        "cor",
        "corrente",
        "fase",
        "fonte",
        "ordem",
        "palavras-chave",
        "parte",
        "rede",
        "região",
        "subclasse",
        "série",
        "tusd",
        "te",
        "uf",
        "url",
        "vez",
    ]
)
_MASCULINE = frozenset(
    "alerta cep cnpj dia esquema guia id mapa nome padrão programa problema sistema sku status telhado tema".split()  # noqa: SIM905
)
# Names of fields that are no nouns ("conectada em", "inclui ICMS"): they stand in quotes.
_NO_NOUNS = frozenset(
    [
        "abrange",
        "aceita",
        "atualizado",
        "bifacial",
        "cadastrada",
        "certificado",
        "compatível",
        "conectada",
        "criado",
        "de",
        "emitido",
        "inclui",
        "indicado",
        "modificado",
        "opcional",
        "para",
        "por",
        "publicado",
        "removida",
        "sobre",
        "vence",
        "verificado",
        "vigente",
    ]
)
# A name that ends so ("MPPT a partir de"), or is a clause, would run into the sentence.
_OPEN_ENDINGS = ("de", "até", "from", "to")
_CLAUSES = (" inclui ", " includes ")
_FEMININE_ENDINGS = ("a", "ção", "são", "gem", "dade", "ade", "tude", "ice")
_PLURALS = (("ções", "ção"), ("sões", "são"), ("ens", "em"), ("ões", "ão"), ("ais", "al"), ("s", ""))
_CONTRACTIONS = {
    "a": {"o": "ao", "a": "à", "os": "aos", "as": "às"},
    "de": {"o": "do", "a": "da", "os": "dos", "as": "das"},
    "em": {"o": "no", "a": "na", "os": "nos", "as": "nas"},
}
_ENGLISH = {"a": "to", "de": "of", "em": "on", "fora": "from"}


def is_portuguese() -> bool:
    return (get_language() or "").startswith("pt")


def article(noun: str) -> str:
    """o, a, os or as, for the first word of a Portuguese noun."""
    first = noun.split(maxsplit=1)[0].strip("“\"'").lower() if noun.split() else ""
    singular, plural = first, "s" if first == "palavras-chave" else ""
    if first not in _FEMININE | _MASCULINE and len(first) > 2:
        for ending, single in _PLURALS:
            if first.endswith(ending) and not first.endswith("ês"):
                singular, plural = first.removesuffix(ending) + single, "s"
                break
    feminine = singular in _FEMININE or (singular not in _MASCULINE and singular.endswith(_FEMININE_ENDINGS))
    return ("a" if feminine else "o") + plural


def definite(noun: str) -> str:
    """ "o preço de venda", "the sale price"."""
    if noun.rpartition(" ")[2] in _OPEN_ENDINGS or any(clause in noun for clause in _CLAUSES):
        return f"“{noun}”"
    if not is_portuguese():
        return f"the {noun}"
    return f"“{noun}”" if noun.split()[:1] and noun.split(maxsplit=1)[0].lower() in _NO_NOUNS else f"{article(noun)} {noun}"


def on(noun: str) -> str:
    """ "no kit", "on kit"."""
    return _joined("em", noun)


def of(noun: str) -> str:
    """ "da peça", "of part"."""
    return _joined("de", noun)


def to(noun: str) -> str:
    """ "ao kit", "to kit"."""
    return _joined("a", noun)


def out_of(noun: str) -> str:
    """ "do kit", "from kit"."""
    return _joined("de", noun) if is_portuguese() else f"from {noun}"


def the_one(noun: str) -> str:
    """ "o kit", "kit": before a name."""
    return f"{article(noun)} {noun}" if is_portuguese() else noun


def _joined(preposition: str, noun: str) -> str:
    if is_portuguese():
        return f"{_CONTRACTIONS[preposition][article(noun)]} {noun}"
    return f"{_ENGLISH[preposition]} {noun}"
