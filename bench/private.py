"""Services of a benchmark's own, which it may kill."""

import contextlib
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.errors import BenchError

START_SECONDS = 20


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_for(port: int, what: str, log: Path) -> None:
    """Wait until somebody listens on a port of this machine.

    Raises:
        BenchError: nobody does.
    """
    deadline = time.monotonic() + START_SECONDS
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=0.5):
            return
        if time.monotonic() > deadline:
            raise BenchError(f"{what} did not start; see {log}.")
        time.sleep(0.02)


class Service:
    """A server process that may be killed and started again on its port."""

    def __init__(self, command: list[str], port: int, folder: Path) -> None:
        self._command, self.port, self._folder = command, port, folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it listens.

        Raises:
            BenchError: it does not.
        """
        with (self._folder / "services.log").open("ab") as log:
            self._process = subprocess.Popen(self._command, cwd=self._folder, stdout=log, stderr=log)
        wait_for(self.port, self._command[0], self._folder / "services.log")

    def stop(self) -> None:
        """As a crash does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


class Wire:
    """A TCP forwarder that may be cut: how a shared server looks when it is gone, without touching it."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._sockets: set[socket.socket] = set()
        self._listener: socket.socket | None = None
        self.port = free_port()

    def start(self) -> None:
        """Pass everything on."""
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        listener.listen(64)
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def stop(self) -> None:
        """Refuse connections from now on, and break those there are."""
        if self._listener is not None:
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        for one in list(self._sockets):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._sockets.clear()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                here, _address = listener.accept()
                there = socket.create_connection(self._target)
            except OSError:
                return
            self._sockets |= {here, there}
            for source, sink in ((here, there), (there, here)):
                threading.Thread(target=self._pass_on, args=(source, sink), daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        for one in (source, sink):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
            self._sockets.discard(one)


@contextmanager
def private_services(folder: Path) -> Iterator[tuple[Service, Service]]:
    """A Redis without persistence and a DynamoDB-compatible server, both started."""
    redis_port, dynamodb_port = free_port(), free_port()
    redis = Service(
        ["redis-server", "--port", str(redis_port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)], redis_port, folder
    )
    roto = str(Path(sys.executable).parent / "roto-server")
    data = str(folder / f"dynamodb-{dynamodb_port}")
    dynamodb = Service([roto, "--host", "127.0.0.1", "--port", str(dynamodb_port), "--data-dir", data], dynamodb_port, folder)
    try:
        redis.start()
        dynamodb.start()
        yield redis, dynamodb
    finally:
        redis.stop()
        dynamodb.stop()
