"""Long passes that build many objects and no cycles."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_collecting() -> Iterator[None]:
    """Keep the collector of cyclic garbage out for the block: it would look through everything alive again and again.

    That was half of the time of a check of kits, a fifth of that of an import. Memory is freed all the same, save what refers
    to itself.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
