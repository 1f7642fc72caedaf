"""The global timeline: nothing is asked of the database before the reader has chosen a filter."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from audit.admin.cards import cards
from audit.choices import ChangeSource, Operation
from audit.tables import models_by_table
from audit.timeline import Filters, Place, TimelinePage, read
from ysh.core.admin import moment

PAGE_SIZE = 50
# By what people call a record, where its key says nothing to them.
_CODES = ("kit_id", "sku", "code", "certificate_number", "username")


def _kinds() -> list[tuple[str, Any]]:
    found = [
        (".".join(table), capfirst(model._meta.verbose_name_plural))
        for table, model in models_by_table().items()
        if table[0] in {"products", "aneel", "public"} and not model._meta.auto_created
    ]
    return [("", gettext_lazy("Any kind")), *sorted(found, key=lambda pair: str(pair[1]))]


def _text(label: Any, **attrs: str) -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=200, widget=UnfoldAdminTextInputWidget(attrs=attrs))


def _choice(label: Any, choices: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, required=False, choices=choices, widget=UnfoldAdminSelectWidget)


def _day(label: Any) -> forms.DateField:
    return forms.DateField(label=label, required=False, widget=UnfoldAdminTextInputWidget(attrs={"type": "date"}))


class TimelineForm(forms.Form):
    """What to look for."""

    kind = _choice(gettext_lazy("Kind of record"), _kinds)
    record = _text(gettext_lazy("Record"), placeholder="KIT-00001")
    actor = _text(gettext_lazy("Person or program"))
    field = _text(gettext_lazy("Field"), placeholder="sale_price")
    source = _choice(gettext_lazy("Through"), [("", gettext_lazy("Anything")), *ChangeSource.choices])
    operation = _choice(gettext_lazy("Operation"), [("", gettext_lazy("Any")), *Operation.choices])
    since = _day(gettext_lazy("From"))
    until = _day(gettext_lazy("To"))
    request = forms.UUIDField(
        label=gettext_lazy("Request or run"), required=False, widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "UUID"})
    )

    def clean(self) -> dict[str, Any]:
        """Raises: ValidationError on `record` without a kind, or when no record of the kind is known by that."""
        data = super().clean() or {}
        if data.get("record") and not data.get("kind"):
            self.add_error("record", _("Choose the kind of record too."))
        return data

    def filters(self, run_id: UUID | None = None) -> Filters:
        """The cleaned form as filters of the log."""
        data = self.cleaned_data
        schema, _dot, table = data["kind"].partition(".")
        record = data["record"].strip()
        if record and (model := models_by_table().get((schema, table))) is not None:
            record = key_of(model, record)
        return Filters(
            schema=schema,
            table=table,
            record_id=record,
            with_children=bool(record),
            actor=data["actor"].strip(),
            field=data["field"].strip(),
            source=data["source"],
            operation=data["operation"],
            since=_start(data["since"]),
            until=_start(data["until"], days=1),
            request_id=data["request"],
            run_id=run_id,
        )


def _start(day: Any, days: int = 0) -> datetime | None:
    if day is None:
        return None
    return timezone.make_aware(datetime.combine(day + timedelta(days=days), datetime.min.time()))


def key_of(model: type[models.Model], text: str) -> str:
    """A record's key from what people call it; the text itself when nobody is called so (any more)."""
    names = {field.name for field in model._meta.concrete_fields}
    for code in _CODES:
        if (
            code in names
            and (found := model._base_manager.filter(**{code: text}).values_list("pk", flat=True).first()) is not None
        ):
            return str(found)
    return text


class Timeline(ModelAdmin):
    """Takes the place of the model's list."""

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        data = request.GET.copy()
        _old_search(data)
        form = TimelineForm(data)
        page = None
        if form.is_valid():
            page = self._page(form.filters(_uuid(data.get("run"))), data)
        context = {
            **self.admin_site.each_context(request),
            "title": capfirst(self.opts.verbose_name_plural),
            "opts": self.opts,
            "form": form,
            "page": page,
            "cards": cards(request, page.entries) if page else [],
            "searched_to": moment(page.searched_to) if page and page.searched_to else "",
            "next": address_of(data, page.next) if page and page.next else "",
            **(extra_context or {}),
        }
        return TemplateResponse(request, "ysh/admin/timeline.html", context)

    def _page(self, filters: Filters, data: Any) -> TimelinePage | None:
        """The page asked for; None while nothing is looked for. An id that no request has may be a run's."""
        if not filters.any():
            return None
        after = place_of(data.get("before", ""))
        page = read(filters, after=after, size=PAGE_SIZE)
        if page.entries or not filters.request_id or after:
            return page
        as_run = {name: getattr(filters, name) for name in Filters.__dataclass_fields__}
        return read(Filters(**as_run | {"request_id": None, "run_id": filters.request_id}), size=PAGE_SIZE)


def _old_search(data: Any) -> None:
    """`q=products.products 42` and `q=maria`, as bookmarks of the former list have it."""
    words = data.get("q", "").split()
    if not words:
        return
    if "." in words[0] and tuple(words[0].split(".", 1)) in models_by_table():
        data["kind"], data["record"] = words[0], " ".join(words[1:])
    else:
        data["actor"] = " ".join(words)[:200]


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None


def place_of(text: str) -> Place | None:
    """`2026-11-23T05:00:00+00:00,42`; None for anything else: the list begins at its newest entry then."""
    instant, _comma, key = text.partition(",")
    try:
        return Place(datetime.fromisoformat(instant), int(key))
    except ValueError:
        return None


def address_of(data: Any, place: Place) -> str:
    kept = {name: value for name, value in data.items() if value and name not in {"before", "q"}}
    return "?" + urlencode(kept | {"before": f"{place.changed_at.isoformat()},{place.id}"})
