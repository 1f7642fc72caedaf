"""Redis's geo sets: places of units around the municipalities that are asked about again and again. Their use: `aneel.nearby`.

As `structures`: without Redis, writing does nothing and reading finds nothing.
"""

from collections.abc import Iterable
from typing import Any

from ysh.core.cache import names
from ysh.core.cache.redis_tier import attempt
from ysh.core.cache.structures import replace


def note_nearest(cell: str) -> int:
    """Somebody asked what is near; how often somebody did in this cell of the map, since an hour without. 0 without Redis."""

    def add(connection: Any) -> int:
        key = names.NEAR_ASKED.key()
        pipe = connection.pipeline(transaction=False)
        pipe.zincrby(key, 1, cell)
        pipe.expire(key, names.NEAR_ASKED.seconds)
        return int(pipe.execute()[0])

    return int(attempt(add, 0))


def note_hot(municipality: int, longitude: float, latitude: float) -> None:
    """A municipality whose neighbourhood is kept, with its centre (degrees, WGS 84)."""

    def add(connection: Any) -> None:
        key = names.HOT.key()
        pipe = connection.pipeline(transaction=False)
        pipe.geoadd(key, [longitude, latitude, str(municipality)])
        pipe.expire(key, names.HOT.seconds)
        pipe.execute()

    attempt(add)


def hot_municipality(longitude: float, latitude: float, *, km: float) -> tuple[int, float] | None:
    """The hot municipality whose centre is nearest to a point, and how far that is (km); None when none is near."""
    found = attempt(lambda c: _around(c, names.HOT.key(), longitude, latitude, km, 1), [])
    return (int(found[0][0]), found[0][1]) if found else None


def set_units_near(municipality: int, places: Iterable[tuple[str, float, float]], *, under: str) -> None:
    """Places around a municipality's centre.

    Args:
        municipality: IBGE code.
        places: keys of the units there, longitude, latitude (degrees, WGS 84).
        under: the tokens they were read under; under others nobody finds them.
    """
    values = [value for units, longitude, latitude in places for value in (longitude, latitude, units)]
    if values and under:
        key = names.UNITS_NEAR.key(municipality=municipality, under=names.digest(under))
        replace(names.UNITS_NEAR, key, lambda pipe: pipe.geoadd(key, values))


def units_near(
    municipality: int, longitude: float, latitude: float, *, km: float, limit: int, under: str
) -> list[tuple[str, float]] | None:
    """Places near a point with their distance (km, on a sphere), nearest first; None when the municipality is not kept."""

    def read(connection: Any) -> list[tuple[str, float]] | None:
        key = names.UNITS_NEAR.key(municipality=municipality, under=names.digest(under))
        found = _around(connection, key, longitude, latitude, km, limit)
        return found if found or connection.exists(key) else None

    found: list[tuple[str, float]] | None = attempt(read) if under and km > 0 else None
    return found


def _around(connection: Any, key: str, longitude: float, latitude: float, km: float, limit: int) -> list[tuple[str, float]]:
    found = connection.geosearch(
        key, longitude=longitude, latitude=latitude, radius=km, unit="km", sort="ASC", count=limit, withdist=True
    )
    return [(member.decode(), distance) for member, distance in found]
