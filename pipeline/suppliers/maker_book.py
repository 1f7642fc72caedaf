"""Brands and the catalogue's manufacturers: names, spellings, what curators corrected, and makers that are new."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from django.db import connection

from pipeline.suppliers.brands import brand_key, may_be_brand
from pipeline.suppliers.records import Note
from products.models import Manufacturer


class MakerBook:
    """The manufacturers of the catalogue and the supplier's spellings of them, read once.

    Args:
        supplier: whose corrections count.
    """

    def __init__(self, supplier: str) -> None:
        self._ids: dict[str, int] = {}
        self.spellings: dict[str, str] = {}
        self.notes: list[Note] = []
        makers = list(Manufacturer.objects.order_by("id").only("id", "name", "aliases"))
        for maker in makers:
            for spelling in (*maker.aliases, maker.name):
                self._ids[brand_key(spelling)] = maker.pk
                self.spellings[spelling] = maker.name
        self._names = {maker.pk: maker for maker in makers}
        self._corrected: dict[str, int] = {}
        self._learn(supplier)

    def _learn(self, supplier: str) -> None:
        """A brand whose articles a curator gave to another maker means that maker from now on."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT raw_data -> 'listed' ->> 'brand', manufacturer_id, count(*) FROM products.products "
                "WHERE starts_with(sku, %s) AND manufacturer_id IS NOT NULL "
                "AND coalesce(raw_data -> 'listed' ->> 'brand', '') <> '' "
                "GROUP BY 1, 2 ORDER BY 1, 3 DESC, 2",
                [f"{supplier.upper()}-"],
            )
            seen: dict[str, list[tuple[int, int]]] = defaultdict(list)
            for brand, maker, count in cursor.fetchall():
                seen[brand].append((maker, count))
        for brand, makers in seen.items():
            usual = self._ids.get(brand_key(brand))
            others = [maker for maker, _count in makers if maker != usual and maker in self._names]
            # Only where it is clear: every correction of this spelling points to the same maker.
            if len(others) == 1:
                self._corrected[brand_key(brand)] = others[0]
                self.notes.append(Note("alias_learnt", supplier, {"spelling": brand, "name": self._names[others[0]].name}))

    def keep_learnt(self) -> None:
        """Write corrections down as aliases, where the spelling is nobody's name or alias yet."""
        for key, pk in self._corrected.items():
            maker = self._names[pk]
            if key not in self._ids and key not in {brand_key(alias) for alias in maker.aliases}:
                spelling = next(
                    str(note.params["spelling"]) for note in self.notes if brand_key(str(note.params["spelling"])) == key
                )
                maker.aliases = [*maker.aliases, spelling]
                maker.save(update_fields=["aliases"])

    def add_new(self, brands: Iterable[str]) -> list[Note]:
        """Make manufacturers of the brands nobody knows yet; a note for each."""
        counts = Counter(brand for brand in brands if may_be_brand(brand) and brand_key(brand) not in self._ids)
        first: dict[str, str] = {}
        for brand in sorted(counts):
            first.setdefault(brand_key(brand), brand)
        for maker in Manufacturer.objects.bulk_create(Manufacturer(name=brand[:120]) for brand in first.values()):
            self._ids[brand_key(maker.name)] = maker.pk
            self._names[maker.pk] = maker
        return [Note("new_manufacturer", brand, {"name": brand}) for brand in first.values()]

    def id_of(self, brand: str) -> int | None:
        """The manufacturer a brand means; None when it names none."""
        key = brand_key(brand)
        return self._corrected.get(key) or self._ids.get(key) if key else None
