"""Bases of the admin's pages."""

from typing import Any

from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from ysh.core.admin.formats import EMPTY
from ysh.core.admin.pagination import EstimatingChangeList, EstimatingPaginator


class BrowseAdmin(ModelAdmin):
    """A list that stays fast however long it grows: never counts it whole, pages to a limit, filters on request.

    Name a column's method `..._number` and it is set flush right.
    """

    paginator = EstimatingPaginator
    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 0
    list_filter_submit = True
    list_filter_sheet = True
    compressed_fields = True
    empty_value_display = EMPTY

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return EstimatingChangeList


class EditAdmin(BrowseAdmin):
    """A page people edit: warns before unsaved changes are lost."""

    warn_unsaved_form = True
    list_max_show_all = 200


class ReadOnlyAdmin(BrowseAdmin):
    """A page people read: rows written by the ingestion or the audit. Refuses every write, for superusers too."""

    actions = None
    show_add_link = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
