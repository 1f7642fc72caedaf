"""Which addresses may be asked. Addresses come from feeds, from redirects and over the API: none may name our own network."""

import ipaddress
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from pipeline.errors import SourceFileError
from ysh.core.said import say

_PORTS = {"http": 80, "https": 443}


def host_and_port(parts: SplitResult) -> str:
    """`host:port`, the port always said; empty for what is no address of a server."""
    try:
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        return ""
    return f"{(parts.hostname or '').lower()}:{port}" if parts.hostname and port else ""


def trusted_hosts() -> frozenset[str]:
    """Hosts that may be at private addresses: those that the settings name, as `host:port`."""
    configured = (settings.ANEEL_CKAN_URL, settings.ANEEL_HUB_URL, settings.INMETRO_URL)
    return frozenset(filter(None, (*(host_and_port(urlsplit(url)) for url in configured), *settings.INGEST_PRIVATE_HOSTS)))


def checked(url: str) -> SplitResult:
    """The address in its parts.

    Raises:
        SourceFileError: neither http nor https, without a host, or with a password in it.
    """
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in _PORTS or not host_and_port(parts) or parts.username or parts.password:
        raise SourceFileError(
            say("found_bad_url", url=repr(url[:200])),
            todo=say("todo_file"),
            code="bad_url",
        )
    return parts


def is_public(address: str) -> bool:
    """Whether an IP address is one of the internet: not of loopback, a private or link-local network, multicast, or reserved."""
    found = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found).is_global and not found.is_multicast


def refuse_private(host: str, port: int, address: str) -> None:
    """Refuse a connection that leads into a private network, unless the settings name the host.

    Raises:
        SourceFileError: it does.
    """
    if not is_public(address) and f"{host.lower()}:{port}" not in trusted_hosts():
        raise SourceFileError(
            say("found_private", host=f"{host}:{port}", address=str(address)),
            todo=say("todo_private", host=f"{host}:{port}"),
            code="private_address",
        )
