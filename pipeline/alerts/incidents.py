"""Open, worsen and close incidents. Each change leaves a message for every configured channel; `delivery` sends them."""

from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone, translation

from pipeline.alerts.texts import message_text
from pipeline.choices import AlertChannel, AlertEvent, AlertKind, AlertSeverity
from pipeline.models import Alert, AlertNotice
from ysh.core.said import Said, in_english

log = structlog.get_logger(__name__)

_RANK = {AlertSeverity.INFO.value: 0, AlertSeverity.WARNING.value: 1, AlertSeverity.CRITICAL.value: 2}


def channels() -> list[AlertChannel]:
    """The channels that are configured."""
    configured = {
        AlertChannel.EMAIL: settings.NOTIFY_EMAILS,
        AlertChannel.SLACK: settings.SLACK_WEBHOOK_URL,
        AlertChannel.SNS: settings.SNS_TOPIC_ARN,
    }
    return [channel for channel, value in configured.items() if value]


def open_alert(
    kind: AlertKind,
    subject: str,
    *,
    severity: AlertSeverity,
    title: Said | str,
    message: Said | str = "",
    run_id: UUID | None = None,
) -> Alert:
    """Note that something is wrong. The first time people are told; again only when it gets worse.

    Args:
        kind, subject: what and of whom; together they name the incident.
        severity: of now; an incident never becomes milder before it ends.
        title: one line, as data.
        message: what was found, where, and what to do, as data.
        run_id: the run that showed it.
    """
    now = timezone.now()
    with transaction.atomic():
        alert, new = _open_or_new(
            kind, subject, severity=severity, run_id=run_id, opened_at=now, last_seen_at=now, **_texts(title, message)
        )
        if new:
            _notice(alert, AlertEvent.OPENED)
            log.warning("alert_opened", kind=kind, subject=subject, severity=severity, title=alert.title)
            return alert
        worse = _RANK[severity] > _RANK[alert.severity]
        texts = _texts(title if worse else alert.words.get("title", alert.title), message)
        values = {"run_id": run_id, "last_seen_at": now, "times_seen": F("times_seen") + 1, **texts}
        Alert.objects.filter(pk=alert.pk).update(**values | ({"severity": severity} if worse else {}))
        alert.refresh_from_db()
        if worse:
            _notice(alert, AlertEvent.WORSE)
    return alert


def close_alert(kind: AlertKind, subject: str, *, because: Said | str) -> bool:
    """Note that it is over, and tell so; False when there was nothing open."""
    with transaction.atomic():
        alert = _open(kind, subject)
        if alert is None:
            return False
        alert.closed_at, alert.closed_because = timezone.now(), in_english(because)
        alert.words = {**alert.words, "because": because}
        alert.save(update_fields=["closed_at", "closed_because", "words"])
        _notice(alert, AlertEvent.CLOSED)
    log.info("alert_closed", kind=kind, subject=subject, because=alert.closed_because)
    return True


def tell(
    kind: AlertKind,
    subject: str,
    *,
    title: Said | str,
    message: Said | str,
    severity: AlertSeverity = AlertSeverity.INFO,
    run_id: UUID | None = None,
) -> Alert:
    """News: told once, over at once."""
    now = timezone.now()
    with transaction.atomic():
        alert = Alert.objects.create(
            kind=kind, subject=subject[:60], severity=severity, run_id=run_id, opened_at=now, last_seen_at=now, closed_at=now,
            **_texts(title, message),
        )  # fmt: skip
        _notice(alert, AlertEvent.NEWS)
    return alert


def _texts(title: Said | str, message: Said | str) -> dict[str, Any]:
    """The columns: as data, and in English for those who look at rows."""
    return {"title": in_english(title)[:200], "message": in_english(message), "words": {"title": title, "message": message}}


def _open_or_new(kind: AlertKind, subject: str, **values: Any) -> tuple[Alert, bool]:
    """The open incident, locked; a new one when there is none. Of two who open it at once, one finds the other's."""
    alert = _open(kind, subject)
    if alert is not None:
        return alert, False
    try:
        with transaction.atomic():
            return Alert.objects.create(kind=kind, subject=subject[:60], **values), True
    except IntegrityError:
        return Alert.objects.select_for_update().get(kind=kind, subject=subject[:60], closed_at__isnull=True), False


def _open(kind: AlertKind, subject: str) -> Alert | None:
    return Alert.objects.select_for_update().filter(kind=kind, subject=subject[:60], closed_at__isnull=True).first()


def _notice(alert: Alert, event: AlertEvent) -> None:
    with translation.override(settings.LANGUAGE_CODE):
        text = message_text(alert, event)
    AlertNotice.objects.bulk_create(AlertNotice(alert=alert, event=event, channel=channel, text=text) for channel in channels())
