"""Send the messages: e-mail (Django), Slack's incoming webhook, SNS (boto3). One that does not arrive is tried again."""

from collections.abc import Callable
from datetime import timedelta
from smtplib import SMTPException

import requests
import structlog
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.utils import timezone, translation

from pipeline.alerts.texts import subject_line
from pipeline.choices import AlertChannel, DeliveryState
from pipeline.models import AlertNotice

log = structlog.get_logger(__name__)

TIMEOUT_SECONDS = 10
_AT_ONCE = 50


def deliver_due() -> int:
    """Send what is due. Returns how many arrived. Two processes at once share the work."""
    arrived = 0
    for _count in range(_AT_ONCE):
        with transaction.atomic():
            due = AlertNotice.objects.filter(state=DeliveryState.PENDING, next_attempt_at__lte=timezone.now())
            notice = due.select_for_update(skip_locked=True, of=("self",)).select_related("alert").order_by("id").first()
            if notice is None:
                break
            arrived += _deliver(notice)
    return arrived


def _deliver(notice: AlertNotice) -> bool:
    """One attempt; what came of it is noted."""
    notice.attempts += 1
    try:
        with translation.override(settings.LANGUAGE_CODE):
            _SEND[notice.channel](notice, subject_line(notice.alert, notice.event))
    except (SMTPException, requests.RequestException, BotoCoreError, ClientError, OSError) as error:
        # Only the kind: addresses of webhooks are secrets, and stand in the texts.
        status = getattr(getattr(error, "response", None), "status_code", "")
        notice.last_error = f"{type(error).__name__} {status}".strip()
        waits = settings.ALERT_RETRY_SECONDS
        if notice.attempts > len(waits):
            notice.state = DeliveryState.FAILED
        else:
            notice.next_attempt_at = timezone.now() + timedelta(seconds=waits[notice.attempts - 1])
        log.warning("alert_not_delivered", channel=notice.channel, attempts=notice.attempts, error=notice.last_error)
    else:
        notice.state, notice.sent_at, notice.last_error = DeliveryState.DELIVERED, timezone.now(), ""
    notice.save(update_fields=["attempts", "state", "sent_at", "last_error", "next_attempt_at"])
    return notice.state == DeliveryState.DELIVERED


def _email(notice: AlertNotice, subject: str) -> None:
    send_mail(subject, notice.text, settings.DEFAULT_FROM_EMAIL, list(settings.NOTIFY_EMAILS))


def _slack(notice: AlertNotice, subject: str) -> None:
    response = requests.post(
        settings.SLACK_WEBHOOK_URL, json={"text": notice.text}, timeout=TIMEOUT_SECONDS, allow_redirects=False
    )
    response.raise_for_status()


def _sns(notice: AlertNotice, subject: str) -> None:
    import boto3  # noqa: PLC0415  (half a second, for who needs it)
    from botocore.config import Config  # noqa: PLC0415

    client = boto3.client(
        "sns",
        region_name=settings.AWS_REGION,
        endpoint_url=settings.SNS_ENDPOINT_URL or None,
        config=Config(connect_timeout=TIMEOUT_SECONDS, read_timeout=TIMEOUT_SECONDS, retries={"total_max_attempts": 1}),
    )
    # SNS takes ASCII subjects of at most 100 characters.
    short = subject.encode("ascii", "replace").decode()[:100]
    client.publish(TopicArn=settings.SNS_TOPIC_ARN, Subject=short, Message=notice.text)


_SEND: dict[str, Callable[[AlertNotice, str], None]] = {
    AlertChannel.EMAIL.value: _email,
    AlertChannel.SLACK.value: _slack,
    AlertChannel.SNS.value: _sns,
}
