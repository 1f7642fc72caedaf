"""What form pages render hundreds of times, in one step each instead of a template each."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.forms.utils import flatatt
from django.template.loader import render_to_string
from django.utils.formats import localize
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()
_OPTION = "django/forms/widgets/select_option.html"


class _MadeOnce(list[Any]):
    """A line of a form page whose fields are made already."""

    def __init__(self, line: Any) -> None:
        super().__init__(line)
        self.fields, self.has_visible_field = line.fields, line.has_visible_field


@register.filter
def made_once(line: Any) -> list[Any]:
    """A line of a form page that makes its fields once, however often it is gone through; the theme makes them at each pass."""
    return _MadeOnce(line)


@register.simple_tag(takes_context=True)
def widget_attributes(context: Mapping[str, Any]) -> SafeString:
    """The HTML attributes of the context's `widget`; false ones and those without a value are left out."""
    return SafeString(flatatt({name: value for name, value in context["widget"]["attrs"].items() if value is not False}))


@register.simple_tag
def widget_options(widget: Mapping[str, Any]) -> SafeString:
    """The choices of a select, in their groups; a choice with a template of its own is rendered by it."""
    parts: list[str] = []
    for group, options, _index in widget["optgroups"]:
        if group:
            parts.append(format_html('<optgroup label="{}">', group))
        parts += map(_option, options)
        if group:
            parts.append("</optgroup>")
    return mark_safe("\n".join(parts))  # noqa: S308  (each part is escaped)


def _option(option: Mapping[str, Any]) -> str:
    if option["template_name"] != _OPTION:
        return render_to_string(option["template_name"], {"widget": option})
    attributes = flatatt({name: value for name, value in option["attrs"].items() if value is not False})
    return format_html('<option value="{}"{}>{}</option>', str(option["value"]), attributes, localize(option["label"]))
