"""Accepting what the rules found: a person takes responsibility for one finding, with a reason and until a day."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from products.actions.checks import refresh_states
from products.actions.review import ACCEPT, because
from products.choices import CheckOutcome
from products.models import KitCheck
from ysh.core.errors import TerminalError


class OverrideRefusedError(TerminalError):
    """The finding cannot be accepted by this person, in this way."""

    default_code = "override_refused"


def accept_finding(check: KitCheck, *, by: User, reason: str, expires_at: datetime) -> KitCheck:
    """Accept a warning or a failure until `expires_at` (aware, in the future). It counts no more against the publication.

    Raises:
        OverrideRefusedError: no permission, no reason, an expiry that is past, or a finding there is nothing to accept in.
    """
    _check_permission(by)
    if not reason.strip():
        raise OverrideRefusedError(_("A reason is needed: it is shown with the finding."), code="reason_missing")
    if check.outcome not in {CheckOutcome.FAIL, CheckOutcome.WARN}:
        raise OverrideRefusedError(
            _("Only a failure or a warning can be accepted; %(rule)s is “%(outcome)s”.")
            % {"rule": check.rule_id, "outcome": check.get_outcome_display()},
            code="nothing_to_accept",
        )
    now = timezone.now()
    if expires_at <= now:
        raise OverrideRefusedError(_("Expected an expiry in the future."), code="expired")
    check.override_reason, check.override_author = reason.strip(), by.get_username()
    check.override_at, check.override_expires_at = now, expires_at
    return _save(check, by, reason)


def withdraw_acceptance(check: KitCheck, *, by: User, reason: str) -> KitCheck:
    """The finding counts again.

    Raises:
        OverrideRefusedError: no permission.
    """
    _check_permission(by)
    check.override_reason = check.override_author = ""
    check.override_at = check.override_expires_at = None
    return _save(check, by, reason)


def _check_permission(by: User) -> None:
    if not by.has_perm(ACCEPT):
        raise OverrideRefusedError(
            _("%(person)s may not accept findings. It needs a permission of the reviewers' group.") % {"person": by},
            code="not_allowed",
        )


def _save(check: KitCheck, by: User, reason: str) -> KitCheck:
    with because(by, reason), transaction.atomic():
        check.save(update_fields=["override_reason", "override_author", "override_at", "override_expires_at"])
        refresh_states([check.kit_id])
    return check
