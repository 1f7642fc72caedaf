"""Answers shared between kits are those each kit gets alone."""

from dataclasses import replace
from datetime import timedelta
from itertools import product
from random import Random
from typing import Any

import pytest

from products.rules.engine import articles_of, check_article, check_kit
from products.rules.findings import Finding
from products.rules.kit_facts import Article, Bands, Kit, Part, Site
from products.rules.sharing import Shared
from tests.products.kits import BATTERY, CONTROLLER, HYBRID, INVERTER, MICRO, PANEL, STRUCTURE, TODAY

CABLE = {"purpose": "dc_solar", "section_mm2": 4, "colour": "red", "rated_current_a": 55}
BOX = {"max_dc_voltage_v": 1000, "surge_protection_voltage_v": 1040, "fuse_rating_a": 25}
# role, category, specifications that may be in a kit
OFFERED: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("PANEL", "paineis", PANEL),
    ("PANEL", "paineis", PANEL | {"voc_v": None, "power_wp": 610}),
    ("INVERTER", "inversores", INVERTER),
    ("INVERTER", "inversores", HYBRID | {"mppt_count": 2}),
    ("INVERTER", "inversores", MICRO),
    ("MICROINVERTER", "inversores", MICRO | {"max_dc_voltage_v": 45}),
    ("BATTERY", "baterias", BATTERY),
    ("CHARGE_CONTROLLER", "controladores", CONTROLLER),
    ("STRUCTURE", "estruturas", STRUCTURE),
    ("STRUCTURE", "estruturas", STRUCTURE | {"roof_type": "METAL", "module_count": None}),
    ("CABLE", "cabos", CABLE),
    ("CABLE", "cabos", CABLE | {"colour": "black", "section_mm2": 6}),
    ("CABLE", "cabos", {"purpose": "trunk"}),
    ("CONNECTOR", "acessorios", {"purpose": "connector", "pieces": 2}),
    ("STRING_BOX", "stringboxes", BOX),
    ("TRANSFORMER", "acessorios", {}),
)
ARTICLES = [
    (role, Article(key, f"SKU-{key}", f"Artigo {key}", category, {n: v for n, v in given.items() if v is not None}))
    for key, (role, category, given) in enumerate(OFFERED)
]


def any_kit(number: int) -> Kit:
    """Mostly kits that make sense, some that do not."""
    draw = Random(number)
    chosen = [draw.choice(ARTICLES[:2]), draw.choice(ARTICLES[2:6]), *draw.sample(ARTICLES, draw.randint(0, 6))]
    parts = tuple(
        Part(role, article, draw.choice([None, 1, 2, 4, 10, 11, 12, 24]), draw.random() < 0.1) for role, article in chosen
    )
    return Kit(
        f"KIT-{number}",
        draw.choice(["ON_GRID", "OFF_GRID", "HYBRID"]),
        parts,
        voltage_phase=draw.choice([None, "MONO_220", "TRI_380"]),
        roof_type=draw.choice([None, "CERAMIC", "METAL", "GROUND", "WITHOUT_STRUCTURE"]),
        power_kwp=draw.choice([None, 5.5]),
        declared_power_kwp=draw.choice([None, 5.5, 6.6]),
        cost_brl=draw.choice([None, 9000.0]),
        sale_brl=draw.choice([None, 8000.0, 12000.0]),
        price_date=draw.choice([None, TODAY, TODAY - timedelta(days=200)]),
        sold_in=draw.choice([frozenset(), frozenset({"RS"}), frozenset({"BA"})]),
    )


def in_order(findings: Any) -> list[str]:
    return sorted(map(repr, findings))


def alone(shared: Shared, kit: Kit) -> list[Finding]:
    case = shared.case(kit)
    return [*check_kit(case), *(finding for article in articles_of(case) for finding in check_article(article, case))]


@pytest.mark.parametrize("site", [Site(), Site(-8.0, 75.0, -8.0, "a cold place")])
def test_shared_answers_are_those_of_each_kit_alone(site):
    shared = Shared(TODAY, site, Bands())
    for number in range(250):
        kit = any_kit(number)
        assert in_order(shared.findings(shared.case(kit))) == in_order(alone(shared, kit)), kit


def test_kits_that_differ_in_price_only_share_every_other_finding():
    shared = Shared(TODAY, Site(), Bands())
    kit = any_kit(1)
    first = list(shared.findings(shared.case(kit)))
    again = list(shared.findings(shared.case(replace(kit, kit_id="OTHER", cost_brl=1.0, price_date=TODAY))))
    assert {one.rule_id for one, other in product(first, again) if one is other} == {one.rule_id for one in first} - {
        "R26",
        "R26b",
        "R13d",
    }


def test_a_product_that_changes_during_a_pass_gets_new_answers():
    shared = Shared(TODAY, Site(), Bands())
    role, panel = ARTICLES[0]
    before, after = (
        Kit("K", "ON_GRID", (Part(role, article, 12), Part("INVERTER", ARTICLES[2][1], 1)))
        for article in (panel, replace(panel, specifications={**PANEL, "voc_v": 60.0}))
    )
    for kit in (before, after, before):
        assert in_order(shared.findings(shared.case(kit))) == in_order(alone(shared, kit))


def test_starting_anew_changes_no_answer():
    forgetful = Shared(TODAY, Site(), Bands(), kept=20)
    for number in range(40):
        kit = any_kit(number % 10)
        assert in_order(forgetful.findings(forgetful.case(kit))) == in_order(alone(forgetful, kit)), kit
