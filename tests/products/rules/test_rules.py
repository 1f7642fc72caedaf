"""Every rule: it passes on a sound kit, says what is wrong with an unsound one, and never passes without its inputs."""

from dataclasses import replace
from datetime import timedelta

import hypothesis
import pytest
from hypothesis import settings
from hypothesis import strategies as st

from products.rules.engine import ENGINE_VERSION, all_rules, articles_of, check_article, check_kit
from products.rules.findings import Finding, Outcome, Severity, state_of
from products.rules.kit_facts import Kit, Part, Registration
from tests.products import kits
from tests.products.kits import INVERTER, MICRO, PANEL, TODAY, part, string_kit


def found(kit: Kit, **site: float) -> dict[str, Finding]:
    """Findings by rule; the worst one where a rule has several."""
    case = kits.case(kit, **site)
    everything = check_kit(case) + [finding for article in articles_of(case) for finding in check_article(article, case)]
    order = [Outcome.PASS, Outcome.UNKNOWN, Outcome.WARN, Outcome.FAIL]
    worst: dict[str, Finding] = {}
    for finding in everything:
        known = worst.get(finding.rule_id)
        if known is None or order.index(finding.outcome) > order.index(known.outcome):
            worst[finding.rule_id] = finding
    return worst


# --- numbers
def test_a_string_kit_with_every_value_passes_everything():
    answers = found(string_kit(12))
    assert {rule: finding.outcome for rule, finding in answers.items() if finding.outcome is not Outcome.PASS} == {}
    assert {
        "R01",
        "R02",
        "R03",
        "R04",
        "R05",
        "R06",
        "R07",
        "R08",
        "R09",
        "R10",
        "R11",
        "R12",
        "R12b",
        "R14",
        "R15",
        "R16",
        "R19",
    } <= set(answers)


def test_fourteen_modules_fail_at_zero_degrees_and_twelve_pass():
    long, right = found(string_kit(14)), found(string_kit(12))
    cold = long["R01"]
    assert (cold.outcome, round(cold.value, 2), cold.limit, cold.unit) == (Outcome.FAIL, 692.19, 600, "V")
    assert cold.margin_percent == pytest.approx(-15.37, abs=0.01)
    assert cold.fix.params == {"most": 12}
    assert long["R10"].fix.params == {"nearest": [12]}
    assert right["R01"].outcome is right["R10"].outcome is Outcome.PASS
    assert {given.name: given.value for given in cold.inputs} == {
        "min_temperature_c": 0.0, "modules_in_series": 14, "max_dc_voltage_v": 600, "voc_v": 46.1, "temp_coeff_voc_pct_per_c": -0.29,
    }  # fmt: skip


def test_twenty_modules_of_the_second_example():
    panel = PANEL | {"voc_v": 49.83, "vmp_v": 41.8, "temp_coeff_voc_pct_per_c": -0.22}
    inverter = INVERTER | {"max_dc_voltage_v": 1000, "mppt_max_v": 950}
    cold = found(string_kit(20, panel, inverter))["R01"]
    assert (cold.outcome, round(cold.value), cold.fix.params) == (Outcome.FAIL, 1051, {"most": 19})
    assert found(string_kit(19, panel, inverter))["R01"].outcome is Outcome.PASS


def test_a_cold_site_fails_what_a_mild_one_passes():
    assert found(string_kit(12), min_ambient_c=0)["R01"].outcome is Outcome.PASS
    assert found(string_kit(12), min_ambient_c=-5)["R01"].outcome is Outcome.FAIL
    assert "R01b" not in found(string_kit(12))
    assert found(string_kit(12, sold_in=frozenset({"SC"})))["R01b"].outcome is Outcome.WARN


def test_without_coefficient_the_table_never_passes():
    panel = {name: value for name, value in PANEL.items() if name != "temp_coeff_voc_pct_per_c"}
    short, long = found(string_kit(11, panel))["R01"], found(string_kit(12, panel))["R01"]
    assert (short.outcome, short.message.code, round(short.value, 2)) == (Outcome.WARN, "cold_voc_by_table", 557.81)
    assert long.outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("change", "rule", "outcome", "value"),
    [
        ({"mppt_min_v": 450}, "R04", Outcome.FAIL, 390.25),
        ({"mppt_min_v": 380}, "R04", Outcome.WARN, 390.25),
        ({"mppt_full_load_min_v": 420}, "R04", Outcome.WARN, 390.25),
        ({"mppt_max_v": 480}, "R05", Outcome.WARN, 503.73),
        ({"start_voltage_v": 450}, "R06", Outcome.FAIL, 390.25),
        ({"max_current_per_mppt_a": 13}, "R07", Outcome.WARN, 14.54),
        ({"max_short_circuit_current_per_mppt_a": 16}, "R08", Outcome.FAIL, 18.88),
        ({"max_short_circuit_current_per_mppt_a": 16, "short_circuit_factor_included": True}, "R08", Outcome.PASS, 15.1),
        ({"max_dc_power_kw": 6.5}, "R12b", Outcome.FAIL, 6.6),
        ({"ac_power_kw": 10}, "R12", Outcome.WARN, 0.66),
        ({"ac_power_kw": 3}, "R12", Outcome.WARN, 2.2),
        ({"ac_voltage_v": 380, "phases": 3}, "R14", Outcome.FAIL, 7.6),
        ({"afci": False}, "R20", Outcome.WARN, None),
        ({"dc_switch": False}, "R16", Outcome.FAIL, None),
        ({"ac_power_kw": 76}, "R22", Outcome.PASS, 76),
        ({"standards": "ABNT NBR 16149"}, "R24", Outcome.WARN, None),
    ],
)  # fmt: skip
def test_an_inverter_that_does_not_fit(change, rule, outcome, value):
    finding = found(string_kit(12, inverter=INVERTER | change))[rule]
    assert finding.outcome is outcome
    if value is not None:
        assert finding.value == pytest.approx(value, abs=0.01)


def test_eight_strings_need_fuses():
    inverter = INVERTER | {
        "inputs_per_mppt": 4,
        "max_short_circuit_current_per_mppt_a": 100,
        "max_dc_power_kw": 30,
        "ac_power_kw": 25,
    }
    bare = found(string_kit(48, inverter=inverter))["R11"]
    assert (bare.outcome, bare.value, bare.limit) == (Outcome.FAIL, pytest.approx(45.3), 30)
    boxed = replace(
        string_kit(48, inverter=inverter), parts=(*string_kit(48, inverter=inverter).parts, part("STRING_BOX", 1, kits.BOX))
    )
    assert found(boxed)["R11"].outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("device", "rating", "outcome", "code"),
    [
        ("gpv_fuse", 25, "PASS", "fuse_ok"), ("dc_breaker", 25, "PASS", "fuse_ok"), ("dc_breaker", 20, "WARN", "fuse_rating"),
        ("ac_breaker", 25, "FAIL", "breaker_of_ac"), (None, 25, "PASS", "fuse_ok"), ("dc_breaker", None, "UNKNOWN", "missing_data"),
    ],
)  # fmt: skip
def test_what_protects_eight_strings(device, rating, outcome, code):
    inverter = INVERTER | {
        "inputs_per_mppt": 4,
        "max_short_circuit_current_per_mppt_a": 100,
        "max_dc_power_kw": 30,
        "ac_power_kw": 25,
    }
    box = part("STRING_BOX", 1, kits.BOX | {"overcurrent_device": device, "fuse_rating_a": rating})
    kit = string_kit(48, inverter=inverter)
    finding = found(replace(kit, parts=(*kit.parts, box)))["R11"]
    assert (finding.outcome, finding.message.code) == (outcome, code)


def test_an_ac_breaker_may_not_stand_on_the_dc_side_even_where_none_is_needed():
    kit = string_kit(12)
    box = part("STRING_BOX", 1, kits.BOX | {"overcurrent_device": "ac_breaker"})
    assert found(replace(kit, parts=(*kit.parts, box)))["R11"].outcome is Outcome.FAIL


BIFACIAL = PANEL | {"bifacial": True, "bifaciality_percent": 10 / 0.135}  # 10 % more current, as published


@pytest.mark.parametrize(
    ("change", "limit", "outcome", "value"),
    [
        ({}, 20, "WARN", 15.1 * 1.375), ({}, 21, "PASS", 15.1 * 1.375), ({"bifaciality_percent": None}, 50, "UNKNOWN", None),
        ({"bifacial": None}, 50, "UNKNOWN", None), ({"bifaciality_percent": 0}, 20, "PASS", 15.1 * 1.25),
    ],
)  # fmt: skip
def test_the_light_behind_a_bifacial_module(change, limit, outcome, value):
    limits = {"max_short_circuit_current_per_mppt_a": limit}
    on_strings = found(string_kit(12, BIFACIAL | change, INVERTER | limits))["R08b"]
    on_micros = found(kits.micro_kit(panel=BIFACIAL | change, **limits))["R13f"]
    for finding in (on_strings, on_micros):
        assert finding.outcome == outcome
        assert finding.value == (None if value is None else pytest.approx(value))
    assert "R08b" not in found(string_kit(12))
    assert "R13f" not in found(kits.micro_kit())


@settings(max_examples=60, deadline=None)
@hypothesis.given(st.floats(0, 100), st.floats(0, 100), st.floats(15, 40))
def test_more_light_behind_is_never_safer(one, other, limit):
    low, high = (
        found(string_kit(12, PANEL | {"bifacial": True, "bifaciality_percent": bifaciality}, INVERTER | {"max_short_circuit_current_per_mppt_a": limit}))
        for bifaciality in sorted((one, other))
    )  # fmt: skip
    assert low["R08"].value - 1e-9 <= low["R08b"].value <= high["R08b"].value
    if low["R08b"].outcome is Outcome.WARN:
        assert high["R08b"].outcome is Outcome.WARN


@pytest.mark.parametrize(
    ("kilowatts", "outcome", "code"),
    [(9, "WARN", "ratio_low"), (8, "PASS", "ratio_lowish"), (7.4, "PASS", "ratio_lowish"), (7.3, "PASS", "ratio_ok"),
     (4.9, "PASS", "ratio_ok"), (4.8, "WARN", "ratio_high"), (3.8, "WARN", "ratio_very_high")],
)  # fmt: skip
def test_the_band_of_the_sizing_factor(kilowatts, outcome, code):
    finding = found(string_kit(12, inverter=INVERTER | {"ac_power_kw": kilowatts}))["R12"]
    assert (finding.outcome, finding.message.code) == (outcome, code)
    assert (finding.margin_percent >= 0) == (outcome == "PASS")


@pytest.mark.parametrize(
    ("grid", "kilowatts", "outcome"),
    [("MONO_220", 10, "PASS"), ("MONO_220", 10.5, "WARN"), ("MONO_127", None, "UNKNOWN"), ("BI_220", 12, None), ("TRI_220", 12, None), (None, 5, None)],
)  # fmt: skip
def test_power_on_one_phase(grid, kilowatts, outcome):
    answers = found(string_kit(12, inverter=INVERTER | {"ac_power_kw": kilowatts}, voltage_phase=grid))
    assert (answers["R14b"].outcome if "R14b" in answers else None) == outcome


@pytest.mark.parametrize(
    ("ends", "mids", "outcome", "rows"),
    [
        (8, 16, "PASS", 2),
        (8, 15, "WARN", 2),
        (4, 18, "PASS", 1),
        (4, 16, "WARN", 1),
        (3, 18, "WARN", 1),
        (40, 0, "PASS", 10),
        (0, 20, "WARN", 1),
    ],
)
def test_clamps_of_ten_modules(ends, mids, outcome, rows):
    kit = string_kit(10)
    finding = found(replace(kit, parts=(*kit.parts, *kits.clamps(ends, mids))))["R15d"]
    assert (finding.outcome, finding.message.params["rows"]) == (outcome, rows)
    assert "R15d" not in found(kit)


def test_two_modules_on_two_microinverters_of_four_inputs():
    answers = found(kits.micro_kit(2, 2))
    assert (answers["R13"].outcome, answers["R13"].message.params["unused"]) == (Outcome.WARN, 6)
    assert answers["R12"].outcome is Outcome.WARN
    assert "R16" not in answers  # no DC string box for microinverters
    assert "R01" not in answers


@pytest.mark.parametrize(
    ("modules", "units", "outcome"), [(4, 1, "PASS"), (3, 1, "PASS"), (5, 1, "FAIL"), (8, 2, "PASS"), (4, None, "UNKNOWN")]
)
def test_microinverter_inputs(modules, units, outcome):
    assert found(kits.micro_kit(modules, units))["R13"].outcome == outcome


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"max_dc_voltage_v": 48}, "R13a"),
        ({"max_short_circuit_current_per_mppt_a": 18}, "R13b"),
        ({"max_module_power_wp": 500}, "R13c"),
    ],
)
def test_a_module_that_does_not_fit_a_microinverter(change, rule):
    assert found(kits.micro_kit(**change))[rule].outcome is Outcome.FAIL


@pytest.mark.parametrize(
    ("grid", "phases", "volts", "outcome"),
    [
        ("MONO_220", 1, 220, "PASS"), ("MONO_220", 1, 230, "PASS"), ("MONO_127", 1, 220, "FAIL"), ("BI_220", 1, 220, "PASS"),
        ("TRI_220", 1, 220, "PASS"), ("TRI_380", 1, 220, "PASS"), ("TRI_220", 3, 380, "FAIL"), ("TRI_380", 3, 380, "PASS"),
        ("TRI_380", 3, 220, "FAIL"), ("MONO_220", 3, 380, "FAIL"), (None, 1, 220, "UNKNOWN"),
    ],
)  # fmt: skip
def test_grids(grid, phases, volts, outcome):
    kit = string_kit(12, inverter=INVERTER | {"phases": phases, "ac_voltage_v": volts}, voltage_phase=grid)
    assert found(kit)["R14"].outcome == outcome


def test_a_transformer_joins_380_volts_to_a_220_volt_grid():
    kit = string_kit(12, inverter=INVERTER | {"phases": 3, "ac_voltage_v": 380}, voltage_phase="TRI_220")
    assert (
        found(replace(kit, parts=(*kit.parts, part("TRANSFORMER", 1, {"purpose": "transformer"}))))["R14"].outcome is Outcome.PASS
    )


@pytest.mark.parametrize(
    ("registration", "outcome", "code"),
    [
        (None, "UNKNOWN", "missing_data"),
        (Registration("IEC", "1", "ACTIVE"), "UNKNOWN", "missing_data"),
        (Registration("INMETRO", "1", "ACTIVE"), "PASS", "inmetro_ok"),
        (Registration("INMETRO", "1", "ACTIVE", TODAY), "WARN", "inmetro_ending"),
        (Registration("INMETRO", "1", "ACTIVE", TODAY + timedelta(days=60)), "WARN", "inmetro_ending"),
        (Registration("INMETRO", "1", "ACTIVE", TODAY + timedelta(days=61)), "PASS", "inmetro_ok"),
        (Registration("INMETRO", "1", "ACTIVE", TODAY - timedelta(days=1)), "FAIL", "inmetro_ended"),
        (Registration("INMETRO", "1", "REVOKED"), "FAIL", "inmetro_withdrawn"),
        (Registration("INMETRO", "1", "SUSPENDED"), "FAIL", "inmetro_withdrawn"),
        (Registration("INMETRO", "1", "PENDING"), "WARN", "inmetro_pending"),
        (Registration("INMETRO", "1", "ACTIVE", model="OTHER-1"), "WARN", "inmetro_other_model"),
        (Registration("INMETRO", "1", "ACTIVE", model="dm 550-m / b"), "PASS", "inmetro_ok"),
    ],
)
def test_inmetro(registration, outcome, code):
    panel = part("PANEL", 12, PANEL, registration=registration, model="DM550M")
    finding = next(f for f in check_article(panel.article, kits.case(kits.kit(panel))) if f.rule_id == "R19")
    assert (finding.outcome, finding.message.code) == (outcome, code)


def test_an_inverter_above_75_kw_needs_no_registration():
    inverter = part("INVERTER", 1, INVERTER | {"ac_power_kw": 100}, registration=None)
    answers = {f.rule_id: f for f in check_article(inverter.article, kits.case(kits.kit(inverter)))}
    assert (answers["R19"].outcome, answers["R19"].message.code) == (Outcome.PASS, "inmetro_out_of_scope")


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"power_wp": 600}, "vmp_imp_over_pmax"), ({"vmp_v": 47}, "voc_over_vmp"), ({"temp_coeff_voc_pct_per_c": -0.13}, "temp_coeff_voc_pct_per_c"),
        ({"temp_coeff_isc_pct_per_c": 0.2}, "temp_coeff_isc_pct_per_c"), ({"efficiency_percent": 23}, "efficiency_percent"), ({"weight_kg": 90}, "weight_kg"),
    ],
)  # fmt: skip
def test_values_that_cannot_be_right(change, what):
    panel = part("PANEL", 12, PANEL | change)
    odd = [f for f in check_article(panel.article, kits.case(kits.kit(panel))) if f.rule_id == "R25"]
    assert {f.outcome for f in odd} == {Outcome.WARN}
    assert what in {f.message.params["what"] for f in odd}


@pytest.mark.parametrize(("declared", "outcome"), [(6.6, "PASS"), (6.42, "PASS"), (6.2, "WARN"), (6600, "WARN")])
def test_the_titles_power(declared, outcome):
    assert found(string_kit(12, declared_power_kwp=declared))["R25k"].outcome == outcome


def test_what_a_bare_list_does_not_name_is_unknown_and_what_a_full_list_lacks_fails():
    bare = kits.kit(part("PANEL", 12, PANEL), part("INVERTER", 1, INVERTER))
    full = replace(bare, parts=(*bare.parts, part("STRUCTURE", 3, kits.STRUCTURE)))
    assert (found(bare)["R16b"].outcome, found(full)["R16b"].outcome) == (Outcome.UNKNOWN, Outcome.FAIL)


def test_batteries():
    answers = found(kits.hybrid_kit())
    assert {answers[rule].outcome for rule in ("R18", "R18a", "R18b", "R18c", "R18d")} == {Outcome.PASS}
    assert answers["R18d"].value == pytest.approx(4.3776)
    high = replace(
        kits.hybrid_kit(), parts=tuple(_changed(p, "BATTERY", nominal_voltage_v=204.8) for p in kits.hybrid_kit().parts)
    )
    assert found(high)["R18a"].outcome is Outcome.WARN  # not confirmed by a clause: warns at most
    plain = kits.kit(part("PANEL", 12, PANEL), part("INVERTER", 1, INVERTER), part("BATTERY", 1, kits.BATTERY))
    assert found(plain)["R18"].message.code == "battery_without_inverter"
    assert found(string_kit(12, system_type="HYBRID"))["R18"].message.code == "battery_ready"


def test_charge_controllers():
    assert found(kits.off_grid_kit())["R18e"].outcome is Outcome.PASS
    assert found(kits.off_grid_kit(max_pv_power_w=1000))["R18e"].outcome is Outcome.WARN
    assert found(kits.off_grid_kit(technology="pwm", rated_current_a=30))["R18e"].outcome is Outcome.WARN
    assert found(kits.off_grid_kit(system_voltage_v=24))["R18g"].outcome is Outcome.WARN
    assert "R22" not in found(kits.off_grid_kit())


# --- what holds for all rules
SAMPLES = {
    "string": string_kit(12, sold_in=frozenset({"RS"}), declared_power_kwp=6.6, sale_brl=9990.0, inverter=INVERTER | {"max_dc_voltage_v": 700}),
    "boxed": replace(string_kit(12), parts=(*string_kit(12).parts, part("STRING_BOX", 1, kits.BOX), *kits.clamps(4, 22))),
    "bifacial": string_kit(12, BIFACIAL, INVERTER | {"max_short_circuit_current_per_mppt_a": 22}),
    "bifacial micro": kits.micro_kit(panel=BIFACIAL),
    "micro": kits.micro_kit(),
    "hybrid": kits.hybrid_kit(),
    "mppt": kits.off_grid_kit(),
    "pwm": kits.off_grid_kit(technology="pwm", rated_current_a=50),
}  # fmt: skip


def _changed(one: Part, role: str, **change: object) -> Part:
    if one.role != role:
        return one
    return replace(one, article=replace(one.article, specifications=one.article.specifications | change))


def _without(kit: Kit, place: int, name: str) -> Kit:
    one = kit.parts[place]
    rest = {key: value for key, value in one.article.specifications.items() if key != name}
    parts = list(kit.parts)
    parts[place] = replace(one, article=replace(one.article, specifications=rest))
    return replace(kit, parts=tuple(parts))


def _passed(kit: Kit) -> dict[tuple[str, str], Finding]:
    case = kits.case(kit)
    everything = check_kit(case) + [finding for article in articles_of(case) for finding in check_article(article, case)]
    return {(f.rule_id, f.subject): f for f in everything if f.outcome is Outcome.PASS}


#: inputs a rule looks at but can do without, and why
DISPENSABLE = {
    ("R25", "weight_kg"): "checked only when it is stated",
    ("R19", "ac_power_kw"): "needed only to say that an inverter is out of scope",
    ("R15d", "pieces"): "one piece unless the product says otherwise",
    ("R16c", "pieces"): "one piece unless the product says otherwise",
}


@pytest.mark.parametrize("name", SAMPLES)
def test_nothing_passes_with_a_missing_input(name):
    """Each attribute a passing finding used is taken away in turn: that finding passes no more."""
    kit, tried = SAMPLES[name], 0
    for (rule, subject), finding in _passed(kit).items():
        for given in finding.inputs:
            assert given.value is not None, (rule, given.name)
            attribute = given.name.split(" ")[0]
            for place, one in enumerate(kit.parts):
                owner = given.sku == one.article.sku and attribute in one.article.specifications
                if not owner or (rule, attribute) in DISPENSABLE or attribute == "short_circuit_factor_included":
                    continue
                tried += 1
                assert (rule, subject) not in _passed(_without(kit, place, attribute)), (rule, attribute)
    assert tried > 5


@pytest.mark.parametrize("field", ["voltage_phase", "price_date", "cost_brl", "roof_type"])
def test_nothing_passes_without_the_kits_own_values(field):
    rule = {"voltage_phase": "R14", "price_date": "R26", "cost_brl": "R26b", "roof_type": "R15b"}[field]
    assert any(passed == rule for passed, _ in _passed(SAMPLES["string"]))
    assert not any(passed == rule for passed, _ in _passed(replace(SAMPLES["string"], **{field: None})))


def test_every_rule_has_been_seen_to_pass_or_is_said_not_to():
    seen = {rule for kit in SAMPLES.values() for rule, _ in _passed(kit)}
    assert {rule.rule_id for rule in all_rules()} - seen == {"R17b"} - seen


def test_an_unconfirmed_rule_never_fails():
    broken = [
        string_kit(40),
        string_kit(1),
        kits.micro_kit(9, 1, max_dc_voltage_v=20),
        kits.kit(
            part("PANEL", 3, PANEL), part("PANEL", 3, PANEL, "P2"), part("INVERTER", 1, INVERTER), part("CABLE", 1, kits.CABLE)
        ),
    ]
    confirmed = {rule.rule_id: rule.confirmed for rule in all_rules()}
    failed = {f.rule_id for kit in broken for f in found(kit).values() if f.outcome is Outcome.FAIL}
    assert failed
    assert all(confirmed[rule] for rule in failed)
    assert all(rule.severity is not Severity.ERROR for rule in all_rules() if not rule.confirmed)


@settings(max_examples=60, deadline=None)
@hypothesis.given(st.integers(1, 40), st.floats(-20, 20), st.floats(0, 15))
def test_colder_is_never_safer(modules, temperature, colder):
    """Once R01 fails at a temperature, it fails below it."""
    if found(string_kit(modules), min_ambient_c=temperature)["R01"].outcome is Outcome.FAIL:
        assert found(string_kit(modules), min_ambient_c=temperature - colder)["R01"].outcome is Outcome.FAIL


@settings(max_examples=60, deadline=None)
@hypothesis.given(st.integers(1, 40), st.integers(0, 10))
def test_more_modules_in_one_string_are_never_safer(modules, more):
    few, many = found(string_kit(modules))["R01"], found(string_kit(modules + more))["R01"]
    assert many.value >= few.value
    if few.outcome is Outcome.FAIL:
        assert many.outcome is Outcome.FAIL


@settings(max_examples=60, deadline=None)
@hypothesis.given(st.integers(1, 40), st.floats(40, 80), st.floats(0, 20))
def test_hotter_is_never_closer_to_the_window(modules, temperature, hotter):
    if found(string_kit(modules), max_cell_c=temperature)["R04"].outcome is Outcome.FAIL:
        assert found(string_kit(modules), max_cell_c=temperature + hotter)["R04"].outcome is Outcome.FAIL


@pytest.mark.parametrize("value", ["46,1", True, None, -5, 4610, [46.1]])
def test_a_value_of_another_type_or_range_counts_as_missing(value):
    assert found(string_kit(12, PANEL | {"voc_v": value}))["R01"].outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("answers", "state"),
    [
        ([], "UNKNOWN"),
        ([("PASS", "ERROR", False)], "PASS"),
        ([("PASS", "ERROR", False), ("UNKNOWN", "INFO", False)], "PASS"),
        ([("PASS", "ERROR", False), ("UNKNOWN", "WARNING", False)], "UNKNOWN"),
        ([("WARN", "WARNING", False), ("UNKNOWN", "WARNING", False)], "WARN"),
        ([("WARN", "WARNING", False), ("UNKNOWN", "ERROR", False)], "UNKNOWN"),
        ([("FAIL", "ERROR", False), ("UNKNOWN", "ERROR", False)], "FAIL"),
        ([("FAIL", "ERROR", True)], "WARN"),
        ([("WARN", "WARNING", True)], "PASS"),
        ([("UNKNOWN", "ERROR", True)], "UNKNOWN"),
    ],
)
def test_a_kits_state(answers, state):
    assert state_of([(Outcome(o), Severity(s), accepted) for o, s, accepted in answers]) == state


def test_the_engines_version_follows_its_rules():
    assert ENGINE_VERSION.startswith("1.")
    assert len(ENGINE_VERSION) <= 30


def test_a_kit_of_nothing_is_unknown():
    assert {f.outcome for f in found(kits.kit(price_date=None)).values()} <= {Outcome.UNKNOWN}
    assert MICRO["topology"] == "micro"
