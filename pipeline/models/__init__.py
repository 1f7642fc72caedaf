"""Tables of the schema `pipeline`: runs, the files they took, the rows they refused, the checks they made."""

from pipeline.models.quality import DataQualityCheck
from pipeline.models.run import ActiveRun, IngestionRun
from pipeline.models.source_file import RejectedRow, SourceFile

__all__ = ["ActiveRun", "DataQualityCheck", "IngestionRun", "RejectedRow", "SourceFile"]
