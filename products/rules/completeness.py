"""How much of what a product or kit should say is said, and what is missing."""

from collections.abc import Mapping
from decimal import Decimal

from products.rules.families import FAMILIES, missing_attributes

# What a kit's page in a shop needs besides its parts; a list or text counts when it is not empty.
KIT_FIELDS = (
    "description", "voltage_phase", "roof_type", "inverter_power_kw", "kit_cost", "image_urls", "technical_sheet_url",
    "warranty_years", "seo_slug",
)  # fmt: skip


def essential_attributes(category: str) -> list[str]:
    """The attributes that count for a product's completeness."""
    return [name for name, attribute in FAMILIES.get(category, {}).items() if attribute.essential]


def product_completeness(category: str, specifications: Mapping[str, object]) -> tuple[Decimal, list[str]]:
    """The share of essential attributes that have a value, 0..1 with three decimals, and the names of those that have none."""
    missing = missing_attributes(category, specifications)
    return _share(len(missing), len(essential_attributes(category))), missing


def kit_completeness(values: Mapping[str, object]) -> tuple[Decimal, list[str]]:
    """The same for a kit's fields. `values`: by name; what is None, "", 0 or an empty list is missing."""
    missing = [name for name in KIT_FIELDS if not values.get(name)]
    return _share(len(missing), len(KIT_FIELDS)), missing


def _share(missing: int, total: int) -> Decimal:
    return (Decimal(total - missing) / total).quantize(Decimal("0.001")) if total else Decimal(1)
