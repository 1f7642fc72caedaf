"""One article, read from its text: what it is, whose, and its ratings. Pure; nothing is guessed that the text does not say."""

# ruff: noqa: E501  (patterns are easier to read in long lines)

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache

from pipeline.suppliers.brands import Brands
from pipeline.suppliers.classify import Kind, kind_of
from pipeline.suppliers.numbers import plain_decimal, powers
from pipeline.suppliers.text import clean, distinct_slug, fold, slug


@dataclass(frozen=True, slots=True)
class Part:
    """One article, in a kit or on its own.

    Attributes:
        name: its text, cleaned.
        kind: what it is.
        quantity: pieces; None when the source leaves the count open.
        brand: canonical name, empty when unknown.
        model: the model code or family, empty when unknown.
        power_wp: of a panel.
        ac_kw: of an inverter or charger.
        topology: string, micro, hybrid, off_grid; empty for what is no inverter.
        volts, phases: AC side of an inverter, or a battery's nominal voltage; None when not stated.
        amp_hours, kwh: of a battery; amps: of a charge controller.
        code_power: the power was read from a model code, not from a stated figure.
        source_key: the supplier's own key for it (component id, code), empty when there is none.
    """

    name: str
    kind: Kind
    quantity: int | None = None
    brand: str = ""
    model: str = ""
    power_wp: Decimal | None = None
    ac_kw: Decimal | None = None
    topology: str = ""
    volts: Decimal | None = None
    phases: int | None = None
    amp_hours: Decimal | None = None
    kwh: Decimal | None = None
    amps: Decimal | None = None
    code_power: bool = False
    source_key: str = ""

    @property
    def component(self) -> str:
        return self.kind.component

    @property
    def is_inverter(self) -> bool:
        return self.kind.category == "inversores"

    def times(self, quantity: int | None) -> "Part":
        return replace(self, quantity=quantity)


# Powers hidden in model codes: (pattern on the folded name, factor to kW). Only families whose codes are known to say so.
_CODE_POWERS: tuple[tuple[str, Decimal], ...] = (
    (
        r"\b(?:mic|min|mod|mid|mac|max|sun2000-|sg|gw|se|s[56]-(?:gr\dp|gc|eh\dp))[ -]?(\d{1,3}(?:\.\d+)?)k(?:tl|n|-|\b|w)",
        Decimal(1),
    ),
    (r"\b(?:mid|mac|max|mod)[ -]?(\d{1,3})k?tl\d", Decimal(1)),
    (r"\b(?:mic|min)[ -]?(\d{4,5})tl", Decimal("0.001")),
    (r"\bsg(\d{1,3}(?:\.\d+)?)(?:rs|rt|cx|hv|hx)", Decimal(1)),
    (r"\b(\d{2,3})k\d?-(?:5g|ehv)", Decimal(1)),
    (r"\bspf ?(\d{4,5})", Decimal("0.001")),
    (r"\bsun(\d{4}) ?g\d", Decimal("0.001")),
    (r"(?<![\w.,-])(\d{1,3}(?:\.\d)?)ktl", Decimal(1)),  # Sofar, SAJ: 5KTLM-G3
    (r"\bsun-(\d{1,3}(?:\.\d)?)k-sg", Decimal(1)),  # Deye's hybrids
    (r"\b(?:hm[st]?|mi)-(\d{3,4})(?=-|\b)", Decimal("0.001")),  # Hoymiles
    (r"\btsol-m[psx](\d{3,4})(?=d?\b)", Decimal("0.001")),  # TSUNESS
    (r"\bneo[ -]?(\d{4})\s?m", Decimal("0.001")),
    (r"\bbdm-?(\d{3,4})\b", Decimal("0.001")),
    (r"\b[tvgr](\d{1,3}(?:\.\d)?)(?:-g\d)?\b(?= - \d{3}v)", Decimal(1)),
)
_COMPILED_CODES = tuple((re.compile(pattern), factor) for pattern, factor in _CODE_POWERS)
_PANEL_CODE = re.compile(
    r"(?<!\d)([2-9]\d{2})(?=m\b|w\b|m[a-z]{0,3}\b|hrp|n\b|-)|(?<=[A-Z\d]-)([3-7]\d{2})(?=/[A-Z]|\s|$)", re.IGNORECASE
)
_GRID = re.compile(r"(?<![\d.,/])(110|115|120|127|220|230|240|380|400|440|480|600|800)\s*v(?:ca|ac)?\b", re.IGNORECASE)
_OUTPUT = re.compile(r"/\s*(?:120-)?(110|120|127|220|230|240|380)\s*v?(?:ca|ac)?\b", re.IGNORECASE)
_CODE_TOKEN = re.compile(
    r"(?:\b(?:MIC|MIN|MID|MOD|MAC|MAX|ASW|SPF|SPH|BDM|NEO) (?=\d))?[A-Za-z0-9](?:[A-Za-z0-9./+*-]|(?<=\d),(?=\d)|\([A-Z]{1,4}\)(?=[/-]))*\d"
    r"(?:[A-Za-z0-9./+*-]|(?<=\d),(?=\d)|\([A-Z]{1,4}\))*"
)
_PLAIN_TOKEN = re.compile(
    r"(?i)^(?:\d+(?:[.,]\d+)?(?:k?wp?h?|k?v(?:cc|ca|ac|dc)?|k?va|k?a|ah|mm2?|m|mppts?|cells|%|x|/\d+v?)?|\d+x\d+\w*|\d+/\d+\w*|\d+[es]/\d+[es]|\d+v(?:ca|cc)?/\d+v(?:ca|cc)?|n-type|lifepo4|lfp|on-?grid|off-?grid|c/afci|mc4|ip\d+|wi-?fi|p/\w*)$"
)


def parse_part(
    text: str,
    brands: Brands,
    *,
    quantity: int | None = None,
    kind: Kind | None = None,
    hint: Kind | None = None,
    rules: tuple[tuple[re.Pattern[str], Kind], ...] = (),
) -> Part:
    """Read one article.

    Args:
        text: its title or line, without the count.
        brands: the makers known.
        quantity: pieces, when known.
        kind: what it is, when a column or grammar says so for certain.
        hint: what it is when the text does not tell.
        rules: the mapping's own category rules.
    """
    part = _parsed(clean(text), brands, kind, hint, rules)
    return part if quantity is None else part.times(quantity)


@lru_cache(maxsize=4096)  # kits are made of the same parts over and over
def _parsed(
    name: str, brands: Brands, kind: Kind | None, hint: Kind | None, rules: tuple[tuple[re.Pattern[str], Kind], ...]
) -> Part:
    folded = fold(name)
    found = kind or kind_of(name, rules)
    if not found.certain and hint is not None:
        found = hint
    part = Part(name=name, kind=found, brand=brands.found_in(name), model=_model(name))
    match found.category:
        case "paineis":
            return _as_panel(part)
        case "inversores":
            return _as_inverter(part, folded)
        case "baterias":
            return _as_battery(part, folded)
        case "controladores":
            amps = re.search(r"(\d+(?:[.,]\d+)?)\s*a\b", folded)
            return replace(part, amps=_decimal(amps))
        case "carregadores":
            kilo = [power.watts for power in powers(name)]
            return replace(part, ac_kw=kilo[0] / 1000 if kilo else None, volts=_grid_volts(folded), phases=phases_of(folded))
    return part


def _decimal(match: re.Match[str] | None) -> Decimal | None:
    return Decimal(match[1].replace(",", ".")) if match else None


def _as_panel(part: Part) -> Part:
    stated = [power.watts for power in powers(part.name) if Decimal(5) <= power.watts <= Decimal(1000)]
    if stated:
        return replace(part, power_wp=stated[0])
    if any(not power.kilo for power in powers(part.name)):  # a stated figure no panel has: left to the caller to refuse
        return replace(part, power_wp=next(power.watts for power in powers(part.name) if not power.kilo))
    codes = {Decimal(code) for found in _PANEL_CODE.findall(part.name) if int(code := "".join(found)) % 5 == 0}
    return replace(part, power_wp=codes.pop(), code_power=True) if len(codes) == 1 else part


def _as_inverter(part: Part, folded: str) -> Part:
    stated = [power.watts for power in powers(part.name) if not power.peak]
    power, from_code = (stated[0] / 1000, False) if stated else (code_power_kw(folded), True)
    micro = part.component == "MICROINVERTER"
    return replace(
        part,
        ac_kw=power,
        code_power=from_code and power is not None,
        volts=_grid_volts(folded),
        phases=phases_of(folded),
        topology="micro" if micro else topology_of(folded),
    )


def topology_of(folded: str) -> str:
    """hybrid, off_grid or string, from an inverter's folded text. "Off Grid Híbrido" is off-grid; "On + Off Grid" is hybrid."""
    if re.search(r"on ?\+ ?off", folded):
        return "hybrid"
    if re.search(r"off-? ?grid|inv(?:ersor)?-? ?car(?:regador)?|\bspf ?\d|nobreak|senoidal|\bup\d{4}\b|\bhp\d{4}\b", folded):
        return "off_grid"
    return "hybrid" if re.search(r"hibrid|hybrid", folded) else "string"


def code_power_kw(folded: str) -> Decimal | None:
    """Power in kW that a known family's model code states ("MIC3000TL-X", "SG33CX", "110K-5G-PRO"); None otherwise."""
    for pattern, factor in _COMPILED_CODES:
        if match := pattern.search(folded):
            return Decimal(match[1]) * factor or None
    return None


def _grid_volts(folded: str) -> Decimal | None:
    """The AC voltage, when exactly one is stated; "48/220V" is 48 V DC and 220 V AC; "127/220 V" leaves it open."""
    if re.search(r"127 ?/ ?220|110 ?/ ?220|120 ?[-/] ?240|220 ?/ ?380 ?v? (?:ou|/)|380 ?/ ?220", folded):
        return None
    outputs = {match[1] for match in _OUTPUT.finditer(folded)} or {match[1] for match in _GRID.finditer(folded)}
    return Decimal(outputs.pop()) if len(outputs) == 1 else None


def with_grid(part: Part, text: str) -> Part:
    """The inverter with the volts and phases that columns of their own state, where its own words do not."""
    folded = fold(text)
    volts = _grid_volts(folded) or _grid_volts(re.sub(r"^(\d{3})(?=\s|$)", r"\1v", folded.strip()))
    return replace(part, volts=part.volts or volts, phases=part.phases or phases_of(folded)) if folded.strip() else part


def phases_of(folded: str) -> int | None:
    """1, 2 or 3, where a folded text says it."""
    if re.search(r"\btri(?:f|fas\w*|\.)?\b|trifasic|three.?phase|\b3f\b", folded):
        return 3
    if re.search(r"\bbif\w*", folded) and "bifacial" not in folded:
        return 2
    if re.search(r"\bmono(?:f|fas\w*|\.)?\b|monofasic|single.?phase|\b1f\b", folded):
        return 1
    return None


def _as_battery(part: Part, folded: str) -> Part:
    hours = re.search(r"(\d+(?:[.,]\d+)?)\s*(?:/ ?\d+ ?)?ah\b", folded)
    volts = re.search(r"(?<![\d.,])(\d{1,3}(?:[.,]\d)?)\s*v(?:cc|dc)?\b", folded)
    kwh = re.search(r"(\d+(?:[.,]\d+)?)\s*kwh", folded)
    watt_hours = re.search(r"(?<![\d.,k])(\d[\d.]*)\s*wh\b", folded)
    energy = _decimal(kwh) or (plain_decimal(watt_hours[1]) / 1000 if watt_hours else None)
    return replace(part, amp_hours=_decimal(hours), volts=_decimal(volts), kwh=energy)


def _model(name: str) -> str:
    """The model code: what stands in the last brackets with a digit, else the one token that looks like a code."""
    for inside in reversed(re.findall(r"(?:^|(?<=\s))\(([^()]{2,60})\)", name)):
        text = inside.strip()
        if re.search(
            r"mppts?\b|mlpe\b|^(?:eu|us|ca|cc|br|t|t-br|jl)$|^\d+$|% ef|^\d+(?:[.,]\d+)? ?(?:k?wp?|v|m|a|ah)$|^\d{4,6}$|^mult"
            r"|m[oó]dulo|fixo|^\d+ [a-zà-ÿ]+$",
            text,
            re.IGNORECASE,
        ):
            continue
        if re.search(r"[A-Z0-9]", text) and re.fullmatch(r"[\w./+ -]+", text) and (re.search(r"\d", text) or len(text) <= 4):
            return text
    tokens = [token.strip("./-+") for token in _CODE_TOKEN.findall(re.sub(r"(?:^|(?<=\s))\([^()]*\)", " ", name))]
    codes = [token for token in tokens if re.search(r"[A-Za-z]", token) and len(token) >= 4 and not _PLAIN_TOKEN.match(token)]
    return max(codes, key=len, default="")


def part_key(part: Part) -> str:
    """What tells one article from another when the supplier gives no code: maker, rating and model for panels and inverters, as
    one code names a family and one text has several spellings; the ratings of batteries and controllers; else the text."""
    head = part.component
    match part.kind.category:
        case "paineis" if part.power_wp:
            bifacial = "BIFACIAL" if "bifacial" in fold(part.name) and not part.model else ""
            return _joined(head, part.brand, f"{part.power_wp:f}WP", part.model, bifacial)
        case "inversores" if part.ac_kw:
            rating = f"{part.ac_kw.normalize():f}KW"
            return _joined(head, part.brand, rating, part.model, part.topology, f"{part.volts or ''}", f"{part.phases or ''}F")
        case "baterias" if part.amp_hours or part.kwh:
            ratings = (f"{part.amp_hours or ''}AH", f"{part.volts or ''}V", f"{part.kwh or ''}KWH", chemistry_word(part.name))
            return _joined(head, part.brand, *ratings, part.model)
        case "controladores" if part.amps:
            return _joined(head, part.brand, f"{part.amps}A", "PWM" if "pwm" in fold(part.name) else "MPPT", part.model)
    return f"{head}-{distinct_slug(part.name, 70)}"


def _joined(*words: str) -> str:
    return "-".join(word for word in (slug(word, 40) for word in words) if word)[:80]


def chemistry_word(name: str) -> str:
    """ "litio", "chumbo-carbono", "chumbo" or nothing."""
    folded = fold(name)
    if "carbono" in folded:
        return "chumbo-carbono"
    return (
        "litio"
        if re.search(r"litio|lifepo|\blfp", folded)
        else "chumbo"
        if "chumbo" in folded or "estacionaria" in folded
        else ""
    )
