"""Runs several programs as one: their lines with their names in front, all stopped together, a dead one reported."""

import contextlib
import os
import select
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from devstack.console import say
from devstack.processes import wait_until

COLOURS = (36, 33, 35, 32, 34)
STOP_TIMEOUT = 20  # seconds a program gets to finish what it does before it is killed
KEPT_LINES = 25


@dataclass(frozen=True)
class Program:
    """One child: the name in front of its lines, and its command."""

    name: str
    command: Sequence[str]


class Child:
    """A started program in a process group of its own: all of it can be stopped, and Ctrl-C reaches only the supervisor."""

    def __init__(self, program: Program, process: subprocess.Popen[bytes], label: str) -> None:
        self.program = program
        self.process = process
        self.last: deque[str] = deque(maxlen=KEPT_LINES)
        self.reader = threading.Thread(target=self._copy, args=(label,), daemon=True)
        self.reader.start()

    def _copy(self, label: str) -> None:
        assert self.process.stdout is not None
        for raw in self.process.stdout:
            line = raw.decode("utf-8", "replace").rstrip("\r\n")
            self.last.append(line)
            sys.stdout.write(f"{label}{line}\n")
            sys.stdout.flush()

    def signal_group(self, number: signal.Signals) -> None:
        """Signal every process of the group; nothing when all are gone."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def group_lives(self) -> bool:
        """Whether any process of the group is left."""
        self.process.poll()
        try:
            os.killpg(self.process.pid, 0)
        except ProcessLookupError:
            return False
        return True


class Supervisor:
    """Start programs, wait until one ends or a signal asks to stop, stop them all."""

    def __init__(self, cwd: Path, env: Mapping[str, str]) -> None:
        self.cwd = cwd
        self.env = dict(env)
        self.children: list[Child] = []
        self.signals = 0
        self.awake, self._wake = os.pipe()

    def listen(self) -> None:
        """Ctrl-C, SIGTERM and a closed terminal end the run; a second one ends it at once. The end of a child wakes `wait`."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)  # only so that it is delivered
        os.set_blocking(self._wake, False)
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.signals += 1

    def start(self, programs: Sequence[Program]) -> None:
        """Start all programs. Should the supervisor be killed, the kernel sends them SIGTERM."""
        width = max(len(program.name) for program in programs)
        guard = ["setpriv", "--pdeathsig", "TERM", "--"] if shutil.which("setpriv") else []
        for index, program in enumerate(programs):
            process = subprocess.Popen(
                [*guard, *program.command],
                cwd=self.cwd,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            label = f"{program.name:<{width}} | "
            if sys.stdout.isatty():
                label = f"\x1b[{COLOURS[index % len(COLOURS)]}m{label}\x1b[0m"
            self.children.append(Child(program, process, label))

    def dead(self) -> Child | None:
        """A child that ended, None while all live."""
        return next((child for child in self.children if child.process.poll() is not None), None)

    def wait(self, seconds: float) -> bool:
        """Wait at most so long; says whether it is over: a signal arrived or a child ended."""
        end = time.monotonic() + seconds
        while not self.signals and self.dead() is None:
            left = end - time.monotonic()
            if left <= 0:
                return False
            if select.select([self.awake], [], [], left)[0]:
                os.read(self.awake, 1024)
        return True

    def run(self) -> int:
        """Wait for the end and stop everything: 0 after a signal, 1 when a child ended by itself, which is reported."""
        while not self.signals and self.dead() is None:
            self.wait(3600)
        child = self.dead()
        if self.signals:
            say(f"\nstopping {', '.join(one.program.name for one in self.children)}")
        elif child is not None:
            code = child.process.returncode
            child.reader.join(timeout=2)
            how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
            say(f"\n✗ {child.program.name} {how}; stopping the others. Its last lines:")
            for line in child.last:
                say(f"    {line}")
        self.stop()
        return 0 if self.signals else 1

    def stop(self) -> None:
        """SIGTERM to every program, SIGKILL to what is left of its group after STOP_TIMEOUT seconds or a second Ctrl-C."""
        asked = self.signals
        for child in self.children:
            if child.process.poll() is None:
                child.process.terminate()
        ended = wait_until(
            lambda: all(child.process.poll() is not None for child in self.children) or self.signals > asked, STOP_TIMEOUT
        )
        stubborn = [child for child in self.children if child.process.poll() is None]
        if stubborn:
            reason = "a second signal came" if ended else f"not done after {STOP_TIMEOUT} s"
            say(f"killing {', '.join(child.program.name for child in stubborn)}: {reason}")
        for child in self.children:
            if child.group_lives():
                child.signal_group(signal.SIGKILL)
            child.process.wait()
            child.reader.join(timeout=2)
