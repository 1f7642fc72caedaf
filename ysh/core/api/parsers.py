"""Bodies: JSON, small and shallow. What is too large or nested too deep is refused before it costs anything."""

import json
from collections.abc import Mapping
from typing import Any, NoReturn

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import exceptions, status
from rest_framework.parsers import BaseParser

# No body of the API needs a tenth of it.
MOST_BYTES = 64 * 1024
MOST_LEVELS = 20


class TooLarge(exceptions.APIException):
    """413."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"
    default_detail = gettext_lazy("The body is too large: at most 64 KB.")


class StrictJsonParser(BaseParser):
    """UTF-8 JSON of at most `MOST_BYTES`, nested at most `MOST_LEVELS` deep, without NaN and Infinity."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        """The body.

        Raises:
            TooLarge: it is; no more than the limit was read.
            ParseError: it is not such JSON.
        """
        body = stream.read(MOST_BYTES + 1)
        if len(body) > MOST_BYTES:
            raise TooLarge
        try:
            found = json.loads(body.decode("utf-8"), parse_constant=_refuse)
        except RecursionError:
            raise exceptions.ParseError(_too_deep()) from None
        except ValueError as error:  # not UTF-8, not JSON
            raise exceptions.ParseError(_("The body is not JSON in UTF-8: %(error)s") % {"error": str(error)[:200]}) from None
        if not _is_shallow(found, MOST_LEVELS):
            raise exceptions.ParseError(_too_deep())
        return found


def _too_deep() -> str:
    return _("The body is nested deeper than %(most)d levels.") % {"most": MOST_LEVELS}


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _is_shallow(value: Any, levels: int) -> bool:
    if isinstance(value, dict):
        return levels > 0 and all(_is_shallow(item, levels - 1) for item in value.values())
    if isinstance(value, list):
        return levels > 0 and all(_is_shallow(item, levels - 1) for item in value)
    return True
