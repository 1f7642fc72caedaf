"""The catalogue of ANEEL's datasets."""

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from aneel.admin.dataset_description import DescriptionButtons, MakerFilter
from aneel.admin.dataset_origins import DoubtFilter, FeedFilter, origin_table
from aneel.choices import MatchDecision, SourceApi
from aneel.dataset_quality import quality_parts
from aneel.models import Dataset, DatasetMatch
from ysh.core.admin import DateRangeFilter, ReadOnlyAdmin, badge, data_size, external_link, json_block, labels, number, run_link
from ysh.core.quality_score import DIMENSIONS, reasons
from ysh.core.said import in_words


@admin.register(Dataset)
class DatasetAdmin(DescriptionButtons, ReadOnlyAdmin):
    """One dataset, as the most authoritative feed describes it."""

    list_display = [
        "title",
        "category",
        "format_names",
        "modified",
        "relevance_number",
        "score_number",
        "feeds_in_short",
        "doubts",
    ]
    list_filter = [
        ("category", ChoicesDropdownFilter),
        MakerFilter,
        FeedFilter,
        DoubtFilter,
        ("source_api", ChoicesDropdownFilter),
        ("modified", DateRangeFilter),
    ]
    ordering = ["title", "id"]
    sortable_by = ["title", "modified", "relevance_number"]
    search_fields = ["title__folded__contains", "aneel_id", "keywords", "extracted_keywords"]
    search_help_text = _("Title, keyword or ANEEL id")
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "title",
                    "description",
                    "keyword_labels",
                    "address",
                    ("modified", "published"),
                    ("update_frequency", "spatial"),
                    ("temporal_start", "temporal_end"),
                    ("license", "access_level"),
                ]
            },
        ),
        (_("What it is about"), {"fields": [("category", "relevance_number"), "found_keywords", "summary", "how_described"]}),
        (_("Resources"), {"fields": ["resource_list"]}),
        (_("Responsible"), {"fields": [("publisher_name", "publisher_email"), ("contact_name", "contact_email")]}),
        (_("Feeds"), {"fields": ["feed_labels", "possible_duplicates", "origins"]}),
        (
            _("Origin"),
            {
                "fields": [
                    ("aneel_id", "source_api"),
                    ("run", "last_fetched_at"),
                    ("score_number", "updated_at"),
                    "score_reasons",
                    "published_metadata",
                ]
            },
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Dataset]:
        """With whether a decision waits for the dataset."""
        open_ones = DatasetMatch.objects.filter(
            Q(first_id=OuterRef("aneel_id")) | Q(second_id=OuterRef("aneel_id")), decision=MatchDecision.PROPOSED
        )
        return super().get_queryset(request).annotate(is_doubtful=Exists(open_ones))

    @display(description=_("formats"))
    def format_names(self, dataset: Dataset) -> str:
        return ", ".join(dataset.formats) or "–"

    @display(description=_("quality score"))
    def score_number(self, dataset: Dataset) -> str:
        return number(dataset.data_quality_score, 2)

    @display(description=_("what costs quality"))
    def score_reasons(self, dataset: Dataset) -> SafeString | str:
        lost = reasons(quality_parts(dataset, timezone.now()))
        lines = ((DIMENSIONS[str(one["dimension"])], _column(str(one["check"])), in_words(one["said"])) for one in lost)
        found = format_html_join("", '<li><span class="text-subtle">{}</span> · {}: {}</li>', lines)
        return format_html('<ul class="flex flex-col gap-1">{}</ul>', found) if found else gettext("nothing")

    @display(description=_("keywords as published"))
    def keyword_labels(self, dataset: Dataset) -> SafeString | str:
        return labels(dataset.keywords) or "–"

    @display(description=_("address"))
    def address(self, dataset: Dataset) -> SafeString | str:
        return external_link(dataset.url)

    @display(description=_("resources"))
    def resource_list(self, dataset: Dataset) -> SafeString | str:
        lines = format_html_join(
            "", "<li>{} {} {}</li>", (_resource(item) for item in dataset.resources if isinstance(item, Mapping))
        )
        return format_html('<ul class="flex flex-col gap-2">{}</ul>', lines) if lines else "–"

    @display(description=_("feeds"))
    def feed_labels(self, dataset: Dataset) -> SafeString | str:
        return labels([SourceApi(feed).label for feed in dataset.feeds]) or "–"

    @display(description=_("feeds"))
    def feeds_in_short(self, dataset: Dataset) -> SafeString | str:
        """The most authoritative one, and how many more."""
        more = [f"+{len(dataset.feeds) - 1}"] if len(dataset.feeds) > 1 else []
        return labels([SourceApi(feed).label for feed in dataset.feeds[:1]] + more) or "–"

    @display(description=_("to look at"))
    def doubts(self, dataset: Dataset) -> SafeString | str:
        found = []
        if dataset.conflicts:
            count = len(dataset.conflicts)
            found.append(badge(ngettext("%(count)d conflict", "%(count)d conflicts", count) % {"count": count}, "info"))
        if getattr(dataset, "is_doubtful", False):
            found.append(badge(gettext("possible duplicate"), "warning"))
        return format_html_join(" ", "{}", ((one,) for one in found)) or "–"

    @display(description=_("possible duplicates"))
    def possible_duplicates(self, dataset: Dataset) -> SafeString | str:
        matches = DatasetMatch.objects.filter(Q(first_id=dataset.aneel_id) | Q(second_id=dataset.aneel_id))
        others = {match: match.second_id if match.first_id == dataset.aneel_id else match.first_id for match in matches}
        titles = dict(Dataset.objects.filter(aneel_id__in=others.values()).values_list("aneel_id", "title"))
        lines = (
            (
                reverse("admin:aneel_datasetmatch_change", args=[match.pk]),
                titles.get(other, other),
                number(match.score, 1, "%"),
                badge(match.get_decision_display(), "warning" if match.decision == MatchDecision.PROPOSED else ""),
            )
            for match, other in others.items()
        )
        return format_html_join("", '<div><a class="text-link" href="{}">{}</a> {} {}</div>', lines) or "–"

    @display(description=_("where each value is from"))
    def origins(self, dataset: Dataset) -> SafeString | str:
        return origin_table(dataset)

    @display(description=_("run"))
    def run(self, dataset: Dataset) -> SafeString | str:
        return run_link(dataset.source_run_id)

    @display(description=_("metadata as fetched"))
    def published_metadata(self, dataset: Dataset) -> SafeString | str:
        return json_block(dataset.raw_metadata)


def _resource(item: Mapping[str, Any]) -> tuple[SafeString, SafeString | str, str]:
    size = item.get("size")
    return (
        labels([str(item.get("format") or "?")]),
        external_link(str(item.get("url") or ""), str(item.get("name") or "")),
        data_size(size) if isinstance(size, int) else "",
    )


def _column(name: str) -> str:
    """The column's name for people."""
    columns = {field.name: field.verbose_name for field in Dataset._meta.fields}
    return str(columns.get("modified" if name == "age" else name, name))
