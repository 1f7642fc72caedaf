"""A session whose connections are checked when they are made, by the address they lead to and not by the name that was asked."""

import socket
import ssl
from functools import lru_cache
from pathlib import Path
from typing import Any

import certifi
import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from urllib3 import PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from pipeline.errors import SourceFileError
from pipeline.fetching.addresses import refuse_private
from ysh.core.said import say

USER_AGENT = "YSH-ingestion/1.0 (open catalogue of solar kits{contact})"


def _checked(connection: socket.socket, host: str, port: int) -> socket.socket:
    try:
        refuse_private(host, port, connection.getpeername()[0])
    except (SourceFileError, OSError):
        connection.close()
        raise
    return connection


class _Http(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _checked(super()._new_conn(), self.host, self.port or 80)


class _Https(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _checked(super()._new_conn(), self.host, self.port or 443)


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _Http


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _Https


class _CheckingAdapter(HTTPAdapter):
    """Connections that are not a proxy's are checked. Who configures a proxy leaves that to it."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__(max_retries=0)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **options: Any) -> None:
        super().init_poolmanager(connections, maxsize, block, **options)
        manager: PoolManager = self.poolmanager
        manager.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}

    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
        host, pool = super().build_connection_pool_key_attributes(request, verify, cert)
        return host, pool | {"ssl_context": self._context}


def _context() -> ssl.SSLContext:
    """The usual roots, and those of ANEEL_CA_BUNDLE beside them: its server leaves out its intermediate certificate."""
    bundle = settings.ANEEL_CA_BUNDLE
    try:
        return _trusting(bundle, Path(bundle).stat().st_mtime_ns if bundle else 0)
    except (OSError, ssl.SSLError) as error:
        raise SourceFileError(
            say("found_ca_bundle", file=str(bundle), why=str(error)),
            todo=say("todo_pem"),
            code="ca_bundle",
        ) from error


@lru_cache(maxsize=2)
def _trusting(bundle: str, _changed_ns: int) -> ssl.SSLContext:
    """Reading 150 roots takes longer than asking a portal what is new: they are read once, and again when the bundle changes."""
    context = ssl.create_default_context(cafile=certifi.where())
    if bundle:
        context.load_verify_locations(cafile=bundle)
    return context


def new_session() -> requests.Session:
    """A session: who we are, whom we trust. Redirects and repeats are ours to handle, see `pipeline.fetching.request`.

    Raises:
        SourceFileError: ANEEL_CA_BUNDLE cannot be read.
    """
    session = requests.Session()
    adapter = _CheckingAdapter(_context())
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    contact = f"; {settings.INGEST_CONTACT}" if settings.INGEST_CONTACT else ""
    session.headers["User-Agent"] = USER_AGENT.format(contact=contact)
    # Bytes are kept exactly as they come, and a compressed body cannot be resumed.
    session.headers["Accept-Encoding"] = "identity"
    return session
