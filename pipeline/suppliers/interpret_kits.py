"""One record, one group of rows or one card as a kit. Pure."""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from urllib.parse import unquote

from pipeline.suppliers.brands import Brands
from pipeline.suppliers.classify import INVERTER, MICROINVERTER, PANEL, Kind, kind_by_name, kind_of
from pipeline.suppliers.columns import text_of, value_of
from pipeline.suppliers.interpret import ARTICLE_WORDS, Basics, RefusedError, availability, power_cell, price_in, supplier_key
from pipeline.suppliers.kit_text import battery_in_title, declared_kwp, is_bare_rating, panel_brand_in_title, parts_of, segments
from pipeline.suppliers.kit_title import parts_in_title
from pipeline.suppliers.kits import facts_of
from pipeline.suppliers.mapping import Mapping, PartColumns, Table
from pipeline.suppliers.numbers import NumberError, quantity
from pipeline.suppliers.parts import Part, parse_part, part_key, with_grid
from pipeline.suppliers.read.cards import CardRecord
from pipeline.suppliers.records import Note, ParsedKit, SourceRecord
from pipeline.suppliers.text import clean, distinct_slug, fold, slug, without_html

#: the article with this key of the supplier's own (component id, code), as the list or the catalogue knows it
Lookup = Callable[[str], Part | None]


@dataclass(slots=True)
class Draft:
    """A kit before its parts are added up."""

    key: str
    basics: Basics
    parts: list[Part]
    declared: Decimal | None
    roof_text: str
    file: str
    line: int
    partial: bool = False
    unclear: Sequence[str] = ()
    own_words: str = ""


def kit_of_record(
    table: Table, record: SourceRecord, mapping: Mapping, brands: Brands, *, basics: Basics, lookup: Lookup
) -> Draft:
    """A kit of one row: parts with columns of their own, and parts described in words.

    Raises:
        RefusedError: a count that is none.
    """
    columns, rules = table.columns, mapping.rules()
    stated = value_of(columns.get("declared_kwp"), record)
    declared = _kwp(stated) if stated else declared_kwp(basics.name)
    columned = [(spec, part) for spec in table.parts for part in _column_parts(spec, record, brands, mapping, lookup)]
    parts = [_counted(part, spec, declared) for spec, part in columned]
    # Parts named by their keys are all there are; else the words are asked too.
    keyed = bool(parts) and all(part.source_key for part in parts)
    described, unclear = ([], []) if keyed else parts_of(basics.description, brands, rules)
    if not keyed:
        described = _with_title([*parts, *described], described, parts_in_title(basics.name, brands, rules))
    have = {part.component for part in parts}
    parts += [part for part in described if part.component not in have]
    parts = _completed(parts, basics.name, brands)
    grid = " ".join(text_of(columns.get(f"attribute:{name}"), record) for name in ("ac_voltage_v", "phases"))
    parts = [with_grid(part, grid) if part.is_inverter else part for part in parts]
    code = text_of(columns.get("key"), record)
    own_key = code or distinct_slug(f"{basics.name} {' '.join(part.source_key or part_key(part) for part in parts)}", 80)
    if not code and not basics.name:
        own_key = "-".join([*(part.source_key[-12:] or slug(part.name, 30) for part in parts), f"{declared or ''}"])
    name = basics.name or _name_of(parts, declared)
    roof = text_of(columns.get("roof"), record) or _roof_words(basics.description) or _roof_in_title(basics.name)
    roof = roof or _roof_line(basics.description)
    own_words = f"{name}\n{without_html(basics.description)}\n{text_of(columns.get('system'), record)}"
    key = supplier_key(mapping.supplier, own_key)
    return Draft(
        key, replace(basics, name=name[:300]), parts, declared, roof, record.file, record.line,
        partial=table.bom_partial, unclear=unclear, own_words=own_words,
    )  # fmt: skip


def _with_title(known: Sequence[Part], described: list[Part], titled: Sequence[Part]) -> list[Part]:
    """What a description lists, with the panels or inverters that only the title names, and the maker of what has its rating."""
    have = {part.kind.category for part in known}
    makers = {(part.kind.category, part.power_wp or part.ac_kw): part.brand for part in titled if part.brand}
    told = [
        part
        if part.brand or not (part.is_inverter or part.component == "PANEL")
        else replace(part, brand=makers.get((part.kind.category, part.power_wp or part.ac_kw), ""))
        for part in described
    ]
    return [*told, *(part for part in titled if part.kind.category not in have)]


def _kwp(cell: object) -> Decimal | None:
    text = clean(cell)
    if isinstance(cell, Decimal) or re.fullmatch(r"\d+(?:[.,]\d+)?", text):
        number = Decimal(text.replace(",", "."))
        return number if number < 1000 else number / 1000
    return declared_kwp(text)


def _column_parts(spec: PartColumns, record: SourceRecord, brands: Brands, mapping: Mapping, lookup: Lookup) -> list[Part]:
    """The parts of a kit's own columns; a cell may list several, each with its count ("6x 560W Risen + 2x 585W Risen")."""
    listed = segments(text_of(spec.text, record, lines=True)) if spec.join is None and spec.quantity is None else []
    counted = [match for item in listed if (match := re.match(r"^(\d{1,4})\s*x\s*(?=\D|\d{3})(.+)$", item, re.IGNORECASE))]
    if len(counted) < 2 or len(counted) < len(listed):
        part = _column_part(spec, record, brands, mapping, lookup)
        return [part] if part is not None else []
    kind = kind_by_name(spec.component) if spec.component else None
    return [
        parse_part(match[2], brands, quantity=int(match[1]), kind=_kind_in_column(kind, match[2], mapping), rules=mapping.rules())
        for match in counted
    ]


def _column_part(spec: PartColumns, record: SourceRecord, brands: Brands, mapping: Mapping, lookup: Lookup) -> Part | None:
    """The part of a kit's own columns: by its key in the product list, by a known key, by its text, by an image's file name."""
    kind = kind_by_name(spec.component) if spec.component else None
    text = text_of(spec.text, record)
    power = value_of(spec.power, record)
    joined = text_of(spec.join, record)
    if not text and not clean(power) and not joined:
        return None
    if joined and (known := lookup(joined)) is not None:
        part = known
        if spec.brand is None and spec.power is None:
            return _with_count(part, spec, record)
    elif text.startswith("http"):
        part = parse_part(
            re.sub(r"\.\w{3,4}(?:\?.*)?$", "", unquote(text.rsplit("/", 1)[-1])).replace("-", " ").replace("_", " "),
            brands,
            kind=kind,
        )
        part = replace(part, source_key=joined)
    else:
        count = re.match(r"^(\d{1,4})\s*x\s*(?=\D|\d{3})(.+)$", text, re.IGNORECASE)
        words = count[2] if count else text or spec.component.capitalize()
        part = parse_part(words, brands, kind=_kind_in_column(kind, words, mapping), rules=mapping.rules())
        part = replace(part, quantity=int(count[1]) if count else None, source_key=joined)
    if clean(power):
        watts = power_cell(power, "kw" if part.is_inverter else "wp")
        part = (
            replace(part, power_wp=watts) if part.component == "PANEL" else replace(part, ac_kw=watts / 1000 if watts else None)
        )
    if brand := text_of(spec.brand, record):
        part = replace(part, brand=brands.named(brand) or part.brand)
    if not joined:
        part = replace(part, name=_named(part, text))
    return _with_count(part, spec, record)


def _named(part: Part, text: str) -> str:
    """The part's name with what its other columns say: "Painel JA Solar 620 Wp", "Growatt MIN 5000TL-X2"."""
    if not text:
        rating = f"{part.power_wp:f} Wp" if part.power_wp else f"{part.ac_kw:f} kW" if part.ac_kw else ""
        return " ".join(word for word in (ARTICLE_WORDS.get(part.component, part.name), part.brand, rating) if word)
    return (
        part.name
        if not part.brand or fold(part.brand) in fold(part.name) or text.startswith("http")
        else f"{part.brand} {part.name}"
    )


def _with_count(part: Part, spec: PartColumns, record: SourceRecord) -> Part:
    """The part with what its column of counts says.

    Raises:
        RefusedError: something else than a count.
    """
    cell = value_of(spec.quantity, record)
    try:
        return part.times(quantity(cell) or part.quantity) if clean(cell) else part
    except NumberError as error:
        raise RefusedError("bad_quantity", spec.component or "quantity", cell, why=str(error)) from error


def _kind_in_column(kind: Kind | None, text: str, mapping: Mapping) -> Kind | None:
    """What a column of its own holds; an inverter column may hold microinverters."""
    told = kind_of(text, mapping.rules())
    return told if kind is None or (told.certain and told.category == kind.category == "inversores") else kind


def _counted(part: Part, spec: PartColumns, declared: Decimal | None) -> Part:
    """The part with its count: as stated; one of everything but microinverters; for panels, where so declared, kWp / Wp.

    Raises:
        RefusedError: kWp / Wp is no whole number.
    """
    if part.quantity is not None:
        return part
    if spec.count == "from_power" and part.component == "PANEL":
        if part.power_wp is None or declared is None:
            return part
        exact = declared * 1000 / part.power_wp
        whole = int(exact.to_integral_value())
        if whole < 1 or abs(exact - whole) > Decimal("0.05"):
            raise RefusedError(
                "count_not_whole", "quantity", f"{exact:.2f}", declared=f"{declared:f}", power=f"{part.power_wp:f}"
            )
        return part.times(whole)
    if part.component == "PANEL" or (part.component == "MICROINVERTER" and spec.count != "one"):
        return part
    return part.times(1)


def _completed(parts: list[Part], title: str, brands: Brands) -> list[Part]:
    """Panels get the maker that only the title names; a battery that only the title names joins the parts."""
    brand = panel_brand_in_title(title, brands)
    parts = [replace(part, brand=brand) if part.component == "PANEL" and not part.brand and brand else part for part in parts]
    hybrid = re.search(r"on[ -]?grid hibrido|hibrido on[ -]?grid", fold(title)) is not None
    off_grid = not hybrid and re.search(r"off[ -]?grid|nobreak|starlink", fold(title)) is not None
    hybrid = hybrid or (not off_grid and re.search(r"\bhibrid", fold(title)) is not None)
    wanted = "hybrid" if hybrid else "off_grid" if off_grid else ""
    parts = [replace(part, topology=wanted) if wanted and part.topology == "string" else part for part in parts]
    if "microinversor" in fold(title):  # "1x 2kW Deye" under a title that says what it is
        parts = [
            replace(part, kind=MICROINVERTER, topology="micro") if part.is_inverter and part.topology == "string" else part
            for part in parts
        ]
    if not any(part.component == "BATTERY" for part in parts) and (battery := battery_in_title(title, brands)):
        parts.append(battery)
    return parts


def _name_of(parts: Sequence[Part], declared: Decimal | None) -> str:
    main = " + ".join(part.name for part in parts if part.component in {"PANEL", "INVERTER", "MICROINVERTER", "BATTERY"})
    power = f"{declared:.2f}".replace(".", ",") + " kWp – " if declared else ""
    return f"Kit {power}{main}"


def _roof_words(description: str) -> str:
    match = re.search(r"(?i)estrutura(?: de fixa[cç][aã]o)?\s*:\s*([^|\n]*(?:\n\s*Selecion[^|\n]*)?)", without_html(description))
    if match:
        return f"estrutura {match[1]}" if re.match(r"(?i)\s*n[aã]o", match[1]) is None else "sem estrutura"
    return ""


def _roof_line(description: str) -> str:
    """A line that names a structure without counting it: "Estrutura de alumínio para telhado cerâmico"."""
    line = re.search(r"(?im)^\W*((?:kit )?(?:estrutura|suporte|fixa[cç][aã]o)\b[^|\n:]{3,80})$", without_html(description))
    return line[1] if line else ""


def _roof_in_title(title: str) -> str:
    inside = re.search(r"\(([^()]*)\)?\s*$", title)
    tail = inside[1] if inside and not re.fullmatch(r"\d+", inside[1]) else re.sub(r"\(\d+\)\s*$", "", title)
    found = re.search(
        r"(?i)(?:cer[aâ]mic|colonial|fibrocim|mini ?trilho|met[aá]lic|\bmetal\b|madeira|\blaje\b|\bsolo\b|zipad"
        r"|sem estrutura|s/ ?est).*",
        tail,
    )
    return found[0] if found else ""


def kit_of_card(card: CardRecord, table: Table, mapping: Mapping, brands: Brands, file: str) -> Draft:
    """A kit of a page's card: the table of parts where there is one, else the items under the title; never both.

    Raises:
        RefusedError: a price or a count that is none.
    """
    rules = mapping.rules()
    price, open_price = price_in(card.price, mapping)
    parts: list[Part] = []
    for place, (text, count) in enumerate(card.table or card.items):
        try:
            pieces = quantity(count)
        except NumberError as error:
            raise RefusedError("bad_quantity", text, count, why=str(error)) from error
        hint = (
            PANEL
            if place == 0 and re.search(r"\d{3}\s*w", fold(text))
            else INVERTER
            if place == 1 and re.search(r"\d\s*kw", fold(text))
            else None
        )
        part = parse_part(text, brands, quantity=pieces, hint=hint, rules=rules)
        if pieces is None and part.component != "MICROINVERTER":
            continue
        parts.append(part)
    if not card.table and not card.items:
        parts = parts_in_title(card.title, brands, rules)
    parts = _completed(parts, card.title, brands)
    title = " ".join(re.sub(r"\s*\|\s*", " | ", re.sub(r"\s+-\s*|\s*-\s+", " - ", card.title)).split())
    basics = Basics(title[:300], "", price, availability(card.title) if "INDISPON" in card.title.upper() else None,
                    [card.image] if card.image.startswith("http") else [], "", open_price)  # fmt: skip
    roof = _roof_in_title(_without_centre(title))
    return Draft(
        supplier_key(mapping.supplier, _title_key(title)), basics, parts, declared_kwp(title), roof, file, card.line,
        partial=table.bom_partial, own_words=title,
    )  # fmt: skip


def _without_centre(title: str) -> str:
    return re.sub(r"\s-\s*CD\s.*$", "", title)


def _title_key(title: str) -> str:
    """A title as key: short, and different for different titles."""
    plain = " ".join(re.findall(r"[a-z0-9,.]+", fold(title)))
    return f"{slug(plain, 60)}-{hashlib.sha256(plain.encode()).hexdigest()[:8]}"


def finished(draft: Draft) -> tuple[ParsedKit, list[Note]]:
    """Add the parts up.

    Raises:
        RefusedError: no panels, or a panel's rating or count is not known: the power must come from the parts.
    """
    parts, notes = _merged(draft)
    panels = [part for part in parts if part.component == "PANEL"]
    if not panels:
        raise RefusedError(
            "no_panels", "parts", "; ".join(draft.unclear) or "; ".join(part.name for part in parts), key=draft.key
        )
    if draft.declared and (counted := _count_from_power(panels, draft.declared)) is not None:
        told = {"count": counted.quantity, "part": counted.name, "declared": f"{draft.declared:f}"}
        notes.append(Note("count_from_power", draft.key, told))
        parts = [counted if part.component == "PANEL" else part for part in parts]
        panels = [counted]
    elif len(panels) == 1 and draft.declared is None and is_bare_rating(panels[0]):
        panels = [panels[0].times(1)]
        parts = [panels[0] if part.component == "PANEL" else part for part in parts]
    for panel in panels:
        if panel.power_wp is None or not Decimal(5) <= panel.power_wp <= Decimal(1000):
            raise RefusedError("panel_power_unknown", "power_wp", panel.name, key=draft.key)
        if panel.quantity is None:
            raise RefusedError("panel_count_unknown", "quantity", panel.name, key=draft.key)
    # Where nobody counts a string inverter or a battery there is one; microinverters stay open.
    parts = [part if part.quantity is not None or part.component == "MICROINVERTER" else part.times(1) for part in parts]
    facts = facts_of(parts, draft.own_words, draft.declared, draft.roof_text)
    if facts.power_kwp is None or facts.power_kwp <= 0 or facts.power_kwp >= 1_000_000:
        raise RefusedError("panel_power_unknown", "power_kwp", facts.power_kwp or "", key=draft.key)
    notes += [Note(code, draft.key, dict(params)) for code, params in facts.problems]
    if draft.basics.price is None and draft.basics.open_price:
        notes.append(Note("price_open", draft.key, {"found": draft.basics.open_price[:80]}))
    notes += [Note("part_unclear", draft.key, {"text": text}) for text in draft.unclear]
    basics = draft.basics
    ratio = basics.price / facts.power_kwp / 1000 if basics.price else None
    if ratio is not None and facts.system_type == "ON_GRID" and not Decimal("0.5") <= ratio <= Decimal(8):
        notes.append(Note("price_per_wp_odd", draft.key, {"ratio": f"{ratio:.2f}"}))
    return ParsedKit(
        key=draft.key,
        name=basics.name,
        parts=parts,
        power_kwp=facts.power_kwp.quantize(Decimal("0.001")),
        system_type=facts.system_type,
        description=without_html(basics.description)[:5000],
        declared_kwp=draft.declared.quantize(Decimal("0.001"))
        if draft.declared is not None and draft.declared < 10_000_000
        else None,
        inverter_kw=facts.inverter_kw.quantize(Decimal("0.001")) if facts.inverter_kw else None,
        voltage_phase=facts.voltage_phase,
        roof_type=facts.roof_type,
        hybrid_ready=facts.hybrid_ready,
        prices=[basics.price] if basics.price is not None else [],
        available=basics.available,
        image_urls=basics.image_urls,
        url=basics.url,
        partial=draft.partial,
        file=draft.file,
        line=draft.line,
    ), notes


def _count_from_power(panels: Sequence[Part], declared: Decimal | None) -> Part | None:
    """The one kind of panel of a kit with the count that the stated kWp leaves open; None where it is no whole number."""
    if len(panels) != 1 or panels[0].quantity is not None or not panels[0].power_wp or not declared:
        return None
    exact = declared * 1000 / panels[0].power_wp
    whole = int(exact.to_integral_value())
    return panels[0].times(whole) if 1 <= whole <= 100_000 and abs(exact - whole) <= Decimal("0.02") else None


def _merged(draft: Draft) -> tuple[list[Part], list[Note]]:
    """Each article once: lines of the same article are added up and noted."""
    found: dict[tuple[str, str], Part] = {}
    notes = []
    for part in draft.parts:
        key = (part.component, part.source_key or part_key(part))
        if key not in found:
            found[key] = part
            continue
        before = found[key]
        notes.append(Note("part_twice", draft.key, {"part": part.name}))
        both = None if before.quantity is None or part.quantity is None else before.quantity + part.quantity
        found[key] = before.times(both)
    return list(found.values()), notes
