"""A part's ratings as the attributes its category declares (`products.rules.families`). Pure."""

import re
from dataclasses import dataclass
from decimal import Decimal

from pipeline.suppliers.numbers import trimmed
from pipeline.suppliers.parts import Part, chemistry_word
from pipeline.suppliers.roofs import roof_of
from pipeline.suppliers.text import fold
from products.rules.families import FAMILIES, missing_attributes, violations

#: out of range here means the row was misread, so it is refused rather than stored without the value
VITAL = {"paineis": "power_wp", "inversores": "ac_power_kw"}


@dataclass(frozen=True, slots=True)
class Specifications:
    """What of a part's ratings can be stored.

    Attributes:
        values: valid against the family.
        completeness: share of the essential attributes, 0..1.
        missing: essential attributes without a value.
        faults: (attribute, value, what is wrong) for values left out.
    """

    values: dict[str, object]
    completeness: Decimal
    missing: list[str]
    faults: list[tuple[str, object, str]]


def specifications_of(part: Part, category: str, extra: dict[str, object] | None = None) -> Specifications:
    """The family's attributes that the part's text (and the mapping's own attribute columns, `extra`) states."""
    stated = {name: value for name, value in {**_stated(part, category), **(extra or {})}.items() if value is not None}
    found = violations(category, stated)
    faults = [
        (fault.name, fault.found, f"{fault.attribute.low:g} to {fault.attribute.high:g} {fault.attribute.unit}".strip()
         if fault.attribute and fault.attribute.low is not None and fault.attribute.high is not None else fault.code)
        for fault in found
    ]  # fmt: skip
    values = {name: value for name, value in stated.items() if name not in {fault.name for fault in found}}
    missing = missing_attributes(category, values)
    essential = sum(1 for attribute in FAMILIES.get(category, {}).values() if attribute.essential)
    share = 1 - Decimal(len(missing)) / essential if essential else Decimal(1)
    return Specifications(values, share.quantize(Decimal("0.001")), missing, faults)


def _stated(part: Part, category: str) -> dict[str, object]:
    folded = fold(part.name)
    match category:
        case "paineis":
            cells = re.search(r"(\d{2,3}) cel(?:ls|ulas)", folded)
            return {
                "power_wp": _number(part.power_wp),
                "bifacial": True if re.search(r"bifacial|\bbf\b", folded) else None,
                "efficiency_percent": _measure(r"(\d{2}[.,]\d+) ?% ?(?:ef|de efic)", folded),
                "cell_count": int(cells[1]) if cells else None,
                "cell_technology": "n_type_topcon"
                if "topcon" in folded
                else "mono_perc"
                if re.search(r"\bperc\b", folded)
                else None,
            }
        case "inversores":
            mppts = re.search(r"\b(\d{1,2}) ?mppts?\b", folded)
            inputs = re.search(r"(\d) ?mlpe", folded)
            return {
                "topology": part.topology or None,
                "ac_power_kw": _number(part.ac_kw),
                "ac_voltage_v": _number(part.volts),
                "phases": part.phases or (3 if part.volts is not None and part.volts >= 380 else None),
                "mppt_count": int(mppts[1]) if mppts and int(mppts[1]) else int(inputs[1]) if inputs else None,
                "afci": True if re.search(r"\bafci\b|c/afci", folded) else None,
            }
        case "baterias":
            chemistry = "lifepo4" if re.search(r"lifepo|\blfp", folded) else None
            lead = "lead_acid" if chemistry_word(part.name).startswith("chumbo") else None
            return {
                "chemistry": chemistry or lead,
                "nominal_voltage_v": _number(part.volts),
                "capacity_ah": _number(part.amp_hours),
                "capacity_kwh": _number(part.kwh),
            }
        case "controladores":
            volts = re.search(r"(?<![\d/])(12|24|36|48)v\b", folded)
            return {
                "technology": "pwm" if "pwm" in folded else "mppt" if "mppt" in folded else None,
                "rated_current_a": _number(part.amps),
                "system_voltage_v": int(volts[1]) if volts and not re.search(r"\d/" + volts[1], folded) else None,
            }
        case "cabos":
            return _cable(folded, part.kind.purpose)
        case "estruturas":
            modules = re.search(r"(\d+) ?modulos", folded)
            roof = roof_of(part.name)
            return {
                "roof_type": roof if roof != "WITHOUT_STRUCTURE" else None,
                "module_count": int(modules[1]) if modules else None,
                "material": "aluminium" if "aluminio" in folded else None,
            }
        case "stringboxes":
            ways = re.search(r"(\d+) ?(?:e|in|entradas?)\b ?[/x-]? ?(\d+) ?(?:s|out|saidas?)\b|(\d+) ?[ex](\d+) ?s?\b", folded)
            volts = re.search(r"(\d{3,4}) ?v(?:dc|cc)?\b|(\d{4})dc", folded)
            counts = [int(group) for group in ways.groups() if group] if ways else []
            return {
                "string_inputs": counts[0] if counts else None,
                "outputs": counts[1] if len(counts) > 1 else None,
                "max_dc_voltage_v": int(volts[1] or volts[2]) if volts else None,
            }
        case "carregadores":
            return {
                "power_kw": _number(part.ac_kw),
                "phases": part.phases,
                "ac_voltage_v": _number(part.volts),
                "plug": "type_2" if re.search(r"tipo 2|type 2|\bt2\b", folded) else "ccs_2" if "ccs" in folded else None,
            }
        case "acessorios":
            return {"purpose": part.kind.purpose or "other"}
    return {}


def _cable(folded: str, purpose: str) -> dict[str, object]:
    section = re.search(r"(\d+(?:[.,]\d+)?) ?mm", folded)
    roll = re.search(r"rolo (?:de |c/ ?)?(\d+) ?m", folded)
    volts = re.search(r"(\d(?:[.,]\d)?) ?kv\b", folded)
    colours = {"vermelh": "red", "pret": "black", "azul": "blue", "verde": "green", "branc": "white", "cinza": "grey"}
    return {
        "purpose": purpose or "dc_solar",
        "section_mm2": float(section[1].replace(",", ".")) if section else None,
        "colour": next((colour for word, colour in colours.items() if word in folded), None),
        "length_m": int(roll[1]) if roll else None,
        "rated_voltage_v": float(volts[1].replace(",", ".")) * 1000 if volts else None,
    }


def _number(value: Decimal | None) -> int | float | None:
    return None if value is None else trimmed(value)


def _measure(pattern: str, folded: str) -> float | None:
    match = re.search(pattern, folded)
    return float(match[1].replace(",", ".")) if match else None
