"""Paths of the pipeline under /api/v1/."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from pipeline.api.changes import ChangesView
from pipeline.api.ingest import IngestView
from pipeline.api.search import SearchView
from pipeline.api.views import RunViewSet, StatusView

router = SimpleRouter()
router.register("runs", RunViewSet, basename="run")

urlpatterns = [
    path("status/", StatusView.as_view(), name="status"),
    path("changes/", ChangesView.as_view(), name="changes"),
    path("search/", SearchView.as_view(), name="search"),
    path("ingest/", IngestView.as_view(), name="ingest"),
    *router.urls,
]
