"""What the engineering rules found in each kit."""

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from products.choices import CheckOutcome, CheckSeverity
from products.finding_messages import render, render_fix
from products.finding_words import reference_text, rule_title
from products.models.columns import json_object_check, long_text, optional_text
from products.models.kit import SolarKit
from products.querysets import KitCheckQuerySet
from ysh.core.models import TimestampedModel, vocabulary_check


def _measure(label: Any) -> models.DecimalField:
    return models.DecimalField(label, max_digits=18, decimal_places=6, null=True, blank=True)


class KitCheck(TimestampedModel):
    """One rule's finding on one kit, replaced at each run of the rules; an override stays until it expires.

    A person may accept a finding: then reason, author and expiry are all given. The author is a name, not a key, so that the
    record outlives the account.
    """

    kit = models.ForeignKey(SolarKit, verbose_name=_("kit"), on_delete=models.CASCADE, related_name="checks", db_index=False)
    rule_id = models.CharField(_("rule"), max_length=40)
    subject = optional_text(_("about"), 200, help_text=_("the part it is about, when a rule looks at several"))
    outcome = models.CharField(_("outcome"), max_length=7, choices=CheckOutcome)
    severity = models.CharField(_("severity"), max_length=7, choices=CheckSeverity)
    value = _measure(_("value"))
    limit = _measure(_("limit"))
    margin_percent = models.DecimalField(_("margin (%)"), max_digits=12, decimal_places=3, null=True, blank=True)
    unit = optional_text(_("unit"), 20)
    reference = optional_text(_("reference"), 300, help_text=_("standard and clause"))
    inputs = models.JSONField(_("inputs"), default=dict, db_default={}, blank=True, help_text=_("each with where it came from"))
    part_sku = optional_text(_("part"), 100, help_text=_("SKU of the product concerned"))
    message_code = optional_text(_("message code"), 60)
    message_params = models.JSONField(_("message parameters"), default=dict, db_default={}, blank=True)
    message = long_text(_("message"), help_text=_("in Portuguese; other languages are made from code and parameters"))
    fix_code = optional_text(_("fix code"), 60)
    fix_params = models.JSONField(_("fix parameters"), default=dict, db_default={}, blank=True)
    digest = optional_text(_("digest"), 32, editable=False, help_text=_("of the whole finding, to tell what changed"))
    engine_version = models.CharField(_("engine version"), max_length=30)
    checked_at = models.DateTimeField(_("checked at"), db_default=Now())
    override_reason = long_text(_("reason of the override"))
    override_author = optional_text(_("accepted by"), 150)
    override_at = models.DateTimeField(_("accepted at"), null=True, blank=True)
    override_expires_at = models.DateTimeField(_("accepted until"), null=True, blank=True)

    objects = KitCheckQuerySet.as_manager()

    class Meta:
        db_table = "kit_checks"
        verbose_name = _("kit check")
        verbose_name_plural = _("kit checks")
        ordering = ["kit_id", "rule_id", "subject"]
        permissions = [("accept_kitcheck", _("Can accept findings of the rules"))]
        constraints = [
            models.UniqueConstraint(fields=["kit", "rule_id", "subject"], name="kit_checks_finding"),
            vocabulary_check("outcome", CheckOutcome, "kit_checks_outcome"),
            vocabulary_check("severity", CheckSeverity, "kit_checks_severity"),
            json_object_check("inputs", "kit_checks_inputs_object"),
            models.CheckConstraint(
                condition=Q(override_reason="", override_author="", override_at__isnull=True, override_expires_at__isnull=True)
                | (
                    ~Q(override_reason="")
                    & ~Q(override_author="")
                    & Q(override_at__isnull=False, override_expires_at__isnull=False)
                    & Q(override_expires_at__gt=models.F("override_at"))
                ),
                name="kit_checks_override_complete",
                violation_error_message=_("An override needs a reason, an author and an expiry after its date."),
            ),
        ]
        indexes = [
            models.Index(fields=["rule_id", "outcome"], name="kit_checks_rule"),
            models.Index(
                fields=["override_expires_at"], name="kit_checks_override", condition=Q(override_expires_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} {self.get_outcome_display()}"

    @property
    def text(self) -> str:
        """What was found, in the active language."""
        return render(self.message_code, self.message_params) if self.message_code else self.message

    @property
    def fix(self) -> str:
        """What would help, in the active language; "" when nothing is known to."""
        return render_fix(self.fix_code, self.fix_params)

    @property
    def reference_text(self) -> str:
        """Standard and clause, in the active language."""
        return reference_text(self.reference)

    @property
    def title(self) -> str:
        """What the rule looks at, in the active language; "" for a rule that is no more."""
        return rule_title(self.rule_id)

    def accepted(self, at: datetime) -> bool:
        """Whether a person has accepted the finding, as of an instant (aware)."""
        return self.override_expires_at is not None and self.override_expires_at > at
