"""Tables of the schema `products`: the catalogue of equipment, its prices, and the kits made of it."""

from products.models.curation import DuplicateDismissal, PossibleDuplicate, PriceMove, SavedFilter
from products.models.kit import KitComponent, SolarKit
from products.models.kit_check import KitCheck
from products.models.party import Manufacturer, Supplier
from products.models.price import Price
from products.models.product import Product
from products.models.search_word import SearchWord
from products.models.site_conditions import SiteConditions

__all__ = [
    "DuplicateDismissal",
    "KitCheck",
    "KitComponent",
    "Manufacturer",
    "PossibleDuplicate",
    "Price",
    "PriceMove",
    "Product",
    "SavedFilter",
    "SearchWord",
    "SiteConditions",
    "SolarKit",
    "Supplier",
]
