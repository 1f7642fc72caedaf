"""Tables of the schema `pipeline`: runs, the files they took, the rows they refused, the checks they made."""

from pipeline.models.quality import DataQualityCheck
from pipeline.models.run import ActiveRun, IngestionRun
from pipeline.models.source_file import RejectedRow, SourceFile
from pipeline.models.supplier_list import CatalogImport, CatalogImportRow, SupplierMapping

__all__ = [
    "ActiveRun",
    "CatalogImport",
    "CatalogImportRow",
    "DataQualityCheck",
    "IngestionRun",
    "RejectedRow",
    "SourceFile",
    "SupplierMapping",
]
