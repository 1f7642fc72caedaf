"""What was freed goes back to the system. Each looks at a process of its own: what a process freed before decides where blocks go."""

import ctypes
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from ysh.core.memory import give_back
from ysh.env import BASE_DIR

needs_glibc = pytest.mark.skipif(
    not (Path("/proc/self/status").exists() and hasattr(ctypes.CDLL(None), "malloc_trim")), reason="another C library than GNU's"
)
BEGINNING = """
from ysh.core.memory import give_back, return_large_blocks

def resident_mb():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:")) / 1024
"""


def freed_mb(script: str) -> float:
    """What the script prints last."""
    done = subprocess.run([sys.executable, "-c", BEGINNING + script], cwd=BASE_DIR, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


@needs_glibc
def test_freed_memory_is_the_systems_again():
    # Too small to be mapped one by one, and with some that stay among them: the C library keeps what is freed.
    freed = freed_mb("""
parts = [b"x" * 16_384 for _ in range(12_000)]
kept = parts[::100]
del parts
before = resident_mb()
give_back()
print(before - resident_mb())
""")
    assert freed > 100


@needs_glibc
def test_large_blocks_go_back_when_they_are_freed():
    # What the C library would learn from comes first: a freed block of the largest size that it learns from.
    freed = freed_mb("""
learned_from = bytes(30 * 1024**2)
del learned_from
return_large_blocks()
large, small = [], []
for _ in range(150):
    large.append(b"x" * 1024**2)
    small.append(b"y" * 5000)
before = resident_mb()
large.clear()
print(before - resident_mb())
""")
    assert freed > 100


def test_what_arrow_holds_stays():
    column = pa.array(range(100_000))
    give_back()
    assert column[99_999].as_py() == 99_999
