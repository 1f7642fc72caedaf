"""Telling others of changes: signed, in order, again and again until they have it.

An endpoint has its own place in the feed of changes. `queue_deliveries` turns what is new into messages, `send_due` sends them;
the worker does both every half minute. A message that fails is tried again after the pauses of the settings, and those behind it
wait. After the last attempt the endpoint is paused with the reason; nothing is lost, as its place in the feed stays, and a person
may replay messages and switch it on again.
"""

import hashlib
import hmac
import ipaddress
import json
import socket
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import requests
import structlog
from django.conf import settings
from django.db import connection, transaction

from pipeline.changes import Place, PlaceLost, latest, read_changes, shown
from pipeline.choices import DeliveryState
from pipeline.models import WebhookDelivery, WebhookEndpoint
from ysh.core.api.renderers import plain
from ysh.core.db.locks import lock_key

log = structlog.get_logger(__name__)
CHANGES_A_MESSAGE = 100
# What of an answer's body or of an error is kept for the log of deliveries.
KEPT_CHARACTERS = 500


class AddressRefused(Exception):  # noqa: N818  (it says what happened)
    """The address leads to a place that only we can reach, or to none."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one attempt.

    Attributes:
        status: HTTP status; None when there was no answer.
        error: why it is not delivered; empty when it is.
        milliseconds: how long it took.
    """

    status: int | None
    error: str
    milliseconds: int


def create_endpoint(endpoint: WebhookEndpoint, *, by: str) -> None:
    """Save a new endpoint; it is told of what changes from now on."""
    place = latest()
    endpoint.window_low, endpoint.window_high, endpoint.last_id = place.low, place.high, place.last
    endpoint.save()
    log.info("webhook_created", webhook=endpoint.name, by=by)


def rotate_secret(endpoint: WebhookEndpoint, *, by: str) -> None:
    """Sign with a new secret from now on."""
    endpoint.secret_version += 1
    endpoint.save(update_fields=["secret_version"])
    log.info("webhook_secret_rotated", webhook=endpoint.name, by=by)


def resume(endpoint: WebhookEndpoint, *, by: str) -> None:
    """Switch a paused endpoint on again; the message it stopped at is tried at once."""
    endpoint.is_active, endpoint.paused_because = True, ""
    endpoint.save(update_fields=["is_active", "paused_because"])
    first = endpoint.deliveries.filter(state=DeliveryState.FAILED).order_by("-id").first()
    if first is not None:
        replay(first, by=by)


def replay(delivery: WebhookDelivery, *, by: str) -> None:
    """Send a message again, as soon as the worker comes round; its id stays, so that a receiver can tell."""
    delivery.state, delivery.attempts, delivery.next_attempt_at = DeliveryState.PENDING, 0, datetime.now(UTC)
    delivery.save(update_fields=["state", "attempts", "next_attempt_at"])
    log.info("webhook_replayed", delivery=str(delivery.delivery_id), by=by)


def queue_deliveries(endpoint: WebhookEndpoint) -> int:
    """Turn what changed since the endpoint's place into messages. Returns how many."""
    made = 0
    place = Place(endpoint.window_low, endpoint.window_high, endpoint.last_id, datetime.now(UTC))
    while True:
        try:
            page = read_changes(place, limit=CHANGES_A_MESSAGE, kinds=endpoint.kinds)
        except PlaceLost:
            _pause(endpoint, "Its place in the feed is lost (the database was restored): the receiver needs a new copy.")
            page = read_changes(latest(), limit=1)
        with transaction.atomic():
            if page.rows:
                content = {"changes": [shown(change) for change in page.rows]}
                payload = json.loads(json.dumps(content, default=plain))
                WebhookDelivery.objects.create(endpoint=endpoint, payload=payload, change_count=len(page.rows))
                made += 1
            place = page.place
            endpoint.window_low, endpoint.window_high, endpoint.last_id = place.low, place.high, place.last
            endpoint.save(update_fields=["window_low", "window_high", "last_id"])
        if not page.has_more:
            return made


def send_due(endpoint: WebhookEndpoint) -> int:
    """Send the endpoint's messages in order, until one fails or none is due. Returns how many arrived."""
    arrived = 0
    while True:
        delivery = endpoint.deliveries.filter(state=DeliveryState.PENDING).order_by("id").first()
        if delivery is None or delivery.next_attempt_at > datetime.now(UTC) or not endpoint.is_active:
            return arrived
        outcome = attempt(delivery)
        if not _note(delivery, outcome):
            return arrived
        arrived += 1


def deliver_all() -> int:
    """Queue and send for every active endpoint. Two at once never serve the same endpoint. Returns how many messages arrived."""
    arrived = 0
    for endpoint in WebhookEndpoint.objects.filter(is_active=True).order_by("pk"):
        name = f"webhook-{endpoint.pk}"
        if not _lock("pg_try_advisory_lock", name):
            continue
        try:
            endpoint.refresh_from_db()
            queue_deliveries(endpoint)
            arrived += send_due(endpoint)
        finally:
            _lock("pg_advisory_unlock", name)
    return arrived


def signature(secret: str, moment: int, body: bytes) -> str:
    """`t=<unix seconds>,v1=<hex>`: HMAC-SHA256 of "<t>.<body>" with the secret."""
    signed = hmac.new(secret.encode(), str(moment).encode() + b"." + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={signed}"


def attempt(delivery: WebhookDelivery) -> Outcome:
    """Send one message once. Redirects are not followed; any 2xx is an arrival."""
    endpoint = delivery.endpoint
    body = json.dumps({"delivery_id": str(delivery.delivery_id), **delivery.payload}, ensure_ascii=False).encode()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "YSH-Webhook/1",
        "X-YSH-Delivery": str(delivery.delivery_id),
        "X-YSH-Attempt": str(delivery.attempts + 1),
        "X-YSH-Signature": signature(endpoint.secret, int(time.time()), body),
    }
    begun = time.monotonic()
    status: int | None = None
    try:
        refuse_private(endpoint.url)
        response = requests.post(
            endpoint.url,
            data=body,
            headers=headers,
            timeout=settings.WEBHOOK_TIMEOUT_SECONDS,
            allow_redirects=False,
            stream=True,
        )
        with response:
            status = response.status_code
            said = response.raw.read(KEPT_CHARACTERS, decode_content=True).decode("utf-8", "replace")
        error = "" if response.ok and status < 300 else f"HTTP {status}: {said}"
    except (requests.RequestException, AddressRefused, OSError) as fault:
        error = f"{type(fault).__name__}: {fault}"
    return Outcome(status, error[:KEPT_CHARACTERS], round((time.monotonic() - begun) * 1000))


def refuse_private(url: str) -> None:
    """Only addresses of the public internet: an endpoint must not make us ask our own services.

    Raises:
        AddressRefused: see there.
    """
    if settings.WEBHOOK_ALLOW_PRIVATE_ADDRESSES:
        return
    host = urlsplit(url).hostname or ""
    try:
        found = {entry[4][0] for entry in socket.getaddrinfo(host, None)}
    except OSError as fault:
        raise AddressRefused(f"{host} has no address: {fault}") from fault
    private = sorted(address for address in found if not ipaddress.ip_address(str(address).partition("%")[0]).is_global)
    if private:
        raise AddressRefused(f"{host} leads to {', '.join(map(str, private))}, which is no public address.")


def _note(delivery: WebhookDelivery, outcome: Outcome) -> bool:
    """Write down what came of an attempt. Whether the message arrived."""
    now = datetime.now(UTC)
    delivery.attempts += 1
    delivery.last_status, delivery.last_error, delivery.last_duration_ms = outcome.status, outcome.error, outcome.milliseconds
    pauses = settings.WEBHOOK_PAUSES_SECONDS
    if not outcome.error:
        delivery.state, delivery.delivered_at = DeliveryState.DELIVERED, now
    elif delivery.attempts > len(pauses):
        delivery.state = DeliveryState.FAILED
        _pause(delivery.endpoint, f"{delivery.attempts} attempts failed; the last one: {outcome.error}")
    else:
        delivery.next_attempt_at = now + timedelta(seconds=pauses[delivery.attempts - 1])
    delivery.save()
    return not outcome.error


def _pause(endpoint: WebhookEndpoint, why: str) -> None:
    endpoint.is_active, endpoint.paused_because = False, why
    endpoint.save(update_fields=["is_active", "paused_because"])
    log.warning("webhook_paused", webhook=endpoint.name, why=why)


def _lock(function: str, name: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s)", [lock_key(name)])
        return bool(cursor.fetchone()[0])
