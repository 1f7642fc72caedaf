"""Form fields and widgets of the catalogue's pages."""

import json
from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib.admin.widgets import AutocompleteSelect
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.forms import SimpleArrayField
from django.db import models
from django.forms.fields import InvalidJSONInput
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget


class LinesField(SimpleArrayField):
    """A list of texts, one a line; blank lines do not count."""

    def __init__(self, base_field: forms.Field, **kwargs: Any) -> None:
        kwargs["delimiter"] = "\n"
        kwargs["help_text"] = kwargs.get("help_text") or _("one a line")
        super().__init__(base_field, **kwargs)

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            value = "\n".join(line for line in value.splitlines() if line.strip())
        return super().to_python(value)


class IndentedJSONField(forms.JSONField):
    """JSON as people read it: indented, with its accents."""

    def prepare_value(self, value: Any) -> str:
        if isinstance(value, InvalidJSONInput):
            return value
        return json.dumps(value, indent=2, ensure_ascii=False, cls=self.encoder)


FORM_FIELDS: dict[type[models.Field], dict[str, Any]] = {
    ArrayField: {"form_class": LinesField, "widget": UnfoldAdminTextareaWidget(attrs={"rows": 3})},
    models.JSONField: {"form_class": IndentedJSONField, "widget": UnfoldAdminTextareaWidget(attrs={"rows": 8})},
}


class KnownChoiceSelect(AutocompleteSelect):
    """An autocomplete that may be told its present choice, so that a table of them asks no query for each row."""

    known: models.Model | None = None

    def optgroups(self, name: str, value: Sequence[str], attrs: dict[str, Any] | None = None) -> list[Any]:
        if self.known is None or list(value) != [str(self.known.pk)]:
            return super().optgroups(name, value, attrs)
        blank = [] if self.is_required else [self.create_option(name, "", "", False, 0)]
        label = self.choices.field.label_from_instance(self.known)
        return [(None, [*blank, self.create_option(name, self.known.pk, label, True, 0)], 0)]


def autocompleted(form: forms.Form, name: str, relation: Any, site: Any) -> None:
    """Give a model's choice field the autocomplete of a foreign key to the same model, knowing its present choice.

    Args:
        relation: the foreign key, as `Model._meta.get_field` answers it.
        site: the admin site.
    """
    field: Any = form.fields[name]
    field.widget = KnownChoiceSelect(relation, site)
    field.widget.is_required = field.required
    field.widget.choices = field.choices
    value = str(form.data.get(name, ""))
    if value.isdigit():
        field.widget.known = field.queryset.filter(pk=value).first()
