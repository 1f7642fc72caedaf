"""The API's own pages: the list of resources, the OpenAPI document and its documentation."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.utils.translation import get_language
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from ysh.core.api.views import StrictMixin, StrictView


@extend_schema(exclude=True)
class ApiRoot(StrictView):
    """The resources there are, with their addresses.

    Attributes:
        names: route names, given to `as_view`.
    """

    names: Sequence[str] = ()
    uses_database = False

    def read(self, request: Request, *args: Any, **kwargs: Any) -> dict[str, str]:
        return {name.removesuffix("-list"): reverse(name, request=request) for name in self.names}


class SchemaView(StrictMixin, SpectacularAPIView):
    """The OpenAPI document as YAML or JSON. Written once a process and language: it takes some tenths of a second."""

    http_method_names = ["get", "head"]
    documents: ClassVar[dict[str, Any]] = {}

    def allowed_parameters(self) -> set[str]:
        return {"format", "lang"}

    def _get_schema_response(self, request: Request) -> Response:
        language = get_language() or ""
        if language not in self.documents:
            self.documents[language] = super()._get_schema_response(request).data
        return Response(self.documents[language], headers={"Content-Disposition": 'inline; filename="ysh.openapi"'})
