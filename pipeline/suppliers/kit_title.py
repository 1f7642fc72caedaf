"""The parts a kit's title lists, with or without signs between them. Pure.

Kit 4,68 kWp: 8x 585W LONGi + 1x Inversor 5kW
Gerador com 8 módulos 585W e inversor 5kW
GERADOR SOLAR 8.19KWP 14X JINKO 585W 1X GROWATT MIN 6000TL-X 6KW MONO 220V COLONIAL
GERADOR 4.40KWP CANADIAN 550W GROWATT MIC 3300TL-X 3.3KW 220V          the counts are open
"""

# ruff: noqa: E501  (patterns are easier to read in long lines)

import re
from dataclasses import replace

from pipeline.suppliers.brands import Brands
from pipeline.suppliers.classify import BATTERY, INVERTER, MICROINVERTER, PANEL, Kind
from pipeline.suppliers.numbers import Power, powers
from pipeline.suppliers.parts import Part, parse_part
from pipeline.suppliers.text import clean, fold

Rules = tuple[tuple[re.Pattern[str], Kind], ...]

_THING = r"(?:m[oó]dulos?|pain[eé]l|pain[eé]is|placas?|micro ?-?inversor(?:es)?|micro\b|inversor(?:es)?|baterias?|string ?-?box)"
_DECLARED = re.compile(r"\(?\b\d[\d.,]*\s*kwp\b\)?|\b\d\.\d{3}\s*wp\b", re.IGNORECASE)
# Where one part ends and the next begins.
_CUT = re.compile(
    rf"\s*(?:[+|;]|\s-\s|:\s|,\s|\bc/\s|\bcom\s|\s[eE]\s)\s*"
    rf"|(?<![\w.,/-])(?=\d{{1,4}}\s*x\s*(?:[^\W\d]|\d{{3}}))"
    rf"|(?<![\w.,/-])(?=\d{{1,4}}\s+{_THING}\b)"
    rf"|(?<!\d)(?<!\dx)\s+(?={_THING}\b)",
    re.IGNORECASE,
)
_COUNT = re.compile(
    rf"^(\d{{1,4}})\s*(?:x\s*(?=[^\W\d]|\d{{3}})|(?:un|und|unid\w*|pcs?|p[cç]s?)\.?\s+|(?={_THING}\b)|\s+(?={_THING}\b))(.+)$",
    re.IGNORECASE,
)
# "11 MOD 540W + INV DEYE + BAT 5,12KWH X2": the trade's short words, and a count behind its part.
_SHORT = ((re.compile(r"(?i)\bmod\.?(?=\s+\d{3}\s*w)"), "módulos"), (re.compile(r"(?i)\binv\.?(?=\s)"), "inversor"),
          (re.compile(r"(?i)(?<=[+\s])bat\.?(?=\s)"), "bateria"))  # fmt: skip
_COUNT_BEHIND = re.compile(r"(?i)\s\(?x\s?(\d{1,2})\)?$")
_ROOF = re.compile(
    r"(?i)[\s(-]+(?:p/\s*|para\s+)?(?:telhad\w*|telhas?|estrutura|cer[aâ]mic\w*|colonial|fibrocim\w*|met[aá]lic\w*|mini ?trilho|laje|solo|zipad\w*|sem estrutura|s/ ?est).*$"
)
_INVERTER_WORD = re.compile(r"invers|\bmicro\b", re.IGNORECASE)
_PANEL_W = (250, 800)


def parts_in_title(title: str, brands: Brands, rules: Rules = ()) -> list[Part]:
    """The parts: panels, inverters and batteries; a count that is not stated stays open."""
    micro = re.search(r"micro ?-?inv|\bmicro\b", fold(title)) is not None
    parts: list[Part] = []
    before = ""  # "TRINA | TIER 1 | 710W": the maker of the panel that follows
    apart: set[str] = set()  # "GERADOR GROWATT COLONIAL 2,24KWP JINKO 560W MIC 2KW": makers that stand at no part
    words = clean(title)
    for short, word in _SHORT:
        words = short.sub(word, words)
    for item in _items(_DECLARED.sub(" + ", words)):
        count = _COUNT.match(item)
        text = count[2] if count else item
        behind = None if count else _COUNT_BEHIND.search(_ROOF.sub("", f" {text}").strip())
        found = [part for piece in _split(text, brands) if (part := _part(piece, brands, rules, micro=micro)) is not None]
        if found and count:
            found[0] = found[0].times(int(count[1]))
        elif len(found) == 1 and behind:
            found[0] = found[0].times(int(behind[1]))
        if found and before and not found[0].brand:
            found[0] = replace(found[0], brand=before)
            apart.discard(before)
        if not found and (maker := brands.found_in(item)):
            apart.add(maker)
        before = "" if found else before or brands.found_in(item)
        parts += found
    if len(apart) == 1:
        maker = next(iter(apart))
        parts = [replace(part, brand=maker) if part.is_inverter and not part.brand else part for part in parts]
    return _once(parts)


def _items(title: str) -> list[str]:
    return [item for piece in _CUT.split(title) if (item := clean(piece).strip("-–,. "))]


def _split(text: str, brands: Brands) -> list[str]:
    """ "CANADIAN 550W GROWATT MIC 3300TL-X 3.3KW" as two: a panel's Wp followed by another maker's or an inverter's kW."""
    found = powers(text)
    first = next((power for power in found if _is_panel(power)), None)
    if first is None or not any(power.kilo for power in found if power.start > first.start):
        return [text]
    cut = re.compile(r"\s*k?wp?", re.IGNORECASE).search(text, first.start)
    end = cut.end() if cut else first.start
    apart = brands.found_in(text[end:]) or not brands.found_in(text[:end]) or not _INVERTER_WORD.search(text[:end])
    return [text[:end].strip(), text[end:].strip()] if apart else [text]


def _is_panel(power: Power) -> bool:
    return not power.kilo and _PANEL_W[0] <= power.watts <= _PANEL_W[1]


def _part(text: str, brands: Brands, rules: Rules, *, micro: bool) -> Part | None:
    """The part a piece of a title is; None for what is none (a roof, a grid, a promise)."""
    text = _ROOF.sub("", f" {text}").strip()
    if not text or re.search(r"(?i)kwh\s*/\s*m|/\s*m[eê]s|/\s*dia", text):
        return None
    hint = _hint(text, brands, micro=micro)
    part = parse_part(text, brands, hint=hint, rules=rules)
    if not part.kind.certain and hint is None:
        return None
    if hint is MICROINVERTER and part.component == "INVERTER" and part.topology == "string":
        part = replace(part, kind=MICROINVERTER, topology="micro")
    match part.component:
        case "PANEL":
            return part if part.power_wp else None
        case "INVERTER" | "MICROINVERTER":
            return part if part.ac_kw else None
        case "BATTERY":
            return part if part.kwh or part.amp_hours else None
    return None


def _hint(text: str, brands: Brands, *, micro: bool) -> Kind | None:
    """What a piece without a word of the trade is, by its maker and rating: "JINKO 585W", "GROWATT MIN 6000TL-X 6KW"."""
    found = powers(text)
    if not found or not (brands.found_in(text) or re.fullmatch(r"\d+\s*wp?(?: \w+)?", fold(text))):
        return None
    if re.search(r"\d\s*(?:kwh|ah)\b", fold(text)):
        return BATTERY
    if _is_panel(found[0]):
        return PANEL
    return (MICROINVERTER if micro else INVERTER) if not found[0].peak else None


def _once(parts: list[Part]) -> list[Part]:
    """Panels and inverters once each: a title names its inverter in the middle and again at its end."""
    kept: list[Part] = []
    for part in parts:
        same = next((each for each in kept if each.kind.category == part.kind.category and _alike(each, part)), None)
        if same is None:
            kept.append(part)
        elif same.quantity is None and part.quantity is not None:
            kept[kept.index(same)] = part
    return kept


def _alike(one: Part, other: Part) -> bool:
    return (one.power_wp, one.ac_kw, one.kwh) == (other.power_wp, other.ac_kw, other.kwh) and (
        one.quantity is None or other.quantity is None or one.quantity == other.quantity
    )
