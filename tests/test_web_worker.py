"""The web server's threads stay with their connections, and nobody else waits for them."""

import http.client
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ysh.env import BASE_DIR

THREADS = 2
PATIENCE_S = 20


class Server:
    """A gunicorn of one process with `THREADS` threads."""

    def __init__(self, port: int, process: subprocess.Popen[bytes]) -> None:
        self.port, self.process = port, process

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)


def ask(connection: http.client.HTTPConnection, path: str = "/") -> str:
    """Which thread answered."""
    connection.request("GET", path)
    return connection.getresponse().read().decode()


def wait_for(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not what():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def begun(path: Path) -> bool:
    return Path(f"{path}.begun").exists()


@pytest.fixture
def server() -> Iterator[Server]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "tests.gunicorn_app:application", "--bind", f"127.0.0.1:{port}"]
    more = ["-k", "ysh.web_worker.StayingWorker", "--threads", str(THREADS), "--keep-alive", "30", "--no-control-socket"]
    process = subprocess.Popen([*command, *more], cwd=BASE_DIR)
    found = Server(port, process)

    def answers() -> bool:
        try:
            return bool(ask(found.connect()))
        except OSError:
            return False

    try:
        wait_for(answers)
        yield found
    finally:
        process.kill()
        process.wait()


def test_a_connection_keeps_its_thread(server: Server) -> None:
    one, other = server.connect(), server.connect()

    threads = [(ask(one), ask(other)) for _ in range(50)]

    assert len({first for first, _second in threads}) == 1
    assert len({second for _first, second in threads}) == 1


def test_more_connections_than_threads_all_get_answers(server: Server) -> None:
    kept = [server.connect() for _ in range(5 * THREADS)]

    answers = [[ask(connection) for connection in kept] for _ in range(5)]

    assert all(all(row) for row in answers)


def test_a_thread_that_stays_is_free_for_others_soon(server: Server) -> None:
    kept = [server.connect() for _ in range(THREADS)]
    for connection in kept:
        ask(connection)  # each thread stays with one of them, which asks no more

    assert ask(server.connect())


def test_a_slow_request_holds_up_no_other_connection(server: Server, tmp_path: Path) -> None:
    slow, quick = server.connect(), server.connect()
    done = threading.Thread(target=ask, args=(slow, f"/?until={tmp_path / 'go'}"))
    done.start()
    wait_for(lambda: begun(tmp_path / "go"))

    assert [bool(ask(quick)) for _ in range(20)] == [True] * 20
    (tmp_path / "go").touch()
    done.join(PATIENCE_S)
    assert not done.is_alive()


def test_requests_sent_together_are_answered_in_turn(server: Server) -> None:
    asked = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE_S) as link:
        link.sendall(asked * 2 + b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        got = b""
        while part := link.recv(65_536):
            got += part

    assert got.count(b"HTTP/1.1 200 OK") == 3


def test_it_stops_after_what_it_has_begun_whoever_keeps_a_connection(server: Server, tmp_path: Path) -> None:
    idle, busy, answers = server.connect(), server.connect(), []
    ask(idle)
    done = threading.Thread(target=lambda: answers.append(ask(busy, f"/?until={tmp_path / 'go'}")))
    done.start()
    wait_for(lambda: begun(tmp_path / "go"))

    server.process.send_signal(signal.SIGTERM)
    (tmp_path / "go").touch()

    done.join(PATIENCE_S)
    assert len(answers) == 1
    assert server.process.wait(PATIENCE_S) == 0
