"""What belongs to one run, as tabs of its page."""

from typing import Any

from django.db.models import QuerySet, Subquery
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.datasets import BaseDataset

from pipeline.admin.records import DataQualityCheckAdmin, RejectedRowAdmin, SourceFileAdmin
from pipeline.models import DataQualityCheck, IngestionRun, RejectedRow, SourceFile


class _OfRun:
    """Rows that carry the run's UUID: it is no foreign key, because logs outlive what they speak of."""

    extra_context: dict[str, Any]
    list_per_page = 20
    search_fields: tuple[str, ...] = ()
    list_display_links = None

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        run = IngestionRun.objects.filter(pk=self.extra_context["object"]).values("run_id")[:1]
        return super().get_queryset(request).filter(run_id=Subquery(run))  # type: ignore[misc]


class _Checks(_OfRun, DataQualityCheckAdmin):
    list_display = ["check_label", "check_type", "target", "result", "checked_number", "bad_number", "share_number"]


class _Rejects(_OfRun, RejectedRowAdmin):
    ordering = ["line", "id"]

    def get_list_display(self, request: HttpRequest) -> list[str]:
        return [column for column in super().get_list_display(request) if column != "run"]


class _Files(_OfRun, SourceFileAdmin):  # type: ignore[misc]
    list_display = ["when", "address", "size_number", "published_label", "short_hash"]


class ChecksOfRun(BaseDataset):
    """The quality checks."""

    model = DataQualityCheck
    model_admin = _Checks
    title = _("Quality checks")
    tab = True


class RejectsOfRun(BaseDataset):
    """The refused rows, in the order of the file."""

    model = RejectedRow
    model_admin = _Rejects
    title = _("Rejected rows")
    tab = True


class FilesOfRun(BaseDataset):
    """The files it fetched."""

    model = SourceFile
    model_admin = _Files
    title = _("Files")
    tab = True
