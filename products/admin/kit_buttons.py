"""Buttons of the kits' pages: steps of the review, accepting findings, a copy, a comparison. Deeds are in `products.actions`."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.dataclasses import UnfoldAction
from unfold.decorators import action
from unfold.enums import ActionVariant

from products.actions import review
from products.actions.kits import duplicate_kit
from products.actions.overrides import accept_finding, withdraw_acceptance
from products.actions.review import ACCEPT, STEPS, ReviewRefusedError, publish_blockers, steps_open_to
from products.actions.review_many import MOST_KITS, StepsTaken, take_step
from products.admin.dialogs import AcceptForm, PublishForm, ReasonForm, WithdrawForm, go
from products.admin.undo import say_undoable, undo_link
from products.choices import ReviewState
from products.models import SolarKit
from ysh.core.admin import number
from ysh.core.errors import TerminalError

Verb = Callable[..., SolarKit]
# Button -> the step it takes.
_BUTTONS = {"send": "submit_for_review", "publish": "publish_kit", "give_back": "return_to_draft", "archive": "archive_kit"}
_DONE = {
    "submit_for_review": _("%(kit)s: sent to review."),
    "publish_kit": _("%(kit)s: published."),
    "return_to_draft": _("%(kit)s: back to draft."),
    "archive_kit": _("%(kit)s: archived."),
}
_DONE_SEVERAL = {
    "submit_for_review": _("Kits sent to review: %(count)s."),
    "publish_kit": _("Kits published: %(count)s."),
    "return_to_draft": _("Kits back to draft: %(count)s."),
    "archive_kit": _("Kits archived: %(count)s."),
}
_TITLES = {
    "submit_for_review": _("Send to review"),
    "publish_kit": _("Publish"),
    "return_to_draft": _("Back to draft"),
    "archive_kit": _("Archive"),
}
MOST_COMPARED = 4
# Refusals named one by one; the others are counted.
MOST_REFUSALS = 8


def _dialog(title: Any, description: Any, form: type = ReasonForm) -> dict[str, Any]:
    return {"title": title, "description": description, "form_class": form, "form_submit_text": title}


class KitButtons(ModelAdmin):
    """Every step is a POST with its token and a reason; `products.actions.review` decides who may take it."""

    actions = ["selected_to_review", "selected_publish", "selected_to_draft", "selected_archive", "selected_compare"]
    actions_detail = [
        "send",
        "publish",
        "give_back",
        "archive",
        {"title": _("More"), "icon": "more_horiz", "items": ["replace_part", "duplicate", "compare_with", "accept", "withdraw"]},
    ]

    # --- permissions (methods, because the theme looks names with a dot up in a database that `migrate` is yet to fill)
    def has_flow_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(review.SUBMIT) or request.user.has_perm(review.PUBLISH)

    def has_accept_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(ACCEPT)

    def has_duplicate_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_add_permission(request)

    # --- one kit
    def _step(self, request: HttpRequest, name: str, form: ReasonForm, object_id: str) -> HttpResponse:
        kit = get_object_or_404(SolarKit, pk=object_id)
        self._take(request, name, kit, form.cleaned_data["reason"])
        return go(self._page(kit.pk))

    def _take(self, request: HttpRequest, name: str, kit: SolarKit, reason: str) -> bool:
        verb: Verb = getattr(review, name)
        try:
            verb(kit, by=request.user, reason=reason)
        except ReviewRefusedError as refusal:
            messages.error(request, str(refusal))
            return False
        say_undoable(request, _DONE[name] % {"kit": kit.kit_id})
        return True

    def _page(self, pk: Any) -> str:
        return reverse("admin:products_solarkit_change", args=[pk])

    @action(
        description=_("Send to review"),
        icon="send",
        variant=ActionVariant.PRIMARY,
        permissions=["flow"],
        dialog=_dialog(
            _("Send to review"), _("A reviewer looks at it next. What is missing for its publication is shown there.")
        ),
    )
    def send(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        return self._step(request, "submit_for_review", form, object_id)

    @action(
        description=_("Publish"),
        icon="publish",
        variant=ActionVariant.SUCCESS,
        permissions=["flow"],
        dialog=_dialog(_("Publish"), _("Customers and shops see it from now on."), PublishForm),
    )
    def publish(self, request: HttpRequest, form: PublishForm, object_id: str) -> HttpResponse:
        return self._step(request, "publish_kit", form, object_id)

    @action(
        description=_("Back to draft"),
        icon="undo",
        permissions=["flow"],
        dialog=_dialog(_("Back to draft"), _("It leaves the shop and the review, and is worked on again.")),
    )
    def give_back(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        return self._step(request, "return_to_draft", form, object_id)

    @action(
        description=_("Archive"),
        icon="archive",
        variant=ActionVariant.DANGER,
        permissions=["flow"],
        dialog=_dialog(_("Archive"), _("It is no longer on sale. Its history stays, and it can be brought back to draft.")),
    )
    def archive(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        return self._step(request, "archive_kit", form, object_id)

    @action(
        description=_("Accept a finding"),
        icon="gavel",
        permissions=["accept"],
        url_path="accept",
        dialog=_dialog(
            _("Accept a finding"),
            _("You answer for it until the day you name; the reason is shown with the finding."),
            AcceptForm,
        ),
    )
    def accept(self, request: HttpRequest, form: AcceptForm, object_id: str) -> HttpResponse:
        values = form.cleaned_data
        try:
            accept_finding(values["check"], by=request.user, reason=values["reason"], expires_at=form.expires_at)  # type: ignore[arg-type]
        except TerminalError as refusal:
            messages.error(request, str(refusal))
        else:
            say_undoable(request, gettext("%(rule)s: accepted.") % {"rule": values["check"].rule_id})
        return go(self._page(object_id))

    @action(
        description=_("Withdraw an acceptance"),
        icon="gavel",
        permissions=["accept"],
        url_path="withdraw",
        dialog=_dialog(_("Withdraw an acceptance"), _("The finding counts again from now on."), WithdrawForm),
    )
    def withdraw(self, request: HttpRequest, form: WithdrawForm, object_id: str) -> HttpResponse:
        check = form.cleaned_data["check"]
        withdraw_acceptance(check, by=request.user, reason=form.cleaned_data["reason"])  # type: ignore[arg-type]
        say_undoable(request, gettext("%(rule)s counts again.") % {"rule": check.rule_id})
        return go(self._page(object_id))

    @action(
        description=_("Duplicate"),
        icon="content_copy",
        permissions=["duplicate"],
        dialog=_dialog(_("Duplicate"), _("A draft with the same data and components, under a key of its own.")),
    )
    def duplicate(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        kit = get_object_or_404(SolarKit, pk=object_id)
        copy = duplicate_kit(kit, by=request.user, reason=form.cleaned_data["reason"])  # type: ignore[arg-type]
        say_undoable(request, gettext("%(copy)s is a copy of %(kit)s.") % {"copy": copy.kit_id, "kit": kit.kit_id})
        return go(self._page(copy.pk))

    @action(description=_("Replace a component"), icon="swap_horiz", permissions=["change"], url_path="replace-part")
    def replace_part(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect("admin:products_kit_replace", object_id)

    @action(description=_("Compare"), icon="compare_arrows", permissions=["view"], url_path="compare-with")
    def compare_with(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect(f"{reverse('admin:products_kit_compare')}?kits={object_id}")

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[UnfoldAction]:
        """Only the steps that this person may take from the kit's state."""
        state = SolarKit.objects.filter(pk=object_id).values_list("review_state", flat=True).first()
        if state is None:
            return []
        open_steps = set(steps_open_to(request.user, state))
        hidden = {button for button, step in _BUTTONS.items() if step not in open_steps}
        allowed = super().get_actions_detail(request, object_id)
        return [item for item in allowed if item.action_name.removeprefix("products_solarkit_") not in hidden]

    # --- several kits
    @admin.action(description=_("Send to review"), permissions=["flow"])
    def selected_to_review(self, request: HttpRequest, queryset: "QuerySet[SolarKit]") -> HttpResponse | None:
        return self._several(request, queryset, "submit_for_review")

    @admin.action(description=_("Publish"), permissions=["flow"])
    def selected_publish(self, request: HttpRequest, queryset: "QuerySet[SolarKit]") -> HttpResponse | None:
        return self._several(request, queryset, "publish_kit")

    @admin.action(description=_("Back to draft"), permissions=["flow"])
    def selected_to_draft(self, request: HttpRequest, queryset: "QuerySet[SolarKit]") -> HttpResponse | None:
        return self._several(request, queryset, "return_to_draft")

    @admin.action(description=_("Archive"), permissions=["flow"])
    def selected_archive(self, request: HttpRequest, queryset: "QuerySet[SolarKit]") -> HttpResponse | None:
        return self._several(request, queryset, "archive_kit")

    @admin.action(description=_("Compare"), permissions=["view"])
    def selected_compare(self, request: HttpRequest, queryset: "QuerySet[SolarKit]") -> HttpResponse:
        keys = ",".join(str(pk) for pk in queryset.values_list("pk", flat=True)[:MOST_COMPARED])
        return redirect(f"{reverse('admin:products_kit_compare')}?kits={keys}")

    def _say_taken(self, request: HttpRequest, name: str, done: StepsTaken) -> None:
        """What was done with the way to undo it, and why the rest was not."""
        if done.taken:
            text = _DONE_SEVERAL[name] % {"count": number(len(done.taken))}
            messages.success(request, format_html("{} {}", text, undo_link(done.request_id, request.user)))
        for refusal in done.refused[:MOST_REFUSALS]:
            messages.error(request, refusal)
        if (more := len(done.refused) - MOST_REFUSALS) > 0:
            messages.error(request, gettext("… and %(count)s more kits that stay as they are.") % {"count": number(more)})

    def _several(self, request: HttpRequest, queryset: "QuerySet[SolarKit]", name: str) -> HttpResponse | None:
        """Asks for the reason, showing what blocks which kit; then takes the step for each kit that can."""
        if queryset.count() > MOST_KITS:
            messages.error(request, gettext("More than %(most)d kits: take the step in parts.") % {"most": MOST_KITS})
            return None
        kits = list(queryset.with_components().prefetch_related("checks").select_related(None).order_by("kit_id"))  # type: ignore[attr-defined]
        if reason := request.POST.get("reason", "").strip():
            self._say_taken(request, name, take_step(name, kits, by=request.user, reason=reason))  # type: ignore[arg-type]
            return None
        step = STEPS[name]
        rows = []
        for kit in kits:
            blockers = publish_blockers(kit) if step.target == ReviewState.PUBLISHED else []
            rows.append({"kit": kit, "open": step.allows(request.user, kit.review_state), "blockers": blockers})
        context = {
            **self.admin_site.each_context(request),
            "title": _TITLES[name],
            "model_admin": self,
            "rows": rows,
            "action": request.POST["action"],
            "action_checkbox_name": ACTION_CHECKBOX_NAME,
            "reason_missing": "reason" in request.POST,
        }
        return TemplateResponse(request, "ysh/admin/kits_step.html", context)
