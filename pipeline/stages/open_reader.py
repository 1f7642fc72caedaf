"""The right reader for a file, by its content."""

from pathlib import Path

from pipeline.sources.base import Source
from pipeline.stages.csv_reader import CsvReader
from pipeline.stages.open_file import ContentKind, recognise
from pipeline.stages.reader import RowReader
from pipeline.stages.records_reader import RecordsReader


def open_reader(path: Path, source: Source, *, name: str) -> RowReader:
    """Open a file of rows.

    Args:
        path: where it is.
        source: the declaration its columns are matched against.
        name: its published name, for errors.

    Raises:
        SourceFileError, MissingColumnsError: the file cannot be taken; see there.
    """
    opened = recognise(path, name, documents=source.documents)
    if opened.kind is ContentKind.PARQUET:
        # pyarrow alone takes 60 MB of memory: only when it is needed.
        from pipeline.stages.parquet_reader import ParquetReader  # noqa: PLC0415

        return ParquetReader(path, source, name=name)
    if opened.kind in (ContentKind.JSON, ContentKind.HTML):
        return RecordsReader(path, source, read=source.documents[opened.kind.value.lower()], name=name)
    return CsvReader(opened.open, source, name=opened.inner_name, total_bytes=opened.text_bytes)
