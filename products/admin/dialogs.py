"""Small forms in the theme's dialogs, and how a dialog sends the page behind it on."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminSingleDateWidget, UnfoldAdminTextareaWidget

from products.actions.review import publish_blockers
from products.choices import CheckOutcome
from products.models import KitCheck, SolarKit

ACCEPTANCE_DAYS = 90


def go(url: str) -> HttpResponse:
    """Send the page that opened a dialog somewhere else (the dialog is answered by htmx, which follows redirects silently)."""
    return HttpResponse(headers={"HX-Redirect": url})


class ReasonForm(BaseDialogForm):
    """Why: kept in the change log."""

    reason = forms.CharField(label=_("Reason"), max_length=500, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}))


class PublishForm(ReasonForm):
    """Names what blocks the publication before anybody presses the button."""

    form_before_template = "ysh/admin/blockers.html"

    def get_before_template_context(self, request: Any, object_id: int | str | None = None) -> dict[str, Any]:
        kit = SolarKit.objects.filter(pk=object_id or 0).defer("raw_data", "search_vector").first()
        return {"blockers": publish_blockers(kit) if kit else []}


class AcceptForm(BaseDialogForm):
    """Which finding, why, and until when."""

    check = forms.ModelChoiceField(
        label=_("Finding"), queryset=KitCheck.objects.none(), widget=UnfoldAdminSelectWidget, empty_label=None
    )
    reason = forms.CharField(label=_("Reason"), max_length=1000, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}))
    until = forms.DateField(label=_("Accepted until (last day)"), widget=UnfoldAdminSingleDateWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["check"]
        choice.queryset = KitCheck.objects.filter(
            kit=self.object_id, outcome__in=[CheckOutcome.FAIL, CheckOutcome.WARN]
        ).worst_first()
        choice.label_from_instance = lambda check: f"{check} {check.subject}".strip()
        self.initial = {
            "check": self.request.GET.get("check"),
            "until": timezone.localdate() + timedelta(days=ACCEPTANCE_DAYS),
        }

    @property
    def expires_at(self) -> datetime:
        """The end of the last day, in the project's time zone."""
        return timezone.make_aware(datetime.combine(self.cleaned_data["until"] + timedelta(days=1), time.min))


class WithdrawForm(ReasonForm):
    """Which accepted finding shall count again, and why."""

    check = forms.ModelChoiceField(
        label=_("Finding"), queryset=KitCheck.objects.none(), widget=UnfoldAdminSelectWidget, empty_label=None
    )
    field_order = ("check", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["check"]
        choice.queryset = KitCheck.objects.filter(kit=self.object_id).exclude(override_author="").worst_first()
        choice.label_from_instance = lambda check: f"{check} {check.subject}".strip()
        self.initial = {"check": self.request.GET.get("check")}
