"""Webhooks against a real server on this machine."""

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from pipeline.choices import DeliveryState
from pipeline.models import WebhookDelivery, WebhookEndpoint
from pipeline.webhooks import create_endpoint, deliver_all, replay, resume, rotate_secret, signature
from tests.pipeline.published_feed import put_on_sale


@dataclass
class Receiver:
    """What arrived; `answers` are given in turn, then 204."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    headers: list[Any] = field(default_factory=list)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            found.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            found.headers.append(self.headers)
            self.send_response(found.answers.pop(0) if found.answers else 204)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    found.url = f"http://127.0.0.1:{server.server_port}/hook"
    yield found
    server.shutdown()
    server.server_close()


@pytest.fixture
def endpoint(committed: None, receiver: Receiver, settings: Any) -> WebhookEndpoint:
    settings.WEBHOOK_ALLOW_PRIVATE_ADDRESSES = True
    settings.WEBHOOK_PAUSES_SECONDS = (60, 120)
    new = WebhookEndpoint(name="loja", url=receiver.url)
    create_endpoint(new, by="tests")
    return new


def due(delivery: WebhookDelivery) -> None:
    """Let its pause be over."""
    WebhookDelivery.objects.filter(pk=delivery.pk).update(next_attempt_at=datetime.now(UTC) - timedelta(seconds=1))


def test_changes_arrive_signed(endpoint: WebhookEndpoint, receiver: Receiver) -> None:
    put_on_sale("FEED-A")
    assert deliver_all() == 1
    body, headers = receiver.bodies[0], receiver.headers[0]
    content = json.loads(body)
    assert [(change["type"], change["key"], change["operation"]) for change in content["changes"]] == [
        ("product", "FEED-A", "INSERT")
    ]
    moment = headers["X-YSH-Signature"].split(",")[0].removeprefix("t=")
    expected = hmac.new(endpoint.secret.encode(), moment.encode() + b"." + body, hashlib.sha256).hexdigest()
    assert headers["X-YSH-Signature"] == f"t={moment},v1={expected}" == signature(endpoint.secret, int(moment), body)
    assert content["delivery_id"] == headers["X-YSH-Delivery"]
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.attempts, delivery.last_status) == (DeliveryState.DELIVERED, 1, 204)
    assert deliver_all() == 0  # nothing twice


def test_only_the_chosen_kinds(endpoint: WebhookEndpoint, receiver: Receiver) -> None:
    endpoint.kinds = ["kit"]
    endpoint.save()
    put_on_sale("FEED-1")
    assert deliver_all() == 0
    assert not receiver.bodies


def test_a_failure_is_tried_again_and_holds_the_next_up(endpoint: WebhookEndpoint, receiver: Receiver) -> None:
    receiver.answers = [500]
    put_on_sale("FEED-A")
    assert deliver_all() == 0
    put_on_sale("FEED-B")
    assert deliver_all() == 0
    assert len(receiver.bodies) == 1  # the pause is not over, and B waits behind A
    first = WebhookDelivery.objects.order_by("id")[0]
    assert (first.state, first.attempts, first.last_status) == (DeliveryState.PENDING, 1, 500)
    assert timedelta(seconds=30) < first.next_attempt_at - datetime.now(UTC) <= timedelta(seconds=60)
    due(first)
    assert deliver_all() == 2
    keys = [json.loads(body)["changes"][0]["key"] for body in receiver.bodies]
    assert keys == ["FEED-A", "FEED-A", "FEED-B"]
    assert [headers["X-YSH-Attempt"] for headers in receiver.headers] == ["1", "2", "1"]


def test_after_the_last_attempt_it_is_paused_and_may_be_resumed(endpoint: WebhookEndpoint, receiver: Receiver) -> None:
    receiver.answers = [500, 503, 500]
    put_on_sale("FEED-A")
    for _ in range(3):
        deliver_all()
        due(WebhookDelivery.objects.get())
    endpoint.refresh_from_db()
    assert not endpoint.is_active
    assert "3 attempts failed" in endpoint.paused_because
    assert WebhookDelivery.objects.get().state == DeliveryState.FAILED
    put_on_sale("FEED-B")
    assert deliver_all() == 0
    resume(endpoint, by="tests")
    assert deliver_all() == 2
    assert [json.loads(body)["changes"][0]["key"] for body in receiver.bodies[3:]] == ["FEED-A", "FEED-B"]


def test_replay_keeps_the_id(endpoint: WebhookEndpoint, receiver: Receiver) -> None:
    put_on_sale("FEED-2")
    deliver_all()
    replay(WebhookDelivery.objects.get(), by="tests")
    assert deliver_all() == 1
    assert receiver.bodies[0] == receiver.bodies[1]


def test_a_new_secret(endpoint: WebhookEndpoint) -> None:
    before = endpoint.secret
    rotate_secret(endpoint, by="tests")
    assert endpoint.secret != before
    assert before not in str(WebhookEndpoint.objects.values().get())


def test_redirects_are_no_arrival(endpoint: WebhookEndpoint, receiver: Receiver) -> None:
    receiver.answers = [302]
    put_on_sale("FEED-3")
    assert deliver_all() == 0
    assert len(receiver.bodies) == 1


def test_our_own_services_are_not_asked(endpoint: WebhookEndpoint, receiver: Receiver, settings: Any) -> None:
    settings.WEBHOOK_ALLOW_PRIVATE_ADDRESSES = False
    put_on_sale("FEED-4")
    assert deliver_all() == 0
    assert not receiver.bodies
    assert "no public address" in WebhookDelivery.objects.get().last_error


def test_nobody_listens(endpoint: WebhookEndpoint) -> None:
    WebhookEndpoint.objects.update(url="http://127.0.0.1:9/")
    put_on_sale("FEED-5")
    assert deliver_all() == 0
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.last_status) == (DeliveryState.PENDING, None)
    assert delivery.last_error


def test_what_was_before_it_is_not_told(committed: None, receiver: Receiver, settings: Any) -> None:
    settings.WEBHOOK_ALLOW_PRIVATE_ADDRESSES = True
    put_on_sale("FEED-6")
    create_endpoint(WebhookEndpoint(name="later", url=receiver.url), by="tests")
    deliver_all()
    changes = [change for body in receiver.bodies for change in json.loads(body)["changes"]]
    assert changes == []
