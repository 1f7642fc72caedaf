"""The page of a list's table: export the filter as CSV or XLSX, give it back edited, see cell by cell what would change."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET
from unfold.widgets import UnfoldAdminFileFieldWidget

from products.actions.bulk import BulkRefusedError
from products.actions.exchange import Cells, apply_cells
from products.admin.bulk import ReasonForm
from products.admin.curation import CurationList, list_query
from products.admin.undo import undo_link
from products.exchange.cells import BRAZIL, DIALECTS, words_of
from products.exchange.columns import Form, TableColumn
from products.exchange.compare import Comparison, RowChange, compare
from products.exchange.read import MOST_ROWS, TableRefusedError, read_table
from products.exchange.rows import table_columns, texts_of
from products.exchange.write import csv_lines, xlsx_file
from products.models import SolarKit
from ysh.core.admin import number

SHOWN_ROWS = 200
SHOWN_CONFLICTS = 500
_SALT, _MAX_AGE_SECONDS = "products.exchange", 6 * 3600
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class TableForm(forms.Form):
    table = forms.FileField(
        label=gettext_lazy("Edited table"),
        help_text=gettext_lazy("CSV or XLSX, exported here"),
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".csv,.xlsx"}),
    )


class TablePages(CurationList):
    """A mixin of a ModelAdmin."""

    def get_urls(self) -> list[URLPattern]:
        view, name = self.admin_site.admin_view, f"products_{self.opts.model_name}"
        return [
            path("table/", view(self.table_view), name=f"{name}_table"),
            path("table/export/", view(require_GET(self.export_view)), name=f"{name}_export"),
            *super().get_urls(),
        ]

    def curation_actions(self, request: HttpRequest) -> list[dict[str, Any]]:
        address = reverse(f"admin:products_{self.opts.model_name}_table")
        return [*super().curation_actions(request), {"title": _("Edit in a spreadsheet"), "icon": "table_view", "url": address}]

    def export_view(self, request: HttpRequest) -> HttpResponse | StreamingHttpResponse | FileResponse:
        """The filter's rows as a file, in the order of their codes."""
        if not self.has_view_permission(request):  # type: ignore[attr-defined]
            raise PermissionDenied
        dialect, kind = DIALECTS.get(request.GET.get("_dialect", BRAZIL.key)), request.GET.get("_format", "xlsx")
        if dialect is None or kind not in {"csv", "xlsx"}:
            raise Http404
        rows = self.filtered(request)
        if rows.count() > MOST_ROWS:
            messages.error(request, _("More than %(most)d rows: narrow the filter and export in parts.") % {"most": MOST_ROWS})
            return HttpResponseRedirect(self._table_address(request))
        columns = table_columns(rows)
        title = "kits" if self.model is SolarKit else _("products")
        name = f"{title}-{timezone.localdate():%Y-%m-%d}.{kind}"
        texts = texts_of(rows, columns)
        if kind == "xlsx":
            return FileResponse(xlsx_file(columns, texts, dialect), as_attachment=True, filename=name, content_type=_XLSX)
        response = StreamingHttpResponse(csv_lines(columns, texts, dialect), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response

    def table_view(self, request: HttpRequest) -> HttpResponse:
        """GET: export and upload. POST with a file: what it would change. POST with `take`: change it."""
        may_change = self.has_change_permission(request)  # type: ignore[attr-defined]
        if not self.has_view_permission(request) or (request.method == "POST" and not may_change):  # type: ignore[attr-defined]
            raise PermissionDenied
        if "take" in request.POST:
            return self._write_table(request)
        form = TableForm(request.POST or None, request.FILES or None)
        context: dict[str, Any] = {}
        if request.method == "POST" and form.is_valid():
            upload: Any = form.cleaned_data["table"]
            try:
                found = compare(self.model, read_table(upload.read(), upload.name))
                context = self._comparison(request, found, upload.name)
            except TableRefusedError as refusal:
                form.add_error("table", str(refusal))
        rows = self.filtered(request)
        context |= {
            **self.admin_site.each_context(request),
            "title": _("Edit in a spreadsheet"),
            "model_admin": self,
            "rows": number(rows.count()),
            "form": form,
            "may_change": may_change,
            "query": list_query(request),
            "pairs": [(name, value) for name in request.GET for value in request.GET.getlist(name)],
            "export_url": reverse(f"admin:products_{self.opts.model_name}_export"),
            "back": self._list_address(request),
        }
        return TemplateResponse(request, "ysh/admin/curation/table.html", context)

    def _comparison(self, request: HttpRequest, found: Comparison, document: str) -> dict[str, Any]:
        conflicts = [(row, cell) for row in found.changes for cell in row.cells if cell.conflict]
        told = {
            "model": self.opts.model_name,
            "user": request.user.pk,
            "document": document[:120],
            "sure": _told(found, conflict=False),
            "conflicts": _told(found, conflict=True, most=SHOWN_CONFLICTS),
        }
        published = sum(row.published for row in found.changes)
        return {
            "found": {
                "document": document,
                "rows": number(found.rows),
                "changed": number(len(found.changes)),
                "cells": number(found.cells),
                "untouched": number(found.untouched),
                "published": number(published) if published else "",
                "conflicts": number(len(conflicts)) if conflicts else "",
                "problems": number(found.problem_count) if found.problem_count else "",
                "not_editable": number(found.not_editable) if found.not_editable else "",
                "without_revision": number(found.without_revision) if found.without_revision else "",
                "unknown_headers": found.unknown_headers,
            },
            "changes": [_row(found, row) for row in found.changes[:SHOWN_ROWS] if any(not cell.conflict for cell in row.cells)],
            "more_changes": number(len(found.changes) - SHOWN_ROWS) if len(found.changes) > SHOWN_ROWS else "",
            "conflicts": [
                {
                    "name": f"{row.pk}:{cell.key}",
                    "row": row.name,
                    "column": found.columns[cell.key].title,
                    "now": _shown(found.columns[cell.key], cell.now),
                    "wanted": _shown(found.columns[cell.key], cell.wanted),
                }
                for row, cell in conflicts[:SHOWN_CONFLICTS]
            ],
            "problems": found.problems,
            "reason_form": ReasonForm() if found.changes else None,
            "take": signing.dumps(told, salt=_SALT, compress=True) if found.changes else "",
        }

    def _write_table(self, request: HttpRequest) -> HttpResponse:
        """Write what was shown, and of the conflicts those that were ticked."""
        back = HttpResponseRedirect(self._list_address(request))
        try:
            told = signing.loads(request.POST["take"], salt=_SALT, max_age=_MAX_AGE_SECONDS)
        except signing.BadSignature:
            told = {}
        if told.get("user") != request.user.pk or told.get("model") != self.opts.model_name:
            messages.error(request, _("The page had grown old: give the table again."))
            return HttpResponseRedirect(self._table_address(request))
        by: Any = request.user
        try:
            result = apply_cells(
                self.model,
                _chosen(told, set(request.POST.getlist("overwrite"))),
                document=told["document"],
                by=by,
                reason=request.POST.get("reason", ""),
            )
        except BulkRefusedError as refusal:
            messages.error(request, str(refusal))
            return HttpResponseRedirect(self._table_address(request))
        text = ngettext("%(cells)s cell changed in %(rows)s rows.", "%(cells)s cells changed in %(rows)s rows.", result.cells)
        text = text % {"cells": number(result.cells), "rows": number(result.rows)}
        messages.success(request, format_html("{} {}", text, undo_link(result.request_id, request.user) if result.rows else ""))
        if result.overtaken:
            text = _("%(count)s cells were left alone: somebody changed them while you looked.")
            messages.warning(request, text % {"count": number(result.overtaken)})
        return back

    def _table_address(self, request: HttpRequest) -> str:
        return _with_query(reverse(f"admin:products_{self.opts.model_name}_table"), list_query(request))

    def _list_address(self, request: HttpRequest) -> str:
        return _with_query(reverse(f"admin:products_{self.opts.model_name}_changelist"), list_query(request))


def _with_query(address: str, query: str) -> str:
    return f"{address}?{query}" if query else address


def _told(found: Comparison, *, conflict: bool, most: int | None = None) -> dict[str, dict[str, tuple[str, str]]]:
    """Row -> column -> (now, wanted), as the form carries it."""
    told: dict[str, dict[str, tuple[str, str]]] = {}
    count = 0
    for row in found.changes:
        for cell in row.cells:
            if cell.conflict is conflict and (most is None or count < most):
                told.setdefault(str(row.pk), {})[cell.key] = (cell.now, cell.wanted)
                count += 1
    return told


def _chosen(told: dict[str, Any], overwritten: set[str]) -> Cells:
    cells: dict[int, dict[str, tuple[str, str]]] = {}
    for part in ("sure", "conflicts"):
        for pk, row in told[part].items():
            for key, (now, wanted) in row.items():
                if part == "sure" or f"{pk}:{key}" in overwritten:
                    cells.setdefault(int(pk), {})[key] = (now, wanted)
    return cells


def _row(found: Comparison, row: RowChange) -> dict[str, Any]:
    cells = [
        (found.columns[cell.key].title, _shown(found.columns[cell.key], cell.now), _shown(found.columns[cell.key], cell.wanted))
        for cell in row.cells
        if not cell.conflict
    ]
    return {"name": row.name, "line": number(row.line), "published": row.published, "cells": cells}


def _shown(column: TableColumn, text: str) -> str:
    """A canonical text as the page's reader writes it."""
    if text and column.form in {Form.NUMBER, Form.INTEGER}:
        return number(Decimal(text), column.places)
    return words_of(column, text, BRAZIL) or "–"
