"""What ends the life of a kept answer made of the catalogue."""

from products.models import KitCheck, KitComponent, Manufacturer, Price, Product, SolarKit, Supplier
from ysh.core.cache.namespaces import Namespace, register

register(
    Namespace("products", (Product, Manufacturer, Supplier), redis_seconds=600, dynamodb_seconds=6 * 3600),
    Namespace("prices", (Price,), redis_seconds=300, dynamodb_seconds=3600),
    Namespace("kits", (SolarKit, KitComponent, KitCheck), redis_seconds=600, dynamodb_seconds=6 * 3600),
)
