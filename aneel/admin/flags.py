"""Quality flags in words."""

from collections.abc import Iterable

from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ysh.core.admin import labels

FLAG_LABELS = {
    "connection_date_future": _("connected in the future"),
    "connection_date_unknown": _("connection date unknown"),
    "consumer_class_unknown": _("consumer class unknown"),
    "coordinates_filler": _("filler coordinates"),
    "coordinates_outside_brazil": _("coordinates outside Brazil"),
    "coordinates_zero": _("coordinates at zero"),
    "municipality_other_state": _("municipality of another state"),
    "municipality_unknown": _("municipality unknown"),
    "power_above_limit": _("power above the legal limit"),
    "power_zero": _("zero power"),
    "size_class_mismatch": _("size class does not match the power"),
    "source_type_inferred": _("source inferred"),
    "state_inferred": _("state inferred"),
    "technical_array_area": _("array area does not match the power"),
    "technical_installed_power_x10": _("technical file: installed power off by ten"),
    "technical_inverter_power_x10": _("technical file: inverter power off by ten"),
    "technical_module_count": _("number of modules does not match the power"),
    "technical_module_power_x10": _("technical file: module power off by ten"),
}


def flag_labels(flags: Iterable[str]) -> SafeString | str:
    """Orange labels; a flag without words of its own is shown as it is stored. A dash when there are none."""
    return labels([str(FLAG_LABELS.get(flag, flag)) for flag in flags], "warning") or "–"
