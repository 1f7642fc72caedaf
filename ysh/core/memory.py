"""Memory that long work has let go of, given back to the system. Takes no time; a C library other than GNU's keeps its part."""

import ctypes

import pyarrow as pa

_M_MMAP_THRESHOLD = -3
_LARGE_BYTES = 256 * 1024


def return_large_blocks() -> None:
    """From now on, large blocks go back to the system as soon as they are freed, in this process.

    The C library would learn from the first freed megabytes to keep such blocks among the small ones, where every small one that
    stays holds what lies below it: 40 MB of a load.
    """
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    if set_option is not None:
        set_option(_M_MMAP_THRESHOLD, _LARGE_BYTES)


def give_back() -> None:
    """Give back what was freed until now: what loaded millions of rows goes on as small as it was, and so does the next step."""
    pa.default_memory_pool().release_unused()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
