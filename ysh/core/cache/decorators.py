"""Any function's result from the layers. Views: `ysh.core.api.caching.kept_view`; loose values: `caches["layers"]`."""

import functools
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

from django.conf import settings
from django.db import OperationalError
from django.utils import timezone

from ysh.core.cache import layers
from ysh.core.cache.entry import Entry
from ysh.core.cache.store_values import DamagedError, decode, encode

P = ParamSpec("P")
R = TypeVar("R")
_KEYS = (str, int, float, bool, type(None), Decimal, date, UUID)


def cached(*, namespaces: Sequence[str], by_day: bool = False) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Keep a function's results: one builder among all processes, fresh after every committed change, the last known one while
    PostgreSQL is away.

    Args:
        namespaces: what the results are made of (`<app>/cache_namespaces.py`).
        by_day: whether they differ from day to day.

    The function takes plain values only (texts, numbers, dates, tuples of them) and returns what can be pickled. It may not
    depend on who asks. Called with anything else it raises TypeError.
    """

    def wrap(function: Callable[P, R]) -> Callable[P, R]:
        name = f"{function.__module__}.{function.__qualname__}"

        @functools.wraps(function)
        def answer(*args: P.args, **kwargs: P.kwargs) -> R:
            if not settings.API_CACHE:
                return function(*args, **kwargs)
            parts = [
                name,
                _plain(args),
                _plain(tuple(sorted(kwargs.items()))),
                timezone.localdate().isoformat() if by_day else "",
            ]
            question = layers.Question.of("\n".join(parts), namespaces, name)

            def build(tokens: Mapping[str, str]) -> Entry:
                began = time.time()
                body = encode(question.digest, function(*args, **kwargs))
                return Entry.of(body, content_type="", etag="", tokens=tokens, built_at=began)

            try:
                found = layers.answer(question, build)
            except layers.DatabaseAway as away:
                raise OperationalError("PostgreSQL does not answer, and the result is not known.") from away
            try:
                result: R = decode(question.digest, found.entry.body)
            except DamagedError:
                return function(*args, **kwargs)
            return result

        return answer

    return wrap


def _plain(value: Any) -> str:
    if isinstance(value, tuple | list):
        return "(" + ",".join(_plain(one) for one in value) + ")"
    if not isinstance(value, _KEYS):
        raise TypeError(f"Cached functions take texts, numbers, dates and tuples of them; found {type(value).__name__}.")
    return repr(value)
