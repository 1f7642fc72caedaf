"""Incidents people are told about, and each message that told of them."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from pipeline.choices import AlertChannel, AlertEvent, AlertKind, AlertSeverity, DeliveryState
from ysh.core.models import vocabulary_check
from ysh.core.said import in_words


class Alert(models.Model):
    """One incident: told once when it begins, once when it gets worse, once when it ends. One open of a kind and subject."""

    kind = models.CharField(_("kind"), max_length=20, choices=AlertKind)
    subject = models.CharField(_("subject"), max_length=60, help_text=_("the source, workflow or service it is about"))
    severity = models.CharField(_("severity"), max_length=8, choices=AlertSeverity)
    title = models.CharField(_("title"), max_length=200, help_text=_("in English; the pages and messages use the words"))
    message = models.TextField(_("message"), blank=True, default="")
    words: Any = models.JSONField(
        _("words"), default=dict, db_default={}, blank=True, help_text=_("codes and values of the texts")
    )
    run_id = models.UUIDField(_("run"), null=True, blank=True)
    times_seen = models.IntegerField(_("times seen"), default=1)
    opened_at = models.DateTimeField(_("began"), db_default=Now())
    last_seen_at = models.DateTimeField(_("last seen"), db_default=Now())
    closed_at = models.DateTimeField(_("ended"), null=True, blank=True)
    closed_because = models.TextField(_("ended because"), blank=True, default="")

    class Meta:
        db_table = "alerts"
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        ordering = ["-opened_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "subject"], condition=Q(closed_at__isnull=True), name="alerts_one_open"),
            vocabulary_check("kind", AlertKind, "alerts_kind"),
            vocabulary_check("severity", AlertSeverity, "alerts_severity"),
            models.CheckConstraint(condition=Q(times_seen__gt=0), name="alerts_times_seen"),
        ]
        indexes = [models.Index(fields=["-opened_at", "-id"], name="alerts_newest")]

    def __str__(self) -> str:
        return self.heading

    @property
    def heading(self) -> str:
        """One line, in the language that is active."""
        return in_words(self.words.get("title")) or self.title

    @property
    def body(self) -> str:
        """What was found, where, and what to do, in the language that is active."""
        return in_words(self.words.get("message")) or self.message

    @property
    def ending(self) -> str:
        """Why it ended, in the language that is active; empty while it goes on."""
        return in_words(self.words.get("because")) or self.closed_because


class AlertNotice(models.Model):
    """One message about an incident through one channel; tried again until it arrives or is given up."""

    alert = models.ForeignKey(Alert, verbose_name=_("alert"), on_delete=models.CASCADE, related_name="notices")
    event = models.CharField(_("event"), max_length=6, choices=AlertEvent)
    channel = models.CharField(_("channel"), max_length=5, choices=AlertChannel)
    text = models.TextField(_("text"))
    state = models.CharField(_("state"), max_length=9, choices=DeliveryState, default=DeliveryState.PENDING)
    attempts = models.IntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), db_default=Now())
    last_error = models.TextField(_("last error"), blank=True, default="")
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)

    class Meta:
        db_table = "alert_notices"
        verbose_name = _("alert message")
        verbose_name_plural = _("alert messages")
        ordering = ["-id"]
        constraints = [
            vocabulary_check("event", AlertEvent, "alert_notices_event"),
            vocabulary_check("channel", AlertChannel, "alert_notices_channel"),
            vocabulary_check("state", DeliveryState, "alert_notices_state"),
        ]
        indexes = [models.Index(fields=["next_attempt_at"], name="alert_notices_due", condition=Q(state="PENDING"))]

    def __str__(self) -> str:
        return f"{self.get_channel_display()}: {self.alert}"
