"""The server: real HTTP (or HTTPS) on loopback, one thread a connection, a log of what was asked."""

import ssl
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from tests.portal.catalogue import FIRST_DAY, Resource
from tests.portal.faults import Fault, Kind
from tests.portal.handler import Handler
from tests.portal.pages import HUB_PREFIX, INMETRO_PREFIX, Content, Page
from tests.portal.seen import Seen

CERTIFICATES = Path(__file__).parent / "certificates"
#: complete: leaf and intermediate · leaf: the intermediate is left out, as ANEEL's server does · expired · stranger: self-signed
Certificate = Literal["complete", "leaf", "expired", "stranger"]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    portal: "Portal"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is part of the game."""


@dataclass
class Portal:
    """Everything that is fetched from, in one server.

    Attributes:
        content: what it holds; change it at will.
        certificate: which one it shows; plain HTTP when None.
        port: 0 for any free one.
        faults: see `fail`.
        seen: every request, oldest first.
        handler: who answers.
        stopping: set at the end; what hangs or drips waits for it.
    """

    content: Content = field(default_factory=Content)
    certificate: Certificate | None = None
    port: int = 0
    faults: list[Fault] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    handler: type[Handler] = Handler
    stopping: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> "Portal":
        self._server = _Server(("127.0.0.1", self.port), self.handler)
        self._server.portal = self
        if self.certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(CERTIFICATES / f"{self.certificate}.pem")
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="portal", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    # --- addresses

    @property
    def url(self) -> str:
        """Where CKAN is."""
        return f"{'https' if self.certificate else 'http'}://127.0.0.1:{self.port}"

    @property
    def hub_url(self) -> str:
        return self.url + HUB_PREFIX

    @property
    def inmetro_url(self) -> str:
        return self.url + INMETRO_PREFIX

    # --- content

    def put(self, target: str, body: bytes, content_type: str = "text/html; charset=utf-8", *, status: int = 200) -> str:
        """A page at a path, or at a path and query; gives its address."""
        self.content.put[target] = Page(body, content_type, status, FIRST_DAY)
        return self.url + target

    def add_file(self, package: str, name: str, kind: str, data: bytes, *, file: str = "") -> str:
        """A file in a package that is there; one of the same name and format is replaced, at its old address. Gives the address."""
        item = next(one for one in self.content.packages if one.name == package)
        found = next((one for one in item.resources if (one.name, one.format) == (name, kind)), None)
        if found is None:
            found = Resource(name, kind, file or name)
            item.resources.append(found)
        found.data, found.last_modified, item.modified = data, datetime.now(UTC), datetime.now(UTC)
        return f"{self.url}/dataset/{item.id}/resource/{found.id}/download/{found.file}"

    # --- faults

    def fail(
        self,
        path: str,
        kind: Kind,
        *,
        times: int = -1,
        after: int = 0,
        status: int = 500,
        retry_after: str = "",
        location: str = "",
        content_type: str = "text/html; charset=utf-8",
    ) -> Fault:
        """Let requests go wrong whose path and query hold `path` (or are matched by it as a regular expression); see `Fault`."""
        fault = Fault(path, kind, times, after, status, retry_after, location, content_type)
        with self._lock:
            self.faults.append(fault)
        return fault

    def heal(self) -> None:
        """No more faults."""
        with self._lock:
            self.faults.clear()

    def fault_for(self, target: str) -> Fault | None:
        """The fault for this request, counted."""
        with self._lock:
            fault = next((one for one in self.faults if one.concerns(target)), None)
            if fault is not None and fault.times > 0:
                fault.times -= 1
            return fault

    # --- the log

    def note(self, entry: Seen) -> None:
        with self._lock:
            self.seen.append(entry)

    def asked(self, path: str) -> list[Seen]:
        """The requests whose path and query hold `path`."""
        with self._lock:
            return [entry for entry in self.seen if path in entry.target]

    def forget(self) -> None:
        with self._lock:
            self.seen.clear()
