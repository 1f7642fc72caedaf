"""A file that cannot be taken as a whole ends the run: it says what was found and what to do, and changes nothing."""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pyarrow as pa
import pytest

from pipeline.actions import run_ingestion
from pipeline.models import IngestionRun, SourceFile
from pipeline.stages import csv_reader
from tests.pipeline import bombs, database
from tests.pipeline.conftest import call_ingest
from tests.pipeline.published import (
    COLUMNS_31,
    COLUMNS_33,
    DAY,
    csv_bytes,
    gzip_bytes,
    parquet_bytes,
    unit,
    units,
    written,
    zip_bytes,
)

STORED = 60


def good(rows: int = STORED, start: int = 0) -> bytes:
    return csv_bytes(units(rows, start=start))


def without(column: str) -> bytes:
    return csv_bytes(units(STORED), [name for name in COLUMNS_31 if name != column])


def twice(column: str) -> bytes:
    return csv_bytes(units(STORED), [*COLUMNS_31, column])


def cut(data: bytes, *, keep: float) -> bytes:
    return data[: int(len(data) * keep)]


def cut_in_last_row(newline: str = "\r\n") -> bytes:
    data = csv_bytes(units(STORED), newline=newline)
    return data[: data.rindex(b'"Radia') + 4]


def encrypted_zip() -> bytes:
    """Both flags and the twelve bytes of a traditional encryption header."""
    data = bytearray(zip_bytes({"unidades.csv": good()}))
    directory = data.rindex(b"PK\x01\x02")
    data[directory + 8] |= 1
    data[6] |= 1
    return bytes(data)


def damaged_member(data: bytes) -> bytes:
    """One byte in the middle of the packed data turned around."""
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 0xFF]) + data[middle + 1 :]


def parquet_without_rows() -> bytes:
    sink = pa.BufferOutputStream()
    pa.parquet.write_table(pa.table({name: pa.array([], pa.string()) for name in COLUMNS_31}), sink)
    return bytes(sink.getvalue())


def parquet_of_other_columns() -> bytes:
    """As third parties repack it, with columns of their own."""
    sink = pa.BufferOutputStream()
    pa.parquet.write_table(pa.table({"codigo_empreendimento": ["GD.AC.000.000.001"], "potencia_kw": [3.5]}), sink)
    return bytes(sink.getvalue())


def repeated_row() -> Iterator[bytes]:
    header, row, _ = csv_bytes(units(1)).split(b"\r\n")
    return bombs.repeated(header + b"\r\n", row + b"\r\n")


@cache
def zip_bomb_of_rows() -> bytes:
    return bombs.zip_bomb(repeated_row())


@cache
def gzip_bomb_of_rubbish() -> bytes:
    """Good rows first, so that the run is well under way, then lines of NUL."""
    return bombs.gzip_bomb(chain([good()], bombs.lines_of_zeros()))


HTML = b'<!DOCTYPE html>\n<html lang="pt-br"><head><title>503 Service Unavailable</title></head><body>Erro; tente; mais tarde</body></html>\n'
MISSING = "MdaPotenciaInstaladaKW"

# name, content, error code, and what the error must say
BAD_FILES: list[tuple[str, Callable[[], bytes], str, tuple[str, ...]]] = [
    (
        "missing_column",
        partial(without, MISSING),
        "missing_columns",
        (f"lacks the column(s) {MISSING}", "Found 30 column(s)", "declaration"),
    ),
    ("missing_key", partial(without, "CodEmpreendimento"), "missing_columns", ("CodEmpreendimento", "requires")),
    ("duplicate_column", partial(twice, "SigUF"), "missing_columns", ("SigUF", "more than once")),
    (
        "duplicate_by_alias",
        lambda: csv_bytes(units(STORED), [*COLUMNS_31, "SigUF"], header=[*COLUMNS_31, "siguf"]),
        "missing_columns",
        ("SigUF",),
    ),
    ("other_table", lambda: b'"ide";"nome"\r\n"1";"x"\r\n', "missing_columns", ("Found 2 column(s): ide, nome", "right file")),
    ("html", lambda: HTML, "not_a_table", ("HTML", "<!DOCTYPE html>", "CSV, ZIP, GZIP or Parquet")),
    ("html_with_bom", lambda: b"\xef\xbb\xbf" + HTML, "not_a_table", ("HTML",)),
    ("html_after_blank_lines", lambda: b"\r\n\r\n  " + HTML, "not_a_table", ("HTML",)),
    (
        "json_error",
        lambda: b'{"success": false, "error": {"message": "Not found", "__type": "Not Found Error"}}',
        "not_a_table",
        ("JSON", "Not found"),
    ),
    ("json_list", lambda: b'[{"a": 1}]', "not_a_table", ("JSON",)),
    ("pdf", lambda: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n", "not_a_table", ("PDF",)),
    ("binary", lambda: b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0", "not_a_table", ("binary data",)),
    ("utf16", lambda: good().decode().encode("utf-16"), "not_a_table", ("binary data",)),
    ("empty", lambda: b"", "empty_file", ("empty (0 bytes)", "Fetch it again")),
    ("only_bom", lambda: b"\xef\xbb\xbf", "empty_file", ("nothing but white space",)),
    ("white_space", lambda: b" \r\n\t\r\n\r\n", "empty_file", ("nothing but white space",)),
    ("header_only", lambda: csv_bytes([]), "empty_file", ("header but no rows", "Fetch it again")),
    ("header_only_no_line_break", lambda: csv_bytes([]).rstrip(), "empty_file", ("header but no rows",)),
    ("header_and_blank_lines", lambda: csv_bytes([]) + b"\r\n\r\n", "empty_file", ("header but no rows",)),
    ("no_delimiter", lambda: b"just some words\r\nand more\r\n", "not_a_table", ("header of column names", "just some words")),
    ("header_with_nul", lambda: good().replace(b'"NomTitular', b'"Nova\0";"NomTitular', 1), "not_a_table", ("NUL", "header")),
    ("endless_header", lambda: b'"a";"b";' * 20_000, "not_a_table", ("no line break",)),
    ("cut_mid_header", lambda: good()[:200], "missing_columns", ("lacks the column(s)",)),
    (
        "cut_mid_row",
        cut_in_last_row,
        "truncated",
        (f"middle of line {STORED + 1}", "25 of 31 columns", "truncated: fetch it again"),
    ),
    ("cut_mid_row_lf", partial(cut_in_last_row, "\n"), "truncated", (f"middle of line {STORED + 1}",)),
    ("cut_mid_row_cp1252", lambda: csv_bytes(units(STORED), encoding="cp1252")[:-20], "truncated", ("truncated",)),
    ("zip_cut", lambda: cut(zip_bytes({"u.csv": good()}), keep=0.6), "damaged_archive", ("damaged or truncated ZIP",)),
    ("zip_damaged", lambda: damaged_member(zip_bytes({"u.csv": good()})), "damaged_archive", ("damaged or truncated",)),
    (
        "zip_damaged_lzma",
        lambda: damaged_member(zip_bytes({"u.csv": good()}, method=14)),
        "damaged_archive",
        ("damaged or truncated",),
    ),
    ("zip_of_cut_csv", lambda: zip_bytes({"u.csv": cut_in_last_row()}), "truncated", ("middle of line",)),
    ("zip_of_html", lambda: zip_bytes({"u.csv": HTML}), "not_a_table", ("header of column names", "<!DOCTYPE")),
    ("zip_empty", lambda: zip_bytes({}), "empty_file", ("without any file",)),
    (
        "zip_without_csv",
        lambda: zip_bytes({"leia-me.pdf": b"%PDF"}),
        "archive_content",
        ("exactly one CSV", "found 0", "leia-me.pdf"),
    ),
    (
        "zip_of_two",
        lambda: zip_bytes({"a.csv": good(), "b.csv": good()}),
        "archive_content",
        ("found 2", "a.csv, b.csv", "--file"),
    ),
    ("zip_encrypted", encrypted_zip, "archive_content", ("unidades.csv", "encrypted", "Unpack")),
    ("gzip_cut", lambda: cut(gzip_bytes(good()), keep=0.6), "damaged_archive", ("damaged or truncated", "unpacking stopped")),
    ("gzip_damaged", lambda: damaged_member(gzip_bytes(good())), "damaged_archive", ("damaged",)),
    ("gzip_of_nothing", lambda: gzip_bytes(b""), "empty_file", ("empty",)),
    ("parquet_cut", lambda: cut(parquet_bytes(units(STORED)), keep=0.6), "damaged_file", ("damaged or truncated Parquet",)),
    ("parquet_head_only", lambda: b"PAR1", "damaged_file", ("damaged or truncated Parquet",)),
    ("parquet_damaged", lambda: damaged_member(parquet_bytes(units(2000))), "damaged_file", ("damaged", "Fetch it again")),
    ("parquet_no_rows", parquet_without_rows, "empty_file", ("no rows",)),
    ("parquet_other_columns", parquet_of_other_columns, "missing_columns", ("codigo_empreendimento", "lacks the column(s)")),
    ("zip_bomb_zeros", lambda: bombs.zip_bomb(bombs.zeros()), "decompression_bomb", ("times its size", "200 times")),
    ("zip_bomb_rows", zip_bomb_of_rows, "decompression_bomb", ("times its size",)),
    (
        "zip_bomb_lies_unpacked",
        lambda: bombs.lying(zip_bomb_of_rows(), unpacked=len(good())),
        "damaged_archive",
        ("damaged or truncated",),
    ),
    (
        "zip_bomb_lies_packed",
        lambda: bombs.lying(zip_bomb_of_rows(), packed=100_000_000),
        "decompression_bomb",
        ("times its size",),
    ),
    ("gzip_bomb", gzip_bomb_of_rubbish, "decompression_bomb", ("times its size",)),
    ("gzip_bomb_zeros", lambda: bombs.gzip_bomb(bombs.zeros()), "not_a_table", ("no line break",)),
]
# those that are found out only after rows were taken, or that every table meets first when it is still empty
ON_FIRST_LOAD = [
    "missing_column",
    "html",
    "header_only",
    "cut_mid_row",
    "zip_damaged",
    "gzip_cut",
    "parquet_damaged",
    "gzip_bomb",
]
BY_NAME = {name: (make, code, texts) for name, make, code, texts in BAD_FILES}


@dataclass
class Stored:
    """What the table held before the bad file came."""

    state: dict[str, str]


@pytest.fixture(scope="module")
def loaded(committed_database: None, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Stored]:
    """Sixty units, loaded once; again when a test has broken them."""
    kept: list[Stored] = []

    def load() -> Stored:
        if not kept or database.published_state() != kept[0].state:
            database.empty()
            path = written(tmp_path_factory.mktemp("loaded") / "units.csv", good())
            code, summary, _ = call_ingest("--file", str(path))
            assert (code, summary["inserted"]) == (0, STORED)
            kept[:] = [Stored(database.published_state())]
        return kept[0]

    return load


@pytest.fixture
def lake(tmp_path: Path, settings: Any) -> Path:
    settings.LAKE_URL = (tmp_path / "lake").as_uri()
    return tmp_path / "lake"


def assert_refused(
    outcome: tuple[int, dict[str, Any], str], before: dict[str, str], *, code: str, texts: tuple[str, ...]
) -> dict[str, Any]:
    """Failed for that reason, said in the JSON, on stderr and in the log; nothing published changed."""
    exit_code, summary, err = outcome
    assert (summary["status"], summary["error_code"], exit_code) == ("FAILED", code, 1), summary["error"]
    for text in texts:
        assert text in summary["error"]
    assert summary["error"] in err
    assert database.published_state() == before
    assert [summary[name] for name in ("processed", "inserted", "updated", "unchanged", "removed")] == [0] * 5
    run = IngestionRun.objects.get(run_id=summary["run_id"])
    assert (run.status, run.error_message, run.error_stack, run.stage) == ("FAILED", summary["error"], "", "")
    assert run.ended_at >= run.started_at
    assert not database.query("SELECT * FROM pipeline.active_runs")
    return summary


def assert_archived(summary: dict[str, Any], data: bytes) -> None:
    """The bytes are kept as fetched, with their hash, and do not count as published."""
    kept = Path(unquote(urlsplit(summary["archive_uri"]).path))
    assert kept.read_bytes() == data
    file = SourceFile.objects.get(run_id=summary["run_id"])
    assert (file.bytes, file.archive_uri, file.published) == (len(data), summary["archive_uri"], False)
    assert json.loads(kept.with_name(kept.name + ".meta.json").read_text())["sha256"] == file.sha256


@pytest.mark.parametrize("name", BY_NAME)
def test_bad_file_changes_nothing(name: str, loaded: Callable[[], Stored], lake: Path, tmp_path: Path) -> None:
    make, code, texts = BY_NAME[name]
    before, data = loaded().state, make()
    summary = assert_refused(call_ingest("--file", str(written(tmp_path / "units.csv", data))), before, code=code, texts=texts)
    assert_archived(summary, data)
    assert "units.csv" in summary["error"] or name.startswith(("zip", "header_", "gzip_of"))


@pytest.mark.parametrize("name", ON_FIRST_LOAD)
def test_bad_first_file_leaves_the_table_empty_with_its_indexes(name: str, engine: Path, tmp_path: Path) -> None:
    make, code, texts = BY_NAME[name]
    before = database.published_state()
    assert before["units"].startswith("0 ")
    assert_refused(call_ingest("--file", str(written(tmp_path / "units.csv", make()))), before, code=code, texts=texts)


def test_bomb_is_stopped_before_it_unfolds(loaded: Callable[[], Stored], lake: Path, tmp_path: Path) -> None:
    before = loaded().state
    path = written(tmp_path / "units.csv.gz", gzip_bomb_of_rubbish())
    assert path.stat().st_size < bombs.MEGABYTE
    progress: list[int] = []
    summary = run_ingestion("generation_units", file=path, on_progress=lambda _stage, done: progress.append(done.get("bytes", 0)))
    assert (summary.status, summary.error_code) == ("FAILED", "decompression_bomb")
    assert max(progress) < 50 * bombs.MEGABYTE
    assert database.published_state() == before


def test_directory_that_lies_consistently_gives_a_damaged_table(loaded: Callable[[], Stored], lake: Path, tmp_path: Path) -> None:
    """Sizes and checksum of the first row and a half: what a trusting reader unpacks is a truncated CSV."""
    before, text = loaded().state, b"".join(part for part, _ in zip(repeated_row(), range(2), strict=False))
    data = bombs.lying_about_everything(zip_bomb_of_rows(), text[:1800])
    outcome = call_ingest("--file", str(written(tmp_path / "units.zip", data)))
    assert_refused(outcome, before, code="truncated", texts=("middle of line",))


def test_over_long_line(loaded: Callable[[], Stored], lake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_reader, "BLOCK_BYTES", 64 * 1024)
    before = loaded().state
    data = csv_bytes([*units(50), unit(51, NomTitularEmpreendimento="A" * 600_000), *units(10, start=60)])
    outcome = call_ingest("--file", str(written(tmp_path / "units.csv", data)))
    assert_refused(outcome, before, code="damaged_file", texts=("Line 52 of units.csv is longer than 262,144 bytes",))


OTHER = good(STORED + 1)


@pytest.mark.parametrize(
    "make", [lambda: OTHER, lambda: gzip_bytes(OTHER), lambda: zip_bytes({"u.csv": OTHER})], ids=["csv", "gzip", "zip"]
)
def test_too_large(make: Callable[[], bytes], loaded: Callable[[], Stored], lake: Path, tmp_path: Path, settings: Any) -> None:
    before, data = loaded().state, make()
    path = written(tmp_path / "units.csv", data)
    settings.INGEST_MAX_FILE_BYTES = len(data) - 1
    texts = (f"{len(data):,} bytes", f"at most {len(data) - 1:,}", "INGEST_MAX_FILE_BYTES")
    assert_refused(call_ingest("--file", str(path)), before, code="file_too_large", texts=texts)
    settings.INGEST_MAX_FILE_BYTES = len(data)
    settings.INGEST_MAX_UNPACKED_BYTES = len(OTHER) - 1
    if data != OTHER:
        texts = ("unpacks to at least", f"at most {len(OTHER) - 1:,}", "INGEST_MAX_UNPACKED_BYTES")
        assert_refused(call_ingest("--file", str(path)), before, code="unpacks_too_large", texts=texts)


def test_too_many_bad_rows_in_a_first_load(engine: Path, tmp_path: Path) -> None:
    before = database.published_state()
    rows = [unit(number, MdaPotenciaInstaladaKW="muito" if number % 20 == 0 else "3,00") for number in range(100)]
    outcome = call_ingest("--file", str(written(tmp_path / "units.csv", csv_bytes(rows))))
    texts = ("5 of 100 rows were refused (5.0%)", "at most 2.0%", "out of range: 5")
    assert_refused(outcome, before, code="too_many_rejects", texts=texts)
    assert database.value("SELECT count(*) FROM pipeline.rejected_rows") == 5


# --- no file at all


def unreadable(tmp_path: Path) -> Path:
    """A file that is there and cannot be read, also not by root."""
    if os.geteuid() == 0:
        return Path("/proc/self/mem")
    path = written(tmp_path / "secret.csv", good())
    path.chmod(0)
    return path


@pytest.mark.parametrize("dry_run", [False, True])
@pytest.mark.parametrize(
    ("name", "code", "texts"),
    [
        ("missing", "no_file", ("No file at", "nowhere.csv", "Check the path")),
        ("folder", "no_file", ("No file at", "Check the path")),
        ("fifo", "no_file", ("No file at",)),
        ("over_long_name", "no_file", ("cannot be read", "too long", "Check the path")),
        ("unreadable", "unreadable", ("cannot be read", "permissions")),
    ],
)
def test_no_file_to_read(
    name: str, code: str, texts: tuple[str, ...], dry_run: bool, loaded: Callable[[], Stored], lake: Path, tmp_path: Path
) -> None:
    before = loaded().state
    os.mkfifo(tmp_path / "pipe")
    path = {
        "missing": tmp_path / "nowhere.csv",
        "folder": tmp_path,
        "fifo": tmp_path / "pipe",
        "over_long_name": tmp_path / ("n" * 300),
        "unreadable": unreadable(tmp_path),
    }[name]
    if not dry_run:
        summary = assert_refused(call_ingest("--file", str(path)), before, code=code, texts=texts)
        assert not SourceFile.objects.filter(run_id=summary["run_id"]).exists()
        return
    exit_code, summary, _ = call_ingest("--file", str(path), "--dry-run")
    assert (exit_code, summary["status"], summary["error_code"]) == (1, "FAILED", code), summary["error"]
    assert database.published_state() == before


@pytest.mark.parametrize(
    "url", ["ftp://example.org/units.csv", "file:///etc/passwd", "gopher://x", "units.csv", "javascript:alert(1)"]
)
def test_addresses_of_other_kinds_are_refused(url: str, loaded: Callable[[], Stored], lake: Path) -> None:
    before = loaded().state
    assert_refused(call_ingest("--url", url), before, code="bad_url", texts=("http or https", url, "--file"))


def test_a_lake_that_cannot_be_written(loaded: Callable[[], Stored], tmp_path: Path, settings: Any) -> None:
    before = loaded().state
    settings.LAKE_URL = (written(tmp_path / "a-file", b"") / "lake").as_uri()
    outcome = call_ingest("--file", str(written(tmp_path / "units.csv", good(STORED + 1))))
    assert_refused(outcome, before, code="archive", texts=("a-file", "LAKE_URL"))


def test_coordinates_of_the_wrong_column_order_do_not_go_unnoticed(
    loaded: Callable[[], Stored], lake: Path, tmp_path: Path
) -> None:
    """A header of 33 columns over rows of 31: every row is refused, so the file is."""
    before = loaded().state
    data = csv_bytes([]).replace(csv_bytes([]), csv_bytes([], COLUMNS_33)) + good().split(b"\r\n", 1)[1]
    outcome = call_ingest("--file", str(written(tmp_path / "units.csv", data)))
    assert_refused(outcome, before, code="too_many_rejects", texts=("60 of 60 rows", "too few fields: 60"))
    assert DAY.year == 2026
