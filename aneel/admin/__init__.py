"""Pages of the open data. Read-only: rows come from the ingestion."""

from aneel.admin.certifications import CertificationAdmin
from aneel.admin.dataset_matches import DatasetMatchAdmin
from aneel.admin.datasets import DatasetAdmin
from aneel.admin.places import DistributorAdmin, MunicipalityAdmin
from aneel.admin.published_rows import PublishedRowAdmin
from aneel.admin.statistics import GenerationUnitStatisticsAdmin
from aneel.admin.tariff_parts import TariffComponentAdmin, TariffFlagAdmin
from aneel.admin.tariffs import TariffAdmin
from aneel.admin.technical import TechnicalDataAdmin
from aneel.admin.units import GenerationUnitAdmin

__all__ = [
    "CertificationAdmin",
    "DatasetAdmin",
    "DatasetMatchAdmin",
    "DistributorAdmin",
    "GenerationUnitAdmin",
    "GenerationUnitStatisticsAdmin",
    "MunicipalityAdmin",
    "PublishedRowAdmin",
    "TariffAdmin",
    "TariffComponentAdmin",
    "TariffFlagAdmin",
    "TechnicalDataAdmin",
]
