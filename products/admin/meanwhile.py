"""Two people on one page: whoever saves second is shown what the first one changed, before anything is overwritten."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin

from products.exchange.cells import BRAZIL, record, words_of
from products.exchange.columns import PARTS, editable_keys
from products.exchange.revision import digest, digests_in, revision_of
from products.exchange.rows import all_columns, stored
from products.models import SolarKit

SEEN = "_seen"
_MOST_NAMED = 6


class ChangedMeanwhile(ModelAdmin):
    """The page carries a hash of each value as it was shown; values the rules and triggers write do not count."""

    change_form_before_template = "ysh/admin/seen.html"

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        return type(form.__name__, (_SeenForm, form), {}) if change and obj is not None else form

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
        row = kwargs.get("obj")
        if row is not None and self.has_change_permission(request, row):
            keys, texts = _now(row)
            context = {**context, "seen": revision_of(keys, texts)}
        return super().render_change_form(request, context, *args, **kwargs)


class _SeenForm(ModelForm):
    """Refuses once what somebody else changed after the page was made; the page then shows it, and may be saved again."""

    def clean(self) -> Any:
        cleaned = super().clean()
        seen = self.data.get(SEEN, "")
        if not seen or self.instance.pk is None:
            return cleaned
        if connection.in_atomic_block:
            type(self.instance)._default_manager.select_for_update().filter(pk=self.instance.pk).values_list("pk").first()
        keys, texts = _now(self.instance)
        before = digests_in(seen, keys)
        if before is None:  # another category or another version of the code: nothing to compare with
            return cleaned
        columns = all_columns(type(self.instance))
        changed = [
            f"{columns[key].title}: {words_of(columns[key], texts[key], BRAZIL)[:80] or '–'}"
            for key in keys
            if digest(texts[key]) != before[key]
        ]
        if changed:
            more = " …" if len(changed) > _MOST_NAMED else ""
            text = _("Somebody changed this while you had it open. Now it says: %(values)s. Save again to write yours over it.")
            raise ValidationError(format_html("{}", text % {"values": "; ".join(changed[:_MOST_NAMED]) + more}))
        return cleaned


def _now(row: Any) -> tuple[list[str], dict[str, str]]:
    """The editable columns and what they say in the database, a kit's parts among them. One query."""
    model = type(row)
    keys = [*editable_keys(model, getattr(row, "category", "")), *([PARTS] if model is SolarKit else [])]
    columns = all_columns(model)
    chosen = {key: columns[key] for key in keys}
    found = stored(model._default_manager.filter(pk=row.pk), chosen).first()
    return keys, record(chosen, found) if found else dict.fromkeys(keys, "")
