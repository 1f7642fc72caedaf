"""Processes a benchmark starts: the product's own commands, and tasks. Their log is kept; their time and memory are measured."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.errors import BenchError
from ysh.env import BASE_DIR

STOP_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Ended:
    """A process that ended.

    Attributes:
        code: its exit code.
        output: its stdout.
        wall_s: seconds from before its start to its end, interpreter and imports included.
        peak_mb: the most memory it had resident, in MB (1,000,000 bytes), pages of mapped files included.
    """

    code: int
    output: str
    wall_s: float
    peak_mb: float


@dataclass(frozen=True, slots=True)
class Children:
    """Starts processes for the scratch database.

    Attributes:
        database_url: of the scratch database.
        out: the benchmarks' folder.
        log: file that takes the processes' stderr.
        more: variables of their environment beside the usual ones.
    """

    database_url: str
    out: Path
    log: Path
    more: Mapping[str, str] = field(default_factory=dict)

    @property
    def lake(self) -> Path:
        """Where ingestion archives."""
        return self.out / "lake"

    def environment(self) -> dict[str, str]:
        """The caller's environment with production-like settings on the scratch database, and nobody told of anything."""
        # As on any machine: modules are compiled at the first start, not at every one.
        own = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        return {
            **own,
            "DJANGO_SETTINGS_MODULE": "bench.settings",
            "DATABASE_URL": self.database_url,
            "DATABASE_REPLICA_URL": "",
            "LAKE_URL": self.lake.as_uri(),
            "CELERY_BROKER_URL": "memory://",
            "SECRET_KEY": "benchmarks only, on loopback, for a database that is dropped afterwards",
            "ALLOWED_HOSTS": "127.0.0.1",
            "DEBUG": "false",
            "LOG_FORMAT": "json",
            "SLACK_WEBHOOK_URL": "",
            "EMAIL_URL": "dummymail://",
            "SENTRY_DSN": "",
            # High, not off: counting requests is part of answering them.
            "API_ANONYMOUS_PER_MINUTE": "100000000",
            **self.more,
        }

    def run(self, command: Sequence[str], text_in: str = "") -> Ended:
        """Run a program to its end; it reads `text_in` (at most some KB) from stdin."""
        with self.log.open("ab") as log:
            begun = time.perf_counter()
            process = subprocess.Popen(
                [*command], cwd=BASE_DIR, env=self.environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log
            )
            assert process.stdin is not None
            assert process.stdout is not None
            try:
                with suppress(BrokenPipeError), process.stdin:
                    process.stdin.write(text_in.encode())
                output = process.stdout.read()
                _pid, status, usage = os.wait4(process.pid, 0)
                wall = time.perf_counter() - begun
                process.returncode = os.waitstatus_to_exitcode(status)
            except BaseException:
                _stop(process)
                raise
            finally:
                process.stdout.close()
        # ru_maxrss starts with what its parent had at the start: this process is kept smaller than any it measures.
        return Ended(process.returncode, output.decode("utf-8", "replace"), wall, usage.ru_maxrss * 1024 / 1e6)

    def manage(self, *arguments: str, accept: Sequence[int] = (0,)) -> Ended:
        """Run manage.py.

        Raises:
            BenchError: it ended with a code not in `accept`.
        """
        return self._checked(self.run([sys.executable, "manage.py", *arguments]), f"manage.py {arguments[0]}", accept)

    def task(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Run `bench.tasks.<name>` with one JSON object, and return the one it prints.

        Raises:
            BenchError: it failed.
        """
        ended = self.run([sys.executable, "-m", f"bench.tasks.{name}"], json.dumps(arguments))
        self._checked(ended, f"the task {name}", (0,))
        answer: dict[str, Any] = json.loads(ended.output.splitlines()[-1])
        return answer

    def _checked(self, ended: Ended, what: str, accept: Sequence[int]) -> Ended:
        if ended.code not in accept:
            said = (ended.output + self.log_tail()).strip()
            raise BenchError(f"{what} ended with exit code {ended.code}. Its last words (all of them in {self.log}):\n{said}")
        return ended

    def log_tail(self, lines: int = 15) -> str:
        """The end of the log."""
        with self.log.open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - 20_000))
            return "\n".join(log.read().decode("utf-8", "replace").splitlines()[-lines:])

    @contextmanager
    def background(self, command: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
        """A program that runs beside the block and is stopped at its end."""
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [*command], cwd=BASE_DIR, env=self.environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
            try:
                yield process
            finally:
                _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def answer(result: dict[str, Any]) -> None:
    """What a task says last: its result, as one line on stdout."""
    sys.stdout.write(json.dumps(result) + "\n")


def question() -> dict[str, Any]:
    """What a task was asked."""
    asked: dict[str, Any] = json.load(sys.stdin)
    return asked
