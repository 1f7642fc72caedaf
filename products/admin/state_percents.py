"""The form field of a kit's price adjustments: one box a state, in percent."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import get_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.widgets import INPUT_CLASSES

from products.rules.regions import STATES, regional_adjustment_faults

_BEYOND = 100_000  # percent; a slip of the keyboard


class StatePercentsInput(forms.Widget):
    """A box for each state, named `<field>_<state>`; an empty one says nothing of its state."""

    use_fieldset = True

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        values = value if isinstance(value, Mapping) else {}
        boxes = (
            (
                state,
                f"{name}_{state}",
                f"id_{name}_{state}",
                _shown(values.get(state)),
                " ".join(each for each in INPUT_CLASSES if each not in {"max-w-2xl", "w-full"}),
            )
            for state in sorted(STATES | set(map(str, values)))
        )
        return format_html(
            '<div class="ysh-percents" role="group" id="id_{}">{}</div>',
            name,
            format_html_join(
                "",
                '<label><span>{}</span><input type="text" inputmode="decimal" name="{}" id="{}" value="{}" class="{}" '
                'maxlength="12" autocomplete="off"><span aria-hidden="true">%</span></label>',
                boxes,
            ),
        )

    def id_for_label(self, id_: str, index: Any = None) -> str:
        return f"{id_}_{min(STATES)}" if id_ else ""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> dict[str, str]:
        """State -> what was typed, of the boxes that are not empty."""
        given = {key.removeprefix(f"{name}_"): str(data.get(key) or "").strip() for key in data if key.startswith(f"{name}_")}
        return {state: text for state, text in given.items() if text}

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return not any(key.startswith(f"{name}_") for key in data)


class StatePercentsField(forms.Field):
    """{"SP": 0, "AM": 12.5} as boxes; takes what a form field of JSON takes.

    Raises:
        ValidationError: on cleaning, naming each state whose box holds no percentage above -100.
    """

    widget = StatePercentsInput

    def __init__(self, *, encoder: Any = None, decoder: Any = None, **kwargs: Any) -> None:
        kwargs["help_text"] = _(
            "Percent of the price by state, e.g. 12,5 where it is dearer, -5 where it is cheaper, 0 where it is sold as it is; "
            "empty says nothing of the state."
        )
        kwargs["show_hidden_initial"] = False  # asked for where a default is a callable; the boxes are compared with the row
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> dict[str, float]:
        found = {state: _number(text) for state, text in (value or {}).items()}
        if any(regional_adjustment_faults({state: number}) for state, number in found.items()):
            faults = [
                f"{state}: {value[state]}" for state, number in found.items() if regional_adjustment_faults({state: number})
            ]
            raise ValidationError(
                _("Expected a percentage above -100 by state (two letters); found: %(faults)s"),
                params={"faults": ", ".join(faults)},
            )
        return {state: number for state, number in found.items() if number is not None}

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return self.to_python(data) != (initial or {})
        except ValidationError:
            return True


def _number(text: Any) -> int | float | None:
    """A percentage as typed ("12,5", "12.5 %"); None for what is none."""
    try:
        number = Decimal(str(text).strip().removesuffix("%").strip().replace(",", ".").replace("\u2212", "-"))
        if not abs(number) < _BEYOND:
            return None
        return int(number) if number == number.to_integral_value() else float(number)
    except (InvalidOperation, ValueError, OverflowError):
        return None


def _shown(value: Any) -> str:
    """A stored number as people of the language type it; what was typed as it was."""
    if isinstance(value, int | float):
        return str(value).replace(".", get_format("DECIMAL_SEPARATOR"))
    return "" if value is None else str(value)
