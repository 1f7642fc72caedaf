"""Suppliers' lists: upload, what they would change, apply; mappings of unknown ones. Deeds are in `pipeline.suppliers`."""

import json
import tempfile
from pathlib import Path
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.core.validators import RegexValidator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from pipeline.admin.mapping_page import mapping_view
from pipeline.admin.preview_words import label_of, shown
from pipeline.choices import ImportAction, ImportStatus
from pipeline.errors import RunAlreadyActiveError
from pipeline.models import CatalogImport, IngestionRun, SupplierMapping
from pipeline.suppliers import uploads
from pipeline.suppliers.mapping import MappingError, as_json, from_json, load
from pipeline.suppliers.read.open_list import MAX_BYTES
from pipeline.suppliers.run import mapping_of
from ysh.core.admin import ReadOnlyAdmin, badge, moment, number
from ysh.core.errors import YshError

PER_PAGE = 50
_COLOURS = {
    "PARSING": "info",
    "READY": "warning",
    "APPLYING": "info",
    "APPLIED": "success",
    "FAILED": "danger",
    "DISCARDED": "default",
}
_SUPPLIER_CODE = RegexValidator(r"^[a-z0-9]+([_-][a-z0-9]+)*$", _("Lower-case letters, digits and hyphens, e.g. fortlev."))


class ManyFilesInput(UnfoldAdminFileFieldWidget):
    allow_multiple_selected = True


class ManyFiles(forms.FileField):
    """One or more files, each within the limit."""

    widget = ManyFilesInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        files = [super(ManyFiles, self).clean(file, initial) for file in (data if isinstance(data, list | tuple) else [data])]
        for file in files:
            if file and file.size > MAX_BYTES:
                raise forms.ValidationError(_("A list may have at most 100 MB."))
        return [file for file in files if file]


class UploadForm(forms.Form):
    supplier = forms.CharField(
        label=_("Supplier"), max_length=40, validators=[_SUPPLIER_CODE],
        help_text=_("code: fortlev, fotus, neosolar, or a new one"), widget=UnfoldAdminTextInputWidget,
    )  # fmt: skip
    lists = ManyFiles(label=_("Lists"), help_text=_("CSV, XLSX, JSON or Markdown page captures; products and kits together"))
    mapping = forms.FileField(
        label=_("Mapping"),
        required=False,
        widget=UnfoldAdminFileFieldWidget,
        help_text=_("a JSON file, instead of the supplier's own mapping"),
    )

    def clean_mapping(self) -> dict[str, Any] | None:
        file = self.cleaned_data.get("mapping")
        if not file:
            return None
        try:
            return as_json(load(file.read(1_000_000), supplier=self.data.get("supplier", ""), origin=file.name))
        except (MappingError, UnicodeDecodeError) as error:
            raise forms.ValidationError(str(error)) from error


@admin.register(CatalogImport)
class CatalogImportAdmin(ReadOnlyAdmin):
    """Uploads, newest first; an upload's page is its preview."""

    list_display = ["supplier_code", "state", "uploaded", "requested_by", "records_number"]
    list_filter = ["status", "supplier_code"]
    ordering = ["-created_at", "id"]
    sortable_by: list[str] = []
    actions_list = ["upload"]

    @display(description=_("status"))
    def state(self, row: CatalogImport) -> Any:
        return badge(row.get_status_display(), _COLOURS[row.status])

    @display(description=_("uploaded"))
    def uploaded(self, row: CatalogImport) -> str:
        return moment(row.created_at)

    @display(description=_("records read"))
    def records_number(self, row: CatalogImport) -> str:
        return number(row.records_read)

    def has_import_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("pipeline.import_catalog")

    @action(
        description=_("Upload lists"),
        icon="upload",
        variant=ActionVariant.PRIMARY,
        permissions=["import"],
        url_path="upload-lists",
    )
    def upload(self, request: HttpRequest) -> HttpResponse:
        return redirect("admin:pipeline_catalog_upload")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("upload/", view(self.upload_view), name="pipeline_catalog_upload"),
            path("<uuid:pk>/progress/", view(self.progress_view), name="pipeline_catalog_progress"),
            path("<uuid:pk>/decide/", view(require_POST(self.decide_view)), name="pipeline_catalog_decide"),
            *super().get_urls(),
        ]

    def _may(self, request: HttpRequest) -> None:
        if not self.has_import_permission(request):
            raise PermissionDenied

    def _context(self, request: HttpRequest, title: str, **more: Any) -> dict[str, Any]:
        return {**self.admin_site.each_context(request), "title": title, "model_admin": self, **more}

    def upload_view(self, request: HttpRequest) -> HttpResponse:
        """Choose supplier and files; they are read in the background."""
        self._may(request)
        form = UploadForm(request.POST or None, request.FILES or None, initial={"supplier": request.GET.get("supplier", "")})
        if request.method == "POST" and form.is_valid():
            with tempfile.TemporaryDirectory(prefix="ysh-upload-") as folder:
                files = [
                    (_kept(file, Path(folder) / str(place)), file.name) for place, file in enumerate(form.cleaned_data["lists"])
                ]
                upload = uploads.upload_lists(
                    supplier=form.cleaned_data["supplier"],
                    files=files,
                    by=request.user.get_username(),
                    mapping=form.cleaned_data["mapping"],
                )
            return redirect("admin:pipeline_catalogimport_change", upload.pk)
        return TemplateResponse(
            request, "ysh/admin/list_upload.html", self._context(request, gettext("Upload suppliers' lists"), form=form)
        )

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> Any:
        """The preview: what is new, changed, unchanged, refused."""
        if not self.has_view_permission(request) or object_id is None or request.method not in {"GET", "HEAD"}:
            raise PermissionDenied
        upload = get_object_or_404(CatalogImport, pk=object_id)
        counts = {name: upload.rows.filter(action=name).count() for name in ImportAction.values}
        tab = request.GET.get("action", "")
        if tab not in counts:
            tab = next((name for name in ("UPDATE", "INSERT", "REJECT", "UNCHANGED") if counts[name]), "UPDATE")
        page = Paginator(upload.rows.filter(action=tab).order_by("id"), PER_PAGE).get_page(request.GET.get("page"))
        context = self._context(
            request,
            gettext("List of %(supplier)s") % {"supplier": upload.supplier_code},
            upload=upload,
            tabs=[
                (name, ImportAction(name).label, number(counts[name]), name == tab)
                for name in ("UPDATE", "INSERT", "UNCHANGED", "REJECT")
            ],
            page=page,
            shown=tab,
            rows=[_row(row) for row in page],
            mapped=_mapped(upload),
            left_out=upload.rows.filter(selected=False).exclude(action=ImportAction.REJECT).count(),
            waits=upload.status in {ImportStatus.PARSING, ImportStatus.APPLYING},
            ready=upload.status == ImportStatus.READY and self.has_import_permission(request),
            may_tick=tab not in {ImportAction.REJECT, ImportAction.UNCHANGED},
            run=IngestionRun.objects.filter(run_id=upload.run_id).first() if upload.run_id else None,
            undo=_undo_address(upload),
        )
        return TemplateResponse(request, "ysh/admin/list_preview.html", context)

    def progress_view(self, request: HttpRequest, pk: Any) -> JsonResponse:
        """The upload's state, which its page asks for while it is read or applied."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        upload = get_object_or_404(CatalogImport, pk=pk)
        return JsonResponse({"status": upload.status, "records": upload.records_read}, headers={"Cache-Control": "no-store"})

    def decide_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """Keep the ticks of this page; then go on, apply, or throw away."""
        self._may(request)
        upload = get_object_or_404(CatalogImport, pk=pk)
        back = redirect(f"{reverse('admin:pipeline_catalogimport_change', args=[pk])}?{request.POST.get('query', '')}")
        try:
            if "discard" in request.POST:
                uploads.discard_upload(upload, by=request.user.get_username())
                messages.success(request, gettext("The upload was thrown away; the catalogue is as it was."))
                return redirect("admin:pipeline_catalogimport_changelist")
            uploads.choose_rows(upload, shown=_numbers(request, "shown"), ticked=_numbers(request, "row"))
            if "apply" in request.POST:
                uploads.apply_upload(upload, all_or_nothing="all_or_nothing" in request.POST, by=request.user.get_username())
        except (YshError, RunAlreadyActiveError) as error:
            messages.warning(request, str(error))
        return back


def _kept(file: Any, target: Path) -> Path:
    with target.open("wb") as stream:
        for chunk in file.chunks():
            stream.write(chunk)
    return target


def _numbers(request: HttpRequest, name: str) -> list[int]:
    return [int(value) for value in request.POST.getlist(name) if value.isdecimal()]


def _mapped(upload: CatalogImport) -> bool:
    """Whether the supplier's lists have a declaration; else their columns were guessed."""
    return bool(upload.mapping) or bool(mapping_of(upload.supplier_code).tables)


def _undo_address(upload: CatalogImport) -> str:
    if upload.status != ImportStatus.APPLIED or not upload.run_id:
        return ""
    try:
        return reverse("admin:audit_revert_request", args=[upload.run_id])
    except NoReverseMatch:
        return ""


def _row(row: Any) -> dict[str, Any]:
    # A new record's name and price have columns of their own.
    apart = {"name", "price"} if row.action == ImportAction.INSERT else set()
    changes = [
        (label_of(name), shown(name, before), shown(name, after)) for name, before, after in row.changes if name not in apart
    ]
    return {"row": row, "changes": changes, "price": _price_of(row), "percent": _percent(row.price_percent)}


def _price_of(row: Any) -> str:
    """The price a row brings, which people look for first."""
    return next((shown("price", after) for name, _before, after in row.changes if name == "price"), "")


def _percent(value: Any) -> str:
    return "" if value is None else f"{'+' if value > 0 else ''}{number(value, 1)}\u00a0%"


class MappingForm(forms.ModelForm):
    mapping = forms.CharField(
        label=_("mapping"),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 28, "spellcheck": "false"}),
        help_text=_("JSON, as docs/suppliers.md describes it"),
    )

    class Meta:
        model = SupplierMapping
        fields = ["supplier_code", "mapping"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.mapping:
            self.initial["mapping"] = json.dumps(self.instance.mapping, ensure_ascii=False, indent=2)

    def clean_mapping(self) -> dict[str, Any]:
        code = self.cleaned_data.get("supplier_code") or self.instance.supplier_code
        try:
            return as_json(from_json(json.loads(self.cleaned_data["mapping"]), supplier=code))
        except (ValueError, RecursionError) as error:
            raise forms.ValidationError(str(error)) from error


@admin.register(SupplierMapping)
class SupplierMappingAdmin(ModelAdmin):
    """Declarations of suppliers' lists. A new one begins with a file: choose what each column means, see the rows, save."""

    form = MappingForm
    list_display = ["supplier_code", "changed_by", "changed"]
    ordering = ["supplier_code"]
    actions_list = ["from_file"]
    actions_detail = ["export"]

    @display(description=_("changed"))
    def changed(self, row: SupplierMapping) -> str:
        return moment(row.updated_at)

    def save_model(self, request: HttpRequest, obj: SupplierMapping, form: Any, change: bool) -> None:
        obj.changed_by = request.user.get_username()
        super().save_model(request, obj, form, change)

    def has_import_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("pipeline.import_catalog")

    @action(
        description=_("From a list"),
        icon="table_view",
        variant=ActionVariant.PRIMARY,
        permissions=["import"],
        url_path="from-a-list",
    )
    def from_file(self, request: HttpRequest) -> HttpResponse:
        return redirect("admin:pipeline_mapping_new")

    @action(description=_("Export as JSON"), icon="download", url_path="export")
    def export(self, request: HttpRequest, object_id: str) -> HttpResponse:
        found = mapping_of(object_id)
        body = json.dumps(as_json(found), ensure_ascii=False, indent=2)
        return HttpResponse(
            body, content_type="application/json", headers={"Content-Disposition": f'attachment; filename="{object_id}.json"'}
        )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [path("new/", view(lambda request: mapping_view(self, request)), name="pipeline_mapping_new"), *super().get_urls()]
