"""What notes and refusals say to people. Codes are stable; the words follow the language."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from pipeline.suppliers.records import Note, Refused

NOTES: Mapping[str, Any] = {
    "alias_learnt": _("%(spelling)s is taken for %(name)s from now on, as it was corrected in the catalogue."),
    "battery_without_hybrid": _("A battery with an inverter that is not hybrid: on-grid by its inverter; to be looked at."),
    "category_unknown": _("What %(name)s is could not be told: filed under accessories."),
    "count_from_power": _("The list does not count the panels: %(declared)s kWp make %(count)s of %(part)s."),
    "count_open": _("The list does not say how many %(part)s."),
    "curated_kept": _("%(field)s changed in the list, but it was corrected here: kept as %(kept)s, the list says %(listed)s."),
    "dc_ac_high": _("DC/AC ratio of %(ratio)s."),
    "declared_differs": _("The title says %(declared)s kWp, the parts add up to %(computed)s kWp (%(percent)s %%)."),
    "declared_unit": _("The title says %(declared)s kWp, the parts add up to %(computed)s kWp: a wrong unit in the title."),
    "hybrid_off_grid": _("Called hybrid and off-grid: taken as off-grid; to be confirmed."),
    "hybrid_ready": _("A hybrid inverter without a battery: on-grid, ready for one."),
    "inputs_short": _("%(panels)s panels for microinverters with %(inputs)s inputs."),
    "listed_twice": _("Listed more than once: the last listing is taken."),
    "new_manufacturer": _("New manufacturer: %(name)s."),
    "no_inverter": _("No inverter among the parts."),
    "not_a_brand": _("%(found)s is no brand."),
    "not_in_catalogue": _("A data sheet for an article the catalogue does not have."),
    "part_twice": _("%(part)s stands on several lines: added up."),
    "part_unclear": _("Not understood: %(text)s."),
    "power_from_code": _("Power read from the model code: %(name)s."),
    "price_conflict": _("Two prices in the same list: %(before)s, then %(after)s; the last one is in force."),
    "price_from_wp": _("Price from R$/Wp: %(price)s for %(power)s Wp."),
    "price_gone": _("The list no longer gives a price: %(kept)s is kept as the last one known."),
    "price_open": _("No price taken from %(found)s: instalments, a range or an amount per Wp leave it open."),
    "price_outlier": _("%(price)s is far from what comparable articles cost."),
    "price_per_wp_odd": _("R$ %(ratio)s per Wp."),
    "value_left_out": _("%(attribute)s: %(found)s is left out (expected %(expected)s)."),
}

REASONS: Mapping[str, Any] = {
    "bad_price": _("Expected a price such as R$ 1.234,56, found %(value)s."),
    "bad_quantity": _("Expected a count of at least 1, found %(value)s."),
    "count_not_whole": _("%(declared)s kWp is no whole number of panels of %(power)s Wp (%(value)s)."),
    "curator": _("Left out by the curator."),
    "no_name": _("The record has no name."),
    "no_panels": _("No solar panel could be found among the parts: %(value)s."),
    "out_of_range": _("%(column)s: %(value)s is impossible (expected %(expected)s)."),
    "panel_count_unknown": _("How many panels is not stated: %(value)s."),
    "panel_power_unknown": _("The panel's Wp is not known: %(value)s. Import the supplier's product list too."),
    "total_row": _("A total, no article: %(value)s."),
    "test_row": _("A test record: %(value)s."),
}


def message_of_note(note: Note) -> str:
    """The sentence of a note, in the active language."""
    return str(NOTES[note.code]) % note.params if note.params else str(NOTES[note.code])


def message_of_refusal(refused: Refused) -> str:
    """What was expected and what was found, in the active language."""
    return str(REASONS[refused.reason]) % {"value": refused.value, "column": refused.column, **refused.params}
