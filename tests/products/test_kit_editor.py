"""The kit's page: totals while typing, findings beside parts, checking again, copies, replacements, comparisons, buttons."""

import json
from decimal import Decimal

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from products.actions.kits import ReplaceRefusedError, duplicate_kit, replace_component
from products.groups import ensure_groups
from products.models import KitCheck, SolarKit
from products.rules.totals import KitTotals, PartFigures, kit_totals, price_per_wp
from tests.factories.products import (
    PANEL,
    InverterFactory,
    KitCheckFactory,
    KitComponentFactory,
    PriceFactory,
    ProductFactory,
    SolarKitFactory,
)

EDITOR_QUERIES = 25


def page(kit) -> str:
    return reverse("admin:products_solarkit_change", args=[kit.pk])


def text_of(response) -> str:
    return response.content.decode().replace("\u00a0", " ")


def panel_part(**changes):
    return PartFigures(**({"role": "PANEL", "quantity": 10, "power_wp": Decimal(610), "unit_price": Decimal("489.90")} | changes))


INVERTER = PartFigures("INVERTER", 2, ac_power_kw=Decimal("2.5"), unit_price=Decimal("1000.00"))


# --- sums (no database)
def test_a_kit_adds_up():
    totals = kit_totals([panel_part(), INVERTER, panel_part(quantity=4, optional=True)])
    assert totals == KitTotals(Decimal("6.1"), Decimal("5.0"), Decimal("6899.00"), None, 0)
    assert totals.dc_ac_ratio == Decimal("1.22")
    assert price_per_wp(Decimal(8900), totals.power_kwp) == Decimal(8900) / 6100


@pytest.mark.parametrize(
    ("part", "field"),
    [
        (panel_part(power_wp=None), "power_kwp"),
        (panel_part(quantity=None), "power_kwp"),
        (panel_part(unit_price=None), "parts_price"),
        (PartFigures("MICROINVERTER", None, ac_power_kw=Decimal(2)), "ac_power_kw"),
    ],
)
def test_a_sum_with_an_unknown_summand_is_unknown(part, field):
    totals = kit_totals([panel_part(), INVERTER, part])
    assert getattr(totals, field) is None
    assert totals.unpriced == (part.unit_price is None or part.quantity is None)


def test_nothing_adds_up_to_unknown():
    assert kit_totals([]) == KitTotals(None, None, None, None, 0)
    assert kit_totals([]).dc_ac_ratio is None
    assert price_per_wp(None, Decimal(1)) is None
    assert price_per_wp(Decimal(1), None) is None


pytestmark = pytest.mark.django_db


@pytest.fixture
def kit():
    return SolarKitFactory(kit_id="KIT-1", with_components=True, kit_cost="8900.00", installation_cost="1000.00")


@pytest.fixture
def as_role(django_user_model):
    ensure_groups(apps)

    def sign_in(role):
        user = django_user_model.objects.create_user(role, is_staff=True)
        user.groups.add(Group.objects.get(name=role))
        client = Client()
        client.force_login(user)
        return client

    return sign_in


# --- the page
def test_the_editor_stays_within_its_queries(superuser_client, kit, django_assert_max_num_queries):
    for order in range(20):
        KitComponentFactory(kit=kit, display_order=order)
        KitCheckFactory(kit=kit)
        PriceFactory(product=None, kit=kit, amount=order)
    superuser_client.get(page(kit))
    with django_assert_max_num_queries(EDITOR_QUERIES):
        assert superuser_client.get(page(kit)).status_code == 200


def test_findings_stand_with_their_part_and_name_the_fix(superuser_client, kit):
    part = kit.components.get(component_type="PANEL")
    KitCheckFactory(kit=kit, rule_id="R01", part_sku=part.product.sku, message="735 V a 0 °C")
    KitCheckFactory(kit=kit, rule_id="R12", outcome="PASS", message="relação boa")
    text = text_of(superuser_client.get(page(kit)))
    beside = text.split(f'<template data-findings-of="{part.product_id}">')[1].split("</template>")[0]
    assert "R01" in beside
    assert "735 V a 0 °C" in beside
    assert "612,5 / 600 V (-2,1 %)" in text
    assert "relação boa" not in text
    passed = reverse("admin:products_kit_passed", args=[kit.pk])
    assert passed in text
    assert "relação boa" in text_of(superuser_client.get(passed))


def test_the_rules_a_kit_passes_need_the_right_to_view(staff_client, kit):
    assert staff_client.get(reverse("admin:products_kit_passed", args=[kit.pk])).status_code == 403


def test_keys_above_a_thousand_are_written_without_dots(superuser_client, kit):
    """The page writes numbers for people, and keys for machines."""
    part = KitComponentFactory(kit=kit, product=ProductFactory(id=1_234_567), component_type="ACCESSORY")
    KitCheckFactory(kit=kit, id=7_654_321, rule_id="R01", part_sku=part.product.sku)
    text = text_of(superuser_client.get(page(kit)))
    assert 'data-findings-of="1234567"' in text
    assert "check=7654321" in text


def test_the_page_says_what_blocks_a_publication(superuser_client, kit):
    text = text_of(superuser_client.get(page(kit)))
    assert "Está sem imagem" in text


def test_the_page_estimates_what_the_kit_gives_with_its_range(superuser_client, kit):
    text = text_of(superuser_client.get(page(kit)))
    assert "geração por mês" in text
    assert "7.014 kWh a 10.676 kWh por ano" in text


def test_a_new_kit_has_a_page_without_findings(superuser_client):
    response = superuser_client.get(reverse("admin:products_solarkit_add"))
    assert 'data-total="power"' in text_of(response)
    assert "kit-findings" not in text_of(response)


def test_addresses_that_are_no_web_addresses_are_not_shown_as_pictures(superuser_client, kit):
    SolarKit.objects.filter(pk=kit.pk).update(image_urls=["javascript:alert(1)", "https://example.org/a.jpg"])
    text = text_of(superuser_client.get(page(kit)))
    assert '<img class="ysh-thumb" src="https://example.org/a.jpg"' in text
    assert 'src="javascript' not in text


# --- totals
def totals(client, data):
    return client.post(reverse("admin:products_kit_totals"), json.dumps(data), content_type="application/json")


def test_totals_follow_what_is_typed(superuser_client, django_assert_max_num_queries):
    panel, inverter = ProductFactory(), InverterFactory()
    data = {
        "parts": [
            {"product": panel.pk, "component_type": "PANEL", "quantity": "12", "unit_price": "489.90", "is_optional": False},
            {"product": str(inverter.pk), "component_type": "INVERTER", "quantity": "1", "unit_price": "2890.00"},
            {"product": panel.pk, "component_type": "PANEL", "quantity": "2", "is_optional": True},
        ],
        "kit_cost": "10000",
        "installation_cost": "",
    }
    with django_assert_max_num_queries(3):  # session, person, products
        answer = totals(superuser_client, data).json()
    plain = {name: text.replace("\u00a0", " ") for name, text in answer.items()}
    assert plain == {
        "power": "7,32 kWp",
        "ac_power": "5,00 kW",
        "ratio": "1,46",
        "parts_price": "R$ 8.768,80",
        "price": "R$ 10.000,00",
        "per_wp": "R$ 1,37",
        "margin": "12,3 %",
        "note": "",
    }


@pytest.mark.parametrize("rows", [[{"product": "x"}], [{"product": 999999}], ["text"], [{"product": None, "quantity": "-"}]])
def test_half_typed_rows_do_not_break_the_totals(superuser_client, rows):
    answer = totals(superuser_client, {"parts": rows, "kit_cost": "abc"})
    assert answer.status_code == 200
    assert answer.json()["power"] == "–"


@pytest.mark.parametrize("body", ["{", "[]", '{"parts": 5}', '"x"'])
def test_what_is_no_form_is_refused(superuser_client, body):
    response = superuser_client.post(reverse("admin:products_kit_totals"), body, content_type="application/json")
    assert response.status_code == 400


def test_totals_need_the_right_to_view(staff_client):
    assert totals(staff_client, {"parts": []}).status_code == 403


# --- checking again
def test_checking_again_answers_with_the_panel_as_it_is_now(superuser_client, kit):
    KitCheckFactory(kit=kit, rule_id="R99", message="achado de ontem")
    response = superuser_client.post(reverse("admin:products_kit_recheck", args=[kit.pk]))
    kit.refresh_from_db()
    assert kit.checked_at is not None
    assert not KitCheck.objects.filter(kit=kit, rule_id="R99").exists()
    text = text_of(response)
    assert 'id="kit-findings"' in text
    assert "achado de ontem" not in text
    assert "<html" not in text


def test_checking_again_needs_the_right_to_change(staff_client, kit):
    assert staff_client.post(reverse("admin:products_kit_recheck", args=[kit.pk])).status_code == 403
    kit.refresh_from_db()
    assert kit.checked_at is None


def test_checking_again_is_no_get(superuser_client, kit):
    assert superuser_client.get(reverse("admin:products_kit_recheck", args=[kit.pk])).status_code == 405


# --- composing
def test_a_copy_is_a_draft_of_its_own(kit, superuser):
    SolarKit.objects.filter(pk=kit.pk).update(review_state="PUBLISHED", status="ACTIVE", medusa_product_id="m1", seo_slug="kit-1")
    kit.refresh_from_db()
    first, second = duplicate_kit(kit, by=superuser), duplicate_kit(kit, by=superuser)
    assert (first.kit_id, second.kit_id) == ("KIT-1-2", "KIT-1-3")
    first.refresh_from_db()
    assert (first.review_state, first.status, first.check_state) == ("DRAFT", "DRAFT", "STALE")
    assert (first.medusa_product_id, first.seo_slug, first.kit_cost) == (None, None, kit.kit_cost)
    values = ("component_type", "product_id", "quantity", "unit_price", "display_order")
    assert list(first.components.values_list(*values)) == list(kit.components.values_list(*values))
    assert kit.components.count() == 2


def test_a_part_is_replaced_at_its_own_cost(kit, superuser):
    part = kit.components.get(component_type="PANEL")
    other = ProductFactory(specifications={**PANEL, "power_wp": 700}, cost_price="600.00")
    replace_component(part, other, by=superuser, reason="falta o 610")
    part.refresh_from_db()
    kit.refresh_from_db()
    assert (part.product, part.unit_price, part.quantity) == (other, Decimal("600.00"), 10)
    assert kit.power_kwp == Decimal("7.000")


def test_a_product_does_not_play_one_part_twice(kit, superuser):
    other = KitComponentFactory(kit=kit)
    part = kit.components.exclude(pk=other.pk).get(component_type="PANEL")
    with pytest.raises(ReplaceRefusedError):
        replace_component(part, other.product, by=superuser)
    part.refresh_from_db()
    assert part.product != other.product


def test_the_effect_of_a_replacement_is_shown_before_it_is_done(superuser_client, kit):
    part = kit.components.get(component_type="PANEL")
    other = ProductFactory(specifications={**PANEL, "power_wp": 700}, cost_price="600.00")
    address = reverse("admin:products_kit_replace", args=[kit.pk])
    text = text_of(superuser_client.get(address, {"component": part.pk, "product": other.pk}))
    assert "6,10 kWp" in text
    assert "7,00 kWp" in text
    part.refresh_from_db()
    assert part.product != other

    response = superuser_client.post(address, {"component": part.pk, "product": other.pk, "reason": "falta"})
    assert response.status_code == 302
    part.refresh_from_db()
    assert part.product == other


def test_kits_stand_side_by_side(superuser_client, kit, django_assert_max_num_queries):
    other = SolarKitFactory(kit_id="KIT-2", power_kwp="5.5")
    KitCheckFactory(kit=other, rule_id="R01")
    address = reverse("admin:products_kit_compare")
    superuser_client.get(address)
    with django_assert_max_num_queries(10):
        response = superuser_client.get(address, {"kits": f"{kit.pk},{other.pk},999999,x"})
    text = text_of(response)
    for expected in ("KIT-1", "KIT-2", "6,10 kWp", "5,50 kWp", "R01"):
        assert expected in text
    assert text.count("data-differs") >= 4
    assert text_of(superuser_client.get(address))


# --- buttons
@pytest.mark.parametrize(
    ("role", "state", "shown"),
    [
        ("curator", "DRAFT", {"send"}),
        ("curator", "IN_REVIEW", {"give_back"}),
        ("curator", "PUBLISHED", set()),
        ("reviewer", "DRAFT", {"send", "archive"}),
        ("reviewer", "IN_REVIEW", {"publish", "give_back", "archive"}),
        ("reviewer", "PUBLISHED", {"give_back", "archive"}),
        ("reviewer", "ARCHIVED", {"give_back"}),
    ],
)
def test_only_the_steps_open_to_the_person_are_offered(as_role, role, state, shown):
    kit = SolarKitFactory(review_state=state)
    text = text_of(as_role(role).get(page(kit)))
    offered = {name for name in ("send", "publish", "give_back", "archive") if f"/solarkit/{kit.pk}/{name}/" in text}
    assert offered == shown


def press(client, kit, button, **data):
    return client.post(f"/admin/products/solarkit/{kit.pk}/{button}/", {"_form_submitted": "on", **data})


def test_a_step_is_taken_in_its_dialog(as_role, kit):
    client = as_role("curator")
    press(client, kit, "send", reason="")
    kit.refresh_from_db()
    assert kit.review_state == "DRAFT"
    response = press(client, kit, "send", reason="pronto")
    assert response["HX-Redirect"] == page(kit)
    kit.refresh_from_db()
    assert kit.review_state == "IN_REVIEW"


def test_a_refused_publication_says_what_blocks(as_role, kit):
    SolarKit.objects.filter(pk=kit.pk).update(review_state="IN_REVIEW")
    client = as_role("reviewer")
    assert "Está sem imagem" in text_of(client.get(f"/admin/products/solarkit/{kit.pk}/publish/"))
    press(client, kit, "publish", reason="ok")
    assert "não pode ser publicado" in text_of(client.get(page(kit)))
    kit.refresh_from_db()
    assert kit.review_state == "IN_REVIEW"


def test_a_curator_cannot_publish_by_its_address(as_role, kit):
    SolarKit.objects.filter(pk=kit.pk).update(review_state="IN_REVIEW", image_urls=["https://example.org/1.jpg"])
    press(as_role("curator"), kit, "publish", reason="ok")
    kit.refresh_from_db()
    assert kit.review_state == "IN_REVIEW"


def test_the_review_state_is_no_field_of_the_form(superuser_client, kit):
    response = superuser_client.get(page(kit))
    assert "review_state" not in response.context["adminform"].form.fields


def test_a_finding_is_accepted_in_its_dialog(as_role, kit):
    check = KitCheckFactory(kit=kit)
    client = as_role("reviewer")
    press(client, kit, "accept", check=check.pk, reason="ficha permite", until="31/12/2099")
    check.refresh_from_db()
    assert (check.override_author, check.override_reason) == ("reviewer", "ficha permite")
    assert check.override_expires_at.isoformat() == "2100-01-01T03:00:00+00:00"
    assert "Aceito por reviewer" in text_of(client.get(page(kit)))


def test_an_acceptance_is_withdrawn_in_its_dialog(as_role, kit):
    client, check = as_role("reviewer"), KitCheckFactory(kit=kit, outcome="FAIL")
    press(client, kit, "accept", check=check.pk, reason="ficha permite", until="31/12/2099")
    assert f"withdraw?check={check.pk}" in client.get(page(kit)).content.decode().replace("withdraw/?", "withdraw?")
    press(client, kit, "withdraw", check=check.pk, reason="ficha antiga")
    check.refresh_from_db()
    assert (check.override_author, check.override_expires_at) == ("", None)
    press(as_role("curator"), kit, "withdraw", check=check.pk, reason="x")
    assert f"withdraw?check={check.pk}" not in client.get(page(kit)).content.decode().replace("withdraw/?", "withdraw?")


def test_a_finding_of_another_kit_is_not_accepted(as_role, kit):
    check = KitCheckFactory()
    press(as_role("reviewer"), kit, "accept", check=check.pk, reason="x", until="31/12/2099")
    check.refresh_from_db()
    assert check.override_author == ""


def test_several_kits_take_a_step_with_one_reason(superuser_client, kit):
    ready = SolarKitFactory(
        kit_id="KIT-2", review_state="IN_REVIEW", with_components=True, image_urls=["https://example.org/1.jpg"]
    )
    SolarKit.objects.filter(pk=ready.pk).update(check_state="PASS", checked_at=timezone.now())
    data = {"action": "selected_publish", "_selected_action": [kit.pk, ready.pk]}
    address = reverse("admin:products_solarkit_changelist")
    asked = text_of(superuser_client.post(address, data))
    assert "Este passo não está aberto" in asked
    assert SolarKit.objects.filter(review_state="PUBLISHED").count() == 0

    superuser_client.post(address, data | {"reason": "conferidos"})
    assert list(SolarKit.objects.filter(review_state="PUBLISHED")) == [ready]
