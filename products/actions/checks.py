"""Running the engineering rules on kits, and keeping what they found.

A pass takes kits in batches: lock, read, apply the pure rules, write only the findings that differ. A change that comes in
meanwhile waits for the batch and then marks its kits as out of date (triggers in the database), so nothing is missed.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from celery import current_app
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from products.actions.findings_store import FindingRow, Kept, kept_findings, row_of, write_findings
from products.actions.kit_facts import StoredKit, read_kits, today_in_brazil
from products.actions.kit_figures import write_figures
from products.actions.sites import national_site
from products.choices import CheckState
from products.models import SolarKit
from products.rules.engine import DEFAULT_BANDS, ENGINE_VERSION, articles_of, check_article, check_kit
from products.rules.findings import Finding, Outcome, Severity, state_of
from products.rules.kit_facts import Case, Kit, Site
from products.rules.sharing import Shared
from ysh.core.collecting import without_collecting

BATCH = 1000
# Outcome, severity, whether a person accepted it.
Answer = tuple[Outcome, Severity, bool]
RECHECK_TASK = "products.tasks.recheck_stale_kits"


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What a pass did.

    Attributes:
        checked: kits.
        by_state: how many kits ended in each state.
        states: state by the kit's primary key.
        inserted, updated, deleted: findings written; a pass over unchanged kits writes none.
    """

    checked: int = 0
    by_state: Mapping[str, int] = field(default_factory=dict)
    states: Mapping[int, str] = field(default_factory=dict)
    inserted: int = 0
    updated: int = 0
    deleted: int = 0


def check_kits(kit_ids: Sequence[int] | None = None) -> CheckReport:
    """Apply the rules to kits and store what they find.

    An acceptance stays while the finding's outcome and inputs stay; otherwise it is taken back.

    Args:
        kit_ids: primary keys; None for the whole catalogue. Keys that do not exist are left out.
    """
    everything = SolarKit.objects.order_by("pk").values_list("pk", flat=True)
    keys = list(everything) if kit_ids is None else sorted(set(kit_ids))
    states: dict[int, str] = {}
    written: Counter[str] = Counter()
    answers = Answers(today_in_brazil(), national_site())
    with without_collecting():
        for start in range(0, len(keys), BATCH):
            found, answers = check_batch(keys[start : start + BATCH], written, answers)
            states |= found
    return report_of(states, written)


def report_of(states: Mapping[int, str], written: Mapping[str, int]) -> CheckReport:
    """The report of a pass that left the kits in these states and wrote so many findings."""
    by_state = dict(sorted(Counter(states.values()).items()))
    return CheckReport(len(states), by_state, states, written["inserted"], written["updated"], written["deleted"])


def mark_stale(*, kit_ids: Sequence[int] | None = None, product_ids: Sequence[int] | None = None) -> int:
    """Say that kits are out of date, and have them checked again soon after the transaction commits.

    Triggers do the same for changes of parts, products, certificates and site temperatures; this is for what they cannot see.

    Args:
        kit_ids: primary keys of kits.
        product_ids: primary keys of products, for the kits made of them.

    Returns:
        How many kits were not out of date before. Kits never checked stay UNKNOWN and are checked all the same.
    """
    chosen = Q(pk__in=list(kit_ids or ())) | Q(components__product_id__in=list(product_ids or ()))
    keys = sorted(set(SolarKit.objects.filter(chosen).values_list("pk", flat=True)))
    if not keys:
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT products.mark_kits_stale(%s)", [keys])
        marked: int = cursor.fetchone()[0]
    request_recheck()
    return marked


def request_recheck() -> None:
    """Ask a worker to check what is out of date, after the transaction commits. A periodic task would do it a minute later."""
    transaction.on_commit(lambda: current_app.send_task(RECHECK_TASK), robust=True)


def refresh_states(kit_ids: Sequence[int]) -> int:
    """Work out the kits' states again from the findings as stored, after acceptances came or went; STALE stays.

    Returns:
        How many changed.
    """
    now, changed = timezone.now(), 0
    rows = SolarKit.objects.filter(pk__in=kit_ids, checked_at__isnull=False).exclude(check_state=CheckState.STALE)
    for kit in rows.order_by("pk").only("pk", "check_state").prefetch_related("checks"):
        answers = [(Outcome(c.outcome), Severity(c.severity), c.accepted(now)) for c in kit.checks.all()]
        state = state_of(answers)
        changed += (
            SolarKit.objects.filter(pk=kit.pk, check_state=kit.check_state).exclude(check_state=state).update(check_state=state)
        )
    return changed


def findings_at(kit_id: int, site: Site, *, today: date | None = None) -> list[Finding]:
    """What the rules find in one kit at another place; nothing is stored.

    Raises:
        SolarKit.DoesNotExist: there is no such kit.
    """
    stored = read_kits([kit_id])
    if not stored:
        raise SolarKit.DoesNotExist(f"There is no kit with primary key {kit_id}.")
    case = Case(stored[0].kit, today or today_in_brazil(), site, DEFAULT_BANDS)
    return [*check_kit(case), *(finding for article in articles_of(case) for finding in check_article(article, case))]


def basis_of(site: Site) -> str:
    """What a kit was checked with besides its parts: rules and temperatures."""
    return f"{ENGINE_VERSION} {site.min_ambient_c:g}/{site.max_cell_c:g}/{site.cold_region_c:g} °C"


class Answers:
    """What a pass has found and put into words so far, for the kits still to come; it starts anew when day or place change."""

    def __init__(self, today: date, site: Site) -> None:
        self._shared = Shared(today, site, DEFAULT_BANDS)

    def on(self, today: date, site: Site) -> "Answers":
        """These, or new ones when they belong to another day or place."""
        return self if self._shared.basis == (today, site) else Answers(today, site)

    def of(self, kit: Kit) -> tuple[list[FindingRow], set[Answer]]:
        """The kit's findings as they are stored, and what they come to. Kits that share a finding share its row."""
        rows: list[FindingRow] = []
        answers: set[Answer] = set()
        for told in self._shared.told(self._shared.case(kit)):
            if told.made is None:
                told.made = (
                    [row_of(finding) for finding in told.findings],
                    {(finding.outcome, finding.severity, False) for finding in told.findings},
                )
            rows += told.made[0]
            answers |= told.made[1]
        return rows, answers


def check_batch(keys: Sequence[int], written: Counter[str], answers: Answers) -> tuple[dict[int, str], Answers]:
    """Lock these kits, check them, commit. Returns their states, and the answers for the next batch.

    Args:
        keys: primary keys.
        written: findings inserted, updated and deleted are added to it.
        answers: what earlier batches found.
    """
    with transaction.atomic():
        list(SolarKit.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk").values_list("pk", flat=True))
        return check_locked(keys, written, answers)


def check_locked(keys: Sequence[int], written: Counter[str], answers: Answers) -> tuple[dict[int, str], Answers]:
    """As `check_batch`, for kits this transaction has locked."""
    site, today, now = national_site(), today_in_brazil(), timezone.now()
    answers = answers.on(today, site)
    stored = read_kits(keys)
    kept = kept_findings(keys)
    states: dict[int, str] = {}
    rows: dict[int, list[FindingRow]] = {}
    for kit in stored:
        rows[kit.key], kinds = answers.of(kit.kit)
        states[kit.key] = _state(rows[kit.key], kinds, kept.get(kit.key, {}), now)
    written.update(write_findings(rows, kept, ENGINE_VERSION, now))
    _write_states(stored, states, basis_of(site), now)
    write_figures(stored)
    return states, answers


def _state(rows: list[FindingRow], kinds: set[Answer], kept: Mapping[tuple[str, str], Kept], now: datetime) -> str:
    accepted = {what: before for what, before in kept.items() if before.accepted_until is not None}
    if not accepted:  # as in nearly every kit
        return state_of(kinds).value
    answers = []
    for row in rows:
        finding, before = row.finding, accepted.get(row.key)
        answers.append((finding.outcome, finding.severity, before is not None and before.accepts(finding, now)))
    return state_of(answers).value


def _write_states(stored: list[StoredKit], states: dict[int, str], basis: str, now: datetime) -> None:
    """States that changed are logged like any other write; the time of the check is not worth an entry for each kit."""
    keys = [kit.key for kit in stored]
    changed = [kit.key for kit in stored if kit.state != states[kit.key]]
    with connection.cursor() as cursor:
        if changed:
            cursor.execute(
                "UPDATE products.solar_kits k SET check_state = given.state "
                "FROM unnest(%s::bigint[], %s::text[]) AS given (id, state) WHERE k.id = given.id",
                [changed, [states[key] for key in changed]],
            )
        cursor.execute("SELECT current_setting('ysh.audit_logged', true)")
        before = cursor.fetchone()[0] or ""
        cursor.execute("SELECT set_config('ysh.audit_logged', 'on', true)")
        cursor.execute(
            "UPDATE products.solar_kits SET checked_at = %s, checked_with = %s WHERE id = ANY (%s)", [now, basis, keys]
        )
        cursor.execute("SELECT set_config('ysh.audit_logged', %s, true)", [before])
