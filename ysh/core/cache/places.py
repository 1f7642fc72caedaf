"""Redis's geo sets: places of units around the municipalities that are asked about again and again. Their use: `aneel.nearby`.

As `structures`: without Redis, writing does nothing and reading finds nothing.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from ysh.core.cache import names, wire
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


def look(
    namespaces: Sequence[str], longitude: float, latitude: float, *, km: float
) -> tuple[Sequence[str | None], tuple[int, float] | None]:
    """Tokens of the namespaces, and the hot municipality whose centre is nearest to a point with its distance (km), at once.

    All None when Redis does not answer; no municipality when none is near.
    """
    commands = [("HMGET", names.VERSIONS.key(), *namespaces), _around(names.HOT.key(), longitude, latitude, km, 1)]
    tokens, found = attempt(lambda c: wire.round_trip(c, commands), [None, None])
    hot = _read(found)
    told = tokens if isinstance(tokens, list) else [None] * len(namespaces)
    return [None if token is None else token.decode() for token in told], (int(hot[0][0]), hot[0][1]) if hot else None


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

    key = names.UNITS_NEAR.key(municipality=municipality, under=names.digest(under))
    commands = [_around(key, longitude, latitude, km, limit), ("EXISTS", key)]
    if not under or km <= 0:
        return None
    found, is_kept = attempt(lambda c: wire.round_trip(c, commands), [None, 0])
    return _read(found) if is_kept == 1 else None


def _around(key: str, longitude: float, latitude: float, km: float, limit: int) -> wire.Command:
    near = ("FROMLONLAT", longitude, latitude, "BYRADIUS", km, "km", "ASC", "COUNT", limit, "WITHDIST")
    return ("GEOSEARCH", key, *near)


def _read(found: Any) -> list[tuple[str, float]]:
    return [(member.decode(), float(distance)) for member, distance in found] if isinstance(found, list) else []
