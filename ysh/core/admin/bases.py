"""Bases of the admin's pages."""

from typing import Any

from django.contrib.admin import ShowFacets
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
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
    # Facets would count the whole table once a choice.
    show_facets = ShowFacets.NEVER
    list_filter_submit = True
    list_filter_sheet = True
    compressed_fields = True
    # Named because the theme's templates ask for it twice a row, and a template that misses a name searches long.
    list_sections = ()
    empty_value_display = EMPTY

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return EstimatingChangeList

    def history_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The change log's page of the record, in the place of Django's."""
        return redirect("admin:audit_object_history", self.model._meta.label_lower, unquote(object_id))


class EditAdmin(BrowseAdmin):
    """A page people edit: warns before unsaved changes are lost."""

    warn_unsaved_form = True
    list_max_show_all = 200


class ReadOnlyAdmin(BrowseAdmin):
    """A page people read: rows written by the ingestion or the audit. Refuses every write, for superusers too."""

    actions = None
    show_add_link = False

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Without Django's history button: these rows change through the ingestion, and the change log tells how."""
        return super().changeform_view(request, object_id, form_url, {"show_history": False, **(extra_context or {})})

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
