"""Kits checked in the database: what is stored, what is written again, what goes out of date."""

import pytest

from products.actions.checks import check_kits, mark_stale
from products.choices import CheckState
from products.models import KitCheck, SolarKit
from tests.factories.products import InverterFactory, KitComponentFactory, ProductFactory, SolarKitFactory

pytestmark = pytest.mark.django_db

INVERTER = {
    "topology": "string",
    "ac_power_kw": 5,
    "phases": 1,
    "ac_voltage_v": 220,
    "max_dc_power_kw": 7.5,
    "max_dc_voltage_v": 600,
    "mppt_min_v": 90,
    "mppt_max_v": 550,
    "start_voltage_v": 120,
    "mppt_count": 1,
    "inputs_per_mppt": 1,
    "max_current_per_mppt_a": 16,
    "max_short_circuit_current_per_mppt_a": 20,
    "short_circuit_factor_included": False,
    "afci": True,
}


def a_kit(modules: int = 10, **inverter: object) -> SolarKit:
    kit = SolarKitFactory()
    KitComponentFactory(kit=kit, quantity=modules, display_order=1)
    specifications = {name: value for name, value in (INVERTER | inverter).items() if value is not None}
    KitComponentFactory(
        kit=kit, product=InverterFactory(specifications=specifications), component_type="INVERTER", quantity=1, display_order=2
    )
    return kit


def outcome(kit: SolarKit, rule: str) -> str:
    return KitCheck.objects.get(kit=kit, rule_id=rule).outcome


def test_findings_are_stored_with_numbers_inputs_and_words():
    kit = a_kit(modules=14)
    report = check_kits([kit.pk])
    finding = KitCheck.objects.get(kit=kit, rule_id="R01")
    assert (finding.outcome, finding.unit, finding.limit) == ("FAIL", "V", 600)
    assert float(finding.value) == pytest.approx(14 * 48.2 * 1.0625)
    assert finding.inputs["voc_v"]["value"] == 48.2
    assert "no máximo 11" in finding.message
    kit.refresh_from_db()
    assert (kit.check_state, report.checked, report.by_state) == (CheckState.FAIL, 1, {"FAIL": 1})


def test_the_same_again_writes_nothing():
    kits = [a_kit().pk for _ in range(3)]
    first = check_kits(kits)
    again = check_kits(kits)
    assert first.inserted > 0
    assert (again.inserted, again.updated, again.deleted) == (0, 0, 0)
    assert again.states == first.states


def test_a_changed_part_makes_its_kits_out_of_date():
    kit, other = a_kit(), a_kit()
    check_kits()
    panel = kit.components.get(component_type="PANEL").product
    panel.specifications = panel.specifications | {"voc_v": 60.0}
    panel.save()
    states = dict(SolarKit.objects.values_list("pk", "check_state"))
    assert states[kit.pk] == CheckState.STALE
    assert states[other.pk] != CheckState.STALE


def test_marking_by_product():
    kit = a_kit()
    check_kits()
    assert mark_stale(product_ids=[kit.components.get(component_type="PANEL").product_id]) == 1
    assert mark_stale(kit_ids=[kit.pk]) == 0
    assert mark_stale(product_ids=[ProductFactory().pk]) == 0
