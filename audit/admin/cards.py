"""Entries as the timeline's cards: one for what somebody did at once, with a line for each record."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.text import capfirst

from audit.choices import Operation
from audit.differences import differences
from audit.models import ChangeLogEntry, Revert
from audit.presenters import Narrator, actor_name
from ysh.core.admin import badge, moment

OPERATION_COLOURS: dict[str, str] = {
    Operation.INSERT.value: "success",
    Operation.UPDATE.value: "info",
    Operation.DELETE.value: "danger",
}
# Lines of one card that are shown; the others are a link away.
MOST_LINES = 25


def cards(request: HttpRequest, entries: Sequence[ChangeLogEntry]) -> list[dict[str, Any]]:
    """The cards of some entries, in the order of the entries. A few queries, however many they are."""
    narrator = Narrator.of(entries)
    undos = _undos({entry.request_id for entry in entries}, {entry.run_id for entry in entries})
    may_revert = request.user.has_perm("audit.revert")
    found = []
    for _key, group in groupby(entries, _act):
        own = list(group)
        first = own[0]
        act = first.request_id or first.run_id
        found.append(
            {
                "when": moment(first.changed_at),
                "instant": first.changed_at.isoformat(),
                "actor": capfirst(actor_name(first.changed_by)),
                "source": badge(first.get_change_source_display()),
                "reason": first.reason,
                "act": act,
                "run_id": first.run_id,
                "is_request": bool(first.request_id),
                "revert": reverse("admin:audit_revert_request", args=[act]) if may_revert and act else "",
                "undid": _told(undos.get(("by", first.request_id))),
                "undone": _told(undos.get(("of", first.request_id)) or undos.get(("run", first.run_id))),
                "lines": [_line(entry, narrator, may_revert=may_revert) for entry in own[:MOST_LINES]],
                "more": len(own) - MOST_LINES if len(own) > MOST_LINES else 0,
            }
        )
    return found


def _act(entry: ChangeLogEntry) -> tuple[Any, ...]:
    """What entries of one act have in common."""
    instant = None if entry.request_id or entry.run_id else entry.changed_at
    return entry.request_id, entry.run_id, entry.changed_by, entry.change_source, entry.reason, instant


def _line(entry: ChangeLogEntry, narrator: Narrator, *, may_revert: bool) -> dict[str, Any]:
    parent = narrator.parent(entry)
    return {
        "pk": entry.pk,
        "operation": badge(entry.get_operation_display(), OPERATION_COLOURS[entry.operation]),
        "deed": capfirst(narrator.deed(entry)),
        "address": reverse("admin:audit_changelogentry_change", args=[entry.pk]),
        "history": history_address(*parent) if parent else "",
        "revert": reverse("admin:audit_revert_change", args=[entry.pk]) if may_revert and entry.record_id != "*" else "",
        "rows": differences(entry, narrator.names) if entry.operation == Operation.UPDATE else [],
    }


def history_address(model: Any, key: Any) -> str:
    """A record's history; empty for a model without pages."""
    if model not in admin.site._registry:
        return ""
    try:
        return reverse("admin:audit_object_history", args=[model._meta.label_lower, key])
    except NoReverseMatch:
        return ""


def _undos(requests: Iterable[UUID | None], runs: Iterable[UUID | None]) -> dict[tuple[str, UUID | None], Revert]:
    """Undos that wrote, or took back, what is shown."""
    wanted, of_runs = [key for key in requests if key], [key for key in runs if key]
    if not wanted and not of_runs:
        return {}
    rows = Revert.objects.filter(Q(request_id__in=wanted) | Q(of_request__in=wanted) | Q(of_run__in=of_runs)).order_by(
        "reverted_at"
    )
    found: dict[tuple[str, UUID | None], Revert] = {}
    for row in rows:
        found["by", row.request_id] = row
        if row.of_request:
            found["of", row.of_request] = row
        if row.of_run:
            found["run", row.of_run] = row
    return found


def _told(undo: Revert | None) -> dict[str, Any] | None:
    """An undo for the template: what it took back, by whom, and the way to its own entries and to those it took back."""
    if undo is None:
        return None
    timeline = reverse("admin:audit_changelogentry_changelist")
    taken = undo.of_request or undo.of_run
    origin = f"{timeline}?request={taken}" if taken else ""
    if undo.of_entry:
        origin = reverse("admin:audit_changelogentry_change", args=[undo.of_entry])
    return {
        "kind": undo.get_kind_display(),
        "by": undo.reverted_by,
        "when": moment(undo.reverted_at),
        "moment": moment(undo.moment) if undo.moment else "",
        "own": f"{timeline}?request={undo.request_id}",
        "origin": origin,
    }
