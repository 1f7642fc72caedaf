"""The page that undoes: what would be written, what has changed since, and a person's decision on each."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminTextInputWidget

from audit.actions.background import PAGE_RECORDS, begin, progress_of
from audit.actions.revert import (
    Conflicts,
    Outcome,
    RevertRefusedError,
    change_scope,
    preview,
    request_scope,
    revert,
)
from audit.models import RevertKind
from audit.planning import NothingToUndoError
from audit.plans import Action, Plan, RecordPlan, Scope
from audit.values import Names, attribute_label, label_and_unit, value_text
from ysh.core.admin import badge, moment
from ysh.core.errors import TerminalError

# Records shown one by one; those beyond follow the rule: written when nothing has changed since, left alone otherwise.
SHOWN = 200
ACTIONS: dict[Action, tuple[Any, str]] = {
    Action.UPDATE: (gettext_lazy("change back"), "info"),
    Action.RESTORE: (gettext_lazy("restore"), "success"),
    Action.DELETE: (gettext_lazy("delete"), "danger"),
    Action.RETIRE: (gettext_lazy("take out of sale"), "warning"),
    Action.NOTHING: (gettext_lazy("nothing to do"), ""),
}


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        # Without focus: the page would open at its end, past what is to be decided.
        widget=UnfoldAdminTextInputWidget(),
        help_text=gettext_lazy("Stands in the change log beside every change the undo makes."),
    )


class RevertPages(ModelAdmin):
    """Addresses of the previews; every write is a POST with its token, by people with `audit.revert`."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("revert/progress/<uuid:request_id>/", view(self.revert_progress_view), name="audit_revert_progress"),
            path("revert/<uuid:request_id>/", view(self.revert_request_view), name="audit_revert_request"),
            path("revert/change/<int:pk>/", view(self.revert_change_view), name="audit_revert_change"),
        ]
        return own + super().get_urls()

    def revert_request_view(self, request: HttpRequest, request_id: UUID) -> HttpResponse:
        """A request's or a run's changes, whichever the id is."""
        _may_revert(request)
        return self.revert_page(request, request_scope(request_id=request_id))

    def revert_change_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        _may_revert(request)
        return self.revert_page(request, change_scope(pk))

    def revert_page(self, request: HttpRequest, scope: Scope) -> HttpResponse:
        """The preview, and on POST the undo."""
        _may_revert(request)
        form = ReasonForm(request.POST or None)
        try:
            if request.method == "POST" and form.is_valid():
                if request.POST.get("records", "").isdecimal():
                    return self._begun(request, scope, form.cleaned_data["reason"])
                return self._done(request, self._revert(request, scope, form.cleaned_data["reason"]))
            plan = preview(scope)
        except RevertRefusedError as error:
            messages.error(request, str(error))
            plan = error.plan
        except NothingToUndoError as error:
            raise Http404(str(error)) from None
        except TerminalError as error:
            messages.error(request, str(error))
            return redirect("admin:audit_changelogentry_changelist")
        return TemplateResponse(request, "ysh/admin/revert.html", self._context(request, plan, form))

    def _revert(self, request: HttpRequest, scope: Scope, reason: str) -> Outcome:
        """Keys come as `write` (overwrite what has changed since) and `leave`."""
        return revert(
            scope,
            by=request.user.get_username(),
            reason=reason,
            overwrite=request.POST.getlist("overwrite"),
            leave=request.POST.getlist("leave"),
            conflicts=Conflicts.LEAVE,
            token=request.POST.get("token", ""),
        )

    def _begun(self, request: HttpRequest, scope: Scope, reason: str) -> HttpResponse:
        request_id = begin(
            scope,
            by=request.user.get_username(),
            reason=reason,
            records=int(request.POST["records"]),
            overwrite=request.POST.getlist("overwrite"),
            leave=request.POST.getlist("leave"),
            token=request.POST.get("token", ""),
            back=request.get_full_path(),
        )
        return redirect("admin:audit_revert_progress", request_id)

    def revert_progress_view(self, request: HttpRequest, request_id: UUID) -> HttpResponse:
        """How far an undo in the background is; the page asks anew until it is over."""
        _may_revert(request)
        progress = progress_of(request_id)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Undo in the background"),
            "model_admin": self,
            "progress": progress,
            "percent": progress.written * 100 // progress.records if progress.records else 0,
            "over": progress.state in {"done", "failed", "unknown"},
            "own": f"{reverse('admin:audit_changelogentry_changelist')}?request={request_id}",
        }
        return TemplateResponse(request, "ysh/admin/revert_progress.html", context, headers={"Cache-Control": "no-store"})

    def _done(self, request: HttpRequest, outcome: Outcome) -> HttpResponse:
        if outcome.request_id is None:
            messages.info(request, _("Nothing was left to undo."))
        else:
            text = ngettext("%(count)s record changed back.", "%(count)s records changed back.", outcome.written)
            messages.success(request, text % {"count": outcome.written})
        if outcome.left_out:
            text = ngettext("%(count)s thing left as it is.", "%(count)s things left as they are.", len(outcome.left_out))
            messages.warning(request, text % {"count": len(outcome.left_out)})
        for note in outcome.notes:
            messages.info(request, note)
        address = reverse("admin:audit_changelogentry_changelist")
        return redirect(f"{address}?request={outcome.request_id}" if outcome.request_id else address)

    def _context(self, request: HttpRequest, plan: Plan, form: ReasonForm) -> dict[str, Any]:
        names = Names().fetch(_references(plan.records))
        shown = sorted(plan.writes, key=lambda record: not (record.obstacle or record.conflict or record.conflicts))[:SHOWN]
        return {
            **self.admin_site.each_context(request),
            "title": title_of(plan.scope),
            "model_admin": self,
            "plan": plan,
            "records": [_shown(record, names) for record in shown],
            "in_background": len(plan.writes) if len(plan.writes) > PAGE_RECORDS else 0,
            "beyond": len(plan.writes) - len(shown),
            "idle": len(plan.records) - len(plan.writes),
            "conflict_count": len(plan.conflict_keys),
            "obstacle_count": len(plan.obstacle_keys),
            "form": form,
        }


def _may_revert(request: HttpRequest) -> None:
    if not request.user.has_perm("audit.revert"):
        raise PermissionDenied


def title_of(scope: Scope) -> str:
    """What the page is about, in words."""
    if scope.kind is RevertKind.RUN:
        return _("Undo everything run %(run)s wrote") % {"run": str(scope.run_id)[:8]}
    if scope.kind is RevertKind.REQUEST:
        return _("Undo request %(request)s") % {"request": str(scope.request_id)[:8]}
    if scope.kind is RevertKind.OBJECT:
        return _("Back to %(moment)s") % {"moment": moment(scope.moment)}
    return _("Undo one change")


def _references(records: Iterable[RecordPlan]) -> dict[type[models.Model], set[Any]]:
    """Rows that the values shown point to."""
    wanted: dict[type[models.Model], set[Any]] = {}
    for record in records:
        for write in record.fields:
            if isinstance(write.field, models.ForeignKey):
                values = {write.current, write.expected, write.target} - {None}
                wanted.setdefault(write.field.related_model, set()).update(values)
    return wanted


def _shown(record: RecordPlan, names: Names) -> dict[str, Any]:
    """One record for the template."""
    words, kind = ACTIONS[record.action]
    fields = []
    for write in record.fields:
        label = attribute_label(write.path) if write.path else label_and_unit(write.field)[0]

        def text(value: Any, write: Any = write) -> str:
            return value_text(write.field, value, names, write.path)

        fields.append(
            {
                "key": write.key,
                "label": label[:1].upper() + label[1:],
                "current": text(write.current),
                "expected": text(write.expected),
                "target": "" if record.action is Action.DELETE else text(write.target),
                "is_conflict": write.is_conflict,
            }
        )
    return {
        "key": record.key,
        "model": record.model._meta.verbose_name,
        "label": record.label,
        "action": badge(words, kind),
        "fields": fields,
        "conflict": record.conflict,
        "obstacle": record.obstacle,
        "note": record.note,
        "may_choose_fields": record.action is Action.UPDATE,
    }
