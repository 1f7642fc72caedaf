"""`/healthz`: the process is alive. `/readyz`: what it stands on answers. Neither takes parameters; both are for machines."""

from dataclasses import asdict

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from pipeline.service_health import service_health


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """200 as long as requests are answered at all; touches nothing."""
    return JsonResponse({"status": "alive"})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when every required service (PostgreSQL, the broker) answers, else 503; the body tells of each."""
    services = service_health()
    ready = all(service.ok for service in services if service.required)
    body = {"status": "ready" if ready else "not ready", "services": [asdict(service) for service in services]}
    return JsonResponse(body, status=200 if ready else 503)
