"""Whole tables as Parquet: the lake's newest snapshots, and their files."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.http import FileResponse, Http404, HttpResponseBase, HttpResponseRedirect
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import exceptions, serializers
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.reverse import reverse

from pipeline.errors import SourceFileError
from pipeline.lake import store
from pipeline.lake.published import Published, published
from ysh.core.api.conditional import is_known, not_modified
from ysh.core.api.errors import RETRY_AFTER_SECONDS
from ysh.core.api.exports import check_limit
from ysh.core.api.views import StrictMixin, StrictView

MEDIA_TYPE = "application/vnd.apache.parquet"


class SnapshotFileSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    url = serializers.URLField(help_text="Answers with the file, or sends on to a signed address of the store.")
    bytes = serializers.IntegerField()
    sha256 = serializers.CharField()


class SnapshotSerializer(serializers.Serializer[Any]):
    table = serializers.CharField()
    day = serializers.DateField()
    written_at = serializers.DateTimeField()
    rows = serializers.IntegerField()
    columns = serializers.DictField(child=serializers.CharField(), help_text="Name: Arrow's type.")
    files = SnapshotFileSerializer(many=True)


class SnapshotsSerializer(serializers.Serializer[Any]):
    results = SnapshotSerializer(many=True)


class LakeAway(exceptions.APIException):
    """503: the store of files does not answer."""

    status_code = 503
    default_code = "lake_unavailable"
    wait = RETRY_AFTER_SECONDS - 1


@contextmanager
def _lake() -> Iterator[None]:
    try:
        yield
    except SourceFileError as error:
        raise LakeAway(_("The store of files does not answer. Try again shortly.")) from error


EXAMPLE = {
    "table": "generation_units",
    "day": "2026-08-14",
    "written_at": "2026-08-14T06:00:12.480000Z",
    "rows": 4655916,
    "columns": {"unit_id": "string", "installed_power_kw": "decimal128(12, 3)", "updated_at": "timestamp[us, tz=UTC]"},
    "files": [
        {
            "name": "part-0000.parquet",
            "url": "https://ysh.example/api/v1/snapshots/generation_units/2026-08-14/part-0000.parquet",
            "bytes": 81788928,
            "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        }
    ],
}


class ParquetRenderer(BaseRenderer):
    """Only names the format: the view sends the file."""

    media_type, format, charset = MEDIA_TYPE, "parquet", None

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        return b""


@extend_schema_view(
    get=extend_schema(
        operation_id="snapshots_list",
        tags=["pipeline"],
        summary="Whole tables as Parquet",
        description=(
            "The newest snapshot of each table of open data in the lake: typed, compressed, without personal data. Empty until a "
            "snapshot was written."
        ),
        responses=SnapshotsSerializer,
        examples=[OpenApiExample("A table", {"results": [EXAMPLE]}, response_only=True)],
    )
)
class SnapshotsView(StrictView):
    cache_namespaces = ()  # `published` keeps the list itself
    uses_database = False

    def read(self, request: Request, *args: Any, **kwargs: Any) -> dict[str, Any]:
        with _lake():
            return {"results": [_shown(request, snapshot) for snapshot in published()]}


def _shown(request: Request, snapshot: Published) -> dict[str, Any]:
    return {
        "table": snapshot.table,
        "day": snapshot.day,
        "written_at": snapshot.written_at.replace("+00:00", "Z"),
        "rows": snapshot.rows,
        "columns": snapshot.columns,
        "files": [
            {
                "name": file.name,
                "url": reverse("snapshot-file", [snapshot.table, snapshot.day, file.name], request=request),
                "bytes": file.bytes,
                "sha256": file.sha256,
            }
            for file in snapshot.files
        ],
    }


@extend_schema_view(
    get=extend_schema(
        operation_id="snapshots_file",
        tags=["pipeline"],
        summary="One file of a snapshot",
        description=(
            "The file, or where the lake is a bucket a redirection to an address signed for some minutes. Without the scope "
            "`export` as many a minute as exports. Older snapshots than those of the list are not given."
        ),
        responses={
            (200, MEDIA_TYPE): OpenApiTypes.BINARY,
            302: OpenApiResponse(description="To the file in the store."),
        },
        examples=[OpenApiExample("A file", "PAR1…", media_type=MEDIA_TYPE, response_only=True, status_codes=["200"])],
    )
)
class SnapshotFileView(StrictMixin):
    http_method_names = ["get", "head"]
    renderer_classes = [ParquetRenderer]
    cache_namespaces = ()
    base_parameters = ()

    def get(self, request: Request, table: str, day: str, name: str) -> HttpResponseBase:
        with _lake():
            found = published()
        snapshot = next((one for one in found if (one.table, one.day) == (table, day)), None)
        file = next((one for one in snapshot.files if one.name == name), None) if snapshot is not None else None
        if snapshot is None or file is None:
            raise Http404
        tag = f'"{file.sha256}"'
        if is_known(request._request, tag):
            return not_modified(request._request, tag, is_packed=False)
        check_limit(request)
        with _lake():
            place = store.link(snapshot.key(name), settings.LAKE_LINK_SECONDS)
        if isinstance(place, str):
            response: HttpResponseBase = HttpResponseRedirect(place)
            response["Cache-Control"] = "no-store"  # the address ends
            return response
        return _sent(place, f"{table}-{day}-{name}", tag)


def _sent(path: Path, name: str, tag: str) -> HttpResponseBase:
    try:
        response = FileResponse(path.open("rb"), content_type=MEDIA_TYPE)
    except FileNotFoundError as gone:  # deleted since the list was read
        raise Http404 from gone
    response["Content-Disposition"] = f'attachment; filename="{quote(name)}"'
    response["ETag"] = tag
    response["Cache-Control"] = "public, no-cache"
    return response
