"""Products on sale that are committed, for tests of the feed of changes."""

from products.models import Product


def put_on_sale(sku: str) -> Product:
    """A product without a maker; `FEED-` begins its SKU, by which the fixture `committed` takes it away again."""
    assert sku.startswith("FEED-")
    return Product.objects.create(sku=sku, name=sku, category="paineis", status="ACTIVE")
