"""Starting an ingestion run: POST /api/v1/ingest/."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import exceptions, serializers, status
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from pipeline.actions import request_ingestion
from pipeline.errors import RunAlreadyActiveError
from pipeline.sources.registry import SOURCES
from ysh.core.api.scopes import allows
from ysh.core.api.views import StrictMixin


class MayIngest(BasePermission):
    """Staff, and keys with the scope `ingest`."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return allows(request, "ingest")


class IngestSerializer(serializers.Serializer[Any]):
    source = serializers.ChoiceField(choices=[(key, key) for key in SOURCES])  # type: ignore[assignment]

    def to_internal_value(self, data: Any) -> Any:
        unknown = sorted(set(data) - set(self.fields)) if isinstance(data, dict) else []
        if unknown:
            raise serializers.ValidationError(
                {name[:60]: [exceptions.ErrorDetail(_("Unknown parameter"), "unknown_parameter")] for name in unknown}
            )
        return super().to_internal_value(data)


class StartedRunSerializer(serializers.Serializer[Any]):
    run_id = serializers.UUIDField()
    source = serializers.CharField()  # type: ignore[assignment]
    status = serializers.CharField()
    url = serializers.URLField()


class RunActive(exceptions.APIException):
    """409: one run at a time for each source."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "run_active"


@extend_schema(
    tags=["pipeline"],
    summary="Start an ingestion run",
    description="For staff, and keys with the scope `ingest`. The run is carried out by a worker; ask its address for its state.",
    request=IngestSerializer,
    responses={
        202: StartedRunSerializer,
        409: OpenApiResponse(description="The source has an active run."),
    },
    examples=[
        OpenApiExample("Start", {"source": "generation_units"}, request_only=True),
        OpenApiExample(
            "Started",
            {
                "run_id": "7b0c2bb6-3c50-4a53-9f0b-8e5a4d5e8c11",
                "source": "generation_units",
                "status": "PENDING",
                "url": "https://ysh.example/api/v1/runs/7b0c2bb6-3c50-4a53-9f0b-8e5a4d5e8c11/",
            },
            response_only=True,
            status_codes=["202"],
        ),
    ],
)
class IngestView(StrictMixin):
    http_method_names = ["post"]
    permission_classes = [MayIngest]
    is_restricted = True
    cache_namespaces = ()

    def post(self, request: Request) -> Response:
        asked = IngestSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        source = asked.validated_data["source"]
        try:
            run = request_ingestion(source, by=request.user.get_username(), trigger="manual")
        except RunAlreadyActiveError as error:
            raise RunActive(_("“%(source)s” has an active run: wait until it has ended.") % {"source": source}) from error
        url = reverse("run-detail", args=[run.run_id], request=request)
        body = {"run_id": run.run_id, "source": run.source, "status": run.status, "url": url}
        return Response(body, status=status.HTTP_202_ACCEPTED, headers={"Location": url})
