"""Programs of others: their API keys, and the addresses they want to be told at."""

from uuid import uuid4

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator, URLValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from pipeline.choices import ApiScope, ChangeKind, DeliveryState
from ysh.core.models import vocabulary_check


class ApiKey(models.Model):
    """A key of an integrator. Only hashes are stored: the key itself is shown once.

    After a rotation the previous key works on until `previous_valid_until`.
    """

    prefix = models.CharField(_("prefix"), max_length=8, unique=True, editable=False)
    hashed_key = models.CharField(_("hash"), max_length=150, editable=False)
    previous_hashed_key = models.CharField(_("hash of the previous key"), max_length=150, blank=True, default="", editable=False)
    previous_valid_until = models.DateTimeField(_("previous key valid until"), null=True, blank=True, editable=False)
    name = models.CharField(_("name"), max_length=100, unique=True, help_text=_("who uses it; stands in the change log"))
    scopes = ArrayField(models.CharField(max_length=10, choices=ApiScope), verbose_name=_("scopes"), default=list, blank=True)
    requests_per_minute = models.IntegerField(
        _("requests a minute"), default=1200, validators=[MinValueValidator(1)], help_text=_("more are answered with 429")
    )
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True, editable=False)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True, editable=False, help_text=_("to the minute"))
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)

    class Meta:
        db_table = "api_keys"
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class WebhookEndpoint(models.Model):
    """An address that is told of changes. Its secret is derived, never stored: see `secret`.

    `window_low`, `window_high` and `last_id` are its place in the feed of changes.
    """

    name = models.CharField(_("name"), max_length=100, unique=True)
    url = models.CharField(_("address"), max_length=500, validators=[URLValidator(schemes=["http", "https"])])
    kinds = ArrayField(
        models.CharField(max_length=13, choices=ChangeKind),
        verbose_name=_("kinds"),
        default=list,
        blank=True,
        help_text=_("none chosen: all of them"),
    )
    is_active = models.BooleanField(_("active"), default=True)
    secret_version = models.IntegerField(_("version of the secret"), default=1, editable=False)
    window_low = models.BigIntegerField(default=0, editable=False)
    window_high = models.BigIntegerField(default=0, editable=False)
    last_id = models.BigIntegerField(default=0, editable=False)
    paused_because = models.TextField(_("paused because"), blank=True, default="", editable=False)
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)

    class Meta:
        db_table = "webhook_endpoints"
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def secret(self) -> str:
        """What deliveries are signed with: of the product's SECRET_KEY, the endpoint and the version of its secret."""
        digest = salted_hmac("ysh.webhook", f"{self.pk}:{self.secret_version}", algorithm="sha256").hexdigest()
        return f"whsec_{digest}"


class WebhookDelivery(models.Model):
    """One message: up to a hundred changes. Sent in order; a later one waits until an earlier one has arrived."""

    delivery_id = models.UUIDField(_("delivery"), unique=True, default=uuid4, editable=False)
    endpoint = models.ForeignKey(
        WebhookEndpoint, verbose_name=_("webhook"), on_delete=models.CASCADE, related_name="deliveries", db_index=False
    )
    payload = models.JSONField(_("content"))
    change_count = models.IntegerField(_("changes"))
    state = models.CharField(_("state"), max_length=9, choices=DeliveryState, default=DeliveryState.PENDING)
    attempts = models.IntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), db_default=Now())
    last_status = models.SmallIntegerField(_("last status"), null=True, blank=True)
    last_error = models.TextField(_("last error"), blank=True, default="")
    last_duration_ms = models.IntegerField(_("last duration (ms)"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("delivered at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)

    class Meta:
        db_table = "webhook_deliveries"
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
        ordering = ["-id"]
        constraints = [vocabulary_check("state", DeliveryState, "webhook_deliveries_state")]
        indexes = [
            models.Index(fields=["endpoint", "id"], name="webhook_deliveries_order"),
            models.Index(fields=["endpoint", "id"], name="webhook_deliveries_open", condition=Q(state="PENDING")),
        ]

    def __str__(self) -> str:
        return str(self.delivery_id)
