"""What was freed goes back to the system."""

import ctypes
from pathlib import Path

import pyarrow as pa
import pytest

from ysh.core.memory import give_back, return_large_blocks


def resident_mb() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("no VmRSS")


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc")
@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="a C library without malloc_trim")
def test_freed_memory_is_the_systems_again():
    # Too small to be mapped one by one, and with some that stay among them: the C library keeps what is freed.
    parts = [b"x" * 16_384 for _ in range(12_000)]
    kept = parts[::100]
    del parts
    before = resident_mb()

    give_back()

    assert len(kept) == 120
    assert resident_mb() < before - 100


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc")
@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="a C library without mallopt")
def test_large_blocks_go_back_when_they_are_freed():
    # What the C library would learn from: a block of the largest size for which it changes its mind.
    del_me = bytes(30 * 1024**2)
    del del_me
    return_large_blocks()
    large, small = [], []
    for _ in range(150):
        large.append(b"x" * 1024**2)
        small.append(b"y" * 5000)
    before = resident_mb()

    large.clear()

    assert len(small) == 150
    assert resident_mb() < before - 100


def test_what_arrow_holds_stays():
    column = pa.array(range(100_000))
    give_back()
    assert column[99_999].as_py() == 99_999
