"""Which representation is sent: `format=` decides, else the Accept header."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from ysh.core.api.errors import Fault, InvalidQuery


class StrictNegotiation(DefaultContentNegotiation):
    """An unknown `format=` is a 400 that names the known ones, not a 404."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        renderers = list(renderers)
        wanted = request.query_params.get("format")
        if wanted is None:
            selected: Any = super().select_renderer(request, renderers, format_suffix)
            return selected[0], selected[1]
        for renderer in renderers:
            if renderer.format == wanted:
                return renderer, renderer.media_type
        detail = _("“format” does not know “%(name)s”.") % {"name": wanted[:60]}
        raise InvalidQuery([Fault("format", "invalid_format", detail, tuple(str(renderer.format) for renderer in renderers))])
