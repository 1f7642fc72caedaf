"""Every address of the product."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.generic import RedirectView
from django_prometheus.exports import ExportToDjangoView
from drf_spectacular.views import SpectacularSwaggerView

import aneel.api.urls
import audit.api.urls
import pipeline.api.urls
import products.api.urls
from ysh.api import ApiRoot, SchemaView
from ysh.core.api.errors import nothing_here
from ysh.health import healthz, readyz

handler400 = "ysh.core.api.errors.bad_request"
handler404 = "ysh.core.api.errors.page_not_found"
handler500 = "ysh.core.api.errors.server_error"

RESOURCES: list[URLPattern | URLResolver] = [
    *aneel.api.urls.urlpatterns,
    # Kits come from the audit, which knows how they were.
    *(pattern for pattern in products.api.urls.urlpatterns if not str(getattr(pattern, "name", "")).startswith("kit-")),
    *audit.api.urls.urlpatterns,
    *pipeline.api.urls.urlpatterns,
]
SINGLE = {"status", "changes", "search", "snapshots"}
RESOURCE_NAMES = [
    pattern.name
    for pattern in RESOURCES
    if isinstance(pattern, URLPattern) and pattern.name and (pattern.name.endswith("-list") or pattern.name in SINGLE)
]

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="api-docs")),
    path("admin/", admin.site.urls),
    path("api/", RedirectView.as_view(pattern_name="api-docs")),
    path("api/schema/", SchemaView.as_view(), name="api-schema"),
    path("api/docs/", SpectacularSwaggerView.as_view(url_name="api-schema"), name="api-docs"),
    path("api/v1/", ApiRoot.as_view(names=RESOURCE_NAMES), name="api-root"),
    path("api/v1/", include(RESOURCES)),
    # Last of /api/: with DEBUG on, Django would answer an unknown address with a page of its own.
    re_path(r"^api/.*/$", nothing_here),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    # Counters and timings, no data. Keep it off the public side of the proxy: it tells which views are slow or fail.
    path("metrics", ExportToDjangoView, name="metrics"),
]
