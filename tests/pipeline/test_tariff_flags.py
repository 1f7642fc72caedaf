"""Tariff flags: the file of months and the file of rates, in one table, each speaking for its own rows."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from pipeline.actions import run_ingestion
from pipeline.summary import RunSummary
from tests.pipeline import database

Load = Callable[..., RunSummary]
MONTHS = """\
"DatGeracaoConjuntoDados";"DatCompetencia";"NomBandeiraAcionada";"VlrAdicionalBandeira"
"2026-07-15";"2026-05-01";"Verde";",00"
"2026-07-15";"2026-06-01";"Amarela";"18,85"
"2026-07-15";"2026-07-01";"Vermelha P1";"44,63"
"2026-07-15";"2021-09-01";"Escassez Hídrica";"142,00"
"""
RATES = """\
"DatGeracaoConjuntoDados";"DscResolucao";"DatVigencia";"NomBandeiraAcionada";"VlrAdicionalBandeiraRSMWh"
"2026-07-15";"REH nº 3.306/2024";"2024-04-01";"Amarela";"18,85"
"2026-07-15";"REH nº 3.306/2024";"2024-04-01";"Vermelha P1";"44,63"
"2026-07-15";"REH nº 3.306/2024";"2024-04-01";"Vermelha P2";"78,77"
"""


@pytest.fixture
def load(engine: Path, tmp_path: Path) -> Load:
    def run(text: str, source: str = "tariff_flags", **options: object) -> RunSummary:
        path = tmp_path / "flags.csv"
        path.write_bytes(text.replace("\n", "\r\n").encode("cp1252" if options.pop("cp1252", False) else "utf-8"))
        return run_ingestion(source, file=path, by="tests", **options)  # type: ignore[arg-type]

    return run


def stored(record: str = "MONTH") -> list[tuple[object, ...]]:
    columns = "day, flag, surcharge_brl_per_mwh, surcharge_brl_per_kwh, resolution_number"
    return database.query(
        f"SELECT {columns} FROM aneel.tariff_flags WHERE record = %s ORDER BY day, surcharge_brl_per_mwh", record
    )


def test_the_flag_of_each_month(load: Load) -> None:
    summary = load(MONTHS)
    assert (summary.status, summary.inserted) == ("SUCCESS", 4), summary.error
    assert stored() == [
        (date(2021, 9, 1), "ESCASSEZ", Decimal("142.00000"), Decimal("0.14200000"), ""),
        (date(2026, 5, 1), "VERDE", Decimal("0.00000"), Decimal("0E-8"), ""),
        (date(2026, 6, 1), "AMARELA", Decimal("18.85000"), Decimal("0.01885000"), ""),
        (date(2026, 7, 1), "VERMELHA_P1", Decimal("44.63000"), Decimal("0.04463000"), ""),
    ]


@pytest.mark.parametrize("source", ["tariff_flags", "tariff_flag_rates"])
def test_rates_are_known_by_their_columns_whatever_the_source_is_called(load: Load, source: str) -> None:
    load(MONTHS)
    summary = load(RATES, source, cp1252=True)
    assert (summary.status, summary.inserted, summary.removed) == ("SUCCESS", 3, 0), summary.error
    assert [(row[1], row[4]) for row in stored("RATE")] == [
        ("AMARELA", "REH nº 3.306/2024"),
        ("VERMELHA_P1", "REH nº 3.306/2024"),
        ("VERMELHA_P2", "REH nº 3.306/2024"),
    ]
    assert len(stored()) == 4


def test_the_next_month_and_a_correction(load: Load) -> None:
    load(MONTHS)
    summary = load(
        MONTHS.replace('"Vermelha P1";"44,63"', '"Vermelha P2";"78,77"')
        + '"2026-08-15";"2026-08-15";"Vermelha Patamar 2";"78,77"\n'
    )
    assert (summary.inserted, summary.updated, summary.unchanged) == (1, 1, 3), summary.error
    assert [row[:2] for row in stored()][-2:] == [(date(2026, 7, 1), "VERMELHA_P2"), (date(2026, 8, 1), "VERMELHA_P2")]
    assert load(MONTHS, force=True, allow_removals=True).removed == 1


def test_a_colour_nobody_knows_is_refused(load: Load) -> None:
    many = "".join(
        f'"2026-07-15";"20{year:02d}-{month:02d}-01";"Verde";",00"\n' for year in range(15, 21) for month in range(1, 13)
    )
    summary = load(MONTHS + many + '"2026-07-15";"2026-08-01";"Roxa";"1,00"\n')
    assert (summary.status, summary.rejects_by_reason) == ("PARTIAL", {"unknown_value": 1})
    assert database.query('SELECT line, "column", value FROM pipeline.rejected_rows') == [(78, "NomBandeiraAcionada", "Roxa")]


def test_a_row_without_a_day_is_refused(load: Load) -> None:
    assert load(MONTHS.replace("2026-05-01", "")).error_code == "too_many_rejects"
    assert database.query('SELECT "column", reason FROM pipeline.rejected_rows') == [("DatCompetencia", "missing_value")]


@pytest.mark.parametrize(("gone", "named"), [("DatCompetencia", "DatVigencia"), ("VlrAdicionalBandeira", "VlrAdicionalBandeira")])
def test_a_missing_column_ends_the_run(load: Load, gone: str, named: str) -> None:
    summary = load(MONTHS.replace(f'"{gone}"', '"Outra"'))
    assert (summary.status, summary.error_code) == ("FAILED", "missing_columns")
    assert named in summary.error
    assert stored() == []


def test_the_same_file_again_is_unchanged(load: Load) -> None:
    load(MONTHS)
    assert load(MONTHS).status == "UNCHANGED"
    assert load(MONTHS.replace("2026-07-15", "2026-07-16")).unchanged == 4
