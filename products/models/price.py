"""Every price ever seen."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from products.choices import PriceKind
from products.models.columns import NOT_NEGATIVE, not_negative_check, run_id
from products.models.kit import SolarKit
from products.models.party import Supplier
from products.models.product import Product
from products.querysets import PriceQuerySet
from ysh.core.models import TimestampedModel, vocabulary_check


class Price(TimestampedModel):
    """A price of one product or one kit, from an instant on. Append-only: a trigger refuses UPDATE and DELETE.

    A product or kit that has a price can therefore not be deleted, only retired by its status.
    """

    product = models.ForeignKey(
        Product, verbose_name=_("product"), on_delete=models.PROTECT, null=True, blank=True, related_name="prices", db_index=False
    )
    kit = models.ForeignKey(
        SolarKit, verbose_name=_("kit"), on_delete=models.PROTECT, null=True, blank=True, related_name="prices", db_index=False
    )
    supplier = models.ForeignKey(
        Supplier,
        verbose_name=_("supplier"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="prices",
        help_text=_("whose price it is; empty for a price we set ourselves"),
    )
    kind = models.CharField(_("kind"), max_length=4, choices=PriceKind)
    amount = models.DecimalField(_("amount (R$)"), max_digits=12, decimal_places=2, validators=[NOT_NEGATIVE])
    valid_from = models.DateTimeField(_("valid from"), db_default=Now())
    source_run_id = run_id(_("run"))

    objects = PriceQuerySet.as_manager()

    class Meta:
        db_table = "prices"
        verbose_name = _("price")
        verbose_name_plural = _("prices")
        ordering = ["-valid_from", "-id"]
        constraints = [
            vocabulary_check("kind", PriceKind, "prices_kind"),
            not_negative_check(["amount"], "prices_amount_not_negative"),
            models.CheckConstraint(
                condition=Q(product__isnull=False, kit__isnull=True) | Q(product__isnull=True, kit__isnull=False),
                name="prices_product_or_kit",
                violation_error_message=_("A price belongs to one product or to one kit."),
            ),
        ]
        indexes = [
            models.Index(fields=["product", "kind", "-valid_from"], name="prices_of_product"),
            models.Index(fields=["kit", "kind", "-valid_from"], name="prices_of_kit"),
            models.Index(fields=["-valid_from", "-id"], name="prices_newest"),
            models.Index(fields=["source_run_id"], name="prices_run"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} R$ {self.amount}"
