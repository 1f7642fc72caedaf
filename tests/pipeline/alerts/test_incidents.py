"""One message when it begins, one when it gets worse, one when it ends: through every channel, until it arrives."""

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.utils import timezone

from pipeline.alerts.delivery import deliver_due
from pipeline.alerts.incidents import close_alert, open_alert, tell
from pipeline.alerts.watching import note_run, watch
from pipeline.choices import AlertKind, AlertSeverity, RunStatus
from pipeline.models import Alert, AlertNotice
from pipeline.summary import RunSummary
from tests.factories.pipeline import IngestionRunFactory

pytestmark = pytest.mark.django_db

FAILED = AlertKind.RUN_FAILED


def went_wrong(severity: AlertSeverity = AlertSeverity.WARNING, **values: Any) -> Alert:
    given = {"title": "Tarifas: a carga falhou", "message": "O portal respondeu 500."}
    return open_alert(FAILED, "tariffs", severity=severity, **{**given, **values})


class Receiver:
    """Takes what Slack and SNS are sent."""

    def __init__(self) -> None:
        self.status, self.got = 200, []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                outer.got.append((self.path, body))
                answer = b"<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>"
                self.send_response(outer.status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *args: Any) -> None:
                """Quiet."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.got: list[tuple[str, str]]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    one = Receiver()
    thread = threading.Thread(target=one.server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield one
    one.server.shutdown()
    one.server.server_close()
    thread.join()


@pytest.fixture
def by_mail(settings: Any) -> None:
    settings.NOTIFY_EMAILS = ["ana@example.org", "bia@example.org"]


def events() -> list[str]:
    return list(AlertNotice.objects.order_by("id").values_list("event", flat=True))


def test_one_message_an_incident_and_one_when_it_ends(by_mail: None) -> None:
    first, second = went_wrong(), went_wrong(message="O portal respondeu 502.")
    assert (first.pk, second.times_seen, second.message) == (second.pk, 2, "O portal respondeu 502.")
    assert events() == ["opened"]
    assert close_alert(FAILED, "tariffs", because="Carregada de novo.")
    assert not close_alert(FAILED, "tariffs", because="Carregada de novo.")
    assert events() == ["opened", "closed"]
    assert went_wrong().pk != first.pk
    assert events() == ["opened", "closed", "opened"]


def test_worse_is_told_and_milder_is_not(by_mail: None) -> None:
    went_wrong()
    assert went_wrong(AlertSeverity.CRITICAL).severity == "critical"
    assert went_wrong(AlertSeverity.WARNING).severity == "critical"
    assert events() == ["opened", "worse"]


def test_the_database_allows_one_open_incident() -> None:
    went_wrong()
    with pytest.raises(IntegrityError), transaction.atomic():
        Alert.objects.create(kind=FAILED, subject="tariffs", severity="info", title="again")


def test_nobody_to_tell_nothing_to_send() -> None:
    went_wrong()
    assert events() == []
    assert deliver_due() == 0


def test_every_channel_gets_it(by_mail: None, receiver: Receiver, settings: Any, monkeypatch: Any) -> None:
    settings.SLACK_WEBHOOK_URL = f"{receiver.url}/slack"
    settings.SNS_TOPIC_ARN, settings.SNS_ENDPOINT_URL = "arn:aws:sns:sa-east-1:000000000000:alerts", f"{receiver.url}/"
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
    went_wrong()
    assert deliver_due() == 3
    assert deliver_due() == 0
    (letter,) = mail.outbox
    assert (letter.to, letter.subject) == (["ana@example.org", "bia@example.org"], "[YSH] Aviso: Tarifas: a carga falhou")
    assert "O portal respondeu 500." in letter.body
    sent = dict(receiver.got)
    assert "O portal respondeu 500." in json.loads(sent["/slack"])["text"]
    said = parse_qs(sent["/"])
    assert (said["Action"], said["TopicArn"]) == (["Publish"], [settings.SNS_TOPIC_ARN])
    assert set(AlertNotice.objects.values_list("state", flat=True)) == {"DELIVERED"}


def test_what_does_not_arrive_is_tried_again_and_given_up_at_last(receiver: Receiver, settings: Any) -> None:
    settings.SLACK_WEBHOOK_URL, receiver.status = f"{receiver.url}/secret-part", 500
    went_wrong()
    waits = []
    for _attempt in range(len(settings.ALERT_RETRY_SECONDS) + 1):
        assert deliver_due() == 0
        notice = AlertNotice.objects.get()
        waits.append(round((notice.next_attempt_at - timezone.now()).total_seconds(), -1))
        AlertNotice.objects.update(next_attempt_at=timezone.now() - timedelta(seconds=1))
    assert waits[:2] == [60, 300]
    assert (notice.state, notice.attempts) == ("FAILED", 6)
    assert notice.last_error == "HTTPError 500"  # the address is a secret
    receiver.status = 200
    assert deliver_due() == 0

    went_wrong(AlertSeverity.CRITICAL)
    assert deliver_due() == 1


def test_news_begin_and_end_at_once(by_mail: None) -> None:
    for day in range(2):
        tell(AlertKind.SUMMARY, "daily_full_ingestion", title=f"Dia {day}", message="12 linhas")
    assert events() == ["news", "news"]
    assert not Alert.objects.filter(closed_at__isnull=True).exists()


# --- what makes an incident


def summary(**values: Any) -> RunSummary:
    return RunSummary(**{"run_id": "", "source": "tariffs", "status": "SUCCESS", **values})


def test_a_failed_run_begins_and_a_good_one_ends_it(by_mail: None) -> None:
    run = IngestionRunFactory(source="tariffs")
    note_run(run.run_id, summary(status="ERRORED", error="no answer"))
    note_run(run.run_id, summary(status="CANCELLED"))
    note_run(run.run_id, summary(status="SUCCESS", used_fallback=True))
    assert Alert.objects.filter(closed_at__isnull=True).count() == 1
    note_run(run.run_id, summary(status="UNCHANGED"))
    assert not Alert.objects.filter(closed_at__isnull=True).exists()


def test_columns_that_came_and_went_are_named(by_mail: None) -> None:
    def run(unknown: list[str], absent: list[str], days_ago: int) -> Any:
        details = {"unknown_columns": unknown, "absent_columns": absent}
        return IngestionRunFactory(
            source="tariffs", started_at=timezone.now() - timedelta(days=days_ago), execution_metadata=details
        )

    note_run(run([], ["Old"], 4).run_id, summary())
    note_run(run([], ["Old"], 3).run_id, summary())
    assert not Alert.objects.exists()
    note_run(run(["CodNovo"], ["Old", "DscREH"], 2).run_id, summary())
    alert = Alert.objects.get()
    assert (alert.kind, alert.severity) == ("schema_drift", "warning")
    assert "CodNovo" in alert.message
    assert "DscREH" in alert.message
    assert "Old" not in alert.message
    note_run(run(["CodNovo"], ["Old", "DscREH"], 1).run_id, summary())
    assert Alert.objects.count() == 1


def test_stale_sources_are_found_and_fresh_again(by_mail: None) -> None:
    old = timezone.now() - timedelta(days=40)
    run = IngestionRunFactory(source="tariffs", status=RunStatus.SUCCESS, started_at=old, ended_at=old)
    assert "stale:tariffs" in watch()
    assert "stale:generation_units" not in watch()  # never loaded is no incident
    run.delete()
    IngestionRunFactory(source="tariffs")
    assert "stale:tariffs" not in watch()
    assert list(AlertNotice.objects.filter(alert__subject="tariffs").order_by("id").values_list("event", flat=True)) == [
        "opened",
        "closed",
    ]
