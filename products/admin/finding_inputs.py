"""What a finding was computed from, as people read it: each value with its unit, its product and where it came from."""

from dataclasses import dataclass

from products.attribute_labels import choice_label
from products.finding_messages import input_label, value_text
from products.finding_words import source_text
from products.models import KitCheck


@dataclass(frozen=True, slots=True)
class InputLine:
    """One value a rule used, or looked for in vain (a dash)."""

    label: str
    value: str
    product: str
    source: str


def input_lines(check: KitCheck) -> list[InputLine]:
    """The finding's inputs in the active language, in the order in which the rule asked for them; no queries."""
    lines = []
    for name, given in check.inputs.items():
        value, unit = given.get("value"), given.get("unit", "")
        text = value_text(choice_label(value) if isinstance(value, str) else value)
        label = input_label(name.partition(" ")[0])  # the product is told beside it
        lines.append(
            InputLine(
                label, f"{text}\u00a0{unit}" if unit else text, given.get("product", ""), source_text(given.get("source", ""))
            )
        )
    return lines
