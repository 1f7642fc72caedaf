"""Equipment: what kits are made of."""

from typing import Any

from django.contrib.postgres.indexes import GinIndex
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from products.choices import ProductCategory, ProductStatus
from products.models.columns import (
    NOT_NEGATIVE,
    address,
    catalogue_search_vector,
    completeness,
    external_id,
    fraction_check,
    json_object_check,
    long_text,
    money,
    not_negative_check,
    optional_text,
    run_id,
    slug_check,
    text_array,
    trigram_index,
)
from products.models.party import Manufacturer
from products.querysets import ProductQuerySet
from products.rules.families import violations
from products.violations import message_of
from ysh.core.models import TimestampedModel, vocabulary_check


def _level(label: Any) -> models.IntegerField:
    return models.IntegerField(label, null=True, blank=True, validators=[NOT_NEGATIVE])


class Product(TimestampedModel):
    """One article of the catalogue. Its price columns hold the current prices; every price ever seen is a row of `prices`.

    `inmetro_certified` is derived, by triggers, from the linked certification: writing to it has no effect. It says what was
    true when the product or the certification last changed, or when `products.refresh_inmetro_certified()` last ran (daily,
    because certificates expire by the calendar). `ProductQuerySet.with_certification` and the view answer for today.
    """

    sku = models.CharField("SKU", max_length=100, unique=True)
    name = models.CharField(_("name"), max_length=300)
    description = long_text(_("description"))
    category = models.CharField(_("category"), max_length=20, choices=ProductCategory)
    subcategory = optional_text(_("subcategory"), 60)
    manufacturer = models.ForeignKey(
        Manufacturer, verbose_name=_("manufacturer"), on_delete=models.PROTECT, null=True, blank=True, related_name="products"
    )
    model = optional_text(_("model"), 200)
    brand = optional_text(_("brand"), 120, help_text=_("as the supplier writes it"))
    specifications = models.JSONField(
        _("specifications"),
        default=dict,
        db_default={},
        blank=True,
        help_text=_("the attributes declared for the category, by name"),
    )
    specification_sources = models.JSONField(
        _("where the values come from"),
        default=dict,
        db_default={},
        blank=True,
        editable=False,
        help_text=_("by attribute: source, document, who entered it and when, who reviewed it and when"),
    )
    completeness = completeness(_("completeness"))
    missing = text_array(_("missing attributes"))
    cost_price = money(_("cost price (R$)"))
    sale_price = money(_("sale price (R$)"))
    markup_percent = models.DecimalField(_("markup (%)"), max_digits=7, decimal_places=2, null=True, blank=True)
    stock_quantity = models.IntegerField(
        _("stock"), null=True, blank=True, validators=[NOT_NEGATIVE], help_text=_("empty while the supplier does not say")
    )
    min_stock_level = _level(_("minimum stock"))
    max_stock_level = _level(_("maximum stock"))
    reorder_point = _level(_("reorder point"))
    status = models.CharField(
        _("status"), max_length=12, choices=ProductStatus, default=ProductStatus.DRAFT, db_default=ProductStatus.DRAFT
    )
    certification = models.ForeignKey(
        "aneel.Certification", verbose_name=_("certification"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    inmetro_certified = models.BooleanField(_("INMETRO certified"), default=False, db_default=False, editable=False)
    inmetro_certificate_number = optional_text(_("INMETRO registration, as the supplier states it"), 60)
    merged_into = models.ForeignKey(
        "self",
        verbose_name=_("merged into"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="merged",
        help_text=_("the product that took this one's place; this row keeps the code and the prices seen under it"),
    )
    image_urls = text_array(_("images"), help_text=_("addresses, the first one is the cover"))
    datasheet_url = address(_("data sheet"))
    manual_url = address(_("manual"))
    seo_slug = models.SlugField(_("page address (slug)"), max_length=200, null=True, blank=True, unique=True)
    seo_title = optional_text(_("page title"), 200)
    seo_description = long_text(_("page description"))
    seo_keywords = text_array(_("page keywords"))
    medusa_product_id = external_id(_("Medusa id"))
    saleor_product_id = external_id(_("Saleor id"))
    source_run_id = run_id(_("run"))
    raw_data = models.JSONField(_("record as received"), null=True, blank=True, editable=False)
    search_vector = catalogue_search_vector("name", ["brand", "model", "sku"], "description")

    objects = ProductQuerySet.as_manager()

    class Meta:
        db_table = "products"
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering = ["name", "id"]
        permissions = [("review_product", _("Can review products' values and confirm their registrations"))]
        constraints = [
            vocabulary_check("category", ProductCategory, "products_category"),
            vocabulary_check("status", ProductStatus, "products_status_values"),
            models.CheckConstraint(condition=~Q(sku=""), name="products_sku_not_blank"),
            json_object_check("specifications", "products_specifications_object"),
            json_object_check("specification_sources", "products_sources_object"),
            fraction_check("completeness", "products_completeness"),
            not_negative_check(["cost_price", "sale_price"], "products_prices_not_negative"),
            not_negative_check(
                ["stock_quantity", "min_stock_level", "max_stock_level", "reorder_point"], "products_stock_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(max_stock_level__gte=F("min_stock_level")),
                name="products_stock_levels_order",
                violation_error_message=_("The maximum stock is below the minimum."),
            ),
            slug_check("seo_slug", "products_slug_form"),
            models.CheckConstraint(condition=~Q(merged_into=F("id")), name="products_not_merged_into_itself"),
        ]
        indexes = [
            GinIndex(fields=["specifications"], name="products_specifications", opclasses=["jsonb_path_ops"]),
            GinIndex(fields=["search_vector"], name="products_search"),
            trigram_index(["name", "model", "brand", "sku"], "products_text_trgm"),
            models.Index(fields=["name", "id"], name="products_by_name"),
            models.Index(fields=["category", "status"], name="products_category_idx"),
            models.Index(fields=["status"], name="products_status_idx"),
            models.Index(fields=["source_run_id"], name="products_run"),
        ]

    def __str__(self) -> str:
        return f"{self.sku} – {self.name}"

    def clean(self) -> None:
        """Hold the specifications against what the category's family declares.

        Raises:
            ValidationError: on `specifications`, one message for each attribute that is unknown, of another type or out of range.
        """
        super().clean()
        found = violations(self.category, self.specifications)
        if found:
            raise ValidationError({"specifications": [message_of(violation) for violation in found]})
