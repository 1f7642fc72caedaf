"""What the engineering rules found, over all kits. A kit's own findings stand on its page."""

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter, FieldTextFilter
from unfold.decorators import display

from products.admin.bases import OUTCOME_KINDS, SEVERITY_KINDS, MatchingSearch
from products.models import KitCheck
from ysh.core.admin import DateRangeFilter, ReadOnlyAdmin, badge, json_block, moment, number


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

    list_display = ["kit", "rule_id", "subject", "outcome_label", "severity_label", "measured", "margin", "checked_at"]
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
                    ("kit", "rule_id"),
                    ("outcome_label", "severity_label"),
                    ("measured", "margin"),
                    "subject",
                    "message",
                    "reference",
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

    @display(description=_("inputs"))
    def what_it_used(self, check: KitCheck) -> SafeString | str:
        return json_block(check.inputs)
