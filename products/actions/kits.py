"""Composing kits: a copy to vary, one part in another's place. The kit's powers follow its parts by triggers of the database."""

from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from products.actions.review import because
from products.choices import CheckState, ProductStatus, ReviewState
from products.models import KitComponent, Product, SolarKit
from products.rules.totals import KitTotals, PartFigures, kit_totals
from ysh.core.errors import TerminalError

# What a copy does not inherit: keys and addresses are unique, the review begins anew, nothing was checked or received.
_NOT_COPIED = {
    "id", "kit_id", "sku", "name", "created_at", "updated_at", "review_state", "status", "check_state", "checked_at",
    "medusa_product_id", "saleor_product_id", "seo_slug", "source_run_id", "raw_data", "search_vector", "dc_ac_ratio",
    "total_price", "price_per_wp",
}  # fmt: skip


class ReplaceRefusedError(TerminalError):
    """The product cannot take the part's place."""

    default_code = "replace_refused"


def part_figures(component: KitComponent, product: Product) -> PartFigures:
    """What a component adds to its kit."""
    return PartFigures(
        role=component.component_type,
        quantity=component.quantity,
        power_wp=_decimal(product.specifications.get("power_wp")),
        ac_power_kw=_decimal(product.specifications.get("ac_power_kw")),
        unit_price=component.unit_price,
        cost_price=product.cost_price,
        optional=component.is_optional,
    )


def totals_of(kit: SolarKit) -> KitTotals:
    """What the kit's parts add up to. No query when `components` are prefetched with their products."""
    return kit_totals(part_figures(component, component.product) for component in kit.components.all())


def duplicate_kit(kit: SolarKit, *, by: User, reason: str = "") -> SolarKit:
    """A draft with the same data and parts under a key of its own: "<kit id>-2", or the next number that is free."""
    with because(by, reason or _("copy of %(kit)s") % {"kit": kit.kit_id}), transaction.atomic():
        number = _free_number(kit)
        fields = [field for field in SolarKit._meta.concrete_fields if field.name not in _NOT_COPIED]
        copy = SolarKit(
            **{field.attname: getattr(kit, field.attname) for field in fields},
            kit_id=f"{kit.kit_id}-{number}",
            sku=f"{kit.sku}-{number}",
            name=_("%(name)s (copy)") % {"name": kit.name[:280]},
            review_state=ReviewState.DRAFT,
            status=ProductStatus.DRAFT,
            check_state=CheckState.STALE,
        )
        copy.save()
        parts = []
        for component in kit.components.order_by("display_order", "id"):
            component.pk, component.kit = None, copy
            component._state.adding = True
            parts.append(component)
        KitComponent.objects.bulk_create(parts)
    return copy


def replace_component(component: KitComponent, product: Product, *, by: User, reason: str = "") -> KitComponent:
    """Another product in the part's place, in the same quantity, at its own cost.

    Raises:
        ReplaceRefusedError: the product plays this part in the kit already.
    """
    kit = component.kit
    if kit.components.filter(product=product, component_type=component.component_type).exclude(pk=component.pk).exists():
        raise ReplaceRefusedError(
            _("%(product)s plays this part in %(kit)s already: change its quantity instead.")
            % {"product": product.sku, "kit": kit.kit_id}
        )
    with because(by, reason), transaction.atomic():
        component.product, component.unit_price = product, product.cost_price
        component.save(update_fields=["product", "unit_price"])
    return component


def _free_number(kit: SolarKit) -> int:
    """The lowest number from 2 that neither kit ids nor SKUs of earlier copies have taken."""
    taken = set(SolarKit.objects.filter(kit_id__startswith=f"{kit.kit_id}-").values_list("kit_id", flat=True))
    taken_skus = set(SolarKit.objects.filter(sku__startswith=f"{kit.sku}-").values_list("sku", flat=True))
    number = 2
    while f"{kit.kit_id}-{number}" in taken or f"{kit.sku}-{number}" in taken_skus:
        number += 1
    return number


def _decimal(value: Any) -> Decimal | None:
    """A specification's number; None when there is none."""
    return Decimal(str(value)) if isinstance(value, int | float) and not isinstance(value, bool) else None
