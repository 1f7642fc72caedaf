"""A small load generator: kept connections, requests made beforehand, answers read and no more."""

import socket
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

HOST = "127.0.0.1"


@dataclass(slots=True)
class Taken:
    """What a load saw.

    Attributes:
        milliseconds: of each answer, in no order.
        at: when each was asked for, in seconds since the beginning; beside `milliseconds`.
        failed: answers other than 200 and 304, and requests without one.
        seconds: from the first request to the last answer.
        sources: how often each X-Cache was seen.
        statuses: how often each status was seen.
    """

    milliseconds: list[float] = field(default_factory=list)
    at: list[float] = field(default_factory=list)
    failed: int = 0
    seconds: float = 0.0
    sources: dict[str, int] = field(default_factory=dict)
    statuses: dict[int, int] = field(default_factory=dict)

    @property
    def per_second(self) -> float:
        """Answers a second."""
        return len(self.milliseconds) / self.seconds if self.seconds else 0.0


def request(path: str, headers: dict[str, str] | None = None) -> bytes:
    """A GET as bytes."""
    lines = [f"GET {path} HTTP/1.1", f"Host: {HOST}", *(f"{name}: {value}" for name, value in (headers or {}).items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def load(
    port: int,
    asked: list[bytes],
    *,
    seconds: float,
    connections: int = 8,
    per_second: float | None = None,
    each: int | None = None,
) -> Taken:
    """Ask in turn for so long, as fast as answers come, or at a fixed pace.

    Args:
        port: of the server on loopback.
        asked: requests, in turn.
        seconds: how long.
        connections: how many at once.
        each: so many requests on each connection, however long that takes.
        per_second: the pace of all together; an answer that is late is timed from when it should have been asked for.
    """
    taken, lock, begun = Taken(), threading.Lock(), time.perf_counter()

    def work(number: int) -> None:
        times, starts, failed, sources, statuses = [], [], 0, Counter[str](), Counter[int]()
        link: socket.socket | None = None
        pace = connections / per_second if per_second else 0.0
        due, turn = begun + pace * number / connections, number
        while (len(times) + failed < each) if each else (time.perf_counter() - begun < seconds):
            now = time.perf_counter()
            if pace:
                if due > now:
                    time.sleep(due - now)
                start, due = due, due + pace
            else:
                start = now
            try:
                if link is None:
                    link = socket.create_connection(("127.0.0.1", port), timeout=15)
                    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                link.sendall(asked[turn % len(asked)])
                status, source, closes = _read(link)
            except OSError:
                failed, link = failed + 1, None
                continue
            turn += 1
            times.append((time.perf_counter() - start) * 1000)
            starts.append(start - begun)
            failed += status not in (200, 304)
            sources[source] += 1
            statuses[status] += 1
            if closes:
                link.close()
                link = None
        with lock:
            taken.milliseconds += times
            taken.at += starts
            taken.failed += failed
            taken.sources = dict(Counter(taken.sources) + sources)
            taken.statuses = dict(Counter(taken.statuses) + statuses)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken.seconds = time.perf_counter() - begun
    return taken


def _read(link: socket.socket) -> tuple[int, str, bool]:
    """Status, X-Cache, and whether the server closes.

    Raises:
        OSError: the connection broke.
    """
    data = b""
    while (end := data.find(b"\r\n\r\n")) < 0:
        part = link.recv(262_144)
        if not part:
            raise ConnectionResetError
        data += part
    head = data[:end].lower()
    status = int(head[9:12])
    length = _header(head, b"content-length")
    left = (int(length) if length and status != 304 else 0) - (len(data) - end - 4)
    while left > 0:
        part = link.recv(262_144)
        if not part:
            raise ConnectionResetError
        left -= len(part)
    return status, _header(head, b"x-cache").decode().upper(), _header(head, b"connection") == b"close"


def _header(head: bytes, name: bytes) -> bytes:
    start = head.find(b"\r\n" + name + b":")
    if start < 0:
        return b""
    return head[start + len(name) + 3 : (head + b"\r\n").find(b"\r\n", start + 2)].strip()
