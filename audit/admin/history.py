"""A record's history, in the place of Django's: its timeline with its children's, and the record as of any moment."""

from datetime import datetime, time, timedelta
from typing import Any

from django.apps import apps
from django.contrib import messages
from django.contrib.admin.utils import quote
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin

from audit.actions.revert import object_scope
from audit.admin.cards import cards
from audit.admin.reverts import RevertPages
from audit.admin.timeline import address_of, place_of
from audit.as_of import Snapshot, as_of
from audit.kept import whole_since
from audit.planning import THINNED_OUT
from audit.presenters import NOUNS
from audit.relatives import children_of
from audit.tables import AnyField, models_by_table, rows_of, table_of
from audit.timeline import Filters, read
from audit.values import Names, label_and_unit, name_of, value_text
from products.models import KitCheck, Price, Product, SolarKit
from ysh.core.admin import brl, moment
from ysh.core.errors import TerminalError

PAGE_SIZE = 100
_NOT_SHOWN = frozenset({"search_vector", "raw_data", "updated_at", "source_run_id", "provenance"})


class HistoryPages(ModelAdmin):
    """Address of every audited model's history."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("history/<str:label>/<path:pk>/", view(self.object_history_view), name="audit_object_history"),
            path("revert/object/<str:label>/<path:pk>/", view(self.revert_object_view), name="audit_revert_object"),
            *super().get_urls(),
        ]

    def object_history_view(self, request: HttpRequest, label: str, pk: str) -> HttpResponse:
        """The timeline of a record; with `as_of` the record as it was then."""
        model = _model(request, label)
        schema, table = table_of(model)
        filters = Filters(schema=schema, table=table, record_id=pk, with_children=True)
        page = read(filters, after=place_of(request.GET.get("before", "")), size=PAGE_SIZE)
        row = rows_of(model, [pk]).get(pk)
        if row is None and not page.entries:
            raise Http404(f"{label} {pk}: neither a record nor in the log.")
        name = name_of(row) if row is not None else _last_label(page.entries, (schema, table), pk)
        asked = request.GET.get("as_of", "")
        instant = _instant(asked)
        if asked and instant is None:
            messages.error(request, _("“%(text)s” is not a moment. Expected for example 2026-12-31.") % {"text": asked[:60]})
        context = {
            **self.admin_site.each_context(request),
            "title": _("History: %(record)s") % {"record": f"{NOUNS.get(model, model._meta.verbose_name)} {name}"},
            "opts": model._meta,
            "cards": cards(request, page.entries),
            "here": request.path,
            "next": address_of(request.GET, page.next) if page.next else "",
            "record": reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[quote(pk)])
            if row is not None
            else "",
            "is_gone": row is None,
            "asked": instant.date().isoformat() if instant else "",
            **(_state(request, model, pk, instant) if instant else {}),
        }
        return TemplateResponse(request, "ysh/admin/history.html", context)

    def revert_object_view(self, request: HttpRequest, label: str, pk: str) -> HttpResponse:
        """The preview of a record's way back to `to`, and on POST the way back."""
        model = _model(request, label)
        instant = _instant(request.GET.get("to", ""))
        if instant is None:
            raise Http404("Expected ?to= with a moment, ISO 8601.")
        assert isinstance(self, RevertPages)  # noqa: S101  (typing: the two are mixed into one page)
        return self.revert_page(request, object_scope(model, pk, instant))


def _model(request: HttpRequest, label: str) -> type[models.Model]:
    """The model, when this person may see its rows.

    Raises:
        Http404: no model of that name is in the log.
        PermissionDenied: they may not.
    """
    try:
        model = apps.get_model(label)
    except (LookupError, ValueError):
        raise Http404(label) from None
    if table_of(model) not in models_by_table():
        raise Http404(label)
    if not request.user.has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}"):
        raise PermissionDenied
    return model


def _last_label(entries: Any, table: tuple[str, str], pk: str) -> str:
    own = (entry for entry in entries if (entry.table_schema, entry.table_name, entry.record_id) == (*table, pk))
    return next((entry.record_label for entry in own if entry.record_label), pk)


def _instant(text: str) -> datetime | None:
    """A moment as ISO 8601, or a day, which means its end; now when that is still to come."""
    try:
        if len(text) == 10:
            end = timezone.make_aware(datetime.combine(datetime.fromisoformat(text).date() + timedelta(days=1), time.min))
            return min(end - timedelta(microseconds=1), timezone.now())
        found = datetime.fromisoformat(text.replace(" ", "+"))
    except (ValueError, OverflowError):
        return None
    return found if found.tzinfo else timezone.make_aware(found)


def _state(request: HttpRequest, model: type[models.Model], pk: str, instant: datetime) -> dict[str, Any]:
    """The record as it was, for the template."""
    try:
        then = as_of(model, pk, instant)
    except TerminalError as error:
        messages.error(request, str(error))
        return {}
    told: dict[str, Any] = {"as_of": moment(instant), "existed": then is not None}
    since = whole_since(model, *(child.model for child in children_of(model)))
    if since is not None and instant < since:
        told["thinned_out"] = THINNED_OUT % {"since": date_format(timezone.localtime(since), "SHORT_DATE_FORMAT")}
    if request.user.has_perm("audit.revert"):
        address = reverse("admin:audit_revert_object", args=[model._meta.label_lower, pk])
        told["revert"] = f"{address}?to={instant.isoformat().replace('+', '%2B')}"
    if then is None:
        return told
    now = as_of(model, pk, timezone.now())
    names = Names().fetch(_references([then, *([now] if now else [])]))
    told["fields"] = list(_rows(model, then.values, now.values if now else {}, names))
    told["children"] = [
        {
            "title": capfirst(child._meta.verbose_name_plural),
            "unknown": child in then.unknown,
            "columns": [capfirst(label_and_unit(found)[0]) for found in _columns(child, then.model)],
            "rows": [
                [
                    (capfirst(label_and_unit(found)[0]), value_text(found, row.get(str(found.column)), names))
                    for found in _columns(child, then.model)
                ]
                for row in rows
            ],
        }
        for child, rows in then.children.items()
    ]
    told["prices"] = _prices(model, pk, instant)
    return told


def _columns(child: type[models.Model], parent: type[models.Model]) -> "list[AnyField]":
    """What is shown of a child: little of a check, of other children what is not the parent's."""
    if child is KitCheck:
        names = ("rule_id", "outcome", "value", "limit", "message", "override_reason")
        return [child._meta.get_field(name) for name in names]  # type: ignore[misc]
    return [
        found
        for found in child._meta.concrete_fields
        if not found.primary_key
        and found.name not in _NOT_SHOWN | {"created_at", "display_order"}
        and not (isinstance(found, models.ForeignKey) and found.related_model is parent)
    ]


def _references(snapshots: list[Snapshot]) -> dict[type[models.Model], set[Any]]:
    wanted: dict[type[models.Model], set[Any]] = {}
    for snapshot in snapshots:
        for model, rows in ((snapshot.model, [snapshot.values]), *snapshot.children.items()):
            for found in model._meta.concrete_fields:
                if isinstance(found, models.ForeignKey):
                    values = {row.get(str(found.column)) for row in rows} - {None}
                    wanted.setdefault(found.related_model, set()).update(values)
    return wanted


def _rows(model: type[models.Model], then: dict[str, Any], now: dict[str, Any], names: Names) -> Any:
    """Field, then, now; what differs first, what was and is empty not at all."""
    found = []
    for column in model._meta.concrete_fields:
        if column.primary_key or column.name in _NOT_SHOWN:
            continue
        both = [values.get(str(column.column)) for values in (then, now)]
        if all(value is None or value in ("", [], {}) for value in both):
            continue
        texts = [value_text(column, value, names) for value in both]
        found.append(
            {"label": capfirst(label_and_unit(column)[0]), "then": texts[0], "now": texts[1], "differs": texts[0] != texts[1]}
        )
    return sorted(found, key=lambda row: not row["differs"])


def _prices(model: type[models.Model], pk: str, instant: datetime) -> list[str]:
    """The prices in force then, one a supplier and kind."""
    if model not in (Product, SolarKit):
        return []
    name = "product" if model is Product else "kit"
    rows = Price.objects.filter(**{name: pk}).in_force(instant).select_related("supplier")
    return [
        " · ".join(
            filter(None, [f"{row.get_kind_display()}: {brl(row.amount)}", str(row.supplier or ""), moment(row.valid_from)])
        )
        for row in rows
    ]
