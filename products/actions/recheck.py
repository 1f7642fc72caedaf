"""Checking again what is out of date. Several workers may do it at once: each takes kits that nobody else has in hand.

A batch is a transaction. When a worker is killed its batch is as it was before, STALE kits STALE, and another worker takes it.
"""

from collections import Counter
from datetime import datetime, time, timedelta

from celery import current_app
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from products.actions.checks import BATCH, RECHECK_TASK, Answers, CheckReport, basis_of, check_locked, report_of
from products.actions.kit_facts import BRAZIL, today_in_brazil
from products.actions.sites import national_site
from products.choices import CheckState
from products.models import SolarKit
from ysh.core.collecting import without_collecting

# Tasks that are asked to join in when there is more than a batch to do; more than there are workers is no use.
HELPERS = 3


def recheck_stale_kits(*, every: bool = False, invite: bool = False) -> CheckReport:
    """Check the kits that are out of date, were never checked, were checked with other rules or temperatures, have an
    acceptance that has ended since, or missed the daily pass. Kits that others have locked are left to them, or to the next time.

    Args:
        every: all kits that were not checked today: certificates end and prices age by the calendar.
        invite: ask other workers to join in when there is more than a batch to do.
    """
    pending = _pending(every=every)
    if invite:
        _invite(pending, every=every)
    states: dict[int, str] = {}
    written: Counter[str] = Counter()
    answers, last = Answers(today_in_brazil(), national_site()), 0
    while True:
        with without_collecting(), transaction.atomic():
            free = pending.filter(pk__gt=last).select_for_update(no_key=True, skip_locked=True)
            keys = list(free.order_by("pk").values_list("pk", flat=True)[:BATCH])
            if not keys:
                return report_of(states, written)
            found, answers = check_locked(keys, written, answers)
        states |= found
        last = keys[-1]


def _pending(*, every: bool) -> QuerySet[SolarKit]:
    now, today = timezone.now(), datetime.combine(today_in_brazil(), time.min, BRAZIL)
    outdated = Q(check_state=CheckState.STALE) | Q(checked_at=None) | ~Q(checked_with=basis_of(national_site()))
    outdated |= Q(checked_at__lt=today if every else today - timedelta(days=1))
    ended = SolarKit.objects.filter(
        checked_at__isnull=False, checks__override_expires_at__lte=now, checks__override_expires_at__gt=F("checked_at")
    )
    return SolarKit.objects.filter(outdated | Q(pk__in=set(ended.values_list("pk", flat=True))))


def _invite(pending: QuerySet[SolarKit], *, every: bool) -> None:
    waiting = pending.count()
    told = {"every": every, "invite": False}
    for _ in range(min((waiting - 1) // BATCH, HELPERS)):
        transaction.on_commit(lambda: current_app.send_task(RECHECK_TASK, kwargs=told), robust=True)
