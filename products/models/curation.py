"""What the curators' lists are made of: filters people keep, duplicates they have looked at, and what a refresh found."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from products.models.columns import long_text
from products.models.kit import SolarKit
from products.models.product import Product
from ysh.core.models import TimestampedModel


class SavedFilter(TimestampedModel):
    """A list's search and filters under a name, for its owner or for everybody."""

    owner = models.CharField(_("owner"), max_length=150, help_text=_("user name"))
    name = models.CharField(_("name"), max_length=80)
    list_name = models.CharField(_("list"), max_length=40, help_text=_("the model's name: solarkit, product"))
    query = models.TextField(_("filters"), help_text=_("the list's address behind the question mark"))
    is_shared = models.BooleanField(_("for everybody"), default=False, db_default=False)

    class Meta:
        db_table = "saved_filters"
        verbose_name = _("saved filter")
        verbose_name_plural = _("saved filters")
        ordering = ["name", "id"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "list_name", "name"],
                name="saved_filters_name",
                violation_error_message=_("You have a filter of this name already."),
            ),
            models.CheckConstraint(condition=~Q(name=""), name="saved_filters_name_not_blank"),
        ]

    def __str__(self) -> str:
        return self.name


class DuplicateDismissal(TimestampedModel):
    """A group of rows that look alike and are not the same, as somebody decided. Another member makes it another group."""

    group_key = models.CharField(_("group"), max_length=32, unique=True)
    dismissed_by = models.CharField(_("by"), max_length=150)
    reason = long_text(_("reason"))

    class Meta:
        db_table = "duplicate_dismissals"
        verbose_name = _("dismissed duplicate")
        verbose_name_plural = _("dismissed duplicates")
        ordering = ["-created_at", "-id"]
        default_permissions = ()

    def __str__(self) -> str:
        return self.group_key


class PossibleDuplicate(models.Model):
    """A product of the same brand, power and model but for spelling as another, or a kit of the same parts. Read-only."""

    key = models.TextField(primary_key=True)
    product = models.ForeignKey(Product, on_delete=models.DO_NOTHING, null=True, db_constraint=False, related_name="+")
    kit = models.ForeignKey(SolarKit, on_delete=models.DO_NOTHING, null=True, db_constraint=False, related_name="+")
    group_key = models.TextField(_("group"))
    group_size = models.IntegerField(_("rows in the group"))
    likeness = models.FloatField(_("likeness"))

    class Meta:
        managed = False
        db_table = "mv_possible_duplicates"
        verbose_name = _("possible duplicate")
        verbose_name_plural = _("possible duplicates")
        ordering = ["group_key", "key"]
        default_permissions = ()

    def __str__(self) -> str:
        return self.key


class PriceMove(models.Model):
    """The newest price of a product or kit at a supplier, where it is more than 10 % from the one before. Read-only."""

    key = models.TextField(primary_key=True)
    product = models.ForeignKey(Product, on_delete=models.DO_NOTHING, null=True, db_constraint=False, related_name="+")
    kit = models.ForeignKey(SolarKit, on_delete=models.DO_NOTHING, null=True, db_constraint=False, related_name="+")
    kind = models.CharField(_("kind"), max_length=4)
    previous_amount = models.DecimalField(_("before (R$)"), max_digits=12, decimal_places=2)
    amount = models.DecimalField(_("amount (R$)"), max_digits=12, decimal_places=2)
    percent = models.DecimalField(_("change (%)"), max_digits=12, decimal_places=1)
    moved_at = models.DateTimeField(_("since"))

    class Meta:
        managed = False
        db_table = "mv_price_moves"
        verbose_name = _("price move")
        verbose_name_plural = _("price moves")
        ordering = ["-moved_at", "key"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.percent} %"
