"""A kit's way from draft to the shop and out of it again, and what stands between a kit and its publication.

Every step needs a permission and a reason. The reason goes to the change log with the write, through the actor.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from products.choices import CheckOutcome, CheckState, ComponentType, ProductStatus, ReviewState
from products.models import KitCheck, SolarKit
from ysh.core.actor import Actor, acting_as, current_actor
from ysh.core.errors import TerminalError

SUBMIT, PUBLISH, ACCEPT = "products.submit_solarkit", "products.publish_solarkit", "products.accept_kitcheck"

# Columns a kit on sale must have, whatever it is made of.
REQUIRED_FIELDS = ("name", "sku", "system_type", "inverter_power_kw", "voltage_phase")


@dataclass(frozen=True, slots=True)
class Blocker:
    """One thing that keeps a kit from being published.

    Attributes:
        code: required, no_panels, open_quantity, price, photo, not_checked, stale, fails.
        message: what is missing and what to do, in the active language.
        field: the form's field to go to; "" when it is none.
    """

    code: str
    message: str
    field: str = ""


class ReviewRefusedError(TerminalError):
    """The step is not open to this person, or not open from the kit's state, or something blocks it."""

    default_code = "review_refused"

    def __init__(self, message: str, *, code: str, blockers: tuple[Blocker, ...] = ()) -> None:
        super().__init__(message, code=code)
        self.blockers = blockers


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the flow: from which states it leads, where to, and which permission (any of them) each state asks for."""

    name: str
    target: ReviewState
    permissions: dict[ReviewState, tuple[str, ...]]

    def allows(self, user: Any, state: str) -> bool:
        """Whether this person may take the step from this state."""
        return any(user.has_perm(permission) for permission in self.permissions.get(ReviewState(state), ()))


STEPS: dict[str, Step] = {
    step.name: step
    for step in (
        Step("submit_for_review", ReviewState.IN_REVIEW, {ReviewState.DRAFT: (SUBMIT, PUBLISH)}),
        Step("publish_kit", ReviewState.PUBLISHED, {ReviewState.IN_REVIEW: (PUBLISH,)}),
        Step(
            "return_to_draft",
            ReviewState.DRAFT,
            {
                ReviewState.IN_REVIEW: (SUBMIT, PUBLISH),
                ReviewState.PUBLISHED: (PUBLISH,),
                ReviewState.ARCHIVED: (PUBLISH,),
            },
        ),
        Step(
            "archive_kit",
            ReviewState.ARCHIVED,
            dict.fromkeys((ReviewState.DRAFT, ReviewState.IN_REVIEW, ReviewState.PUBLISHED), (PUBLISH,)),
        ),
    )
}


def submit_for_review(kit: SolarKit, *, by: User, reason: str) -> SolarKit:
    """DRAFT -> IN_REVIEW. Blockers do not hold it up: the reviewer sees them.

    Raises:
        ReviewRefusedError: no permission, another state, or no reason.
    """
    return _take("submit_for_review", kit, by=by, reason=reason)


def publish_kit(kit: SolarKit, *, by: User, reason: str) -> SolarKit:
    """IN_REVIEW -> PUBLISHED; a kit that was not on sale becomes ACTIVE.

    Raises:
        ReviewRefusedError: no permission, another state, no reason, or blockers, which it carries.
    """
    return _take("publish_kit", kit, by=by, reason=reason)


def return_to_draft(kit: SolarKit, *, by: User, reason: str) -> SolarKit:
    """IN_REVIEW, PUBLISHED or ARCHIVED -> DRAFT: out of the shop, open to changes.

    Raises:
        ReviewRefusedError: no permission, a draft already, or no reason.
    """
    return _take("return_to_draft", kit, by=by, reason=reason)


def archive_kit(kit: SolarKit, *, by: User, reason: str) -> SolarKit:
    """Any other state -> ARCHIVED; the kit is no longer on sale.

    Raises:
        ReviewRefusedError: no permission, archived already, or no reason.
    """
    return _take("archive_kit", kit, by=by, reason=reason)


def publish_blockers(kit: SolarKit) -> list[Blocker]:
    """What keeps the kit from being published, in the order in which a curator would mend it; empty when nothing does.

    Two queries: parts and findings; none when both are prefetched (`components`, `checks`).
    """
    return [*_missing(kit), *_parts(kit), *_offer(kit), *_findings(kit)]


def is_accepted(check: KitCheck) -> bool:
    """A person accepted the finding, and the acceptance has not expired."""
    return check.accepted(timezone.now())


def steps_open_to(user: Any, state: str) -> list[str]:
    """The names of the steps this person may take from this state, in the flow's order."""
    return [name for name, step in STEPS.items() if step.allows(user, state)]


def _missing(kit: SolarKit) -> Iterator[Blocker]:
    for name in REQUIRED_FIELDS:
        if getattr(kit, name) in (None, ""):
            column: Any = SolarKit._meta.get_field(name)
            label = column.verbose_name
            yield Blocker("required", _("“%(field)s” is empty: fill it in.") % {"field": label}, name)


def _parts(kit: SolarKit) -> Iterator[Blocker]:
    parts = [part for part in kit.components.all() if not part.is_optional]
    if not any(part.component_type == ComponentType.PANEL for part in parts):
        yield Blocker("no_panels", _("It has no solar panel among its components: add them."))
    if any(part.quantity is None for part in parts):
        yield Blocker("open_quantity", _("A component's quantity is still open: fill it in."))


def _offer(kit: SolarKit) -> Iterator[Blocker]:
    if not kit.kit_cost:
        yield Blocker("price", _("It has no price: fill in the kit's price."), "kit_cost")
    if not kit.image_urls and not kit.photo_exception.strip():
        yield Blocker("photo", _("It has no image: add one, or state why it goes without a photo."), "image_urls")


def _findings(kit: SolarKit) -> Iterator[Blocker]:
    if kit.check_state == CheckState.STALE:
        yield Blocker("stale", _("Something it is made of changed since the rules checked it: check it again."))
    elif kit.checked_at is None:
        yield Blocker("not_checked", _("The rules have not checked it yet: check it."))
    for check in sorted(kit.checks.all(), key=lambda row: (row.rule_id, row.subject)):
        if check.outcome == CheckOutcome.FAIL and not is_accepted(check):
            yield Blocker("fails", f"{check.rule_id}: {check.text}" if check.text else str(check))


def _take(name: str, kit: SolarKit, *, by: User, reason: str) -> SolarKit:
    """One step, on the kit as the database has it now; the object given is brought up to date."""
    step = STEPS[name]
    if not reason.strip():
        raise ReviewRefusedError(_("A reason is needed: the change log keeps it."), code="reason_missing")
    with because(by, reason), transaction.atomic():
        row = SolarKit.objects.select_for_update(of=("self",)).defer("raw_data", "search_vector").get(pk=kit.pk)
        if ReviewState(row.review_state) not in step.permissions:
            message = _("%(kit)s is “%(state)s”: this step does not start there.")
            raise ReviewRefusedError(message % {"kit": row.kit_id, "state": row.get_review_state_display()}, code="wrong_state")
        if not step.allows(by, row.review_state):
            raise ReviewRefusedError(
                _("%(person)s may not take this step. It needs a permission of the reviewers' group.") % {"person": by},
                code="not_allowed",
            )
        if step.target == ReviewState.PUBLISHED and (blockers := publish_blockers(row)):
            what = " ".join(f"{place}. {blocker.message}" for place, blocker in enumerate(blockers, 1))
            raise ReviewRefusedError(
                _("%(kit)s cannot be published. %(what)s") % {"kit": row.kit_id, "what": what},
                code="blocked",
                blockers=tuple(blockers),
            )
        row.review_state = step.target
        if step.target == ReviewState.PUBLISHED and row.status in {ProductStatus.DRAFT, ProductStatus.INACTIVE}:
            row.status = ProductStatus.ACTIVE
        elif step.target == ReviewState.ARCHIVED and row.status in {ProductStatus.ACTIVE, ProductStatus.OUT_OF_STOCK}:
            row.status = ProductStatus.INACTIVE
        row.save(update_fields=["review_state", "status"])
    kit.review_state, kit.status = row.review_state, row.status
    return kit


@contextmanager
def because(by: User, reason: str) -> Iterator[Actor]:
    """The current actor with a reason; the person is named where no request has named one yet."""
    actor = current_actor()
    if actor == Actor():
        actor = replace(actor, name=by.get_username())
    with acting_as(replace(actor, reason=reason.strip())) as told:
        yield told
