"""What any query string has to fulfil before a view looks at it: known names, each once, not empty, clean text."""

import re
from collections.abc import Collection, Iterator
from typing import Any
from urllib.parse import unquote_to_bytes

from django.utils.translation import gettext as _
from rest_framework.request import Request

from ysh.core.api.errors import Fault, InvalidQuery

MAX_VALUE_LENGTH = 2000
_TRUE, _FALSE = "true", "false"


def check_query(request: Request, allowed: Collection[str]) -> None:
    """Refuse malformed text, and parameters that are unknown, repeated, empty or absurdly long.

    Raises:
        InvalidQuery: with every fault found.
    """
    if not is_clean(request.META.get("QUERY_STRING", "")):
        raise InvalidQuery([Fault("", "malformed_query", _("The query string must be UTF-8 without NUL characters."))])
    faults = list(_faults(request, allowed))
    if faults:
        raise InvalidQuery(faults)


def is_clean(query_string: str) -> bool:
    """Whether the percent-encoded text decodes to UTF-8 without NUL."""
    try:
        raw = query_string.encode("latin-1")  # how WSGI hands bytes over
    except UnicodeEncodeError:
        raw = query_string.encode("utf-8", "surrogatepass")
    try:
        return "\0" not in unquote_to_bytes(raw).decode("utf-8")
    except UnicodeDecodeError:
        return False


def _faults(request: Request, allowed: Collection[str]) -> Iterator[Fault]:
    known = tuple(sorted(allowed))
    for name, values in request.query_params.lists():
        if name not in allowed:
            yield Fault(name, "unknown_parameter", _("Unknown parameter “%(name)s”.") % {"name": name[:100]}, known)
        elif len(values) > 1:
            yield Fault(
                name,
                "repeated_parameter",
                _("“%(name)s” is given %(times)d times; give it once.") % {"name": name, "times": len(values)},
            )
        elif not values[0].strip():
            yield Fault(name, "empty", _("“%(name)s” has no value; leave it out or give one.") % {"name": name})
        elif len(values[0]) > MAX_VALUE_LENGTH:
            yield Fault(
                name, "too_long", _("“%(name)s” is longer than %(limit)d characters.") % {"name": name, "limit": MAX_VALUE_LENGTH}
            )


def integer(request: Request, name: str, *, default: int, low: int, high: int) -> int:
    """A whole number within bounds.

    Raises:
        InvalidQuery: not a whole number, or outside `low`..`high`.
    """
    text = request.query_params.get(name)
    if text is None:
        return default
    # The length first: int() of a million digits is work.
    value = int(text) if re.fullmatch(r"[0-9]{1,18}", text) else None
    if value is None or not low <= value <= high:
        detail = _("“%(name)s” must be a whole number from %(low)d to %(high)d.") % {"name": name, "low": low, "high": high}
        raise InvalidQuery([Fault(name, "out_of_range" if value is not None else "invalid", detail)])
    return value


def boolean(request: Request, name: str) -> bool:
    """`true` or `false`; false when not given.

    Raises:
        InvalidQuery: anything else.
    """
    text = request.query_params.get(name, _FALSE)
    if text not in (_TRUE, _FALSE):
        detail = _("“%(name)s” must be true or false.") % {"name": name}
        raise InvalidQuery([Fault(name, "invalid_choice", detail, (_TRUE, _FALSE))])
    return text == _TRUE


def names(request: Request, name: str, allowed: Collection[str]) -> list[str] | None:
    """A comma-separated choice of names in the order given; None when the parameter is not there.

    Raises:
        InvalidQuery: a name is not among the allowed ones, or comes twice.
    """
    text = request.query_params.get(name)
    if text is None:
        return None
    wanted = [item.strip() for item in text.split(",")]
    unknown = [item for item in wanted if item not in allowed]
    if unknown:
        detail = _("“%(name)s” does not know %(unknown)s.") % {
            "name": name,
            "unknown": ", ".join(f"“{item[:60]}”" for item in unknown[:5]),
        }
        raise InvalidQuery([Fault(name, "invalid_choice", detail, tuple(sorted(allowed)))])
    if len(set(wanted)) < len(wanted):
        raise InvalidQuery([Fault(name, "repeated", _("“%(name)s” names something twice.") % {"name": name})])
    return wanted


def faults_of(form: Any) -> list[Fault]:
    """The faults of a Django form, in the form's order."""
    found = []
    for name, errors in form.errors.as_data().items():
        for error in errors:
            allowed = tuple(str(item) for item in (error.params or {}).get("allowed", ()))
            text = " ".join(str(message) for message in error.messages)
            parameter = "" if name == "__all__" else name
            found.append(Fault(parameter, error.code or "invalid", f"“{parameter}”: {text}" if parameter else text, allowed))
    return found
