"""What a file is, told by its bytes. Limits hold before anything is unpacked."""

import re
from collections.abc import Iterable
from pathlib import Path

from pipeline.errors import SourceFileError
from pipeline.suppliers.read import csv_file, json_file
from pipeline.suppliers.read.blocks import blocks
from pipeline.suppliers.read.sheet import Page, Sheet
from pipeline.suppliers.text import header_key

MAX_BYTES = 100 * 1024**2


def open_list(path: Path, *, name: str = "", known_headers: Iterable[str] = ()) -> list[Sheet | Page]:
    """Read a file whole.

    Args:
        path: the file.
        name: its name for people; the path's by default.
        known_headers: column names of the supplier's mapping, which help to find the header row.

    Raises:
        SourceFileError: it is empty, too large, damaged, a bomb, or nothing we read.
    """
    name = name or path.name
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            head = stream.read(65_536)
    except OSError as error:
        raise SourceFileError(f"{name}: cannot be read ({error}).", todo="Check the path.", code="unreadable") from error
    if size > MAX_BYTES:
        raise SourceFileError(
            f"{name}: expected at most {MAX_BYTES:,} bytes, found {size:,}.", todo="Split the list.", code="too_large"
        )
    if not head.strip():
        raise SourceFileError(f"{name}: expected a price list, found an empty file.", code="empty")
    known = {header_key(header) for header in known_headers if header_key(header)}
    if head.startswith(b"PK"):
        from pipeline.suppliers.read import xlsx_file  # noqa: PLC0415  (5 MB, for who needs it)

        return [block for sheet in xlsx_file.sheets(path, name, known) for block in blocks(sheet)]
    if head.startswith((b"\xd0\xcf\x11\xe0", b"%PDF", b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf", b"\x89PNG", b"\xff\xd8\xff", b"GIF8")):
        raise SourceFileError(
            f"{name}: expected CSV, XLSX, JSON or Markdown, found another kind of file ({head[:4]!r}).",
            todo="Save it as XLSX or CSV (old XLS and PDF are not read).",
            code="unknown_format",
        )
    text = decoded(path.read_bytes(), name)
    begin = text.lstrip()[:1]
    if begin in {"{", "["} and (found := json_file.sheets(text, name)) is not None:
        return list(found)
    if _is_page(text):
        return [Page(name, text.splitlines())]
    return [*blocks(csv_file.sheet(text, name, known))]


def _is_page(text: str) -> bool:
    """Whether a text is a page capture: headings, links or images of Markdown, or a table with its ruled line."""
    heads = re.search(r"(?m)^#{1,6} +\S", text) is not None
    if heads and "R$" in text and re.search(r"(?m)^\W{0,4}\[[^\]\n]+\]\(https?://", text):
        return True
    if heads and re.search(r"(?m)^(?:\||#{1,6} .*R\$|\**Quantidade|!\[|\W{0,4}R\$)", text):
        return True
    if re.search(r"(?m)^ {0,3}\|? ?:?-{3,}:? ?\|[ :|-]*$", text):
        return True
    marks = re.search(r"(?m)^\W{0,4}(?:!?\[[^\]\n]*\]\(https?://|\*\*[^*\n]+\*\*\s*$)", text)
    return bool(marks) and re.search(r"(?m)^\W{0,4}(?:R\$|De:? R\$)", text) is not None


def decoded(data: bytes, name: str) -> str:
    """The text of a file: by its byte order mark, as UTF-8, else as Windows-1252 (what Excel in Brazil writes).

    Raises:
        SourceFileError: it is binary.
    """
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    sample = data[:200_000]
    if (sample.count(0) or sum(byte < 9 or 13 < byte < 32 for byte in sample) > len(sample) // 100) and b"\x00" in sample:
        if sample.count(0) > len(sample) // 3:
            return data.decode("utf-16-le" if sample[1::2].count(0) > sample[::2].count(0) else "utf-16-be", errors="replace")
        raise SourceFileError(f"{name}: expected text or XLSX, found binary data.", todo="Save it as XLSX or CSV.", code="binary")
    if sum(byte < 9 or 13 < byte < 32 for byte in sample) > len(sample) // 100:
        raise SourceFileError(f"{name}: expected text or XLSX, found binary data.", todo="Save it as XLSX or CSV.", code="binary")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return (
            data.decode("cp1252", errors="replace")
            if not any(byte in data for byte in b"\x81\x8d\x8f\x90\x9d")
            else data.decode("latin-1")
        )
