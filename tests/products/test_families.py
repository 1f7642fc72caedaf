"""The declared attributes of each category, and what is held against them."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from products.choices import ProductCategory, RoofType
from products.models import Product, SolarKit
from products.rules.families import FAMILIES, Attribute, Kind, missing_attributes, violations
from products.rules.regions import STATES, regional_adjustment_faults
from products.violations import message_of, range_of
from tests.factories.products import PANEL

ATTRIBUTES = [(category, attribute) for category, family in FAMILIES.items() for attribute in family.values()]


def values_of(attribute: Attribute) -> st.SearchStrategy[Any]:
    """Values the attribute takes."""
    match attribute.kind:
        case Kind.BOOLEAN:
            return st.booleans()
        case Kind.TEXT:
            return st.text()
        case Kind.CHOICE:
            return st.sampled_from(attribute.choices)
        case Kind.INTEGER:
            return st.integers(int(attribute.low), int(attribute.high))
    return st.floats(attribute.low, attribute.high)


def codes(category: str, specifications: Any) -> list[str]:
    return [violation.code for violation in violations(category, specifications)]


# --- the declaration itself
def test_every_category_has_a_family():
    assert set(FAMILIES) == set(ProductCategory.values)


@pytest.mark.parametrize(("category", "attribute"), ATTRIBUTES, ids=lambda value: getattr(value, "name", value))
def test_an_attribute_is_declared_completely(category, attribute):
    ranged = attribute.kind in {Kind.NUMBER, Kind.INTEGER}
    assert (attribute.low is not None and attribute.high is not None) is ranged
    assert not ranged or attribute.low < attribute.high
    assert bool(attribute.choices) is (attribute.kind is Kind.CHOICE)
    assert attribute.name.isidentifier()
    assert attribute.name == attribute.name.lower()
    assert range_of(attribute)


def test_every_family_says_what_makes_it_complete():
    for category, family in FAMILIES.items():
        assert any(attribute.essential for attribute in family.values()), category


def test_structures_stand_on_the_roofs_kits_are_made_for():
    assert set(FAMILIES["estruturas"]["roof_type"].choices) == set(RoofType.values) - {RoofType.WITHOUT_STRUCTURE}


# --- violations
@given(st.data())
def test_values_in_range_are_never_refused(data):
    category, attribute = data.draw(st.sampled_from(ATTRIBUTES))
    assert violations(category, {attribute.name: data.draw(values_of(attribute))}) == []


@given(st.data())
def test_values_out_of_range_always_are(data):
    ranged = [(category, attribute) for category, attribute in ATTRIBUTES if attribute.kind is Kind.NUMBER]
    category, attribute = data.draw(st.sampled_from(ranged))
    below = st.floats(max_value=attribute.low, exclude_max=True, allow_nan=False)
    above = st.floats(min_value=attribute.high, exclude_min=True, allow_nan=False)
    value = data.draw(st.one_of(below, above, st.just(float("nan"))))
    assert codes(category, {attribute.name: value}) == ["out_of_range"]


@pytest.mark.parametrize(
    ("specifications", "expected"),
    [
        ({}, []),
        (PANEL, []),
        ({"power_wp": 5}, []),
        ({"power_wp": 1000}, []),
        ({"power_wp": 4.99}, ["out_of_range"]),
        ({"power_wp": 1000.01}, ["out_of_range"]),
        ({"power_wp": "610"}, ["wrong_type"]),
        ({"power_wp": True}, ["wrong_type"]),
        ({"power_wp": None}, ["wrong_type"]),
        ({"cell_count": 144.5}, ["wrong_type"]),
        ({"cell_count": 144}, []),
        ({"bifacial": 1}, ["wrong_type"]),
        ({"cell_technology": "TOPCon"}, ["not_a_choice"]),
        ({"cell_technology": ["hjt"]}, ["not_a_choice"]),
        ({"temp_coeff_voc_pct_per_c": 0.25}, ["out_of_range"]),
        ({"ac_power_kw": 5}, ["unknown_attribute"]),
        ({"power_wp": 0, "voltage": 1}, ["out_of_range", "unknown_attribute"]),
        ([], ["not_an_object"]),
        ("610 Wp", ["not_an_object"]),
        (None, ["not_an_object"]),
    ],
)
def test_a_panels_specifications(specifications, expected):
    assert codes("paineis", specifications) == expected


def test_nothing_is_held_against_a_category_without_a_family():
    assert violations("", {"anything": 1}) == []
    assert missing_attributes("", {}) == []


def test_what_is_missing():
    assert missing_attributes("paineis", PANEL) == []
    without = {name: value for name, value in PANEL.items() if name not in {"voc_v", "weight_kg"}}
    assert missing_attributes("paineis", without | {"isc_a": None}) == ["voc_v", "isc_a"]
    assert missing_attributes("controladores", {}) == [
        "technology",
        "rated_current_a",
        "system_voltage_v",
        "max_pv_voltage_v",
        "max_pv_power_w",
    ]


# --- in words
@pytest.mark.parametrize(
    ("specifications", "message"),
    [
        ({"power_wp": 2000}, "power_wp: expected 5 to 1000 Wp, found 2000."),
        ({"power_wp": "610"}, "power_wp: expected a number, found '610'."),
        ({"bifacial": "sim"}, "bifacial: expected true or false, found 'sim'."),
        (
            {"cell_technology": "x"},
            "cell_technology: expected one of mono_perc, n_type_topcon, hjt, ibc, poly, thin_film, found 'x'.",
        ),
        ([1], "Expected an object {attribute: value}, found [1]."),
    ],
)
def test_messages_say_what_was_expected_and_found(specifications, message):
    with translation.override("en"):
        assert [message_of(violation) for violation in violations("paineis", specifications)] == [message]


def test_an_unknown_attribute_is_answered_with_those_there_are():
    with translation.override("en"):
        (message,) = [message_of(violation) for violation in violations("carregadores", {"kw": 7})]
    assert message.startswith("kw: this category has no such attribute; it has: power_kw, ac_voltage_v")


# --- in the models
def test_a_product_is_held_against_its_family():
    product = Product(sku="P-1", name="Painel", category="paineis", specifications={"power_wp": 4, "kw": 1})
    with pytest.raises(ValidationError) as refusal:
        product.clean()
    assert list(refusal.value.message_dict) == ["specifications"]
    assert len(refusal.value.message_dict["specifications"]) == 2


@pytest.mark.parametrize(
    ("adjustments", "faults"),
    [
        ({}, []),
        ({"SP": 0, "AM": 12.5, "RR": -99}, []),
        ({"BR-SP": 1}, ["BR-SP: 1"]),
        ({"sp": 1}, ["sp: 1"]),
        ({"SP": "1"}, ["SP: '1'"]),
        ({"SP": True}, ["SP: True"]),
        ({"SP": -100}, ["SP: -100"]),
        ({"SP": float("nan")}, ["SP: nan"]),
        ({"SP": float("inf")}, ["SP: inf"]),
        ([], ["[]"]),
    ],
)
def test_regional_adjustments(adjustments, faults):
    assert regional_adjustment_faults(adjustments) == faults
    kit = SolarKit(kit_id="K", sku="K", name="K", system_type="ON_GRID", power_kwp="1", regional_adjustments=adjustments)
    if faults:
        with pytest.raises(ValidationError, match=r"percent"):
            kit.clean()
    else:
        kit.clean()


def test_brazil_has_27_states():
    assert len(STATES) == 27
