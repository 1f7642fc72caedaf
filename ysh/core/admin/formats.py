"""Values as people read them: Brazilian by default, in the reader's language otherwise."""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.template.defaultfilters import filesizeformat
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

EMPTY = "–"
# No-break space: a number never parts from its unit, nor a day from its time.
NBSP = "\u00a0"
Number = int | float | Decimal


def number(value: Number | None, decimals: int | None = None, unit: str = "") -> str:
    """1.234,5 – grouped; without trailing zeros when no decimals are asked for.

    Args:
        value: the number; None gives a dash.
        decimals: digits after the separator; None keeps those that say something.
        unit: put after the number, e.g. "kW".
    """
    if value is None:
        return EMPTY
    if decimals is None and not isinstance(value, int):
        value = Decimal(str(value)).normalize()
        exponent = value.as_tuple().exponent
        decimals = max(0, -exponent) if isinstance(exponent, int) else 0
    elif decimals is not None:  # Django's own formatting cuts digits off instead of rounding
        value = Decimal(str(value)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    text = formats.number_format(value, decimals, force_grouping=True)
    return f"{text}{NBSP}{unit}" if unit else text


def brl(value: Number | None, decimals: int = 2) -> str:
    """R$ 1.234,56."""
    return EMPTY if value is None else f"R${NBSP}{number(value, decimals)}"


def moment(value: datetime | None) -> str:
    """23/11/2026 02:00:07, in the project's time zone."""
    if value is None:
        return EMPTY
    local = timezone.localtime(value)
    return f"{formats.date_format(local, 'SHORT_DATE_FORMAT')}{NBSP}{local:%H:%M:%S}"


def since(value: datetime | None, *, now: datetime | None = None) -> str:
    """ "3 hours ago", in one unit; a dash when never."""
    if value is None:
        return EMPTY
    now = now or timezone.now()
    if now - value < timedelta(minutes=1):
        return _("just now")
    return _("%(time)s ago") % {"time": timesince(value, now, depth=1)}


def duration(seconds: float | None) -> str:
    """0,8 s – 12 s – 3 min 05 s – 2 h 05 min – 3 days."""
    if seconds is None:
        return EMPTY
    if seconds < 10:
        return number(round(seconds, 1), 1, "s")
    whole = round(seconds)
    if whole < 60:
        return f"{whole}{NBSP}s"
    if whole < 3600:
        return f"{whole // 60}{NBSP}min{NBSP}{whole % 60:02d}{NBSP}s"
    if whole < 48 * 3600:
        return f"{whole // 3600}{NBSP}h{NBSP}{whole % 3600 // 60:02d}{NBSP}min"
    days = whole // 86400
    return ngettext("%(count)s day", "%(count)s days", days) % {"count": days}


def data_size(value: int | None) -> str:
    """105,8 MB."""
    return EMPTY if value is None else filesizeformat(value)


def badge(text: Any, kind: str = "") -> SafeString:
    """One small coloured label; kind is info, success, warning or danger. In lists and pages alike."""
    return _badge(str(text), kind)


@lru_cache(maxsize=1024)
def _badge(text: str, kind: str) -> SafeString:
    """A list shows the same few badges over and over; the template costs as much as the rest of a row."""
    return mark_safe(render_to_string("unfold/helpers/label.html", {"text": text, "type": kind}).strip())  # noqa: S308  (a template)


def labels(values: Iterable[Any], kind: str = "") -> SafeString:
    """Several badges in a row."""
    return format_html_join(" ", "{}", ((badge(text, kind),) for text in values))


def monospace(text: str) -> SafeString:
    """A code, a hash or an address that a person may want to copy."""
    return format_html('<code class="ysh-code">{}</code>', text)


def code_block(text: str) -> SafeString | str:
    """Several lines as they are, scrolling inside their own box; a dash when empty."""
    return format_html('<pre class="ysh-block">{}</pre>', text) if text else EMPTY


def json_block(value: Any) -> SafeString | str:
    """Indented JSON with its accents; a dash when empty."""
    if value in (None, {}, []):
        return EMPTY
    return code_block(json.dumps(value, indent=2, ensure_ascii=False, cls=DjangoJSONEncoder))


def external_link(url: str, text: str = "") -> SafeString | str:
    """A plain link that opens elsewhere and tells the other site nothing; text when the address is not a web address."""
    if not url.startswith(("https://", "http://")):
        return monospace(url) if url else EMPTY
    return format_html('<a class="text-link" href="{}" target="_blank" rel="noopener noreferrer">{}</a>', url, text or url)


def run_link(run_id: UUID | None) -> SafeString | str:
    """The ingestion run that wrote a row, by its UUID."""
    if run_id is None:
        return EMPTY
    return format_html(
        '<a class="text-link" href="{}"><code>{}</code></a>', reverse("admin:pipeline_run", args=[run_id]), str(run_id)[:8]
    )
