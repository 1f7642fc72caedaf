"""Photos and documents by their addresses: shown small, opened elsewhere."""

from collections.abc import Iterable

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from ysh.core.admin import external_link
from ysh.core.admin.formats import EMPTY

MOST_PICTURES = 6


def pictures(addresses: Iterable[str]) -> SafeString | str:
    """Thumbnails that open the picture; the browser loads them only when they come into sight, and tells their site nothing."""
    shown = [address for address in addresses if address.startswith(("https://", "http://"))][:MOST_PICTURES]
    boxes = format_html_join(
        "",
        '<a href="{0}" target="_blank" rel="noopener noreferrer"><img class="ysh-thumb" src="{0}" alt="" loading="lazy" '
        'referrerpolicy="no-referrer" width="72" height="72"></a>',
        ((address,) for address in shown),
    )
    return format_html('<div class="ysh-thumbs">{}</div>', boxes) if shown else EMPTY


def links(addresses: Iterable[str]) -> SafeString | str:
    """Plain links, one a line."""
    return format_html_join("", "<div>{}</div>", ((external_link(address),) for address in addresses if address)) or EMPTY
