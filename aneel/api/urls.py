"""Paths of open data under /api/v1/."""

from rest_framework.routers import SimpleRouter

from aneel.api.units import GenerationUnitViewSet
from aneel.api.views import CertificationViewSet, DatasetViewSet, DistributorViewSet, MunicipalityViewSet, TariffViewSet

router = SimpleRouter()
router.register("datasets", DatasetViewSet, basename="dataset")
router.register("generation-units", GenerationUnitViewSet, basename="generation-unit")
router.register("distributors", DistributorViewSet, basename="distributor")
router.register("municipalities", MunicipalityViewSet, basename="municipality")
router.register("tariffs", TariffViewSet, basename="tariff")
router.register("certifications", CertificationViewSet, basename="certification")

urlpatterns = router.urls
