"""Which units are near, from Redis, around the municipalities that are asked about again and again.

A hot municipality has a geo set of all places within `REACH_KM` of its centre, each with its first units. Around a point inside
that disc the set is complete up to the disc's edge; what would reach further is left to PostgreSQL, and so is what a unit says.
The sets are kept under the tokens of what they were read from: after a change nobody finds them any more.
"""

from collections.abc import Callable

from django.conf import settings
from django.db import connection, connections

from ysh.core.cache import places, redis_tier, versions
from ysh.core.cache.background import in_background

NAMESPACES = ("municipalities", "units")
REACH_KM = 60.0
#: asked for so often in the same tenth of a degree, a place is hot; looked at again every so many times
HOT_FROM, AGAIN_EVERY = 3, 100
#: more places than this make no set
MOST_PLACES = 5_000
#: units noted of one place: as many as one answer may have
MOST_UNITS = 100
# Spheres (the database's index, Redis) and the ellipsoid differ by 0.6 % at most; Redis rounds places to half a metre.
SPHERE_MARGIN, ROUNDING_KM = 1.006, 0.01
# Redis has no places nearer to the poles; Brazil has none beyond the 34th parallel.
MOST_LATITUDE = 60

_PLACES = """
WITH centre AS MATERIALIZED (SELECT centroid AS point FROM aneel.municipalities WHERE ibge_code = %(code)s)
SELECT public.ST_X(place::public.geometry), public.ST_Y(place::public.geometry), units FROM (
    SELECT c.centroid AS place, ARRAY(
        SELECT s.id FROM aneel.generation_units s
        WHERE s.municipality_id = c.ibge_code AND s.location_precision = 'municipality' AND s.status = 'ACTIVE'
        ORDER BY s.id LIMIT %(units)s) AS units
    FROM aneel.municipalities c WHERE public.ST_DWithin(c.centroid, (SELECT point FROM centre), %(metres)s, false)
    UNION ALL
    (SELECT u.geolocation, ARRAY[u.id] FROM aneel.generation_units u
     WHERE u.location_precision = 'unit' AND u.status = 'ACTIVE'
       AND public.ST_DWithin(u.geolocation, (SELECT point FROM centre), %(metres)s, false) LIMIT %(places)s + 1)
) found WHERE cardinality(units) > 0
"""
_MUNICIPALITY = """
SELECT ibge_code, public.ST_X(centroid::public.geometry), public.ST_Y(centroid::public.geometry) FROM aneel.municipalities
WHERE centroid IS NOT NULL
ORDER BY centroid OPERATOR(public.<->) public.ST_SetSRID(public.ST_MakePoint(%s, %s), 4326)::public.geography LIMIT 1
"""


def kept_candidates(*, latitude: float, longitude: float, limit: int, max_km: float) -> list[int] | None:
    """Keys of active units among which are the nearest ones to a point; None when Redis cannot tell, and PostgreSQL has to.

    Args:
        latitude, longitude: degrees, WGS 84.
        limit: so many are asked for.
        max_km: none further away than this is.
    """
    if not settings.API_CACHE or limit > MOST_UNITS or abs(latitude) > MOST_LATITUDE or redis_tier.breaker().is_open:
        return None
    tokens, hot = places.look(NAMESPACES, longitude, latitude, km=REACH_KM / 2)
    under = versions.under(NAMESPACES, tokens)
    if not under:
        return None
    if hot is None:
        if places.note_nearest(f"{latitude:.1f},{longitude:.1f}") % AGAIN_EVERY == HOT_FROM:
            _on_its_own(lambda: keep_around(longitude, latitude))
        return None
    municipality, from_centre_km = hot
    seen_km = (REACH_KM - from_centre_km) / SPHERE_MARGIN - ROUNDING_KM
    asked_km = max_km * SPHERE_MARGIN + ROUNDING_KM
    found = places.units_near(municipality, longitude, latitude, km=min(seen_km, asked_km), limit=2 * limit, under=under)
    if found is None:  # something has changed since, or its life is over
        _on_its_own(lambda: keep_neighbourhood(municipality))
        return None
    # On the ellipsoid a place a little further away may be the nearer one.
    keys, enough_km = list[int](), asked_km
    for place, km in found:
        if km > enough_km:
            break
        keys += [int(key) for key in place.split(",")[:limit]]
        if len(keys) >= limit:
            enough_km = min(enough_km, km * SPHERE_MARGIN**2 + ROUNDING_KM)
    is_cut = len(found) == 2 * limit and found[-1][1] <= enough_km
    return None if is_cut or enough_km > seen_km else keys


def _on_its_own(work: Callable[[], object]) -> None:
    """In the background, on a connection that is closed afterwards."""

    def run() -> None:
        try:
            work()
        finally:
            connections.close_all()

    in_background(run)


def keep_around(longitude: float, latitude: float) -> None:
    """Make the municipality hot whose centre is nearest to a point (degrees, WGS 84)."""
    with connection.cursor() as cursor:
        cursor.execute(_MUNICIPALITY, [longitude, latitude])
        nearest = cursor.fetchone()
    if nearest is not None and keep_neighbourhood(nearest[0]):
        places.note_hot(*nearest)


def keep_neighbourhood(municipality: int) -> bool:
    """Read the places around a municipality's centre and keep them; False when there are none, too many, or no layer of cache."""
    under = versions.under(NAMESPACES)  # before anything is read
    asked = {"code": municipality, "units": MOST_UNITS, "metres": REACH_KM * 1000, "places": MOST_PLACES}
    with connection.cursor() as cursor:
        cursor.execute(_PLACES, asked)
        read = [(",".join(map(str, units)), longitude, latitude) for longitude, latitude, units in cursor.fetchall()]
    if not under or not 0 < len(read) <= MOST_PLACES:
        return False
    places.set_units_near(municipality, read, under=under)
    return True
