"""The base of every view of the API: strict parameters, bounded database time, entity tags, rate-limit headers."""

from typing import Any, ClassVar

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from ysh.core.api.caching import layered
from ysh.core.api.conditional import finish
from ysh.core.api.database import bounded_reads
from ysh.core.api.parameters import check_query
from ysh.core.api.versions import Deprecation


class StrictMixin(APIView):
    """Put before any DRF view class.

    Attributes:
        uses_database: false for a view that must answer without it.
        cache_namespaces: what its answers are made of (`<app>/cache_namespaces.py`); those of the queryset's model when None;
            () for a view whose answers are never kept.
        cache_counts: whether the readers of each detail are counted, kept answers included (`ysh.core.cache.views`).
        cache_by_language, cache_by_day: whether its bodies differ by language, or from day to day.
        deprecation: set while the resource is going away; its answers say so.
        is_restricted: whether it is not for everybody; for the OpenAPI document.
    """

    cache_namespaces: tuple[str, ...] | None = None
    cache_by_language = False
    cache_by_day = False

    deprecation: ClassVar[Deprecation | None] = None
    is_restricted = False
    uses_database = True
    base_parameters: tuple[str, ...] = ("format",)

    @classmethod
    def as_view(cls, *args: Any, **initkwargs: Any) -> Any:
        """The view function, answering public reads from the layers of cache."""
        return layered(super().as_view(*args, **initkwargs), cls, args[0] if args else initkwargs.get("actions"), initkwargs)

    def allowed_parameters(self) -> set[str]:
        """Names a query string may hold."""
        return set(self.base_parameters)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        # The method first: asking a reader to sign in for what nobody may do would mislead.
        if request.method is None or not callable(getattr(self, request.method.lower(), None)):
            self.http_method_not_allowed(request)
        super().initial(request, *args, **kwargs)
        check_query(request, self.allowed_parameters())

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        for name, value in getattr(request, "rate_limit", {}).items():
            response[name] = value
        if self.deprecation is not None:
            for name, value in self.deprecation.headers().items():
                response.setdefault(name, value)
        public = not getattr(getattr(request, "user", None), "is_authenticated", False)

        def tag(rendered: HttpResponse) -> HttpResponse:
            return finish(request, rendered, public=public)

        if isinstance(response, Response):
            response.add_post_render_callback(tag)
        return response


class StrictView(StrictMixin):
    """A single view; subclasses define `read`."""

    http_method_names = ["get", "head"]

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        if not self.uses_database:
            return Response(self.read(request, *args, **kwargs))
        with bounded_reads():
            return Response(self.read(request, *args, **kwargs))

    def read(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        """The body.

        Raises:
            NotImplementedError: unless a subclass says more.
        """
        raise NotImplementedError
