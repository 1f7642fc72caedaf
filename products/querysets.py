"""What "in the catalogue", "published", "in stock" and "in force" mean, as querysets."""

from datetime import datetime
from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.db.models import BooleanField, Case, CharField, F, Func, Prefetch, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Coalesce

from products.choices import CheckOutcome, ProductStatus, ReviewState
from ysh.core.db.search import Folded


def _each_word(text: str, *fields: str) -> Q:
    """Every word of the text occurs in one of the fields, whatever the case and the accents."""
    condition = Q()
    for word in text.split():
        one = Q()
        for field in fields:
            one |= Q(**{f"{field}__folded__contains": word})
        condition &= one
    return condition


def _folded_aliases() -> Folded:
    """A row's aliases, one a line, without case and accents."""
    return Folded(Func(F("aliases"), Value("\n"), function="array_to_string", output_field=TextField()))


def _related(rows: QuerySet, field: str) -> Any:
    """The manager of the model a foreign key or a reverse relation leads to; by name, as the models import this module."""
    related: Any = rows.model._meta.get_field(field).related_model
    return related._default_manager


class ManufacturerQuerySet(QuerySet):
    def matching(self, text: str) -> Self:
        """Each word occurs in the name or an alias, whatever the case and the accents."""
        return self.alias(other_names=_folded_aliases()).filter(_each_word(text, "name", "other_names"))

    def named(self, name: str) -> Self:
        """The manufacturers of that name or alias, whatever the case and the accents."""
        folded_aliases = Func(_folded_aliases(), Value("\n"), function="string_to_array", output_field=ArrayField(TextField()))
        wanted = Func(Folded(Value(name)), template="ARRAY[%(expressions)s]", output_field=ArrayField(TextField()))
        return self.alias(folded_aliases=folded_aliases).filter(Q(name__folded=name) | Q(folded_aliases__contains=wanted))


class ProductQuerySet(QuerySet):
    def by_codes(self, skus: Any) -> dict[str, Any]:
        """The products that SKUs lead to now: of a merged one, the product that took its place. One query."""
        found: Any = self.filter(sku__in=list(skus)).select_related("merged_into").order_by("pk")
        return {product.sku: product.merged_into or product for product in found}

    def in_catalogue(self) -> Self:
        """What a customer may see: on sale, or on sale and out of stock. The view `v_product_catalog` shows the same."""
        return self.filter(status__in=[ProductStatus.ACTIVE, ProductStatus.OUT_OF_STOCK])

    def matching(self, text: str) -> Self:
        """Each word occurs in name, model, brand or SKU, whatever the case and the accents."""
        return self.filter(_each_word(text, "name", "model", "brand", "sku"))

    def with_stock_status(self) -> Self:
        """Adds `stock_status`, a value of `StockStatus`."""
        columns = (F("stock_quantity"), F("min_stock_level"), F("max_stock_level"), F("reorder_point"))
        return self.annotate(stock_status=Func(*columns, function="products.stock_status", output_field=CharField()))

    def with_certification(self) -> Self:
        """Adds `certified_today`: the linked INMETRO registration is in force today in Brazil."""
        columns = (F("certification__certificate_type"), F("certification__status"), F("certification__expiry_date"))
        certified = Func(*columns, function="products.certificate_in_force", output_field=BooleanField())
        return self.annotate(certified_today=Coalesce(certified, False))


class SolarKitQuerySet(QuerySet):
    def published(self) -> Self:
        """Reviewed, published and not withdrawn from sale."""
        return self.filter(review_state=ReviewState.PUBLISHED, status__in=[ProductStatus.ACTIVE, ProductStatus.OUT_OF_STOCK])

    def matching(self, text: str) -> Self:
        """Each word occurs in name, kit id or SKU, whatever the case and the accents."""
        return self.filter(_each_word(text, "name", "kit_id", "sku"))

    def with_components(self) -> Self:
        """Components with their products, two queries however many kits."""
        return self.prefetch_related(Prefetch("components", _related(self, "components").with_products()))


class _OfProductOrKit(QuerySet):
    def matching(self, text: str) -> Self:
        """Rows whose product or kit matches; each is searched in its own table, by its own index."""
        kits = _related(self, "kit").matching(text)
        products = _related(self, "product").matching(text)
        return self.filter(Q(product__in=products) | Q(kit__in=kits))


class KitComponentQuerySet(_OfProductOrKit):
    def with_products(self) -> Self:
        return self.select_related("product__manufacturer").order_by("kit_id", "display_order", "id")


class KitCheckQuerySet(QuerySet):
    def matching(self, text: str) -> Self:
        """Findings of one rule (`R01`), or of the kits that match."""
        kits = _related(self, "kit").matching(text)
        return self.filter(Q(rule_id__iexact=text.strip()) | Q(kit__in=kits))

    def worst_first(self) -> Self:
        """FAIL, WARN, UNKNOWN, PASS; by rule within each."""
        worst = [CheckOutcome.FAIL, CheckOutcome.WARN, CheckOutcome.UNKNOWN, CheckOutcome.PASS]
        rank = Case(*(When(outcome=outcome, then=Value(position)) for position, outcome in enumerate(worst)))
        return self.order_by(rank, "rule_id", "subject")


class PriceQuerySet(_OfProductOrKit):
    def of_product(self, product: Any) -> Self:
        """The history of a product, that of the products merged into it included."""
        return self.filter(Q(product=product) | Q(product__merged_into=product))

    def in_force(self, at: datetime) -> Self:
        """The latest price of each product or kit, supplier and kind, as of an instant (aware)."""
        return (
            self.filter(valid_from__lte=at)
            .order_by("product_id", "kit_id", "supplier_id", "kind", "-valid_from", "-id")
            .distinct("product_id", "kit_id", "supplier_id", "kind")
        )
