"""A kit's way to the shop: who may take which step, what blocks a publication, and what the change log learns of it."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.utils import timezone

from products.actions import review
from products.actions.overrides import OverrideRefusedError, accept_finding, withdraw_acceptance
from products.actions.review import ReviewRefusedError, publish_blockers
from products.groups import ensure_groups
from products.models import SolarKit
from tests.factories.products import KitCheckFactory, KitComponentFactory, SolarKitFactory

pytestmark = pytest.mark.django_db

STEPS = {
    "submit_for_review": "IN_REVIEW",
    "publish_kit": "PUBLISHED",
    "return_to_draft": "DRAFT",
    "archive_kit": "ARCHIVED",
}
# role -> the steps it may take, as (state, step)
ALLOWED = {
    "nobody": set(),
    "curator": {("DRAFT", "submit_for_review"), ("IN_REVIEW", "return_to_draft")},
    "reviewer": {
        ("DRAFT", "submit_for_review"),
        ("IN_REVIEW", "publish_kit"),
        ("IN_REVIEW", "return_to_draft"),
        ("PUBLISHED", "return_to_draft"),
        ("ARCHIVED", "return_to_draft"),
        ("DRAFT", "archive_kit"),
        ("IN_REVIEW", "archive_kit"),
        ("PUBLISHED", "archive_kit"),
    },
}
EXISTING = {(state, step) for state in STEPS.values() for step in STEPS} & ALLOWED["reviewer"]


def ready_kit(**options):
    """A kit with nothing against its publication."""
    kit = SolarKitFactory(with_components=True, image_urls=["https://example.org/kit.jpg"], **options)
    SolarKit.objects.filter(pk=kit.pk).update(check_state="PASS", checked_at=timezone.now())
    kit.refresh_from_db()
    return kit


@pytest.fixture
def person(django_user_model):
    ensure_groups(apps)

    def make(role):
        user = django_user_model.objects.create_user(role, is_staff=True)
        if role != "nobody":
            user.groups.add(Group.objects.get(name=role))
        return user

    return make


@pytest.mark.parametrize("role", ALLOWED)
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("state", STEPS.values())
def test_each_step_for_each_role_from_each_state(person, role, step, state):
    kit = ready_kit(review_state=state)
    if (state, step) in ALLOWED[role]:
        getattr(review, step)(kit, by=person(role), reason="conferido")
        expected = STEPS[step]
    else:
        with pytest.raises(ReviewRefusedError) as refusal:
            getattr(review, step)(kit, by=person(role), reason="conferido")
        assert refusal.value.code == ("not_allowed" if (state, step) in EXISTING else "wrong_state")
        expected = state
    assert SolarKit.objects.get(pk=kit.pk).review_state == expected == kit.review_state


@pytest.mark.parametrize("step", STEPS)
def test_no_step_without_a_reason(superuser, step):
    kit = ready_kit(review_state="IN_REVIEW")
    with pytest.raises(ReviewRefusedError) as refusal:
        getattr(review, step)(kit, by=superuser, reason="  ")
    assert refusal.value.code == "reason_missing"
    assert SolarKit.objects.get(pk=kit.pk).review_state == "IN_REVIEW"


def test_a_step_is_taken_from_the_state_in_the_database(superuser):
    kit = ready_kit(review_state="IN_REVIEW")
    SolarKit.objects.filter(pk=kit.pk).update(review_state="ARCHIVED")
    with pytest.raises(ReviewRefusedError):
        review.publish_kit(kit, by=superuser, reason="conferido")
    assert SolarKit.objects.get(pk=kit.pk).review_state == "ARCHIVED"


def test_publishing_puts_a_kit_on_sale_and_archiving_takes_it_off(superuser):
    kit = ready_kit(review_state="IN_REVIEW", status="DRAFT")
    review.publish_kit(kit, by=superuser, reason="conferido")
    assert SolarKit.objects.published().get() == kit
    review.archive_kit(kit, by=superuser, reason="fora de linha")
    kit.refresh_from_db()
    assert (kit.review_state, kit.status) == ("ARCHIVED", "INACTIVE")


def test_an_out_of_stock_kit_stays_so_when_published(superuser):
    kit = ready_kit(review_state="IN_REVIEW", status="OUT_OF_STOCK")
    review.publish_kit(kit, by=superuser, reason="conferido")
    assert SolarKit.objects.get(pk=kit.pk).status == "OUT_OF_STOCK"


def test_the_database_is_told_who_and_why(superuser):
    kit = ready_kit()
    review.submit_for_review(kit, by=superuser, reason=" fotos conferidas ")
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('ysh.reason', true), current_setting('ysh.actor', true)")
        assert cursor.fetchone() == ("fotos conferidas", "admin")


# --- the gate
def test_a_complete_kit_has_no_blockers(django_assert_max_num_queries):
    kit = ready_kit()
    with django_assert_max_num_queries(2):
        assert publish_blockers(kit) == []


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"voltage_phase": None}, "required", "voltage_phase"),
        ({"inverter_power_kw": None}, "required", "inverter_power_kw"),
        ({"name": ""}, "required", "name"),
        ({"kit_cost": None}, "price", "kit_cost"),
        ({"kit_cost": 0}, "price", "kit_cost"),
        ({"image_urls": []}, "photo", "image_urls"),
        ({"image_urls": [], "photo_exception": "  "}, "photo", "image_urls"),
        ({"check_state": "STALE"}, "stale", ""),
        ({"checked_at": None, "check_state": "UNKNOWN"}, "not_checked", ""),
    ],
)
def test_what_blocks_a_publication(superuser, change, code, field):
    kit = ready_kit(review_state="IN_REVIEW")
    SolarKit.objects.filter(pk=kit.pk).update(**change)
    if "check_state" not in change:  # what the change put out of date is checked again
        SolarKit.objects.filter(pk=kit.pk).update(check_state="PASS")
    kit.refresh_from_db()
    assert [(blocker.code, blocker.field) for blocker in publish_blockers(kit)] == [(code, field)]

    with pytest.raises(ReviewRefusedError) as refusal:
        review.publish_kit(kit, by=superuser, reason="conferido")
    assert refusal.value.code == "blocked"
    assert refusal.value.blockers == tuple(publish_blockers(kit))
    assert refusal.value.blockers[0].message in str(refusal.value)
    assert SolarKit.objects.get(pk=kit.pk).review_state == "IN_REVIEW"


def test_a_stated_exception_stands_for_the_photo():
    kit = ready_kit()
    kit.image_urls, kit.photo_exception = [], "fabricante ainda não enviou"
    assert publish_blockers(kit) == []


def test_parts_are_counted_and_known():
    kit = ready_kit()
    kit.components.filter(component_type="PANEL").update(is_optional=True)
    KitComponentFactory(kit=kit, component_type="MICROINVERTER", quantity=None)
    assert [blocker.code for blocker in publish_blockers(kit)] == ["no_panels", "open_quantity"]


@pytest.mark.parametrize(("outcome", "blocks"), [("FAIL", True), ("WARN", False), ("UNKNOWN", False), ("PASS", False)])
def test_only_a_failure_blocks(outcome, blocks):
    kit = ready_kit()
    KitCheckFactory(kit=kit, rule_id="R01", outcome=outcome, message="muito alta")
    assert [(blocker.code, blocker.message) for blocker in publish_blockers(kit)] == (
        [("fails", "R01: muito alta")] if blocks else []
    )


# --- acceptances
def test_an_accepted_failure_blocks_until_it_expires_or_is_withdrawn(superuser):
    kit = ready_kit()
    check = KitCheckFactory(kit=kit)
    assert [blocker.code for blocker in publish_blockers(kit)] == ["fails"]
    accept_finding(check, by=superuser, reason="ficha permite", expires_at=timezone.now() + timedelta(days=30))
    check.refresh_from_db()
    assert (check.override_author, check.override_reason) == ("admin", "ficha permite")
    assert publish_blockers(kit) == []

    type(check).objects.filter(pk=check.pk).update(
        override_at=timezone.now() - timedelta(days=2), override_expires_at=timezone.now() - timedelta(days=1)
    )
    assert [blocker.code for blocker in publish_blockers(kit)] == ["fails"]
    withdraw_acceptance(check, by=superuser, reason="")
    check.refresh_from_db()
    assert (check.override_author, check.override_expires_at) == ("", None)


@pytest.mark.parametrize(
    ("role", "outcome", "reason", "days", "code"),
    [
        ("curator", "FAIL", "x", 1, "not_allowed"),
        ("reviewer", "UNKNOWN", "x", 1, "nothing_to_accept"),
        ("reviewer", "PASS", "x", 1, "nothing_to_accept"),
        ("reviewer", "FAIL", " ", 1, "reason_missing"),
        ("reviewer", "FAIL", "x", -1, "expired"),
    ],
)
def test_what_cannot_be_accepted(person, role, outcome, reason, days, code):
    check = KitCheckFactory(outcome=outcome)
    with pytest.raises(OverrideRefusedError) as refusal:
        accept_finding(check, by=person(role), reason=reason, expires_at=timezone.now() + timedelta(days=days))
    assert refusal.value.code == code
    check.refresh_from_db()
    assert check.override_author == ""


# --- groups
def test_a_reviewer_may_do_all_a_curator_may(person):
    curator, reviewer = person("curator"), person("reviewer")
    assert curator.get_all_permissions() < reviewer.get_all_permissions()
    assert not curator.has_perm("products.publish_solarkit")
    assert not any(name.startswith("auth.") for name in reviewer.get_all_permissions())


def test_creating_the_groups_again_keeps_what_was_added(person):
    extra = "pipeline.view_ingestionrun"
    user = person("curator")
    Group.objects.get(name="curator").permissions.add(Permission.objects.get(codename="view_ingestionrun"))
    ensure_groups(apps)
    assert extra in type(user).objects.get(pk=user.pk).get_all_permissions()
    assert Group.objects.filter(name__in=["curator", "reviewer"]).count() == 2
