"""Paths of the pipeline under /api/v1/."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from pipeline.api.changes import ChangesView
from pipeline.api.views import RunViewSet, StatusView

router = SimpleRouter()
router.register("runs", RunViewSet, basename="run")

urlpatterns = [
    path("status/", StatusView.as_view(), name="status"),
    path("changes/", ChangesView.as_view(), name="changes"),
    *router.urls,
]
