"""What the person at the terminal sees, on stderr: one line a step with its duration, and failures that name cause and fix."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class StepError(Exception):
    """A step cannot go on. The text says what was expected, what was found and what to do; it is printed without a traceback."""


class Step:
    """The running step; `outcome` may replace the text printed when it ends."""

    def __init__(self, text: str) -> None:
        self.outcome = text


def say(text: str = "") -> None:
    """Print one line to stderr at once."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


@contextmanager
def step(text: str) -> Iterator[Step]:
    """Announce a step, and print what came of it with its duration in seconds (also when it fails)."""
    terminal = sys.stderr.isatty()
    current = Step(text)
    started = time.monotonic()
    if terminal:
        sys.stderr.write(f"  … {text}\r")
        sys.stderr.flush()
    try:
        yield current
    except BaseException:
        say(
            f"  ✗ {text} ({time.monotonic() - started:.1f} s)\x1b[K"
            if terminal
            else f"  ✗ {text} ({time.monotonic() - started:.1f} s)"
        )
        raise
    clear = "\x1b[K" if terminal else ""
    say(f"  ✓ {current.outcome} ({time.monotonic() - started:.1f} s){clear}")


def tail(path: Path, lines: int = 15) -> str:
    """The last lines of a log file, indented, for a failure's text; empty when there is no such file."""
    try:
        with path.open("rb") as log:
            log.seek(0, 2)
            log.seek(max(0, log.tell() - 64 * 1024))
            text = log.read().decode("utf-8", "replace")
    except OSError:
        return ""
    last = text.splitlines()[-lines:]
    return f"\nlast lines of {path}:\n" + "\n".join(f"    {line}" for line in last) if last else ""
