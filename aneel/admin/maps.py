"""A way to a map: a plain link, nothing is loaded from there."""

from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from ysh.core.admin import external_link


def map_link(point: Any) -> SafeString | str:
    """The point's coordinates, linked to OpenStreetMap; a dash without a point."""
    if point is None:
        return "–"
    latitude, longitude = f"{point.y:.6f}", f"{point.x:.6f}"
    url = f"https://www.openstreetmap.org/?mlat={latitude}&mlon={longitude}#map=15/{latitude}/{longitude}"
    return external_link(url, _("%(latitude)s, %(longitude)s – open the map") % {"latitude": latitude, "longitude": longitude})
