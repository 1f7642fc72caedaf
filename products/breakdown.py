"""What a kit's price is made of, as the database answers it."""

from dataclasses import dataclass
from decimal import Decimal

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_NAMES = {
    "UNITEMISED": _("Rest of the kit's price"),
    "INSTALLATION": _("Installation"),
    "DOCUMENTATION": _("Documentation"),
}


@dataclass(frozen=True, slots=True)
class BreakdownLine:
    """A component by its product's name, or one of UNITEMISED, INSTALLATION, DOCUMENTATION. Amounts in R$, share 0..1."""

    item: str
    quantity: int | None
    unit_price: Decimal | None
    total: Decimal | None
    share: Decimal | None

    @property
    def label(self) -> str | Promise:
        return _NAMES.get(self.item, self.item)


def cost_breakdown(kit_id: str) -> list[BreakdownLine]:
    """The lines of `products.get_kit_cost_breakdown`; they add up to the kit's total price. Empty when it has none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT item, quantity, unit_price, total, share FROM products.get_kit_cost_breakdown(%s)", [kit_id])
        return [BreakdownLine(*row) for row in cursor.fetchall()]
