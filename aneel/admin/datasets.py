"""The catalogue of ANEEL's datasets."""

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from aneel.models import Dataset
from ysh.core.admin import DateRangeFilter, ReadOnlyAdmin, data_size, external_link, json_block, labels, number, run_link


@admin.register(Dataset)
class DatasetAdmin(ReadOnlyAdmin):
    """One dataset, as the most authoritative feed describes it."""

    list_display = ["title", "category", "format_names", "modified", "update_frequency", "score_number", "source_api"]
    list_filter = [("category", ChoicesDropdownFilter), ("source_api", ChoicesDropdownFilter), ("modified", DateRangeFilter)]
    ordering = ["title", "id"]
    sortable_by = ["title", "modified"]
    search_fields = ["title__folded__contains", "aneel_id", "keywords"]
    search_help_text = _("Title, keyword or ANEEL id")
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "title",
                    "description",
                    ("category", "keyword_labels"),
                    "address",
                    ("modified", "published"),
                    ("update_frequency", "spatial"),
                    ("temporal_start", "temporal_end"),
                    ("license", "access_level"),
                ]
            },
        ),
        (_("Resources"), {"fields": ["resource_list"]}),
        (_("Responsible"), {"fields": [("publisher_name", "publisher_email"), ("contact_name", "contact_email")]}),
        (
            _("Origin"),
            {
                "fields": [
                    ("aneel_id", "source_api"),
                    ("run", "last_fetched_at"),
                    ("data_quality_score", "updated_at"),
                    "published_metadata",
                ]
            },
        ),
    ]

    @display(description=_("formats"))
    def format_names(self, dataset: Dataset) -> str:
        return ", ".join(dataset.formats) or "–"

    @display(description=_("quality score"))
    def score_number(self, dataset: Dataset) -> str:
        return number(dataset.data_quality_score, 2)

    @display(description=_("keywords"))
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
