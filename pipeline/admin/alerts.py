"""Alerts: what is wrong now, what was, and whom the product has told."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Q
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter
from unfold.decorators import display

from pipeline.choices import AlertKind, AlertSeverity, DeliveryState
from pipeline.labels import subject_label
from pipeline.models import Alert, AlertNotice
from ysh.core.admin import DateRangeFilter, ReadOnlyAdmin, badge, code_block, moment, number, run_link

SEVERITY_COLOURS = {
    AlertSeverity.INFO.value: "info",
    AlertSeverity.WARNING.value: "warning",
    AlertSeverity.CRITICAL.value: "danger",
}
_NOTICE_COLOURS = {
    DeliveryState.PENDING.value: "",
    DeliveryState.DELIVERED.value: "success",
    DeliveryState.FAILED.value: "danger",
}


class OpenFilter(DropdownFilter):
    """Going on, or over."""

    title = _("status")
    parameter_name = "open"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("going on")), ("no", _("over"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return {
            "yes": queryset.filter(closed_at__isnull=True),
            "no": queryset.filter(closed_at__isnull=False),
        }.get(self.value() or "", queryset)


class Notices(TabularInline):
    """The messages, as tabs do not fit so few."""

    model = AlertNotice
    fields = ["event", "channel", "result", "attempts", "when", "last_error"]
    readonly_fields = fields
    extra = 0
    can_delete = False
    tab = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @display(description=_("result"))
    def result(self, notice: AlertNotice) -> SafeString:
        return badge(notice.get_state_display(), _NOTICE_COLOURS[notice.state])

    @display(description=_("sent"))
    def when(self, notice: AlertNotice) -> str:
        return moment(notice.sent_at)


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin):
    """Incidents, the open ones first."""

    list_display = ["alert_title", "severity_label", "state_label", "began", "ended", "times", "told"]
    list_filter = [
        OpenFilter,
        ("kind", ChoicesDropdownFilter),
        ("severity", ChoicesDropdownFilter),
        ("opened_at", DateRangeFilter),
    ]
    ordering = ["-opened_at", "-id"]
    sortable_by: list[str] = []
    inlines = [Notices]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("kind_label", "subject_label"),
                    ("severity_label", "state_label"),
                    ("began", "ended"),
                    ("last_seen", "times"),
                    "text",
                    "ending",
                    "run",
                ]
            },
        ),
    ]

    def get_inlines(self, request: HttpRequest, obj: Alert | None = None) -> list[Any]:
        """Without an empty table where nobody was told."""
        return [Notices] if obj is not None and obj.notices.exists() else []

    def get_queryset(self, request: HttpRequest) -> Any:
        arrived = Count("notices", filter=Q(notices__state=DeliveryState.DELIVERED))
        return super().get_queryset(request).annotate(sent=Count("notices"), arrived=arrived)

    @display(description=_("alert"), header=True)
    def alert_title(self, alert: Alert) -> tuple[str, str]:
        return alert.heading, str(alert.get_kind_display())

    @display(description=_("kind"))
    def kind_label(self, alert: Alert) -> str:
        return str(AlertKind(alert.kind).label)

    @display(description=_("subject"))
    def subject_label(self, alert: Alert) -> str:
        return subject_label(alert.subject)

    @display(description=_("severity"))
    def severity_label(self, alert: Alert) -> SafeString:
        return badge(alert.get_severity_display(), SEVERITY_COLOURS[alert.severity])

    @display(description=_("status"))
    def state_label(self, alert: Alert) -> SafeString:
        return badge(_("over"), "") if alert.closed_at else badge(_("going on"), "danger")

    @display(description=_("began"))
    def began(self, alert: Alert) -> str:
        return moment(alert.opened_at)

    @display(description=_("ended"))
    def ended(self, alert: Alert) -> str:
        return moment(alert.closed_at)

    @display(description=_("last seen"))
    def last_seen(self, alert: Alert) -> str:
        return moment(alert.last_seen_at)

    @display(description=_("times seen"))
    def times(self, alert: Alert) -> str:
        return number(alert.times_seen)

    @display(description=_("messages"))
    def told(self, alert: Any) -> str:
        return f"{number(alert.arrived)} / {number(alert.sent)}" if alert.sent else "–"

    @display(description=_("message"))
    def text(self, alert: Alert) -> SafeString | str:
        return code_block(alert.body)

    @display(description=_("ended because"))
    def ending(self, alert: Alert) -> str:
        return alert.ending or "–"

    @display(description=_("run"))
    def run(self, alert: Alert) -> SafeString | str:
        return run_link(alert.run_id) if alert.run_id else "–"
