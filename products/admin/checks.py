"""What the engineering rules found, over all kits. A kit's own findings stand on its page."""

from django.contrib import admin
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter, FieldTextFilter
from unfold.decorators import display

from products.admin.bases import OUTCOME_KINDS, SEVERITY_KINDS, MatchingSearch
from products.admin.finding_inputs import input_lines
from products.models import KitCheck
from ysh.core.admin import DateRangeFilter, ReadOnlyAdmin, badge, moment, number


class FindingColumns:
    """A finding's columns."""

    @display(description=_("outcome"))
    def outcome_label(self, check: KitCheck) -> SafeString:
        return badge(check.get_outcome_display(), OUTCOME_KINDS[check.outcome])

    @display(description=_("severity"))
    def severity_label(self, check: KitCheck) -> SafeString:
        return badge(check.get_severity_display(), SEVERITY_KINDS[check.severity])

    @display(description=_("value / limit"))
    def measured(self, check: KitCheck) -> str:
        return f"{number(check.value)} / {number(check.limit, unit=check.unit)}"

    @display(description=_("margin (%)"))
    def margin(self, check: KitCheck) -> str:
        return number(check.margin_percent, 1)

    @display(description=_("accepted"))
    def override(self, check: KitCheck) -> str:
        if not check.override_author:
            return "–"
        return f"{check.override_author}, {moment(check.override_expires_at)}: {check.override_reason}"


@admin.register(KitCheck)
class KitCheckAdmin(FindingColumns, MatchingSearch, ReadOnlyAdmin):
    """Findings over all kits."""

    list_display = ["kit", "rule", "subject", "outcome_label", "severity_label", "measured", "margin", "checked_at"]
    list_select_related = ["kit"]
    list_filter = [
        ("outcome", ChoicesDropdownFilter),
        ("severity", ChoicesDropdownFilter),
        ("rule_id", FieldTextFilter),
        ("kit", AutocompleteSelectFilter),
        ("checked_at", DateRangeFilter),
    ]
    ordering = ["-id"]
    search_fields = ["rule_id"]
    search_help_text = _("Rule, or the kit's name or id")
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("kit", "rule"),
                    ("outcome_label", "severity_label"),
                    ("measured", "margin"),
                    "subject",
                    "what_was_found",
                    "what_helps",
                    "where_it_stands",
                    "what_it_used",
                    ("engine_version", "checked_at"),
                ]
            },
        ),
        (
            _("Override"),
            {"fields": ["override_reason", ("override_author", "override_at", "override_expires_at")]},
        ),
    ]

    @display(description=_("rule"), ordering="rule_id")
    def rule(self, check: KitCheck) -> str:
        return f"{check.rule_id} – {check.title}" if check.title else check.rule_id

    @display(description=_("message"))
    def what_was_found(self, check: KitCheck) -> str:
        return check.text

    @display(description=_("suggested fix"))
    def what_helps(self, check: KitCheck) -> str:
        return check.fix or "–"

    @display(description=_("reference"))
    def where_it_stands(self, check: KitCheck) -> str:
        return check.reference_text or "–"

    @display(description=_("inputs"))
    def what_it_used(self, check: KitCheck) -> SafeString | str:
        lines = input_lines(check)
        rows = ((line.label, line.value, line.product or "–", line.source) for line in lines)
        head = (_("input"), _("value"), _("product"), _("source"))
        return (
            format_html(
                '<table class="ysh-table"><thead><tr>{}</tr></thead><tbody>{}</tbody></table>',
                format_html_join("", "<th>{}</th>", ((title,) for title in head)),
                format_html_join("", '<tr><td>{}</td><td class="ysh-digits">{}</td><td>{}</td><td>{}</td></tr>', rows),
            )
            if lines
            else "–"
        )
