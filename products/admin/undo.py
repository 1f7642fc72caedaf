"""After a deed: what was done, and the way to take it back beside it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from products.actions.bulk import BulkResult
from ysh.core.actor import current_actor
from ysh.core.admin import number


def undo_link(request_id: UUID, user: Any) -> SafeString | str:
    """The way to take an operation back; nothing for who may not, or where the audit's pages are not served."""
    if not user.has_perm("audit.revert"):
        return _("A reviewer can undo it.")
    try:
        address = reverse("admin:audit_revert_request", args=[request_id])
    except NoReverseMatch:
        return ""
    return format_html('<a class="text-link" href="{}">{}</a>', address, _("Undo"))


def say_done(request: HttpRequest, result: BulkResult) -> None:
    """How many rows were changed, and how to undo it."""
    text = ngettext("%(count)s row changed.", "%(count)s rows changed.", result.changed) % {"count": number(result.changed)}
    messages.success(request, format_html("{} {}", text, undo_link(result.request_id, request.user) if result.changed else ""))


def say_undoable(request: HttpRequest, text: str) -> None:
    """A deed on one record, which is all that its request wrote."""
    request_id = current_actor().request_id
    messages.success(request, format_html("{} {}", text, undo_link(request_id, request.user)) if request_id else text)
