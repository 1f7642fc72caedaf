"""The product's addresses and a bare Django view that returns the same bytes as an address of the product."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from bench.api_body import body
from ysh.urls import handler400, handler404, handler500
from ysh.urls import urlpatterns as product

__all__ = ["handler400", "handler404", "handler500", "urlpatterns"]


def bare(request: HttpRequest) -> HttpResponse:
    """Bytes from memory, and nothing else."""
    return HttpResponse(body(), content_type="application/json")


urlpatterns = [path("bare/", bare), *product]
