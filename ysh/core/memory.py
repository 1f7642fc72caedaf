"""Memory that long work has let go of, given back to the system."""

import ctypes

import pyarrow as pa


def give_back() -> None:
    """Give freed memory back: what loaded millions of rows goes on as small as it was, and the next step starts there.

    The C library and Arrow keep what was freed for their next use; a C library without `malloc_trim` (musl, macOS) goes on so.
    Takes milliseconds.
    """
    pa.default_memory_pool().release_unused()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
