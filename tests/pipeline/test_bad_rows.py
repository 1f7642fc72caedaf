"""Every kind of bad row: refused with line, column, reason and raw text; the other rows are loaded, and its unit does not vanish.

All kinds stand in one file, so that each of the five files is loaded once; the tests look at what that load left.
"""

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.models import IngestionRun, RejectedRow
from pipeline.summary import RunSummary
from tests.pipeline import database
from tests.pipeline.conftest import Ingest, call_ingest
from tests.pipeline.published import COLUMNS_31, COLUMNS_33, DAY, Row, code, csv_bytes, line, parquet_bytes, unit, units, written

ROWS = 3_000
FIRST_BAD, EVERY = 11, 50
NEXT_DAY = DAY + timedelta(days=1)


@dataclass(frozen=True)
class Bad:
    """One kind of bad row.

    Attributes:
        reason, column: what the refusal must name.
        changes: published values; the first one is the bad one.
        damage: done to the written line instead.
        message: part of the message.
        keeps_key: the row still shows which unit it is.
    """

    reason: str
    column: str = ""
    changes: Row | None = None
    damage: Callable[[str], str | bytes] | None = None
    message: str = ""
    keeps_key: bool = True

    def row(self, number: int, day: Any) -> Row:
        return unit(number, day, **(self.changes or {}))

    def published(self, number: int, day: Any) -> str | bytes:
        text = line(self.row(number, day))
        return self.damage(text) if self.damage else text


def value(column: str, text: str, reason: str, message: str = "", **others: str) -> Bad:
    return Bad(reason, column, {column: text} | others, message=message, keeps_key=column != "CodEmpreendimento")


BAD: dict[str, Bad] = {
    "impossible date": value("DthAtualizaCadastralEmpreend", "2025-02-30", "bad_date", ": a date as YYYY-MM-DD"),
    "Brazilian date": value("DthAtualizaCadastralEmpreend", "15/03/2024", "bad_date"),
    "date of year 0": value("DthAtualizaCadastralEmpreend", "0000-01-01", "bad_date"),
    "date of year 201": value("DthAtualizaCadastralEmpreend", "0201-05-03", "bad_date"),
    "unparsable power": value("MdaPotenciaInstaladaKW", "3,5 kW", "bad_number", ": a number from 0 to"),
    "thousands separator": value("MdaPotenciaInstaladaKW", "1.234,56", "bad_number"),
    "negative power": value("MdaPotenciaInstaladaKW", "-1,00", "bad_number", ": a number from 0"),
    "missing power": value("MdaPotenciaInstaladaKW", "", "missing_value", "MdaPotenciaInstaladaKW is empty"),
    "power of spaces": value("MdaPotenciaInstaladaKW", "   ", "missing_value", "is empty"),
    "power beyond the column": value("MdaPotenciaInstaladaKW", "1000000000,00", "bad_number"),
    "fraction of a unit": value("QtdUCRecebeCredito", "1,5", "bad_number", "a whole number"),
    "units beyond the column": value("QtdUCRecebeCredito", "99999999999", "bad_number"),
    "unknown class": value("DscClasseConsumo", "Espacial", "unknown_value", "one of: Comercial"),
    "unknown modality": value("DscModalidadeHabilitado", "Por telepatia", "unknown_value"),
    "unknown type": value("SigTipoGeracao", "XYZ", "unknown_value", "CGH, CGU, EOL"),
    "unknown size": value("DscPorte", "Nanogeracao", "unknown_value"),
    "unknown subgroup": value("DscSubGrupoTarifario", "C7", "unknown_value"),
    "unknown person": value("SigTipoConsumidor", "PX", "unknown_value"),
    "unknown state": value("SigUF", "XX", "unknown_value", "27 state codes", CodMunicipioIbge="", CodUFibge=""),
    "distributor's check digit": value("NumCNPJDistribuidora", "61695227000194", "check_digit", ": a CNPJ with right"),
    "distributor of equal digits": value("NumCNPJDistribuidora", "11111111111111", "check_digit"),
    "missing distributor": value("NumCNPJDistribuidora", "", "missing_value"),
    "holder's check digit": value("NumCPFCNPJ", "12005360000166", "check_digit", "masked CPF, or a CNPJ", SigTipoConsumidor="PJ"),
    "unmasked CPF": value("NumCPFCNPJ", "123.456.789-09", "check_digit"),
    "over-long mask": value("NumCPFCNPJ", "***.754.418-** (espólio)", "check_digit"),
    "over-long distributor": value("NomAgente", "DISTRIBUIDORA " * 20, "too_long", "at most 255 characters"),
    "over-long acronym": value("SigAgente", "S" * 61, "too_long"),
    "missing key": value("CodEmpreendimento", "", "missing_value", "CodEmpreendimento is empty"),
    "key too long": value("CodEmpreendimento", "GD.SP." + "0" * 60, "bad_code", "GD.SP.000.123.456"),
    "key in small letters": value("CodEmpreendimento", "gd.sp.000.000.001", "bad_code"),
    "key with accents": value("CodEmpreendimento", "GERAÇÃO 1", "bad_code"),
    "NUL": Bad("nul_byte", damage=lambda text: text.replace("São", "S\0o", 1), message="NUL byte at position"),
    "too few fields": Bad("too_few_fields", damage=lambda text: text.rsplit(";", 3)[0], message="Expected 31 fields as in the header, found 28"),
    "half a row": Bad("too_few_fields", damage=lambda text: text[: text.index(';"2024')], message="found 19"),
    "too many fields": Bad("too_many_fields", damage=lambda text: text + ';"mais"', message="found 32"),
    "stray quote": Bad("quoting", damage=lambda text: text.replace("Radiação", 'Radia"ção', 1), message="Quotes that do not match"),
    "lost quote": Bad("quoting", damage=lambda text: text.replace('"Sudeste"', '"Sudeste', 1)),
    "comma for a semicolon": Bad("quoting", damage=lambda text: text.replace('";"', '","', 1)),
    "bytes of cp1252": Bad("encoding", damage=lambda text: text.replace("São Paulo", "@").encode().replace(b"@", b"S\xe3o Paulo"), message="utf-8"),
}  # fmt: skip
PLACES = {name: FIRST_BAD + EVERY * place for place, name in enumerate(BAD)}
assert max(PLACES.values()) < ROWS - EVERY
assert len(BAD) < 0.02 * ROWS


def bad_rows(day: Any, names: list[str]) -> list[Row | str | bytes]:
    """`ROWS` units, those at `PLACES` bad."""
    rows: list[Row | str | bytes] = list(units(ROWS, day=day))
    for name in names:
        rows[PLACES[name]] = BAD[name].published(PLACES[name], day)
    return rows


def parquet_of_text(day: Any, names: list[str]) -> bytes:
    """The same values in a Parquet of text columns."""
    rows = units(ROWS, day=day)
    for name in names:
        rows[PLACES[name]] = BAD[name].row(PLACES[name], day)
        if name == "NUL":
            rows[PLACES[name]]["NomMunicipio"] = "S\0o Paulo"
    sink = io.BytesIO()
    pq.write_table(pa.table({column: pa.array([row[column] for row in rows], pa.string()) for column in COLUMNS_31}), sink)
    return sink.getvalue()


IN_PARQUET = [name for name, kind in BAD.items() if kind.damage is None or name == "NUL"]
# Not in the bulk of the file: a CSV without anything odd for the reader is split another way.
BY_VALUE = [name for name, kind in BAD.items() if kind.damage is None]


@dataclass(frozen=True)
class Outcome:
    """What one load left behind."""

    summary: RunSummary
    rejected: dict[int, dict[str, Any]]
    units: dict[str, dict[str, Any]]
    before: dict[str, tuple[str, str]]
    after: dict[str, tuple[str, str]]
    names: list[str]
    parquet: bool


@pytest.fixture(
    scope="module",
    params=["first load", "next day", "first load, regular", "next day, regular", "first load, Parquet", "next day, Parquet"],
)
def outcome(
    request: pytest.FixtureRequest, committed_database: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Outcome]:
    """One file with all kinds, on an empty table or on yesterday's good rows."""
    from django.conf import settings

    from pipeline.actions import run_ingestion

    when, _, form = request.param.partition(", ")
    folder = tmp_path_factory.mktemp("bad-rows")
    day = NEXT_DAY if when == "next day" else DAY
    names = {"": list(BAD), "regular": BY_VALUE, "Parquet": IN_PARQUET}[form]
    data = parquet_of_text(day, names) if form == "Parquet" else csv_bytes(bad_rows(day, names))
    database.empty()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "LAKE_URL", folder.as_uri())
        if when == "next day":
            gone = {PLACES[name] for name in names if not BAD[name].keeps_key}
            yesterday = [row for number, row in enumerate(units(ROWS)) if number not in gone]
            summary = run_ingestion("generation_units", file=written(folder / "yesterday.csv", csv_bytes(yesterday)))
            assert summary.status == "SUCCESS", summary.error
        before = database.row_versions()
        summary = run_ingestion("generation_units", file=written(folder / "today", data))
    rejected = {row["line"]: row for row in RejectedRow.objects.values()}
    yield Outcome(summary, rejected, database.stored_units(), before, database.row_versions(), names, form == "Parquet")
    database.empty()


@pytest.mark.parametrize("name", BAD)
def test_bad_row_is_refused_with_line_column_reason_and_text(outcome: Outcome, name: str) -> None:
    if name not in outcome.names:
        pytest.skip("not a thing of this form")
    kind, number = BAD[name], PLACES[name]
    day = NEXT_DAY if outcome.before else DAY
    row = outcome.rejected[number + 2]
    assert (row["reason"], str(row["run_id"])) == (kind.reason, outcome.summary.run_id)
    if outcome.parquet and name == "NUL":
        assert (row["column"], row["value"]) == ("NomMunicipio", "S␀o Paulo")
    else:
        assert row["column"] == kind.column
        assert row["value"].strip() == (kind.row(number, day)[kind.column].strip() if kind.column else "")
        assert kind.message in row["message"]
        # Not everybody who sees the message may see the value.
        assert not kind.column or kind.reason == "missing_value" or kind.row(number, day)[kind.column] not in row["message"]
    if outcome.parquet:
        published = {column: text for column, text in kind.row(number, day).items() if column in COLUMNS_31}
        if name == "NUL":
            published["NomMunicipio"] = "S\0o Paulo"
        assert json.loads(row["raw"]) == published
    else:
        text = kind.published(number, day)
        assert row["raw"] == (text.decode(errors="backslashreplace") if isinstance(text, bytes) else text.replace("\0", "␀"))


@pytest.mark.parametrize("name", BAD)
def test_unit_of_a_bad_row_stays_as_it_was(outcome: Outcome, name: str) -> None:
    if name not in outcome.names:
        pytest.skip("not a thing of this form")
    key = code(PLACES[name])
    if not outcome.before or not BAD[name].keeps_key:
        assert key not in outcome.units
        return
    assert outcome.units[key]["status"] == "ACTIVE"
    assert outcome.after[key] == outcome.before[key], "the row was written"


def test_counts_of_bad_rows_are_exact(outcome: Outcome) -> None:
    summary, bad = outcome.summary, len(outcome.names)
    assert summary.status == "PARTIAL", summary.error
    assert (summary.fetched, summary.processed, summary.rejected, summary.duplicates) == (ROWS, ROWS - bad, bad, 0)
    assert len(outcome.rejected) == bad
    by_reason: dict[str, int] = {}
    for name in outcome.names:
        by_reason[BAD[name].reason] = by_reason.get(BAD[name].reason, 0) + 1
    if outcome.parquet:
        assert sum(summary.rejects_by_reason.values()) == bad
    else:
        assert summary.rejects_by_reason == by_reason
    kept = sum(1 for name in outcome.names if BAD[name].keeps_key)
    if outcome.before:
        assert (summary.inserted, summary.updated, summary.removed, summary.unchanged) == (0, 0, 0, ROWS - bad)
        assert outcome.after == outcome.before
        assert len(outcome.units) == ROWS - (bad - kept)
    else:
        assert (summary.inserted, summary.updated, summary.removed, summary.unchanged) == (ROWS - bad, 0, 0, 0)
        assert len(outcome.units) == ROWS - bad


# --- runs of their own


def test_partial_run_ends_with_exit_code_3(ingest_command: object, tmp_path: Path) -> None:
    rows = [*units(99), unit(99, SigTipoGeracao="??")]
    exit_code, summary, _err = call_ingest("--file", str(written(tmp_path / "units.csv", csv_bytes(rows))))
    assert (exit_code, summary["status"], summary["rejected"], summary["rejects_by_reason"]) == (
        3,
        "PARTIAL",
        1,
        {"unknown_value": 1},
    )
    run = IngestionRun.objects.get()
    assert (run.status, run.rows_fetched, run.rows_processed, run.rows_rejected) == ("PARTIAL", 100, 99, 1)
    assert run.execution_metadata["rejects_by_reason"] == {"unknown_value": 1}


@pytest.mark.parametrize(("bad", "status"), [(2, "PARTIAL"), (3, "FAILED")])
@pytest.mark.parametrize("first_load", [True, False], ids=["first load", "next day"])
def test_two_percent_may_be_refused(ingest: Ingest, bad: int, status: str, first_load: bool) -> None:
    if not first_load:
        ingest(csv_bytes(units(90)))
    before = database.published_state()
    summary = ingest(csv_bytes([*units(100 - bad), *(unit(900 + n, MdaPotenciaInstaladaKW="x") for n in range(bad))]))
    assert (summary.status, summary.rejected, summary.fetched) == (status, bad, 100), summary.error
    assert RejectedRow.objects.count() == bad
    if status == "FAILED":
        assert summary.error_code == "too_many_rejects"
        assert f"{bad} of 100 rows were refused" in summary.error
        assert database.published_state() == before
        run = IngestionRun.objects.get(run_id=summary.run_id)
        assert (run.rows_fetched, run.rows_rejected, run.rows_inserted, run.rows_processed) == (100, bad, 0, 0)


@pytest.mark.parametrize("first_load", [True, False], ids=["first load", "next day"])
def test_rejects_beyond_the_cap_are_counted_and_not_kept(ingest: Ingest, settings: Any, first_load: bool) -> None:
    settings.INGEST_MAX_STORED_REJECTS = 5
    if not first_load:
        ingest(csv_bytes(units(500)))
    rows = [*units(500), *(unit(900 + n, MdaPotenciaInstaladaKW="x") for n in range(8))]
    summary = ingest(csv_bytes(rows))
    assert (summary.status, summary.rejected, summary.rejects_by_reason) == ("PARTIAL", 8, {"bad_number": 8})
    assert list(RejectedRow.objects.order_by("line").values_list("line", flat=True)) == [502, 503, 504, 505, 506]
    run = IngestionRun.objects.get(run_id=summary.run_id)
    assert (run.rows_rejected, run.execution_metadata["rejects_by_reason"]) == (8, {"bad_number": 8})


def test_a_file_of_nothing_but_bad_rows(ingest: Ingest) -> None:
    summary = ingest(csv_bytes([unit(n, SigUF="ZZ") for n in range(600)]))
    assert (summary.status, summary.error_code, summary.rejected) == ("FAILED", "too_many_rejects", 600)
    assert not database.stored_units()


def test_first_fault_of_a_row_is_named_and_the_row_counts_once(ingest: Ingest) -> None:
    row = unit(999, MdaPotenciaInstaladaKW="x", SigTipoGeracao="??", DthAtualizaCadastralEmpreend="2025-02-30")
    summary = ingest(csv_bytes([*units(99), row]))
    assert (summary.rejected, summary.rejects_by_reason) == (1, {"bad_date": 1})


def test_over_long_values_and_rows_are_cut_for_keeping(ingest: Ingest) -> None:
    row = unit(999, SigAgente="S" * 9_000)
    ingest(csv_bytes([*units(99), row]))
    kept = RejectedRow.objects.get()
    assert (len(kept.value), len(kept.raw)) == (4000, 4000)
    assert line(row).startswith(kept.raw)


def test_raw_text_of_a_row_over_several_lines_is_whole(ingest: Ingest) -> None:
    row = unit(999, NomTitularEmpreendimento='PRIMEIRA\nSEGUNDA; "TERCEIRA"', MdaPotenciaInstaladaKW="x")
    for rows in ([*units(99), row], [*units(99), row, unit(1000)]):
        ingest(csv_bytes(rows))
        kept = RejectedRow.objects.order_by("id").last()
        assert kept is not None
        assert (kept.line, kept.raw) == (101, line(row))


def test_the_same_bad_row_is_refused_again_every_day(ingest: Ingest) -> None:
    ingest(csv_bytes(units(100)))
    versions = database.row_versions()
    for later in range(1, 4):
        day = DAY + timedelta(days=later)
        rows = units(100, day=day)
        rows[40] = unit(40, day, MdaPotenciaInstaladaKW="dez")
        summary = ingest(csv_bytes(rows))
        assert (summary.status, summary.unchanged, summary.rejected, summary.removed) == ("PARTIAL", 99, 1, 0)
    assert database.row_versions() == versions
    assert RejectedRow.objects.count() == 3


def test_a_removed_unit_whose_row_comes_back_damaged_stays_removed(ingest: Ingest) -> None:
    ingest(csv_bytes(units(100)))
    ingest(csv_bytes(units(99, day=NEXT_DAY)))
    assert database.stored_units()[code(99)]["status"] == "REMOVED"
    rows = [*units(99, day=NEXT_DAY + timedelta(days=1)), unit(99, SigUF="ZZ")]
    summary = ingest(csv_bytes(rows))
    assert (summary.status, summary.rejected) == ("PARTIAL", 1)
    assert database.stored_units()[code(99)]["status"] == "REMOVED"


AWKWARD = [
    *(
        "\\N",
        "\\.",
        "a\rb",
        "\\",
        '"',
        '""',
        "NULL",
        "{a,b}",
        "\x01\x02",
        "x\u2028y",
        "🌞" * 50,
        "\\x00",
        "%s",
        "é" * 100,
        "\ufeffx",
        "a\x1fb",
    ),
    *("x\n\\.\ny",),
]


@pytest.mark.parametrize("first_load", [True, False], ids=["first load", "next day"])
def test_text_that_could_break_a_copy_is_stored_as_published(ingest: Ingest, first_load: bool) -> None:
    if not first_load:
        ingest(csv_bytes(units(1)))
    rows = [unit(2 + n, NomTitularEmpreendimento=text, NomAgente=text, NomMunicipio=text) for n, text in enumerate(AWKWARD)]
    summary = ingest(csv_bytes([*units(1), *rows]))
    assert summary.status == "SUCCESS", summary.error
    stored = database.stored_units()
    for number, text in enumerate(AWKWARD):
        found = stored[code(2 + number)]
        assert (found["consumer_name"], found["utility_company"], found["municipality"]) == (text, text, text)


@pytest.mark.parametrize("first_load", [True, False], ids=["first load", "next day"])
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_keys_of_other_alphabets_are_bad_rows_not_a_crash(ingest: Ingest, encoding: str, first_load: bool) -> None:
    if not first_load:
        ingest(csv_bytes(units(150), encoding=encoding))
    bad = [
        line(unit(900, CodEmpreendimento="GD.SÃO.1")).encode(encoding),
        line(unit(901)).replace(code(901), "@").encode(encoding).replace(b"@", b"\x81\xff"),
    ]
    summary = ingest(csv_bytes([*units(150), *bad], encoding=encoding))
    assert (summary.status, summary.rejected) == ("PARTIAL", 2), summary.error
    assert len(database.stored_units()) == 150


def test_a_key_padded_with_unusual_spaces_is_the_same_unit(ingest: Ingest) -> None:
    ingest(csv_bytes(units(100)))
    rows = units(100, day=NEXT_DAY)
    rows[7]["CodEmpreendimento"] = f"\u00a0{code(7)}\u2003 "
    summary = ingest(csv_bytes(rows))
    assert (summary.status, summary.unchanged, summary.removed, summary.inserted) == ("SUCCESS", 100, 0, 0), summary.error
    assert database.stored_units()[code(7)]["status"] == "ACTIVE"


def test_parquet_of_strange_types(ingest: Ingest) -> None:
    """Codes as floats (a column with gaps in pandas), categories, decimals, times: the same rows."""
    rows = units(100)
    rows[3]["CodMunicipioIbge"] = ""
    ingest(csv_bytes(rows, COLUMNS_33))
    versions = database.row_versions()
    table = pq.read_table(io.BytesIO(parquet_bytes(rows, COLUMNS_33)))

    def with_column(name: str, array: pa.Array) -> None:
        nonlocal table
        table = table.set_column(table.schema.get_field_index(name), name, array)

    for name in ("CodMunicipioIbge", "NumCNPJDistribuidora", "QtdUCRecebeCredito", "CodUFibge"):
        with_column(name, table[name].cast(pa.float64()))
    with_column("CodMunicipioIbge", pa.array([float("nan") if row["CodMunicipioIbge"] == "" else 3550308.0 for row in rows]))
    with_column("MdaPotenciaInstaladaKW", table["MdaPotenciaInstaladaKW"].cast(pa.decimal128(12, 2)))
    with_column("SigUF", table["SigUF"].dictionary_encode())
    with_column("DthAtualizaCadastralEmpreend", table["DthAtualizaCadastralEmpreend"].cast(pa.timestamp("us")))
    with_column("NomAgente", table["NomAgente"].cast(pa.large_binary()))
    sink = io.BytesIO()
    pq.write_table(table, sink)
    summary = ingest(sink.getvalue())
    assert (summary.status, summary.unchanged, summary.updated) == ("SUCCESS", 100, 0), (summary.error, summary.rejects_by_reason)
    assert database.row_versions() == versions


@pytest.mark.parametrize("kind", ["list", "struct", "bad utf-8"])
def test_parquet_that_is_no_table_of_values_is_refused(ingest: Ingest, kind: str) -> None:
    rows = units(60)
    table = pq.read_table(io.BytesIO(parquet_bytes(rows)))
    arrays = {
        "list": pa.array([[row["SigUF"]] for row in rows]),
        "struct": pa.array([{"uf": row["SigUF"]} for row in rows]),
        "bad utf-8": pa.Array.from_buffers(pa.string(), 60, [*pa.array(["SP"] * 60).buffers()[:2], pa.py_buffer(b"S\xe3" * 60)]),
    }
    sink = io.BytesIO()
    pq.write_table(table.set_column(table.schema.get_field_index("SigUF"), "SigUF", arrays[kind]), sink)
    summary = ingest(sink.getvalue())
    assert (summary.status, summary.error_code) == ("FAILED", "damaged_file"), summary.error
    assert "units.csv" in summary.error
