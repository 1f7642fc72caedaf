"""The product's addresses, a bare Django view of the same bytes, and units as DRF does them by default."""

from django.http import HttpRequest, HttpResponse
from django.urls import path
from rest_framework.pagination import PageNumberPagination
from rest_framework.renderers import JSONRenderer
from rest_framework.serializers import ModelSerializer
from rest_framework.viewsets import ModelViewSet

from aneel.models import GenerationUnit
from bench.api_body import body
from ysh.urls import handler400, handler404, handler500
from ysh.urls import urlpatterns as product

__all__ = ["handler400", "handler404", "handler500", "urlpatterns"]


def bare(request: HttpRequest) -> HttpResponse:
    """Bytes from memory, and nothing else."""
    return HttpResponse(body(), content_type="application/json")


class UnitModelSerializer(ModelSerializer[GenerationUnit]):
    class Meta:
        model = GenerationUnit
        exclude = ("geolocation",)  # DRF has no field for it


class FiftyAPage(PageNumberPagination):
    page_size = 50


class UnitModelViewSet(ModelViewSet[GenerationUnit]):
    """As DRF's tutorial makes it."""

    queryset = GenerationUnit.objects.order_by("id")
    serializer_class = UnitModelSerializer
    pagination_class = FiftyAPage
    renderer_classes = [JSONRenderer]


urlpatterns = [path("bare/", bare), path("drf-units/", UnitModelViewSet.as_view({"get": "list"})), *product]
