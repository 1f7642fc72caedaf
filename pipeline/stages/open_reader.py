"""The right reader for a file, by its content."""

from pathlib import Path

from pipeline.sources.base import Source
from pipeline.stages.csv_reader import CsvReader
from pipeline.stages.open_file import ContentKind, recognise
from pipeline.stages.reader import RowReader


def open_reader(path: Path, source: Source, *, name: str) -> RowReader:
    """Open a file of rows.

    Args:
        path: where it is.
        source: the declaration its columns are matched against.
        name: its published name, for errors.

    Raises:
        SourceFileError, MissingColumnsError: the file cannot be taken; see there.
    """
    opened = recognise(path, name)
    if opened.kind is ContentKind.PARQUET:
        # pyarrow alone takes 60 MB of memory: only when it is needed.
        from pipeline.stages.parquet_reader import ParquetReader  # noqa: PLC0415

        return ParquetReader(path, source, name=name)
    return CsvReader(opened.open, source, name=opened.inner_name, total_bytes=opened.text_bytes)
