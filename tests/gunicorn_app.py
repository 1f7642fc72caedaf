"""A WSGI application for the tests of the web server: says which thread answers, and waits when it is told to."""

import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The thread's number; with `?until=FILE`, once that file is there."""
    asked = parse_qs(environ["QUERY_STRING"])
    if "until" in asked:
        awaited = Path(asked["until"][0])
        Path(f"{awaited}.begun").touch()
        beat = threading.Event()
        while not awaited.exists():
            beat.wait(0.01)
    body = str(threading.get_ident()).encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]
