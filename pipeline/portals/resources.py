"""Where a source's file is, by package and (name, format). Never by a fixed id: the file behind one has changed before."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urljoin

from django.conf import settings

from pipeline.errors import SourceFileError
from pipeline.fetching.session import new_session
from pipeline.portals.documents import Document, Reader, as_ckan, read
from pipeline.portals.values import moment
from pipeline.sources.base import CkanResource
from pipeline.sources.kinds import fold
from ysh.core.said import say


@dataclass(frozen=True, slots=True)
class Resource:
    """A file of a package, as CKAN describes it.

    Attributes:
        id, name, format, url, hash: as published; the format in upper case.
        size: bytes, where it says so.
        last_modified: ISO time, UTC; empty where it does not say.
    """

    id: str
    name: str
    format: str
    url: str
    size: int | None = None
    last_modified: str = ""
    hash: str = ""

    @property
    def version(self) -> str:
        """Changes whenever the file does, as far as CKAN tells."""
        return f"{self.last_modified}|{self.size}|{self.hash}"


def package_url(package: str) -> str:
    """Where CKAN describes a package."""
    return f"{settings.ANEEL_CKAN_URL.rstrip('/')}/api/3/action/package_show?id={quote(package, safe='')}"


def package_resources(package: Any) -> list[Resource]:
    """The files of a package; entries that are none, or without an address, are left out."""
    listed = package.get("resources") if isinstance(package, Mapping) else None
    base = f"{settings.ANEEL_CKAN_URL.rstrip('/')}/"
    found = []
    for item in listed if isinstance(listed, list) else ():
        if isinstance(item, Mapping) and (url := str(item.get("url") or "").strip()):
            size = item.get("size")
            changed = moment(item.get("last_modified") or item.get("metadata_modified") or item.get("created"))
            found.append(
                Resource(
                    str(item.get("id") or ""), str(item.get("name") or ""), str(item.get("format") or "").strip().upper(),
                    urljoin(base, url), size if isinstance(size, int) and size >= 0 else None,
                    changed.isoformat() if changed else "", str(item.get("hash") or ""),
                )
            )  # fmt: skip
    return found


def matching(resources: Sequence[Resource], wanted: CkanResource) -> list[Resource]:
    """Those of the name in the first format that there is, by name. Names are compared without case and accents, and so is the
    file's own name at the end of the address."""
    part = fold(wanted.name_contains)
    named = [item for item in resources if part in fold(item.name) or part in _words(item.name) or part in fold(item.url)]
    for kind in wanted.formats:
        if found := [item for item in named if item.format == kind.upper()]:
            return sorted(found, key=lambda item: (item.name, item.url))
    return []


def _words(name: str) -> str:
    """A title as file names write it: "Tarifas homologadas" -> "tarifas-homologadas"."""
    return re.sub(r"[^a-z0-9]+", "-", fold(name)).strip("-")


def read_package(package: str, *, source: str, keep: bool, reader: Reader | None = None) -> tuple[Document, Any]:
    """Ask CKAN for a package, and archive what it says beside the source's own files.

    Raises:
        SourceUnavailableError: the portal does not answer as CKAN does.
    """
    if reader is not None:
        return read(reader, package_url(package), as_ckan, name=f"package_show-{package}.json")
    with new_session() as session:
        own = Reader(session, f"{source}.portal", keep)
        return read(own, package_url(package), as_ckan, name=f"package_show-{package}.json")


def resolve(wanted: CkanResource, *, source: str, keep: bool, reader: Reader | None = None) -> list[Resource]:
    """The files of a source as the portal has them now, by name; one or more.

    Args:
        wanted: package, part of the name, formats by preference.
        source: key under which the portal's answer is archived.
        keep: archive it.
        reader: how to fetch it; a session of its own when None.

    Raises:
        SourceUnavailableError: the portal does not answer as CKAN does.
        SourceFileError: the package has no such file.
    """
    _document, package = read_package(wanted.package, source=source, keep=keep, reader=reader)
    resources = package_resources(package)
    if found := matching(resources, wanted):
        return found
    there = ", ".join(sorted({f"{item.name} ({item.format})" for item in resources})[:12]) or "nothing"
    raise SourceFileError(
        say(
            "found_no_resource",
            package=wanted.package,
            part=repr(wanted.name_contains),
            formats=list(wanted.formats),
            there=there,
        ),
        todo=say("todo_declaration"),
        code="no_resource",
    )
