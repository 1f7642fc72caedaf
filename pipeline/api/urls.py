"""Paths of the pipeline under /api/v1/."""

from django.urls import path, re_path
from rest_framework.routers import SimpleRouter

from pipeline.api.changes import ChangesView
from pipeline.api.ingest import IngestView
from pipeline.api.search import SearchView
from pipeline.api.snapshots import SnapshotFileView, SnapshotsView
from pipeline.api.views import RunViewSet, StatusView

router = SimpleRouter()
router.register("runs", RunViewSet, basename="run")

urlpatterns = [
    path("status/", StatusView.as_view(), name="status"),
    path("changes/", ChangesView.as_view(), name="changes"),
    path("search/", SearchView.as_view(), name="search"),
    path("snapshots/", SnapshotsView.as_view(), name="snapshots"),
    re_path(
        r"^snapshots/(?P<table>[a-z0-9_]{1,63})/(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})/(?P<name>part-[0-9]{1,9}\.parquet)$",
        SnapshotFileView.as_view(),
        name="snapshot-file",
    ),
    path("ingest/", IngestView.as_view(), name="ingest"),
    *router.urls,
]
