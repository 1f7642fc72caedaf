"""The words of messages, in the product's language: people who are told are not asked for theirs."""

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from pipeline.choices import AlertEvent
from pipeline.models import Alert


def subject_line(alert: Alert, event: str) -> str:
    """One line: what, how bad."""
    if event == AlertEvent.CLOSED:
        return _("[YSH] Over: %(title)s") % {"title": alert.heading}
    return f"[YSH] {alert.get_severity_display()}: {alert.heading}"


def message_text(alert: Alert, event: str) -> str:
    """The whole message, its first line the subject."""
    lines = [subject_line(alert, event), ""]
    if event == AlertEvent.CLOSED:
        lines.append(alert.ending)
        lines.append(
            _("It began on %(began)s and was seen %(times)s time(s).")
            % {"began": _at(alert.opened_at), "times": alert.times_seen}
        )
    else:
        lines.append(alert.body)
        lines.append(_("Since %(began)s.") % {"began": _at(alert.opened_at)})
    if alert.run_id:
        lines.append(_("Run: %(run)s") % {"run": alert.run_id})
    return "\n".join(lines)


def _at(moment: object) -> str:
    return date_format(timezone.localtime(moment), "DATETIME_FORMAT")  # type: ignore[arg-type]
