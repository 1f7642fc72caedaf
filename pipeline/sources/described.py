"""What the description of a registration states in words: kind of equipment, power, efficiency, input voltage. Pure.

Nothing is guessed: a text that states two powers states none.
"""

import re

from pipeline.sources.kinds import fold

# Where an export does not say the kind, its description mostly does: the first word found decides.
_IN_WORDS = (
    ("microinversor", "microinversor"),
    ("micro inversor", "microinversor"),
    ("hibrid", "inversor híbrido"),
    ("com suporte a bateria", "inversor híbrido"),
    ("com bateria", "inversor híbrido"),
    ("off grid", "inversor off-grid"),
    ("off-grid", "inversor off-grid"),
    ("nao conectado", "inversor off-grid"),
    ("controlador", "controlador de carga"),
    ("inversor", "inversor on-grid"),
    ("modulo", "módulo"),
    ("painel", "módulo"),
    ("bateria", "bateria"),
)
_POWER = re.compile(r"(?<![\d.,])(\d{1,6}(?:[.,]\d{1,3})?)\s*(kW|W)p?(?![a-zA-Z/])", re.IGNORECASE)
# 98,7% of an inverter, 21.3 % of a module
_EFFICIENCY = re.compile(r"(?<![\d.,])(\d{2}(?:[.,]\d{1,2})?)\s*%")
# 200V~700V, 175~425V, 200 a 850 V
_VOLTAGES = re.compile(r"(?<![\d.,])(\d{2,4})\s*V?(?:cc|dc)?\s*(?:~|-|–|a|até)\s*(\d{2,4})\s*V(?![a-z]*a)", re.IGNORECASE)


def described_power_w(text: str | None) -> float | None:
    """The one power a description states, in W; None where it states none or several.

    In `TRIFÁSICO 40 kW` it is 40,000; kWh and W/m² are not powers; `1.500 W` has a thousands dot, `1.5 kW` has not.
    """
    found = set()
    for number, unit in _POWER.findall(text or ""):
        kilo = unit.lower() == "kw"
        grouped = not kilo and re.fullmatch(r"\d{1,3}[.]\d{3}", number)
        value = float(number.replace(".", "") if grouped else number.replace(",", "."))
        found.add(value * 1000 if kilo else value)
    return found.pop() if len(found) == 1 else None


def described_equipment(text: str | None) -> str:
    """The kind of equipment a description names; empty where it names none."""
    folded = fold(text or "")
    return next((kind for word, kind in _IN_WORDS if word in folded), "")


def described_efficiency(text: str | None) -> float | None:
    """The one efficiency a description states, in percent; None where it states none or several."""
    found = {float(number.replace(",", ".")) for number in _EFFICIENCY.findall(text or "")}
    return found.pop() if len(found) == 1 else None


def described_input_voltage(text: str | None) -> tuple[float | None, float | None]:
    """The one range of volts a description states; (None, None) where it states none or several."""
    found = {(float(low), float(high)) for low, high in _VOLTAGES.findall(text or "") if float(low) < float(high)}
    return found.pop() if len(found) == 1 else (None, None)
