"""Datasets that look like one, side by side; a person says whether they are."""

from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm

from aneel.actions.datasets import confirm_match, deny_match
from aneel.admin.dataset_origins import column_name
from aneel.choices import MatchDecision, SourceApi
from aneel.dataset_store import Remade
from aneel.models import Dataset, DatasetEntry, DatasetMatch
from ysh.core.admin import ReadOnlyAdmin, badge, labels, moment, number

_COLORS = {MatchDecision.PROPOSED: "warning", MatchDecision.CONFIRMED: "success", MatchDecision.DENIED: ""}
_SHOWN = ("title", "description", "publisher_name", "modified", "formats", "keywords", "license", "url")


class Described:
    """Both datasets of pairs, in one query each: as they are, or, once they are one, as their feeds describe them."""

    def __init__(self, matches: list[DatasetMatch]) -> None:
        self._ids = {one for match in matches for one in (match.first_id, match.second_id)}

    @cached_property
    def datasets(self) -> dict[str, Dataset]:
        return {
            row.aneel_id: row for row in Dataset.objects.filter(aneel_id__in=self._ids).defer("raw_metadata", "search_vector")
        }

    @cached_property
    def entries(self) -> dict[str, DatasetEntry]:
        found: dict[str, DatasetEntry] = {}
        for row in DatasetEntry.objects.filter(own_id__in=self._ids).defer("raw").select_related("dataset"):
            rank = SourceApi.values.index(row.feed)
            if row.own_id not in found or rank < SourceApi.values.index(found[row.own_id].feed):
                found[row.own_id] = row
        return found

    def title(self, aneel_id: str) -> SafeString | str:
        """Its title, which leads to its page."""
        dataset, entry = self.datasets.get(aneel_id), self.entries.get(aneel_id)
        dataset = dataset or (entry.dataset if entry else None)
        if dataset is None:
            return aneel_id
        title = dataset.title if dataset.aneel_id == aneel_id or entry is None else entry.fields.get("title", aneel_id)
        url = reverse("admin:aneel_dataset_change", args=[dataset.pk])
        return format_html('<a class="text-link" href="{}">{}</a>', url, title)

    def feeds(self, aneel_id: str) -> SafeString | str:
        dataset, entry = self.datasets.get(aneel_id), self.entries.get(aneel_id)
        names = dataset.feeds if dataset else [entry.feed] if entry else []
        return labels([SourceApi(name).label for name in names]) or "–"

    def value(self, aneel_id: str, column: str) -> str:
        """A column's value as text."""
        entry = self.entries.get(aneel_id)
        found = entry.fields.get(column) if entry else getattr(self.datasets.get(aneel_id), column, None)
        if column == "modified" and found:
            return moment(datetime.fromisoformat(found) if isinstance(found, str) else found)
        return ", ".join(map(str, found)) if isinstance(found, list) else str(found or "–")[:600]


@admin.register(DatasetMatch)
class DatasetMatchAdmin(ReadOnlyAdmin):
    """Nothing is merged by likeness: these wait for a decision, or show it."""

    list_display = ["pair", "score_number", "decision_badge", "decided_by", "decided_at"]
    list_filter = [("decision", ChoicesDropdownFilter)]
    ordering = ["-score", "first_id", "second_id"]
    sortable_by: list[str] = []
    search_fields = ["first_id", "second_id"]
    search_help_text = _("ANEEL id")
    actions_detail = ["confirm", "deny"]
    fieldsets = [
        (None, {"fields": ["comparison", ("score_number", "decision_badge")]}),
        (_("Decision"), {"fields": [("decided_by", "decided_at"), "reason"]}),
    ]

    def has_decide_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("aneel.change_datasetmatch")

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)
        described = Described(list(changelist.result_list))
        for match in changelist.result_list:
            match.described = described
        return changelist

    def get_queryset(self, request: HttpRequest) -> QuerySet[DatasetMatch]:
        return super().get_queryset(request).order_by("-score", "first_id", "second_id")

    @display(description=_("datasets"))
    def pair(self, match: DatasetMatch) -> SafeString:
        described = _described(match)
        lines = format_html_join(
            "",
            '<div class="flex flex-row gap-2 items-center">{} {}</div>',
            ((described.title(one), described.feeds(one)) for one in (match.first_id, match.second_id)),
        )
        return format_html('<div class="flex flex-col gap-1">{}</div>', lines)

    @display(description=_("likeness"))
    def score_number(self, match: DatasetMatch) -> str:
        return number(match.score, 1, "%")

    @display(description=_("decision"))
    def decision_badge(self, match: DatasetMatch) -> SafeString:
        return badge(match.get_decision_display(), _COLORS[MatchDecision(match.decision)])

    @display(description=_("side by side"))
    def comparison(self, match: DatasetMatch) -> SafeString:
        described = _described(match)
        ids = (match.first_id, match.second_id)
        cell = "py-2 pr-4 align-top"
        rows: list[tuple[Any, ...]] = [(column_name("aneel_id"), *ids), (_("Feeds"), *(described.feeds(one) for one in ids))]
        rows += [(column_name(column), *(described.value(one, column) for one in ids)) for column in _SHOWN if column != "title"]
        return format_html(
            '<table class="w-full text-left"><thead><tr><th></th><th class="{0} font-semibold">{1}</th>'
            '<th class="{0} font-semibold">{2}</th></tr></thead><tbody>{3}</tbody></table>',
            cell,
            described.title(match.first_id),
            described.title(match.second_id),
            format_html_join(
                "",
                '<tr class="border-t border-base-200 dark:border-base-800">'
                '<th class="py-2 pr-4 align-top font-normal w-40">{}</th>'
                '<td class="py-2 pr-4 align-top" style="overflow-wrap: anywhere">{}</td>'
                '<td class="py-2 pr-4 align-top" style="overflow-wrap: anywhere">{}</td></tr>',
                rows,
            ),
        )

    @action(
        description=_("They are the same"),
        icon="merge",
        variant=ActionVariant.PRIMARY,
        permissions=["decide"],
        dialog={
            "title": _("Are these one dataset?"),
            "description": _("They become one now, under the id of the more authoritative feed, and stay so at every load."),
            "form_class": None,
            "form_submit_text": _("Yes, the same"),
        },
    )
    def confirm(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        return self._decide(request, object_id, confirm_match, gettext("The two datasets are one now."))

    @action(
        description=_("They are different"),
        icon="call_split",
        permissions=["decide"],
        dialog={
            "title": _("Are these different datasets?"),
            "description": _("They stay two, and are not proposed again. If they had been joined, they are parted."),
            "form_class": None,
            "form_submit_text": _("Yes, different"),
        },
    )
    def deny(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        return self._decide(request, object_id, deny_match, gettext("The two datasets stay apart."))

    def _decide(self, request: HttpRequest, object_id: str, decide: Callable[..., Remade], said: str) -> HttpResponse:
        decide(get_object_or_404(DatasetMatch, pk=object_id), by=request.user.get_username())
        messages.success(request, said)
        answer = HttpResponse()
        answer["HX-Redirect"] = reverse("admin:aneel_datasetmatch_change", args=[object_id])
        return answer


def _described(match: DatasetMatch) -> Described:
    """Both datasets; those of a list are looked up together."""
    found: Described = getattr(match, "described", None) or Described([match])
    match.described = found  # type: ignore[attr-defined]
    return found
