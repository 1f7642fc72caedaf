"""A list's headers are made once a page.

The theme makes them anew for every row, to take the labels phones show before each value: links and a checkbox that nobody sees,
a third of a list's time. It offers no place to say so; hence its function is replaced by one that remembers what it made.
"""

from collections.abc import Callable, Iterator
from typing import Any

from unfold.templatetags import unfold_list

_KEPT = "_ysh_headers"
Headers = Callable[[Any], Iterator[dict[str, Any]]]


def remembering(make: Headers) -> Headers:
    """`make`, asked once for each list."""

    def result_headers(cl: Any) -> Iterator[dict[str, Any]]:
        if _KEPT not in cl.__dict__:
            cl.__dict__[_KEPT] = list(make(cl))
        return iter(cl.__dict__[_KEPT])

    setattr(result_headers, _KEPT, True)
    return result_headers


def remember_headers() -> None:
    """Have the theme's lists remember their headers; a second call changes nothing."""
    if not hasattr(unfold_list.result_headers, _KEPT):
        unfold_list.result_headers = remembering(unfold_list.result_headers)
