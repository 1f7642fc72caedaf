"""Paths of the catalogue under /api/v1/."""

from rest_framework.routers import SimpleRouter

from products.api.kits import KitViewSet
from products.api.products import ProductViewSet

router = SimpleRouter()
router.register("products", ProductViewSet, basename="product")
router.register("kits", KitViewSet, basename="kit")

urlpatterns = router.urls
