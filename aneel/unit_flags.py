"""Quality flags a generation unit may carry: oddities of its published row that were normalised or are only noted."""

#: of the technical file, against the unit's own power: such a value is not taken over
TECHNICAL_FLAGS = (
    "technical_array_area",
    "technical_installed_power_x10",
    "technical_inverter_power_x10",
    "technical_module_count",
    "technical_module_power_x10",
)
UNIT_FLAGS = (
    "connection_date_future",
    "connection_date_unknown",
    "consumer_class_unknown",
    "coordinates_filler",
    "coordinates_outside_brazil",
    "coordinates_zero",
    "municipality_other_state",
    "municipality_unknown",
    "power_above_limit",
    "power_zero",
    "size_class_mismatch",
    "source_type_inferred",
    "state_inferred",
    *TECHNICAL_FLAGS,
)
