"""What a dataset is about on its page: how that came about, and a person's corrections."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from aneel.actions.datasets import correct_dataset, forget_corrections
from aneel.admin.dataset_origins import column_name
from aneel.choices import DatasetCategory, EnrichedBy
from aneel.dataset_descriptions import DESCRIBED
from aneel.models import Dataset
from ysh.core.admin import badge, labels, moment, number

_MOST_KEYWORDS = 12


class CorrectionForm(BaseDialogForm):
    """What a person says a dataset is about, and why."""

    category = forms.ChoiceField(label=_("Category"), required=False, widget=UnfoldAdminSelectWidget)
    extracted_keywords = forms.CharField(
        label=_("Keywords, separated by commas"), required=False, max_length=600, widget=UnfoldAdminTextInputWidget
    )
    summary = forms.CharField(
        label=_("Summary"), required=False, max_length=600, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3})
    )
    solar_relevance = forms.DecimalField(
        label=_("Relevance for solar energy, 0 to 1"),
        required=False,
        min_value=0,
        max_value=1,
        decimal_places=2,
        localize=True,
        # A number input shows nothing where the value has a comma, and would send that nothing back.
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal"}),
    )
    reason = forms.CharField(label=_("Reason"), max_length=500, widget=UnfoldAdminTextInputWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["category"]
        choice.choices = [("", "–"), *DatasetCategory.choices]
        row = Dataset.objects.filter(pk=self.object_id).only(*DESCRIBED).first()
        if row is not None:
            self.initial = {
                "category": row.category or "",
                "extracted_keywords": ", ".join(row.extracted_keywords),
                "summary": row.summary,
                "solar_relevance": row.solar_relevance,
            }

    def clean_category(self) -> str | None:
        return self.cleaned_data["category"] or None

    def clean_extracted_keywords(self) -> list[str]:
        found = [" ".join(part.split()) for part in self.cleaned_data["extracted_keywords"].split(",")]
        kept = list(dict.fromkeys(part for part in found if part))
        if len(kept) > _MOST_KEYWORDS:
            raise forms.ValidationError(gettext("At most %(count)d keywords.") % {"count": _MOST_KEYWORDS})
        return kept


class MakerFilter(DropdownFilter):
    """Datasets by how it was worked out what they are about."""

    title = _("described by")
    parameter_name = "described_by"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [*EnrichedBy.choices, ("PERSON", _("A person's correction")), ("NOBODY", _("Not yet described"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        said = self.value()
        if said == "PERSON":
            return queryset.exclude(corrections={})
        if said == "NOBODY":
            return queryset.filter(enriched_by=None)
        return queryset.filter(enriched_by=said) if said in EnrichedBy.values else queryset


class DescriptionButtons(ModelAdmin):
    """Corrections are made with the right to change datasets; the other columns are the portals'."""

    actions_detail = ["correct", "forget"]

    def has_correct_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("aneel.change_dataset")

    @display(description=_("keywords found in its text"))
    def found_keywords(self, dataset: Dataset) -> SafeString | str:
        return labels(dataset.extracted_keywords) or "–"

    @display(description=_("relevance"), ordering="solar_relevance")
    def relevance_number(self, dataset: Dataset) -> str:
        return number(dataset.solar_relevance, 2)

    @display(description=_("how it was worked out"))
    def how_described(self, dataset: Dataset) -> SafeString | str:
        lines = []
        if dataset.enriched_by:
            said = [EnrichedBy(dataset.enriched_by).label, dataset.enriched_model, dataset.enrichment_version]
            lines.append((labels([one for one in said if one]), moment(dataset.enriched_at)))
        for column, one in dataset.corrections.items():
            words = [str(one.get("by", "")), _said_at(one), str(one.get("reason", ""))]
            lines.append((badge(column_name(column), "info"), " · ".join(word for word in words if word)))
        return format_html_join("", '<div class="flex flex-row flex-wrap gap-2 items-center">{} {}</div>', lines) or "–"

    @action(
        description=_("Correct the description"),
        icon="edit_note",
        permissions=["correct"],
        dialog={
            "title": _("What is this dataset about?"),
            "description": _("What you change stays as you say it, whatever rules or the model find later."),
            "form_class": CorrectionForm,
            "form_submit_text": _("Save"),
        },
    )
    def correct(self, request: HttpRequest, form: CorrectionForm, object_id: str) -> HttpResponse:
        said = form.cleaned_data
        values = {column: said[column] for column in DESCRIBED}
        columns = correct_dataset(_dataset(object_id), values=values, by=request.user.get_username(), reason=said["reason"])
        if columns:
            names = ", ".join(column_name(column) for column in columns)
            messages.success(request, gettext("Corrected: %(columns)s.") % {"columns": names})
        else:
            messages.info(request, gettext("Nothing was different."))
        return _back(object_id)

    @action(
        description=_("Take corrections back"),
        icon="undo",
        permissions=["correct"],
        dialog={
            "title": _("Leave the description to the rules again?"),
            "description": _("The values stay until the next enrichment, which works them out anew."),
            "form_class": None,
            "form_submit_text": _("Take back"),
        },
    )
    def forget(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        forget_corrections(_dataset(object_id), by=request.user.get_username(), reason=gettext("Corrections taken back"))
        messages.success(request, gettext("The next enrichment works the description out anew."))
        return _back(object_id)


def _dataset(object_id: str) -> Dataset:
    return get_object_or_404(Dataset.objects.defer("raw_metadata", "search_vector"), pk=object_id)


def _back(object_id: str) -> HttpResponse:
    return HttpResponse(headers={"HX-Redirect": reverse("admin:aneel_dataset_change", args=[object_id])})


def _said_at(one: dict[str, Any]) -> str:
    return moment(datetime.fromisoformat(one["at"])) if one.get("at") else ""
