"""Pages of the catalogue: what a curator edits, and what the ingestion and the rules wrote."""

from products.admin.checks import KitCheckAdmin
from products.admin.components import KitComponentAdmin
from products.admin.kits import SolarKitAdmin
from products.admin.parties import ManufacturerAdmin, SupplierAdmin
from products.admin.prices import PriceAdmin
from products.admin.products import ProductAdmin
from products.admin.sites import SiteConditionsAdmin

__all__ = [
    "KitCheckAdmin",
    "KitComponentAdmin",
    "ManufacturerAdmin",
    "PriceAdmin",
    "ProductAdmin",
    "SiteConditionsAdmin",
    "SolarKitAdmin",
    "SupplierAdmin",
]
