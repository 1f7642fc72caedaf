"""What an article is, from its title: the earliest word of the trade decides, as Portuguese titles begin with the thing. Pure.

"CABO P/ BATERIA AXE" is a cable, "GROWATT SMART ENERGY 300KW" a meter, "NEP CLIP FIXAÇÃO P/ RSD" a fixing.
"""

# ruff: noqa: E501  (tables of patterns are easier to read in long lines)

import re
from dataclasses import dataclass
from functools import lru_cache

from pipeline.suppliers.text import fold


@dataclass(frozen=True, slots=True)
class Kind:
    """What an article is.

    Attributes:
        category: a product category.
        component: the part it plays in a kit (`ComponentType`).
        subcategory: short words for people.
        purpose: of an accessory or a cable; empty otherwise.
        certain: False when nothing in the title told.
    """

    category: str
    component: str
    subcategory: str = ""
    purpose: str = ""
    certain: bool = True


UNKNOWN = Kind("acessorios", "ACCESSORY", "", "other", certain=False)

PANEL = Kind("paineis", "PANEL")
INVERTER = Kind("inversores", "INVERTER")
MICROINVERTER = Kind("inversores", "MICROINVERTER", "microinversor")
BATTERY = Kind("baterias", "BATTERY")
CONTROLLER = Kind("controladores", "CHARGE_CONTROLLER")
STRUCTURE = Kind("estruturas", "STRUCTURE")
CABLE = Kind("cabos", "CABLE", "solar", "dc_solar")
STRING_BOX = Kind("stringboxes", "STRING_BOX")


def _accessory(component: str, subcategory: str, purpose: str = "other") -> Kind:
    return Kind("acessorios", component, subcategory, purpose)


_METER = _accessory("MONITORING", "medidor", "meter")
_LOGGER = _accessory("MONITORING", "monitoramento", "logger")
_OTHER = _accessory("ACCESSORY", "outros")
_MICRO_CODES = r"\bneo[ -]?\d{4}|\biq[78]\w*-\d|\bbdm-?\d|\btsol-?m[xs]|\bsun-?m\d|\bsun\d{4} ?g\d|\bhm[st]?-\d{3}|\bds3\b"

# (pattern on the folded title, what it means); among the rules that match, the earliest position wins, then the longest match.
_RULES: tuple[tuple[str, Kind], ...] = (
    (r"smart energy|smart meter|\bmedidor|\bmeter\b|\bdtsu\d|controlador de exportacao|\bepm\d", _METER),
    (r"\btc\b|transformador de corrente", _accessory("MONITORING", "transformador de corrente", "current_transformer")),
    (r"logger|dongle|monitoramento|comunicador|gateway|stick wi-?fi|wi-?fi stick|modulo wi-?fi|\benvoy", _LOGGER),
    (r"\brsd\b|rapid ?shutdown|controlador de tensao|desconexao", _accessory("PROTECTION", "desligamento rápido", "rapid_shutdown")),
    (r"otimizador|optimi[sz]er", _accessory("ACCESSORY", "otimizador", "optimiser")),
    (r"par de conector|kit conector|conector|conectores|\bmc-?4\b|\bconnectors?\b", _accessory("CONNECTOR", "conector", "connector")),
    (r"\btampa|end ?cap|terminador", _accessory("CONNECTOR", "tampa final", "end_cap")),
    (r"cabo tronco|trunk|cabo-?q\b", Kind("cabos", "CABLE", "tronco", "trunk")),
    (r"cabo (?:para|p/|adaptador|de descarga|epever|de comunicacao)|cabo [\w-]+ otg", _accessory("ACCESSORY", "cabo")),
    (r"\bcabos?\b|\bcondutor\b|\b(?:pv|solar|dc) cable", CABLE),
    (r"\bev kit\b|\btotem\b|\bquadro\b.{0,12}neocharge", _accessory("ACCESSORY", "recarga veicular")),
    (r"carregador(?:es)? (?:veicular|carro|de carro|ve\b|eletrico|ev\b|smart|wallbox)|wallbox|ev charger|estacao de recarga",
     Kind("carregadores", "EV_CHARGER")),
    (r"carregador solar", _OTHER),
    (r"quadro (?:de )?protecao|disjuntor|\bdps\b|protecao c\.?a\b|quadro c\.?a\b", _accessory("PROTECTION", "proteção CA", "protection")),
    (r"string ?-?box|combiner ?box|quadro c\.?c\b", STRING_BOX),
    (r"\btrafo\b|transformador|autotrafo", _accessory("TRANSFORMER", "transformador", "transformer")),
    (r"\bduto|eletroduto|conduite|caixa de passagem|corrugado", _accessory("ACCESSORY", "duto", "conduit")),
    (r"concertina|\bcerca\b|poste solar|estacao de energia|\bboia\b|eixo helicoidal|sensor de nivel|\bdriver?\b|inversor drive", _OTHER),
    (r"\bbombas?\b|\bkit bomba|kit solar p/ bomba", _accessory("ACCESSORY", "bomba solar")),
    (r"kit (?:de )?fixacao", _accessory("FIXING_KIT", "kit de fixação", "fixing_kit")),
    (r"\bclip\b|abracadeira|presilha", _accessory("FIXING_KIT", "fixação", "fixing_kit")),
    (r"estrutura|^est\. |\btelhas?\b|kit telhado|^kit (?:ceramic|fibro|metalic|laje|mini|colonial|solo)|kit (?:de )?montagem|\bperfil|\bperf\b|trilho|gancho|grampo|parafuso|\bporca\b|arruela|tesoura|\bpilar\b"
     r"|\bterca\b|\bsuporte\b|triangulo|mao francesa|contravento|\blastro\b|\bluva\b|juncao|prolongador|tubete|\bespuma\b|fixador"
     r"|\bfixacao\b|telhado|\bemenda\b|\bclamps?\b|\bcarport\b|\bmounting\b|\brails?\b", STRUCTURE),
    (r"^(?:kit )?base\b|\bbase p/ (?:bateria|laje)", _OTHER),
    (r"bateria|\bbattery\b|\d ?ah\b|\blfp\d|banco de baterias|\bbat\. ", BATTERY),
    (r"controlador(?:es)? de carga|charge controller|\d+ ?a (?:mppt|pwm)\b|(?:mppt|pwm) \d+ ?a\b", CONTROLLER),
    (r"micro ?-?inversor|micro ?-?inverter|\bmicroinv|" + _MICRO_CODES, MICROINVERTER),
    (r"inversor|\binverter\b|\binv-?car|\binv\b|\bon-?grid \d|\boff-?grid \d|\bhibrido \d|\d+ ?mppts?\b|\d+k?tl\d?-|\bsg\d+(?:\.\d+)?"
     r"(?:rs|rt|cx|hv|hx)|\bspf ?\d{4}|\bse\d+k|\d+k-5g|\bax[eo] \d", INVERTER),
    (r"\bpainel|\bpaineis|\bplacas?\b|\bmodulos? (?:solar|fotovoltaic|fv\b|mono|bifacial|poli|n-type)|\bn-type\b|\bbifacial\b|\d ?wp\b"
     r"|half.?cell|\btopcon\b|monocristalin|policristalin|\bmodulo\b|^modulos\b|\bpanels?\b|\bmodules?\b", PANEL),
)  # fmt: skip
_COMPILED = tuple((re.compile(pattern), kind) for pattern, kind in _RULES)

# A category column's own words, folded.
_CATEGORY_WORDS: tuple[tuple[str, Kind], ...] = (
    (r"micro", MICROINVERTER),
    (r"invers|invert", INVERTER),
    (r"painel|paineis|modulo|placa|panel|module", PANEL),
    (r"bateria|batter|armazenamento", BATTERY),
    (r"string ?box|combiner|protecao cc", STRING_BOX),
    (r"estrutura|fixac|structure|montagem|suporte|telhado", STRUCTURE),
    (r"\bcabo|cable", CABLE),
    (r"controlador", CONTROLLER),
    (r"carregador|\bev\b|wallbox|charger|eletroposto", Kind("carregadores", "EV_CHARGER")),
    (r"transformador|trafo", _accessory("TRANSFORMER", "transformador", "transformer")),
    (r"monitoramento|medidor|meter", _METER),
    (r"conector|connector", _accessory("CONNECTOR", "conector", "connector")),
    (r"conduit|duto|box", _accessory("ACCESSORY", "duto", "conduit")),
    (r"protecao|disjuntor|\bdps\b", _accessory("PROTECTION", "proteção CA", "protection")),
    (r"acessorio|accessor|diversos|miscellaneous|bomba|outros|security", _OTHER),
)
_COMPILED_WORDS = tuple((re.compile(pattern), kind) for pattern, kind in _CATEGORY_WORDS)
# Under these an accessory is often filed; the title's own word is believed then.
_FILED_UNDER = frozenset({"INVERTER", "MICROINVERTER", "PANEL", "BATTERY", "STRUCTURE"})


_VAGUE = frozenset({"ACCESSORY", "PROTECTION"})


@lru_cache(maxsize=4096)
def kind_of(title: str, extra: tuple[tuple[re.Pattern[str], Kind], ...] = ()) -> Kind:
    """What the title says the article is.

    Args:
        title: as the supplier writes it.
        extra: rules of the supplier's mapping, tried first, on the folded title.

    Returns:
        The kind; `UNKNOWN` when no word of the trade occurs.
    """
    text = fold(title)
    for pattern, kind in extra:
        if pattern.search(text):
            return kind
    best: tuple[int, int] | None = None
    found = UNKNOWN
    for pattern, kind in _COMPILED:
        if match := pattern.search(text):
            place = (match.start(), -len(match[0]))
            if best is None or place < best:
                best, found = place, kind
    if found is INVERTER and re.search(_MICRO_CODES, text):
        return MICROINVERTER
    return found


def kind_from_column(category: str, title: str, extra: tuple[tuple[re.Pattern[str], Kind], ...] = ()) -> Kind:
    """What a category column and the title say together: an accessory filed under inverters is an accessory."""
    told = kind_of(title, extra)
    text = fold(category)
    filed = next((kind for pattern, kind in _COMPILED_WORDS if pattern.search(text)), None)
    if filed is None:
        return told
    if not told.certain:
        return filed
    if told.component not in _FILED_UNDER and filed.component not in _FILED_UNDER:
        return told if filed.component in _VAGUE else filed
    if filed.component == "INVERTER" and told.component == "MICROINVERTER":
        return told
    return told if told.component != filed.component else filed


def names_category(text: str) -> bool:
    """Whether a sheet's or list's own name is that of a category ("INVERSORES", "panels")."""
    folded = fold(text)
    return len(folded) <= 40 and any(pattern.search(folded) for pattern, _kind in _COMPILED_WORDS)


def kind_by_name(category: str) -> Kind | None:
    """The kind of one of our own category names or component types, for mappings: "inversores", "MICROINVERTER"."""
    for kind in (*(kind for _pattern, kind in _RULES), *(kind for _pattern, kind in _CATEGORY_WORDS)):
        if category in {kind.category, kind.component}:
            return kind
    return None
