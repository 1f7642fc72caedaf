"""Which address gives what: the catalogue's answers, the packages' files, and pages that a test put there."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.portal.catalogue import Item, Package, Resource, small_items
from tests.portal.feeds import ckan, hub
from tests.portal.files import source_packages

HUB_PREFIX, INMETRO_PREFIX = "/hub", "/inmetro"
_TYPES = {"csv": "text/csv", "zip": "application/zip", "pdf": "application/pdf", "parquet": "application/octet-stream"}


@dataclass(frozen=True, slots=True)
class Page:
    """An answer before any fault.

    Attributes:
        body, content_type, status: as sent.
        last_modified: sent as a header, with an ETag of the body, where the real server sends them (files and put pages).
    """

    body: bytes
    content_type: str
    status: int = 200
    last_modified: datetime | None = None

    @property
    def etag(self) -> str:
        return f'"{sha256(self.body).hexdigest()[:24]}"' if self.last_modified else ""


@dataclass
class Content:
    """What there is.

    Attributes:
        packages: of CKAN.
        items: of the Hub.
        put: pages by path, or by path and query, which win over everything else.
        validators: whether catalogue answers carry ETag and Last-Modified too.
    """

    packages: list[Package] = field(default_factory=source_packages)
    items: list[Item] = field(default_factory=small_items)
    put: dict[str, Page] = field(default_factory=dict)
    validators: bool = False

    def page(self, base: str, target: str) -> Page:
        """What is at a path and query; 404 pages for nothing."""
        parts = urlsplit(target)
        path, query = unquote(parts.path), dict(parse_qsl(parts.query))
        found = self.put.get(target) or self.put.get(path)
        if found is None and path.startswith(HUB_PREFIX):
            found = self._hub(base + HUB_PREFIX, path.removeprefix(HUB_PREFIX), query)
        elif found is None:
            found = self._ckan(base, path, query)
        return found or Page(b"<html><body>404</body></html>", "text/html; charset=utf-8", 404)

    def _json(self, answer: Any, status: int = 200, kind: str = "application/json;charset=utf-8") -> Page:
        modified = max((one.modified for one in [*self.packages, *self.items]), default=None) if self.validators else None
        return Page(json.dumps(answer, ensure_ascii=False).encode(), kind, status, modified)

    def _ckan(self, base: str, path: str, query: Mapping[str, str]) -> Page | None:
        for prefix in ("/api/3/action/", "/api/action/"):
            if path.startswith(prefix):
                try:
                    return self._json(ckan.answer(base, path.removeprefix(prefix), query, self.packages))
                except ckan.NotFoundError as error:
                    return self._json(ckan.failure(f"Não encontrado: {error}"), 404)
        parts = path.strip("/").split("/")
        if len(parts) == 6 and parts[0] == "dataset" and parts[2] == "resource" and parts[4] == "download":
            # The upload is served by the resource's id, whatever file name the address carries.
            return next((_file(one) for one in self._resources() if one.id == parts[3]), None)
        return None

    def _resources(self) -> list[Resource]:
        return [one for package in self.packages for one in package.resources]

    def _hub(self, base: str, path: str, query: Mapping[str, str]) -> Page | None:
        if path.startswith("/api/search/v1/collections/") and path.endswith("/items"):
            try:
                answer = hub.search(base, path, query, self.items, datetime.now(UTC))
            except hub.BadQueryError as error:
                return self._json({"message": str(error), "statusCode": 400}, 400)
            return self._json(answer, kind="application/geo+json; charset=utf-8")
        if path == "/api/search/v1/collections":
            return self._json({"collections": [{"id": name} for name in ("dataset", "document", "all")]})
        feed = path.removeprefix("/api/feed/").removesuffix(".json")
        if feed == "dcat-us/1.1":
            return self._json(hub.dcat_us(base, self.items))
        if feed in ("dcat-ap/2.1.1", "dcat-ap/3.0.0"):
            return self._json(hub.dcat_ap(base, self.items, feed.rpartition("/")[2]), kind="application/ld+json; charset=utf-8")
        if feed == "rss/2.0":
            return Page(hub.rss(base, self.items), "application/rss+xml; charset=utf-8")
        return None


def _file(resource: Resource) -> Page:
    kind = _TYPES.get(resource.file.rpartition(".")[2].lower(), "application/octet-stream")
    return Page(resource.data, kind, last_modified=resource.last_modified)
