"""The CSV reader against Python's own writer: any table, any block size, any damage; keys, rows and chosen rows agree."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from pipeline.errors import SourceFileError
from pipeline.sources.base import Column, Source
from pipeline.sources.kinds import Text
from pipeline.stages import csv_reader
from pipeline.stages.csv_reader import CsvReader
from tests.pipeline.published import unit, units

NAMES = ["Load", "Code", "A", "B", "C"]
TABLE = Source(
    key="table",
    label="",
    description="",
    table="aneel.generation_units",
    key_column="Code",
    key_search=r"K[0-9]{4}",
    table_key="unit_id",
    columns=(
        Column("Load", Text(), volatile=True),
        Column("Code", Text(), required=True),
        *(Column(name, Text()) for name in "ABC"),
    ),
    derive=lambda frame, _context: (frame, []),
    derived={},
    prepare=lambda _cursor: None,
    before_merge=lambda _cursor, _lookups: None,
    after_publish=lambda: None,
    cadence=timedelta(days=1),
)
WHOLE = 1 << 20


@dataclass
class Read:
    """All that a reader gave.

    Attributes:
        rows: published values by line.
        refused: (reason, raw text) by line.
        prints: fingerprints by line.
    """

    rows: dict[int, tuple[str, ...]] = field(default_factory=dict)
    refused: dict[int, tuple[str, str]] = field(default_factory=dict)
    prints: dict[int, int] = field(default_factory=dict)


def reader(data: bytes, source: Source = TABLE) -> CsvReader:
    return CsvReader(lambda: io.BytesIO(data), source, name="table.csv", total_bytes=len(data))


def read(data: bytes, *, block: int = WHOLE, lines: list[int] | None = None, limit: int | None = None) -> Read:
    """Everything, with blocks of so many bytes."""
    result = Read()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_reader, "BLOCK_BYTES", block)
        for batch in reader(data).rows(None if lines is None else np.array(lines, dtype=np.int64), limit):
            for row in batch.frame.rows(named=True):
                result.rows[row["__line"]] = tuple(row[name] or "" for name in NAMES)
                result.prints[row["__line"]] = row["__fingerprint"]
            result.refused |= {refusal.line: (refusal.reason, refusal.raw) for refusal in batch.refusals}
    return result


def read_keys(data: bytes, *, block: int = WHOLE, limit: int | None = None) -> dict[int, tuple[str, int]]:
    """Key and fingerprint by line."""
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_reader, "BLOCK_BYTES", block)
        for batch in reader(data).keys(limit):
            for key, print_, line in zip(batch.keys.tolist(), batch.hashes.tolist(), batch.lines.tolist(), strict=True):
                assert line not in found
                found[line] = (key.decode(), print_)
    return found


def table_bytes(
    rows: list[tuple[str, ...]],
    *,
    newline: str = "\r\n",
    quoting: Any = csv.QUOTE_ALL,
    delimiter: str = ";",
    names: list[str] = NAMES,
) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=quoting, delimiter=delimiter, lineterminator=newline)
    writer.writerow(names)
    writer.writerows(rows)
    return out.getvalue().encode()


def normal(text: str) -> str:
    """As read: a line break inside a value is one character, and one before the end of a line is lost with it."""
    return text.replace("\r\n", "\n")


def first_lines(rows: list[tuple[str, ...]]) -> list[int]:
    """Line of each row, the header being line 1."""
    lines, line = [], 2
    for row in rows:
        lines.append(line)
        line += 1 + sum(value.count("\n") for value in row)
    return lines


# A value with both line breaks and delimiters may hold a line that looks like a row of its own: nothing but the quotes of the whole
# file could tell, and those are what a damaged file has wrong.
plain_values = st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n"), max_size=12)
odd_values = st.text(st.sampled_from('";ab é,'), max_size=8)
broken_values = st.text(st.sampled_from('"ab é\n\r'), max_size=8)
tables = st.lists(
    st.tuples(
        plain_values,
        st.one_of(st.from_regex(r"K[0-9]{4}", fullmatch=True), plain_values),
        *[st.one_of(plain_values, odd_values, broken_values)] * 3,
    ),
    max_size=8,
)
clean_tables = st.lists(
    st.tuples(
        st.just("2026-08-13"),
        st.from_regex(r"\AK[0-9]{4}\Z"),
        *[st.one_of(st.sampled_from(["", "x", "São Paulo"]), broken_values)] * 3,
    ),
    max_size=10,
)
blocks = st.sampled_from([40, 64, 97, 150, 400, WHOLE])
newlines = st.sampled_from(["\r\n", "\n"])
FEW = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@given(tables, newlines, blocks)
@FEW
@example([("", "", "", "", "")], "\n", 40)
@example([("1", "K0001", "a\nb", 'x"y', ";"), ("2", "K0002", "", "", "")], "\r\n", 40)
@example([("1", "K0001", "a\n\n\nb", "", "")] * 5, "\r\n", 40)
def test_what_python_writes_is_read_back(rows: list[tuple[str, ...]], newline: str, block: int) -> None:
    # A lone carriage return at the end of a record's last line cannot be told from the line break's own.
    assume(not any(value.endswith("\r") for row in rows for value in row) or newline == "\r\n")
    found = read(table_bytes(rows, newline=newline), block=block)
    assert found.refused == {}
    assert found.rows == {line: tuple(normal(value) for value in row) for line, row in zip(first_lines(rows), rows, strict=True)}


@given(st.lists(st.tuples(*[plain_values] * 5), max_size=8), newlines, st.sampled_from(";,|\t"), blocks)
@FEW
def test_tables_quoted_only_where_needed_are_read_back(
    rows: list[tuple[str, ...]], newline: str, delimiter: str, block: int
) -> None:
    """The dialect of the portal's database dumps."""
    assume(all(any(value.strip() for value in row) for row in rows))
    found = read(table_bytes(rows, newline=newline, quoting=csv.QUOTE_MINIMAL, delimiter=delimiter), block=block)
    assert found.refused == {}
    assert list(found.rows.values()) == rows


# --- damage: nothing depends on where a block ends

damages = st.lists(
    st.tuples(st.integers(0, 10_000), st.sampled_from(['"', ";", "\n", "\0", "x", "", '";"', "\r\n", "é", '"\n"'])),
    min_size=1,
    max_size=6,
)


def damaged(data: bytes, damage: list[tuple[int, str]]) -> bytes:
    """The table with bytes after its header replaced (or taken out)."""
    head = data.index(b"\n") + 1
    for place, text in damage:
        if len(data) > head:
            at = head + place % (len(data) - head)
            data = data[:at] + text.encode() + data[at + 1 :]
    return data


@given(clean_tables, damages, newlines, st.sampled_from([48, 64, 97, 150, 400]))
@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_damage_is_found_the_same_whatever_the_block_size(
    rows: list[tuple[str, ...]], damage: list[tuple[int, str]], newline: str, block: int
) -> None:
    data = damaged(table_bytes(rows, newline=newline), damage)
    assume(max(map(len, data.split(b"\n"))) < 3 * block)
    try:
        whole = read(data)
    except SourceFileError as error:
        with pytest.raises(SourceFileError, match=re.escape(error.message)):
            read(data, block=block)
        return
    parts = read(data, block=block)
    assert parts == whole
    assert whole.rows.keys().isdisjoint(whole.refused)
    assert {line: key for line, (key, _print) in read_keys(data, block=block).items()} == {
        line: key for line, (key, _print) in read_keys(data).items()
    }


@given(clean_tables, damages, newlines)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_keys_chosen_rows_and_limits_agree_with_all_rows(
    rows: list[tuple[str, ...]], damage: list[tuple[int, str]], newline: str
) -> None:
    data = damaged(table_bytes(rows, newline=newline), damage)
    try:
        everything = read(data, block=200)
    except SourceFileError:
        assume(False)
    keys = read_keys(data, block=200)
    assert keys.keys() == everything.rows.keys() | everything.refused.keys()
    assert {line: keys[line] for line in everything.rows} == {
        line: (row[1].strip(), everything.prints[line]) for line, row in everything.rows.items()
    }
    for line, (_reason, raw) in everything.refused.items():
        shown = re.search(r"K[0-9]{4}", raw)
        assert keys[line][0] == (shown.group(0) if shown else "")
    chosen = sorted(keys)[::2]
    part = read(data, block=200, lines=chosen)
    assert part.rows == {line: row for line, row in everything.rows.items() if line in chosen}
    assert part.refused == {line: refusal for line, refusal in everything.refused.items() if line in chosen}
    assert part.prints == {line: everything.prints[line] for line in part.rows}
    for limit in {1, 2, len(keys), len(keys) + 5}:
        first = set(sorted(keys)[:limit])
        some = read(data, block=200, limit=limit)
        assert some.rows.keys() | some.refused.keys() == first
        assert read_keys(data, block=200, limit=limit).keys() == first


def test_nothing_after_a_damaged_row_is_lost() -> None:
    rows = [("d", f"K{n:04d}", "a", "b", "c") for n in range(200)]
    lines = table_bytes(rows).split(b"\r\n")
    lines[50] = lines[50].replace(b'"a"', b'"a')
    lines[120] = lines[120][:9]
    for block in (64, 300, WHOLE):
        found = read(b"\r\n".join(lines), block=block)
        assert found.refused.keys() == {51, 121}
        assert set(found.rows) == set(range(2, 202)) - {51, 121}


def test_a_stray_quote_in_the_last_rows_is_one_bad_row_not_a_truncated_file() -> None:
    rows = [("d", f"K{n:04d}", "a", "b", "c") for n in range(10)]
    lines = table_bytes(rows).split(b"\r\n")
    lines[8] = lines[8].replace(b'"a"', b'"a')
    for ending in (b"\r\n", b""):
        for block in (64, WHOLE):
            found = read(b"\r\n".join(lines[:-1]) + ending, block=block)
            assert found.refused.keys() == {9}
            assert found.refused[9][0] == "quoting"
            assert set(found.rows) == set(range(2, 12)) - {9}


@pytest.mark.parametrize("ending", ["\r\n", "\n", ""])
def test_a_row_over_several_lines_may_be_the_last(ending: str) -> None:
    data = (
        table_bytes([("d", "K0001", "a", "b", "c"), ("d", "K0002", "a\nb", "c\n\nd", "e")], newline="\n").rstrip()
        + ending.encode()
    )
    for block in (40, WHOLE):
        assert read(data, block=block).rows[3] == ("d", "K0002", "a\nb", "c\n\nd", "e")


@pytest.mark.parametrize(
    "ending", ['"d";"K0003";"a";"b";"c', '"d";"K0003";"a"', '"d"', '"d";"K0003";"a\nb', '"d";"K0003";"a";"b";']
)
def test_a_cut_off_last_row_is_an_error_with_its_line(ending: str) -> None:
    data = table_bytes([("d", "K0001", "a", "b", "c")], newline="\n") + ending.encode()
    for block in (40, WHOLE):
        with pytest.raises(SourceFileError, match=rf"middle of line {3 + ending.count(chr(10))}\b") as caught:
            read(data, block=block)
        assert caught.value.code == "truncated"


@pytest.mark.parametrize(("breaks", "taken"), [(19, True), (20, False)])
def test_a_record_may_span_twenty_lines(breaks: int, taken: bool) -> None:
    """More is a lost quote: that line and those after it are refused one by one, and the next row is read."""
    rows = [("d", "K0001", "a\n" * breaks, "b", "c"), ("d", "K0002", "a", "b", "c")]
    for block in (64, WHOLE):
        found = read(table_bytes(rows), block=block)
        assert (2 in found.rows) is taken
        assert len(found.refused) == (0 if taken else 1 + breaks)
        assert found.rows[2 + breaks + 1] == rows[1]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('"d";"K0002","a";"b";"c"', "quoting"),  # four quoted fields for a lenient parser
        ('"d";"K0002";"a";"b":"c"', "quoting"),
        ('"d;"K0002"";"a";"b";"c"', "quoting"),
        ('"d";"K0002";"a";"b""c"', "too_few_fields"),
        ('"d";"K0002";"a";"b";"c";', "too_many_fields"),
        ('"d";"K0002";"a";"b";"c";"e"', "too_many_fields"),
        ('"d";"K0002";"a";"b"', "too_few_fields"),
        ('"d";"K0002";"a";"b";"c" ', "quoting"),
        ('"d";"K0002";"a\0";"b";"c"', "nul_byte"),
        ('x"d";"K0002";"a";"b";"c"', "quoting"),
        ("K0002", "too_few_fields"),
    ],
)
@pytest.mark.parametrize("others", [0, 600])
def test_each_damage_of_a_row_by_its_reason(line: str, reason: str, others: int) -> None:
    data = table_bytes([("d", f"K{n + 10:04d}", "a", "b", "c") for n in range(others)]) + line.encode() + b"\r\n"
    found = read(data + b'"d";"K0003";"a";"b";"c"\r\n')
    assert found.refused == {others + 2: (reason, line.replace("\0", "␀"))}
    assert found.rows[others + 3] == ("d", "K0003", "a", "b", "c")
    assert read_keys(data)[others + 2][0] == "K0002"


def test_bytes_of_another_encoding_are_one_bad_row() -> None:
    rows = [("d", f"K{n:04d}", "São Paulo", "b", "c") for n in range(600)]
    lines = table_bytes(rows).split(b"\r\n")
    lines[300] = lines[300].replace("São".encode(), "São".encode("cp1252"))
    found = read(b"\r\n".join(lines))
    assert found.refused == {301: ("encoding", '"d";"K0299";"S\\xe3o Paulo";"b";"c"')}
    assert len(found.rows) == 599


def test_one_damaged_row_does_not_change_the_encoding_of_the_file() -> None:
    """The first row with accents is the damaged one: the others are still UTF-8."""
    rows = [("d", f"K{n:04d}", "São Paulo", "b", "c") for n in range(20)]
    lines = table_bytes(rows).split(b"\r\n")
    lines[1] = lines[1].replace("São".encode(), "São".encode("cp1252"))
    found = read(b"\r\n".join(lines))
    assert found.refused.keys() == {2}
    assert {row[2] for row in found.rows.values()} == {"São Paulo"}


def test_a_row_that_happens_to_be_utf8_does_not_make_a_cp1252_file_utf8() -> None:
    rows = [("d", f"K{n:04d}", "São Paulo", "b", "c") for n in range(20)]
    lines = table_bytes(rows).decode().encode("cp1252").split(b"\r\n")
    lines[1] = lines[1].replace("São".encode("cp1252"), "São".encode())
    found = read(b"\r\n".join(lines))
    assert {row[2] for line, row in found.rows.items() if line > 2} == {"São Paulo"}


def test_bytes_cp1252_does_not_have_are_one_bad_row() -> None:
    rows = [("d", f"K{n:04d}", "São Paulo", "b", "c") for n in range(20)]
    lines = table_bytes(rows).decode().encode("cp1252").split(b"\r\n")
    lines[5] = lines[5].replace(b'"b"', b'"\x81"')
    assert read(b"\r\n".join(lines)).refused.keys() == {6}


def test_fingerprints_leave_out_the_load_date_and_nothing_else() -> None:
    base = table_bytes([("2026-08-13", "K0001", "a", "b", "c")])
    print_ = read(base).prints[2]
    assert read(table_bytes([("2026-08-14", "K0001", "a", "b", "c")])).prints[2] == print_
    assert read(table_bytes([("2026-08-13", "K0001", "a", "b", "c")], newline="\n")).prints[2] == print_
    for changed in (
        [("2026-08-13", "K0001", "a", "b", "C")],
        [("2026-08-13", "K0002", "a", "b", "c")],
        [("2026-08-13", "K0001", "a", "b", "c ")],
    ):
        assert read(table_bytes(changed)).prints[2] != print_


def test_fingerprints_know_what_the_columns_mean() -> None:
    """The same bytes under another header are another row."""
    rows = [("2026-08-13", "K0001", "a", "b", "c")]
    assert read(table_bytes(rows)).prints[2] != read(table_bytes(rows, names=["Load", "Code", "B", "A", "C"])).prints[2]


def test_keys_that_are_not_text_of_the_file_do_not_break_the_pass() -> None:
    """They are compared with stored keys inside the database, which takes valid UTF-8 only; and one long one may not widen all."""
    data = table_bytes(
        [
            ("d", "K0001", "", "", ""),
            ("d", "ÇÃO", "", "", ""),
            ("d", "\u00a0K0003\u2003", "", "", ""),
            ("d", "L" * 300_000, "", "", ""),
        ]
    )
    for encoded in (data, data.decode().replace("\u2003", "").encode("cp1252"), data.replace("ÇÃO".encode(), b"\xc7\xc3O")):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(csv_reader, "BLOCK_BYTES", WHOLE)
            batches = list(reader(encoded).keys())
        keys = {key.decode("utf-8") for batch in batches for key in batch.keys.tolist()}
        assert {"K0001", "K0003"} <= keys
        assert max(map(len, keys)) <= 64 or len(batches) > 1


def test_generation_units_read_by_regular_blocks() -> None:
    """The dialect of the real file never takes the slow way."""
    from pipeline.sources.generation_units import GENERATION_UNITS
    from tests.pipeline.published import csv_bytes

    rows = [*units(300), unit(301, NomTitularEmpreendimento="COMÉRCIO; INDÚSTRIA LTDA")]
    found = reader(csv_bytes(rows), GENERATION_UNITS)
    batches: Iterator[Any] = found.rows()
    batch = next(batches)
    assert batch.block.quotes is not None
    assert batch.frame.height == 301
    assert batch.frame["NomTitularEmpreendimento"][-1] == "COMÉRCIO; INDÚSTRIA LTDA"
    assert isinstance(batch.frame, pl.DataFrame)
