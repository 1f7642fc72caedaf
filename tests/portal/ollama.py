"""An Ollama server on loopback: `POST /api/chat`, and the ways in which it goes wrong."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Say = Callable[[dict[str, Any]], Any]


def described(question: dict[str, Any]) -> dict[str, Any]:
    """What a model that keeps to the schema says."""
    return {"datasets": [description(item) for item in question["datasets"]]}


def description(item: dict[str, Any], **changed: Any) -> dict[str, Any]:
    words = {
        "category": "mercado",
        "keywords": ["Termo", "termos", "outro"],
        "summary": f"Resumo de {item['title']}.",
        "relevance": 42,
    }
    return {"id": item["id"], **words, **changed}


@dataclass
class FakeOllama:
    """The server.

    Attributes:
        say: what the model answers to a question; a text is sent as it is.
        status: of the HTTP answer.
        envelope: laid over the answer's envelope.
        body: sent instead of an answer.
        hangs, drips: says nothing, or a byte at a time, until the end.
        asked: the bodies of all requests.
    """

    say: Say = described
    status: int = 200
    envelope: dict[str, Any] = field(default_factory=dict)
    body: bytes | None = None
    hangs: bool = False
    drips: bool = False
    asked: list[dict[str, Any]] = field(default_factory=list)
    url: str = ""
    stopping: threading.Event = field(default_factory=threading.Event)

    def answer(self, asked: dict[str, Any]) -> bytes:
        if self.body is not None:
            return self.body
        said = self.say(json.loads(asked["messages"][-1]["content"]))
        content = said if isinstance(said, str) else json.dumps(said)
        message = {"role": "assistant", "content": content}
        return json.dumps(
            {"model": asked["model"], "message": message, "done": True, "done_reason": "stop"} | self.envelope
        ).encode()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: Any) -> None:
        """Nothing on the tests' output."""

    def do_POST(self) -> None:
        fake: FakeOllama = self.server.fake  # type: ignore[attr-defined]
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path != "/api/chat":
            self.send_error(404)
            return
        fake.asked.append(asked)
        if fake.hangs:
            fake.stopping.wait(60)
            self.close_connection = True
            return
        body = fake.answer(asked)
        self.send_response(fake.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if fake.drips:
            for place in range(len(body)):
                self.wfile.write(body[place : place + 1])
                if fake.stopping.wait(0.02):
                    break
            self.close_connection = True
            return
        self.wfile.write(body)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is part of the game."""


@contextmanager
def serving() -> Iterator[FakeOllama]:
    """A server that answers until the block ends."""
    fake = FakeOllama()
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.fake = fake  # type: ignore[attr-defined]
        fake.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield fake
        finally:
            fake.stopping.set()
            server.shutdown()
            thread.join()
