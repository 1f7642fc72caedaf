"""What puts a kit out of date, whoever writes it; acceptances; figures; the number of queries."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from aneel.models import Certification
from products.actions.checks import check_kits, findings_at, refresh_states
from products.actions.recheck import recheck_stale_kits
from products.actions.sites import site_at
from products.choices import CheckState
from products.finding_messages import FIXES, MESSAGES
from products.models import KitCheck, KitComponent, Product, SiteConditions, SolarKit
from products.rules.kit_facts import Site
from tests.factories.aneel import CertificationFactory
from tests.factories.products import KitComponentFactory, PriceFactory, ProductFactory, SiteConditionsFactory, SolarKitFactory
from tests.products.actions.test_checks import a_kit

pytestmark = pytest.mark.django_db


def state(kit: SolarKit) -> str:
    return SolarKit.objects.values_list("check_state", flat=True).get(pk=kit.pk)


def sql(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def _panel(kit: SolarKit) -> Product:
    return kit.components.get(component_type="PANEL").product


CHANGES = {
    "specifications": lambda kit: sql(
        "UPDATE products.products SET specifications = specifications || '{\"voc_v\": 40}' WHERE id = %s", _panel(kit).pk
    ),
    "status": lambda kit: Product.objects.filter(pk=_panel(kit).pk).update(status="DISCONTINUED"),
    "stock gone": lambda kit: Product.objects.filter(pk=_panel(kit).pk).update(stock_quantity=0),
    "data sheet": lambda kit: Product.objects.filter(pk=_panel(kit).pk).update(datasheet_url="https://example.org/x.pdf"),
    "certification": lambda kit: Product.objects.filter(pk=_panel(kit).pk).update(certification=CertificationFactory()),
    "quantity": lambda kit: KitComponent.objects.filter(kit=kit, component_type="PANEL").update(quantity=9),
    "part added": lambda kit: KitComponentFactory(kit=kit, product=ProductFactory(category="cabos", specifications={}), component_type="CABLE"),
    "part removed": lambda kit: KitComponent.objects.filter(kit=kit, component_type="INVERTER").delete(),
    "part moved": lambda kit: sql("UPDATE products.kit_components SET is_optional = true WHERE kit_id = %s", kit.pk),
    "grid": lambda kit: SolarKit.objects.filter(pk=kit.pk).update(voltage_phase="TRI_380"),
    "cost": lambda kit: SolarKit.objects.filter(pk=kit.pk).update(kit_cost=1),
    "states": lambda kit: SolarKit.objects.filter(pk=kit.pk).update(regional_adjustments={"RS": 0}),
    "price": lambda kit: PriceFactory(product=None, kit=kit),
    "temperatures": lambda kit: SiteConditionsFactory(code="BR"),
}  # fmt: skip


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_puts_the_kit_out_of_date(what):
    kit, other = a_kit(), a_kit()
    check_kits()
    CHANGES[what](kit)
    assert state(kit) == CheckState.STALE
    assert (state(other) == CheckState.STALE) == (what == "temperatures")
    assert recheck_stale_kits().checked == (2 if what == "temperatures" else 1)
    assert state(kit) != CheckState.STALE


def test_a_changed_certificate_does_too():
    kit = a_kit()
    certificate = CertificationFactory()
    Product.objects.filter(pk=_panel(kit).pk).update(certification=certificate)
    check_kits()
    Certification.objects.filter(pk=certificate.pk).update(description="nothing the rules read")
    assert state(kit) != CheckState.STALE
    Certification.objects.filter(pk=certificate.pk).update(expiry_date=timezone.now().date() + timedelta(days=30))
    assert state(kit) == CheckState.STALE


@pytest.mark.parametrize(
    "change",
    [
        lambda kit: Product.objects.filter(pk=_panel(kit).pk).update(cost_price=1, stock_quantity=5, description="x"),
        lambda kit: SolarKit.objects.filter(pk=kit.pk).update(name="x", review_state="IN_REVIEW"),
        lambda kit: KitComponent.objects.filter(kit=kit).update(unit_price=1, display_order=9),
        lambda kit: PriceFactory(product=_panel(kit)),
        lambda kit: SiteConditionsFactory(code="SC"),
    ],
)
def test_what_the_rules_do_not_read_changes_nothing(change):
    kit = a_kit()
    check_kits()
    before = state(kit)
    change(kit)
    assert state(kit) == before != CheckState.STALE


def test_a_kit_never_checked_is_unknown_and_is_checked():
    kit = a_kit()
    assert (state(kit), kit.checked_at) == (CheckState.UNKNOWN, None)
    assert recheck_stale_kits().checked == 1
    assert recheck_stale_kits().checked == 0


def test_another_version_of_the_rules_has_kits_checked_again():
    kit = a_kit()
    check_kits()
    SolarKit.objects.filter(pk=kit.pk).update(checked_with="0.older 0/70/-5 °C")
    assert recheck_stale_kits().checked == 1


def test_a_kits_power_follows_its_parts():
    kit = a_kit(modules=10)
    KitComponent.objects.filter(kit=kit, component_type="PANEL").update(quantity=8)
    kit.refresh_from_db()
    assert (kit.power_kwp, kit.inverter_power_kw) == (Decimal("4.880"), Decimal("5.000"))
    sql("UPDATE products.products SET specifications = specifications || '{\"power_wp\": 500}' WHERE id = %s", _panel(kit).pk)
    kit.refresh_from_db()
    assert kit.power_kwp == Decimal("4.000")
    sql("UPDATE products.products SET specifications = specifications - 'power_wp' WHERE id = %s", _panel(kit).pk)
    kit.refresh_from_db()
    assert kit.power_kwp == Decimal("4.000")  # not known, so left


def accept(kit: SolarKit, rule: str, days: int = 30) -> None:
    now = timezone.now()
    KitCheck.objects.filter(kit=kit, rule_id=rule).update(
        override_reason="medido no local", override_author="ana", override_at=now - timedelta(days=60),
        override_expires_at=now + timedelta(days=days),
    )  # fmt: skip


def test_an_acceptance_survives_while_the_inputs_stay():
    kit = a_kit(modules=14)
    check_kits()
    assert state(kit) == CheckState.FAIL
    for finding in KitCheck.objects.filter(kit=kit, outcome__in=["FAIL", "WARN"]):
        accept(kit, finding.rule_id)
    refresh_states([kit.pk])
    assert state(kit) != CheckState.FAIL
    check_kits()
    assert state(kit) != CheckState.FAIL
    assert KitCheck.objects.get(kit=kit, rule_id="R01").override_author == "ana"

    KitComponent.objects.filter(kit=kit, component_type="PANEL").update(quantity=15)
    recheck_stale_kits()
    assert state(kit) == CheckState.FAIL
    assert KitCheck.objects.get(kit=kit, rule_id="R01").override_author == ""


def test_an_acceptance_that_ended_counts_no_more():
    kit = a_kit(modules=14)
    check_kits()
    accept(kit, "R01", days=-1)
    sql("UPDATE products.solar_kits SET checked_at = now() - interval '2 days'")
    assert recheck_stale_kits().checked == 1
    assert state(kit) == CheckState.FAIL


def test_findings_that_no_longer_apply_go():
    kit = a_kit()
    check_kits()
    KitComponent.objects.filter(kit=kit, component_type="INVERTER").delete()
    report = recheck_stale_kits()
    assert report.deleted > 0
    assert not KitCheck.objects.filter(kit=kit, rule_id="R01").exists()


def test_another_place_is_asked_about_without_storing():
    kit = a_kit(modules=11)
    check_kits()
    stored = KitCheck.objects.count()
    cold = {finding.rule_id: finding for finding in findings_at(kit.pk, Site(min_ambient_c=-40))}
    assert cold["R01"].outcome == "FAIL"
    assert KitCheck.objects.get(kit=kit, rule_id="R01").outcome == "PASS"
    assert KitCheck.objects.count() == stored


def test_temperatures_come_from_the_smallest_place_that_says_them():
    SiteConditionsFactory(code="BR", min_ambient_c=2, max_cell_c=None)
    SiteConditionsFactory(code="SC", min_ambient_c=-7, max_cell_c=None)
    assert (site_at("4205407", "SC").min_ambient_c, site_at("SP").min_ambient_c, site_at("SC").max_cell_c) == (-7, 2, 70)
    assert SiteConditions.objects.count() == 2


def test_the_pass_takes_the_same_queries_for_any_number_of_kits():
    def queries(kits: list[int]) -> int:
        with CaptureQueriesContext(
            connection,
        ) as taken:
            check_kits(kits)
        return len(taken)

    few = [a_kit().pk for _ in range(2)]
    many = [a_kit().pk for _ in range(9)]
    assert queries(few) == queries(many) <= 26
    assert queries(few) == queries(many) <= 22


def test_figures_are_kept():
    kit = a_kit()
    SolarKit.objects.filter(pk=kit.pk).update(recommended_consumption_min_kwh=500, recommended_consumption_max_kwh=700)
    check_kits()
    kit.refresh_from_db()
    assert kit.avg_monthly_generation_kwh == Decimal("737.08")  # 6.1 kWp x 1450 / 12
    assert kit.estimated_coverage_percent == Decimal("122.85")


def test_every_stored_message_has_words_in_both_languages():
    from django.utils import translation

    kit = a_kit(modules=14)
    check_kits()
    for finding in kit.checks.all():
        assert finding.message_code in MESSAGES
        assert finding.fix_code in {"", *FIXES}
        with translation.override("en"):
            english = finding.text
        with translation.override("pt-br"):
            assert finding.text == finding.message != english
        assert "%(" not in english


def test_a_kit_without_parts_is_checked_too():
    kit = SolarKitFactory()
    assert check_kits([kit.pk]).by_state == {"UNKNOWN": 1}


def test_other_workers_are_asked_to_join_in_when_there_is_more_than_a_batch(monkeypatch, django_capture_on_commit_callbacks):
    monkeypatch.setattr("products.actions.recheck.BATCH", 1)
    kits = [a_kit() for _ in range(3)]
    with django_capture_on_commit_callbacks() as callbacks:
        assert sorted(recheck_stale_kits(invite=True).states) == [kit.pk for kit in kits]
    assert sum("_invite" in getattr(callback, "__qualname__", "") for callback in callbacks) == 2


def test_the_daily_pass_takes_what_was_not_checked_today():
    kit, other = a_kit(), a_kit()
    check_kits()
    sql("UPDATE products.solar_kits SET checked_at = checked_at - interval '1 day' WHERE id = %s", kit.pk)
    assert recheck_stale_kits().checked == 0
    assert list(recheck_stale_kits(every=True).states) == [kit.pk]
    sql("UPDATE products.solar_kits SET checked_at = checked_at - interval '2 days' WHERE id = %s", other.pk)
    assert list(recheck_stale_kits().states) == [other.pk]
