"""What ends the life of a kept answer made of ANEEL's data."""

from aneel.models import (
    Certification,
    Dataset,
    Distributor,
    GenerationUnit,
    GenerationUnitStatistics,
    Municipality,
    Tariff,
    TariffComponent,
    TariffFlag,
)
from ysh.core.cache.namespaces import Namespace, register

register(
    Namespace("datasets", (Dataset,), redis_seconds=3600, sources=("datasets",)),
    Namespace("distributors", (Distributor,), redis_seconds=3600, sources=("generation_units", "tariffs", "tariff_components")),
    Namespace("municipalities", (Municipality,), redis_seconds=3600),
    Namespace("units", (GenerationUnit,), redis_seconds=1800, sources=("generation_units", "technical_pv")),
    Namespace("unit_statistics", (GenerationUnitStatistics,), redis_seconds=3600, sources=("generation_units", "technical_pv")),
    Namespace("tariffs", (Tariff,), redis_seconds=3600, sources=("tariffs",)),
    Namespace("tariff_components", (TariffComponent,), redis_seconds=3600, sources=("tariff_components",)),
    Namespace("tariff_flags", (TariffFlag,), redis_seconds=3600, sources=("tariff_flags", "tariff_flag_rates")),
    Namespace("certifications", (Certification,), redis_seconds=3600, sources=("certifications",)),
)
