"""`python -m bench.tasks.portal PORT FILES.json`: the tests' portal, its large files served from the disk."""

import json
import sys
import threading
from email.utils import formatdate
from pathlib import Path

from tests.portal.catalogue import Package, Resource, many_items, many_packages
from tests.portal.handler import Handler
from tests.portal.pages import Content
from tests.portal.server import Portal

PACKAGES, ITEMS = 71, 750


class _FromDisk(Handler):
    """Files are sent as they are on the disk at that moment; everything else is the portal's."""

    files: dict[str, Path] = {}

    def _answer(self, *, body: bool) -> None:
        path = next((path for name, path in self.files.items() if f"/resource/{name}/download/" in self.path), None)
        if path is None:
            super()._answer(body=body)
            return
        found = path.stat()
        etag = f'"{found.st_size:x}-{found.st_mtime_ns:x}"'
        known = self.headers.get("If-None-Match") == etag
        self.send_response(304 if known else 200)
        self.send_header("Content-Type", "text/csv")
        self.send_header("ETag", etag)
        self.send_header("Last-Modified", formatdate(found.st_mtime, usegmt=True))
        self.send_header("Content-Length", "0" if known else str(found.st_size))
        self.end_headers()
        if body and not known:
            with path.open("rb") as stream:
                self.connection.sendfile(stream)


def content(listed: list[dict[str, str]]) -> Content:
    """The catalogue, in its real size, with these files in it."""
    packages: dict[str, Package] = {}
    for one in listed:
        package = packages.setdefault(one["package"], Package(one["package"], one["title"]))
        resource = Resource(one["name"], "CSV", f"{one['name']}.csv")
        package.resources.append(resource)
        _FromDisk.files[resource.id] = Path(one["path"])
    return Content(packages=[*packages.values(), *many_packages(PACKAGES - len(packages))], items=many_items(ITEMS))


if __name__ == "__main__":
    with Portal(content=content(json.loads(Path(sys.argv[2]).read_text("utf-8"))), port=int(sys.argv[1]), handler=_FromDisk):
        threading.Event().wait()
