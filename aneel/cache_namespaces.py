"""What ends the life of a kept answer made of ANEEL's data."""

from aneel.models import Certification, Dataset, Distributor, GenerationUnit, GenerationUnitStatistics, Municipality, Tariff
from ysh.core.cache.namespaces import Namespace, register

register(
    Namespace("datasets", (Dataset,), redis_seconds=3600, sources=("datasets",)),
    Namespace("distributors", (Distributor,), redis_seconds=3600, sources=("generation_units", "tariffs")),
    Namespace("municipalities", (Municipality,), redis_seconds=3600),
    Namespace("units", (GenerationUnit,), redis_seconds=1800, sources=("generation_units", "technical_pv")),
    Namespace("unit_statistics", (GenerationUnitStatistics,), redis_seconds=3600, sources=("generation_units", "technical_pv")),
    Namespace("tariffs", (Tariff,), redis_seconds=3600, sources=("tariffs", "tariff_components", "tariff_flags")),
    Namespace("certifications", (Certification,), redis_seconds=3600, sources=("certifications",)),
)
