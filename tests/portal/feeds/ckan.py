"""CKAN's action API: package_search, package_show, package_list, resource_show, status_show."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from tests.portal.catalogue import LICENCE, ORGANISATION, Package, Resource, hexadecimal

HELP = "https://docs.ckan.org/en/2.11/api/"


class NotFoundError(Exception):
    """There is no such package or resource."""


def naive(moment: datetime) -> str:
    """As CKAN writes times: UTC without saying so."""
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds")


def envelope(result: Any) -> dict[str, Any]:
    return {"help": HELP, "success": True, "result": result}


def failure(message: str, kind: str = "Not Found Error") -> dict[str, Any]:
    return {"help": HELP, "success": False, "error": {"message": message, "__type": kind}}


def resource(base: str, package: Package, item: Resource, position: int) -> dict[str, Any]:
    return {
        "id": item.id,
        "package_id": package.id,
        "name": item.name,
        "format": item.format,
        "url": f"{base}/dataset/{package.id}/resource/{item.id}/download/{item.file}",
        "mimetype": None,
        "size": len(item.data) or None,
        "hash": "",
        "position": position,
        "datastore_active": False,
        "created": naive(package.modified),
        "last_modified": naive(item.last_modified),
        "metadata_modified": naive(item.last_modified),
        "state": "active",
    }


def package(base: str, item: Package) -> dict[str, Any]:
    return {
        "id": item.id,
        "name": item.name,
        "title": item.title,
        "notes": item.notes,
        "type": "dataset",
        "state": "active",
        "private": False,
        "license_id": "odc-odbl",
        "license_title": LICENCE,
        "license_url": "http://www.opendefinition.org/licenses/odc-odbl",
        "organization": {"id": hexadecimal("aneel"), "name": "agencia-nacional-de-energia-eletrica-aneel", "title": ORGANISATION},
        "author": "Superintendência",
        "author_email": "dadosabertos@aneel.gov.br",
        "maintainer": "",
        "maintainer_email": None,
        "metadata_created": naive(item.modified.replace(year=2021)),
        "metadata_modified": naive(item.modified),
        "num_resources": len(item.resources),
        "num_tags": len(item.tags),
        "tags": [{"name": tag, "display_name": tag, "state": "active", "id": hexadecimal(tag)} for tag in item.tags],
        "groups": [],
        "extras": [{"key": key, "value": value} for key, value in item.extras.items()],
        "resources": [resource(base, item, one, place) for place, one in enumerate(item.resources)],
    } | item.fields


def answer(base: str, action: str, query: Mapping[str, str], packages: Sequence[Package]) -> dict[str, Any]:
    """The answer of one action.

    Raises:
        NotFoundError: no such package, resource or action.
    """
    if action == "package_search":
        return envelope(_search(base, query, packages))
    if action == "package_show":
        found = next((item for item in packages if query.get("id") in (item.name, item.id)), None)
        if found is not None:
            return envelope(package(base, found))
    if action == "package_list":
        return envelope(sorted(item.name for item in packages))
    if action == "status_show":
        return envelope({"ckan_version": "2.11.5", "site_title": "ANEEL (test)", "extensions": []})
    if action == "resource_show":
        for item in packages:
            for place, one in enumerate(item.resources):
                if one.id == query.get("id"):
                    return envelope(resource(base, item, one, place))
    raise NotFoundError(f"{action} {query.get('id', '')}".strip())


def _search(base: str, query: Mapping[str, str], packages: Sequence[Package]) -> dict[str, Any]:
    start, rows = int(query.get("start", 0)), min(int(query.get("rows", 10)), 1000)
    found = list(packages)
    if query.get("sort", "").startswith("metadata_modified desc"):
        found.sort(key=lambda item: item.modified, reverse=True)
    return {
        "count": len(found),
        "facets": {},
        "search_facets": {},
        "sort": query.get("sort", "score desc, metadata_modified desc"),
        "results": [package(base, item) for item in found[start : start + rows]],
    }
