"""Tables of the schema `aneel`: open data of ANEEL and INMETRO as they were last published."""

from aneel.models.certification import Certification
from aneel.models.dataset import Dataset
from aneel.models.dataset_feed import DatasetEntry, DatasetMatch
from aneel.models.generation_unit import GenerationUnit, GenerationUnitStatistics
from aneel.models.place import Distributor, Municipality
from aneel.models.published_row import PublishedRow
from aneel.models.tariff import Tariff
from aneel.models.tariff_parts import TariffComponent, TariffFlag
from aneel.models.technical import TechnicalData

__all__ = [
    "Certification",
    "Dataset",
    "DatasetEntry",
    "DatasetMatch",
    "Distributor",
    "GenerationUnit",
    "GenerationUnitStatistics",
    "Municipality",
    "PublishedRow",
    "Tariff",
    "TariffComponent",
    "TariffFlag",
    "TechnicalData",
]
