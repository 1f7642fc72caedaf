"""Units in a box, by place: nearly all of them stand in municipalities' centres, thousands in one."""

from collections.abc import Iterable

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet

from aneel.choices import UnitStatus
from aneel.models import GenerationUnit, Municipality
from ysh.core.api.slicing import Rows, Shortcut, Slice
from ysh.core.db.expressions import Unindexed, WithinBox

#: centres in a box above which its units are read like any other list: a page fills soon
MOST_CENTRES = 100
#: how many times as many units of a centre are asked for that might have more of the page
GROWTH = 4


def by_place(box: tuple[float, float, float, float]) -> Shortcut:
    """A page of a box's units in service from the first ones of each centre in it, and those that have places of their own.

    Collecting all units of the box for its first fifty reads 10,000 pages in a capital. Of each centre a few units are read, and
    more only where the page might have more of them. Only the order by key is served.

    Args:
        box: west, south, east, north in degrees, with something in it.
    """

    def read(wanted: Slice) -> Rows | None:
        if len(wanted.order.columns) > 1:
            return None
        centres = list(Municipality.objects.filter(WithinBox("centroid", box)).values_list("pk", flat=True)[: MOST_CENTRES + 1])
        if len(centres) > MOST_CENTRES:
            return None
        own = wanted.queryset.filter(location_precision="unit").order_by(*wanted.order.order_by(Unindexed))
        keys = list(wanted.beyond(own, wanted.after).values_list("pk", flat=True)[: wanted.limit])
        # Asked for the box as well, the planner would collect it anew for each of its centres.
        shared = GenerationUnit.objects.filter(status=UnitStatus.ACTIVE, location_precision="municipality")
        keys = _merged(wanted, wanted.beyond(shared, wanted.after), centres, keys)
        return wanted.read(GenerationUnit.objects.filter(pk__in=keys), wanted.limit)

    return read


def _merged(wanted: Slice, matches: QuerySet[GenerationUnit], centres: list[int], own: Iterable[int]) -> list[int]:
    """The page's keys, from those of units with places of their own and the units of each centre."""
    sign = -1 if wanted.order.descending else 1
    found: dict[int, list[int]] = {}
    asked, share = centres, max(2, 2 * wanted.limit // max(1, len(centres)))
    while True:
        share = min(share, wanted.limit)
        found |= _first(wanted, matches, asked, share)
        keys = sorted([*own, *(key for some in found.values() for key in some)], key=lambda key: sign * key)[: wanted.limit]
        if share == wanted.limit:
            return keys
        last = sign * keys[-1] if len(keys) == wanted.limit else None
        asked = [centre for centre in asked if len(found[centre]) == share and (last is None or sign * found[centre][-1] < last)]
        if not asked:
            return keys
        share *= GROWTH


def _first(wanted: Slice, matches: QuerySet[GenerationUnit], centres: list[int], share: int) -> dict[int, list[int]]:
    """The first so many keys of each centre, in order."""
    there = matches.filter(municipality=OuterRef("pk")).order_by(*wanted.order.order_by()).values("pk")[:share]
    return dict(Municipality.objects.filter(pk__in=centres).values_list("pk", ArraySubquery(there)))
