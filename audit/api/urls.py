"""Paths of the audit under /api/v1/, the kits' included: it alone knows how they were."""

from rest_framework.routers import SimpleRouter

from audit.api.kits import KitHistoryViewSet
from audit.api.views import AuditViewSet

router = SimpleRouter()
router.register("audit", AuditViewSet, basename="audit")
router.register("kits", KitHistoryViewSet, basename="kit")

urlpatterns = router.urls
