"""The bytes the bare view returns: what the address under test returned, left in a file by the benchmark."""

import os
from functools import cache
from pathlib import Path


@cache
def body() -> bytes:
    """Read once a process."""
    return Path(os.environ["BENCH_BODY"]).read_bytes()
