"""Units in a box, by place: nearly all of them stand in municipalities' centres, thousands in one."""

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef

from aneel.models import Municipality
from ysh.core.api.slicing import Rows, Shortcut, Slice
from ysh.core.db.expressions import Unindexed, WithinBox

#: centres in a box above which its units are read like any other list: a page fills soon
MOST_CENTRES = 100


def by_place(box: tuple[float, float, float, float]) -> Shortcut:
    """A page of a box's units from the first ones of each centre in it, and those that have places of their own.

    Collecting all units of the box for its first fifty reads 10,000 pages in a capital. Only the order by key is served.

    Args:
        box: west, south, east, north in degrees, with something in it.
    """

    def read(wanted: Slice) -> Rows | None:
        if len(wanted.order.columns) > 1:
            return None
        centres = list(Municipality.objects.filter(WithinBox("centroid", box)).values_list("pk", flat=True)[: MOST_CENTRES + 1])
        if len(centres) > MOST_CENTRES:
            return None
        matches = wanted.beyond(wanted.queryset, wanted.after)
        there = matches.filter(municipality=OuterRef("pk"), location_precision="municipality")
        first = ArraySubquery(there.order_by(*wanted.order.order_by()).values("pk")[: wanted.limit])
        keys = [key for found in Municipality.objects.filter(pk__in=centres).values_list(first, flat=True) for key in found]
        own = matches.filter(location_precision="unit").order_by(*wanted.order.order_by(Unindexed))
        keys += own.values_list("pk", flat=True)[: wanted.limit]
        return wanted.read(wanted.queryset.model._default_manager.filter(pk__in=keys), wanted.limit)

    return read
