"""Progress for the person who waits: lines on stderr, so that stdout holds the tables alone."""

import sys
import time

_BEGUN = time.monotonic()


def say(text: str) -> None:
    """One line, with the minutes since the start."""
    seconds = int(time.monotonic() - _BEGUN)
    sys.stderr.write(f"[{seconds // 60:2d}:{seconds % 60:02d}] {text}\n")
    sys.stderr.flush()
