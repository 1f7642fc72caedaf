"""One request: the log, the faults, conditions and ranges."""

import gzip
import socket
import struct
from email.utils import format_datetime, parsedate_to_datetime
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import urlsplit

from tests.portal.faults import PARDON, Fault, other_column
from tests.portal.pages import Page
from tests.portal.seen import Seen

_BOMB = gzip.compress(bytes(64 * 1024**2), mtime=0)
# Nothing else is said on the wire; long enough that no client takes it for slow.
_DRIP_SECONDS = 0.05


class Handler(BaseHTTPRequestHandler):
    """Answers of `tests.portal.server.Portal`."""

    protocol_version = "HTTP/1.1"
    timeout = 60

    def log_message(self, *args: Any) -> None:
        """The portal keeps its own log."""

    @property
    def portal(self) -> Any:
        return self.server.portal  # type: ignore[attr-defined]

    def do_GET(self) -> None:
        self._answer(body=True)

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def _answer(self, *, body: bool) -> None:
        fault = self.portal.fault_for(self.path)
        page = self.portal.content.page(self.portal.url, self.path)
        if fault is None or not self._broken(page, fault, body=body):
            self._healthy(page, body=body, ranges=fault is None or fault.kind != "no_range")

    # --- as it should be

    def _healthy(self, page: Page, *, body: bool, ranges: bool = True) -> None:
        if page.etag and self._knows(page):
            self._send(304, b"", page, body=False)
            return
        asked = self.headers.get("Range", "")
        if ranges and asked.startswith("bytes=") and page.etag and self.headers.get("If-Range", page.etag) == page.etag:
            first, _, last = asked.removeprefix("bytes=").partition("-")
            start = int(first or 0)
            if start >= len(page.body):
                self._send(416, b"", page, body=False, extra={"Content-Range": f"bytes */{len(page.body)}"})
                return
            end = min(int(last), len(page.body) - 1) if last else len(page.body) - 1
            said = {"Content-Range": f"bytes {start}-{end}/{len(page.body)}"}
            self._send(206, page.body[start : end + 1], page, body=body, extra=said)
            return
        self._send(page.status, page.body, page, body=body)

    def _knows(self, page: Page) -> bool:
        if "If-None-Match" in self.headers:
            return page.etag in self.headers["If-None-Match"]
        since = self.headers.get("If-Modified-Since")
        if not since or page.last_modified is None:
            return False
        return page.last_modified.replace(microsecond=0) <= parsedate_to_datetime(since)

    def _send(
        self, status: int, data: bytes, page: Page, *, body: bool, extra: dict[str, str] | None = None, length: int | None = None
    ) -> None:
        self._note(status)
        self.send_response(status)
        self.send_header("Content-Type", page.content_type)
        if status != 304:
            self.send_header("Content-Length", str(len(data) if length is None else length))
        if page.etag and page.last_modified:
            self.send_header("ETag", page.etag)
            self.send_header("Last-Modified", format_datetime(page.last_modified.replace(microsecond=0), usegmt=True))
            self.send_header("Accept-Ranges", "bytes")
        for name, value in (extra or {}).items():
            self.send_header(name, value)
        self.end_headers()
        if body:
            self.wfile.write(data)

    def _note(self, status: int) -> None:
        self.portal.note(Seen(self.command, self.path, {name.lower(): value for name, value in self.headers.items()}, status))

    # --- as it should not be

    def _broken(self, page: Page, fault: Fault, *, body: bool) -> bool:
        """Do the fault; False when the answer is the usual one after all."""
        name = f"_{fault.kind}"
        return bool(getattr(self, name)(page, fault, body)) if hasattr(self, name) else False

    def _status(self, page: Page, fault: Fault, body: bool) -> bool:
        extra = {"Retry-After": fault.retry_after} if fault.retry_after else {}
        self._send(fault.status, b"<html>error</html>", Page(b"", "text/html"), body=body, extra=extra)
        return True

    def _hang(self, page: Page, fault: Fault, body: bool) -> bool:
        self._note(0)
        self.portal.stopping.wait(60)
        self.close_connection = True
        return True

    def _reset(self, page: Page, fault: Fault, body: bool) -> bool:
        self._part(page, fault, body)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return True

    def _short(self, page: Page, fault: Fault, body: bool) -> bool:
        self._part(page, fault, body)
        return True

    def _part(self, page: Page, fault: Fault, body: bool) -> None:
        data, status, extra = page.body, page.status, {}
        asked = self.headers.get("Range", "")
        if asked.startswith("bytes=") and self.headers.get("If-Range", page.etag) == page.etag:
            start = int(asked.removeprefix("bytes=").rstrip("-"))
            data, status = page.body[start:], 206
            extra = {"Content-Range": f"bytes {start}-{len(page.body) - 1}/{len(page.body)}"}
        self._send(status, data[: fault.part(data)], page, body=body, extra=extra, length=len(data))
        self.wfile.flush()
        self.close_connection = True

    def _truncated(self, page: Page, fault: Fault, body: bool) -> bool:
        self._send(200, page.body[: fault.part(page.body)], page, body=body)
        return True

    def _wrong_type(self, page: Page, fault: Fault, body: bool) -> bool:
        self._healthy(Page(page.body, fault.content_type, page.status, page.last_modified), body=body)
        return True

    def _html(self, page: Page, fault: Fault, body: bool) -> bool:
        self._send(200, PARDON, Page(PARDON, "text/html; charset=utf-8"), body=body)
        return True

    def _columns(self, page: Page, fault: Fault, body: bool) -> bool:
        self._healthy(Page(other_column(page.body), page.content_type, page.status, page.last_modified), body=body)
        return True

    def _drip(self, page: Page, fault: Fault, body: bool) -> bool:
        self._send(200, b"", page, body=False, length=len(page.body) + 10**6)
        for byte in page.body:
            if self.portal.stopping.wait(_DRIP_SECONDS):
                break
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
        self.close_connection = True
        return True

    def _redirect_loop(self, page: Page, fault: Fault, body: bool) -> bool:
        parts = urlsplit(self.path)
        return self._redirect(page, Fault(fault.path, "redirect", location=f"{parts.path}?{parts.query}"), body)

    def _redirect(self, page: Page, fault: Fault, body: bool) -> bool:
        self._send(302, b"", Page(b"", "text/html"), body=body, extra={"Location": fault.location})
        return True

    def _bomb(self, page: Page, fault: Fault, body: bool) -> bool:
        self._send(200, _BOMB, Page(_BOMB, page.content_type), body=body, extra={"Content-Encoding": "gzip"})
        return True
