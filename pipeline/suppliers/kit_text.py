"""The parts of a kit that is described in words: "2x 620Wp DAH | 1x 40A MPPT Epever | ...", "Paineis: 4x 595Wp | ...". Pure."""

import re
from decimal import Decimal

from pipeline.suppliers.brands import Brands
from pipeline.suppliers.classify import BATTERY, CONTROLLER, INVERTER, MICROINVERTER, PANEL, Kind
from pipeline.suppliers.numbers import powers
from pipeline.suppliers.parts import Part, parse_part
from pipeline.suppliers.text import clean, fold, without_html

Rules = tuple[tuple[re.Pattern[str], Kind], ...]

_COUNTED = re.compile(
    r"^[•*·–-]?\s*(\d{1,4})\s*(?:x|un\.?|und\.?|unid\.?|unidades?|pcs?|pçs?|peças?)\s+(?:de\s+)?(.+)$|^[•*·–-]?\s*(\d{1,4})x(\D.*|\d.*)$",
    re.IGNORECASE,
)
_WORDED = re.compile(
    r"^[•*·–-]?\s*(\d{1,4}|um|uma)\s+(pain|plac|m[oó]dul|mod\b|invers|inv\b|micro|bater|control|string|cabo|conector|estrut|kit)(.*)$",
    re.IGNORECASE,
)
# Where one counted item of a line ends and the next begins: "8x Módulo ... + 1x Inversor ...", "..., 2 un Conector".
_BEFORE_COUNT = re.compile(
    r"\s*(?:[+,/&–]|\s-|\se)\s+(?=(?:\d{1,4}\s*(?:x\b|x(?=\D)|un\b|und\b|unid|pcs?\b|pç)|(?:\d{1,4}|um|uma)\s+"
    r"(?:pain|plac|m[oó]dul|invers|micro|bater|control|string|cabo|conector|estrut|kit)))",
    re.IGNORECASE,
)
_COUNT_LAST = re.compile(
    r"^((?:pain|plac|m[oó]dul|invers|micro|bater|control|string|cabo|conector|estrut|kit|trilho|perfil|dps|disjuntor|smart|suporte)\D.*?)\s*"
    r"(?:\((?:qtde?\.?:? ?)?(\d{1,4})(?: ?(?:un|und|unid\w*|pcs?|pçs?|x))?\)|\bx ?(\d{1,4})"
    r"|(?:[-–:]|\bqtde?\.?:?)\s*(\d{1,4}) ?(?:un|und|unid\w*|pcs?|pçs?|peças?|par(?:es)?|m|metros?|rolos?)\.?)$",
    re.IGNORECASE,
)
_LABEL = re.compile(r"^([^:|]{2,30}):\s*(.*)$")
_LABELS: tuple[tuple[str, Kind], ...] = (
    (r"^(?:pain|placa|modulo)", PANEL),
    (r"^micro", MICROINVERTER),
    (r"^invers", INVERTER),
    (r"^bateria|^banco de bat", BATTERY),
    (r"^controlador", CONTROLLER),
)
_MAIN = {"paineis", "inversores", "baterias", "controladores"}
_STARLINK_INVERTER = re.compile(r"^(\d{3,5})\s*/\s*(12|24|48)\s*v$", re.IGNORECASE)
_TITLE_POWER = re.compile(r"(\d[\d.,]*)\s*(k?)wp(?![a-z])", re.IGNORECASE)
_TITLE_BATTERY = re.compile(
    r"(?:\+\s*|c/\s*|com\s+)?bateria\s+[^|+()-]*?\d[\d.,]*\s*(?:kwh|wh|ah)\b|\d[\d.,]*\s*kwh(?!\s*/)(?:\s+l[ií]tio)?(?:\s+\d+v)?"
    r"|\d{2,4}\s*ah\s*/?\s*\d+\s*v(?:\s+l[ií]tio|\s+chumbo)?",
    re.IGNORECASE,
)


def _count_first(item: str) -> str:
    """An item with its count before it: "PAINEL DAH 610W - 10 UN", "Inversor ... x1", "Microinversor ... (1)", "[8] Painel"."""
    if bracketed := re.match(r"^\[(\d{1,4})\]\s*(\D.*)$", item):
        return f"{bracketed[1]}x {bracketed[2]}"
    counted = _COUNT_LAST.match(item)
    return f"{counted[2] or counted[3] or counted[4]}x {counted[1]}" if counted else item


def _counts(items: list[str]) -> bool:
    return all(_COUNTED.match(item) or _WORDED.match(item) for item in items)


def segments(description: str) -> list[str]:
    """The items of a description: split at "|" and line breaks, "Composição: a + b" at the plus signs; HTML taken off."""
    items: list[str] = []
    for piece in re.split(r"[|\n;]", without_html(description)):
        text = clean(piece)
        text = _count_first(text)
        if composed := re.match(r"(?i)composi[cç][aã]o(?: do kit)?\s*:\s*(.+)", text):
            items.extend(clean(part) for part in composed[1].split("+"))
        elif len(parted := [clean(part) for part in _BEFORE_COUNT.split(text)]) > 1 and _counts(parted[1:]):
            items.extend(parted)
        elif text:
            items.append(text)
    return [item.rstrip(". ") for item in items]


def parts_of(description: str, brands: Brands, rules: Rules = ()) -> tuple[list[Part], list[str]]:
    """The parts a description lists.

    Returns:
        The parts in their order, each item once; and the counted items that could not be understood.
    """
    html = "<" in description and re.search(r"</\w", description) is not None
    found: list[Part] = []
    unclear: list[str] = []
    seen: set[str] = set()
    named: list[Part] = []
    for item in segments(description):
        if fold(item) in seen:
            continue
        seen.add(fold(item))
        part = _part_of(item, brands, rules, prose=html or len(item) > 120)
        if part is not None and part.kind.certain and not _bare_word(part):
            found.append(part)
        elif part is not None:
            unclear.append(item)
        elif not html and (main := _uncounted(item, brands, rules)) is not None:
            named.append(main)
    # "Microinversor Deye 2kW" beside "4x Painel 600W": a part whose count is open, where no line counts one like it.
    counted = {part.kind.category for part in found}
    found += [part for part in named if part.kind.category not in counted]
    return found, unclear


def _bare_word(part: Part) -> bool:
    """ "4 MÓDULOS", what is left of a structure's name ("KIT TELHADO | 4 MÓDULOS"): panels of no maker and no rating."""
    return part.component == "PANEL" and not part.brand and part.power_wp is None


def _uncounted(item: str, brands: Brands, rules: Rules) -> Part | None:
    """A line that names an inverter, a battery or panels with their rating and no count; None for other lines."""
    if len(item) > 100 or not re.match(r"(?i)[•*·–-]?\s*(?:micro|invers|bater|pain|m[oó]dulo|placa)", item) or item.endswith(":"):
        return None
    part = parse_part(item.lstrip("•*·–- "), brands, rules=rules)
    rated = part.power_wp or part.ac_kw or part.amp_hours or part.kwh
    return part if part.kind.category in _MAIN and rated and part.brand and ":" not in item else None


def _part_of(item: str, brands: Brands, rules: Rules, *, prose: bool) -> Part | None:
    if counted := _COUNTED.match(item):
        count, text = int(counted[1] or counted[3]), counted[2] or counted[4]
        return parse_part(text, brands, quantity=count or None, hint=_hint(text), rules=rules) if count else None
    if worded := _WORDED.match(item):
        count = 1 if fold(worded[1]) in {"um", "uma"} else int(worded[1])
        return parse_part(worded[2] + worded[3], brands, quantity=count or None, rules=rules)
    if prose:
        return None
    if labelled := _LABEL.match(item):
        return _labelled(labelled[1], labelled[2], brands, rules)
    return _bare(item, brands, rules)


def _hint(text: str) -> Kind | None:
    """A counted item without a word of the trade: "5kW Deye" is an inverter, "4,8kWh UCB" a battery; "6DAH" is unclear."""
    found = powers(text)
    if not found and re.search(r"\d ?kwh\b(?! ?/ ?[md])", fold(text)):
        return BATTERY
    panel_maker = re.search(
        r"longi|jinko|trina|canadian|\bja\b|risen|dah\b|osda|astronergy|dmegc|solar n plus|\bbyd\b", fold(text)
    )
    if found and panel_maker and not found[0].kilo and Decimal(250) <= found[0].watts <= Decimal(800):
        return PANEL
    return INVERTER if found and not found[0].peak else None


def _labelled(label: str, value: str, brands: Brands, rules: Rules) -> Part | None:
    kind = next((kind for pattern, kind in _LABELS if re.search(pattern, fold(label))), None)
    if kind is None or not value:
        return None
    count: int | None = None
    if counted := _COUNTED.match(value):
        count, value = int(counted[1] or counted[3]), counted[2] or counted[4]
    elif re.fullmatch(r"\d{1,4}", value):
        return None
    elif kind is not MICROINVERTER:
        count = 1
    word = {"PANEL": "Painel", "MICROINVERTER": "Microinversor", "INVERTER": "Inversor", "BATTERY": "Bateria"}.get(
        kind.component, "Controlador"
    )
    return parse_part(f"{word} {value}", brands, quantity=count, kind=kind, rules=rules)


def _bare(item: str, brands: Brands, rules: Rules) -> Part | None:
    """An item that is only a rating: "6kW Mono 220V 2 MPPT AFCI", "160 Wp", "150Ah/12V Chumbo", "600/12V": one piece, but of
    panels as many as make the kit's stated kWp, which the caller knows."""
    if starlink := _STARLINK_INVERTER.match(item):
        text = f"Inversor off grid {starlink[1]}W {starlink[2]}V"
        return parse_part(text, brands, quantity=1, kind=INVERTER, rules=rules)
    if not re.match(r"\d", item) or len(item) > 80 or re.search(r"(?i)/\s*(?:dia|m[eê]s)|ciclos|garantia", item):
        return None
    part = parse_part(item, brands, quantity=1, rules=rules)
    rated = part.power_wp or part.ac_kw or part.amp_hours or part.amps
    if part.component == "PANEL":
        part = part.times(None)
    return part if part.kind.category in _MAIN and part.kind.certain and rated else None


def is_bare_rating(part: Part) -> bool:
    """Whether a panel is only a rating ("160 Wp"), which stands for one where nothing says how many."""
    return part.component == "PANEL" and part.quantity is None and re.match(r"\d+(?:[.,]\d+)? ?wp\b", fold(part.name)) is not None


def battery_in_title(title: str, brands: Brands) -> Part | None:
    """A battery only the title speaks of ("+ Bateria UCB 4,8kWh"); its count is taken as one set."""
    text = re.sub(r"(?i)at[eé]\s+[\d.,]+\s*k?wh\s*/\s*\w+", " ", title)
    match = _TITLE_BATTERY.search(text)
    return parse_part(match[0].lstrip("+ "), brands, quantity=1, kind=BATTERY) if match else None


def declared_kwp(title: str) -> Decimal | None:
    """The kWp a title states ("9,3KWP", "680Wp", "2.220Wp"); None when it states none."""
    match = _TITLE_POWER.search(title)
    return powers(match[0])[0].watts / 1000 if match and powers(match[0]) else None


def panel_brand_in_title(title: str, brands: Brands) -> str:
    """The maker after "Painel" in a kit's title: "... SUN2000 - Painel Sunova (Laje)"."""
    match = re.search(r"(?i)\b(?:painel|painéis|m[oó]dulos?|placas?)\s+(.{2,40})", title)
    return brands.found_in(match[1]) if match else ""
