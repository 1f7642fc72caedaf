"""The tariffs' file: keys made of many columns, overlapping periods, rows withdrawn, distributors under several acronyms."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from pipeline.actions import run_ingestion
from pipeline.sources.tariffs import resolution_day
from pipeline.summary import RunSummary
from tests.pipeline import database
from tests.pipeline.conftest import Ingest
from tests.pipeline.published import ENEL_SP, csv_bytes, unit

COLUMNS = [
    "DatGeracaoConjuntoDados",
    "DscREH",
    "SigAgente",
    "NumCNPJDistribuidora",
    "DatInicioVigencia",
    "DatFimVigencia",
    "DscBaseTarifaria",
    "DscSubGrupo",
    "DscModalidadeTarifaria",
    "DscClasse",
    "DscSubClasse",
    "DscDetalhe",
    "NomPostoTarifario",
    "DscUnidadeTerciaria",
    "SigAgenteAcessante",
    "VlrTUSD",
    "VlrTE",
]
NONE = "Não se aplica"
CEMIG, RGE = "06981180000116", "02016440000162"
Row = dict[str, str]
Load = Callable[..., RunSummary]


def tariff(year: int = 2025, **changes: str) -> Row:
    """A residential tariff of CEMIG for a year from 28 May."""
    row = {
        "DatGeracaoConjuntoDados": "2026-09-30",
        "DscREH": f"RESOLUÇÃO HOMOLOGATÓRIA Nº 3.{year}, DE 20 DE MAIO DE {year}",
        "SigAgente": "CEMIG-D",
        "NumCNPJDistribuidora": CEMIG,
        "DatInicioVigencia": f"{year}-05-28",
        "DatFimVigencia": f"{year + 1}-05-27",
        "DscBaseTarifaria": "Tarifa de Aplicação",
        "DscSubGrupo": "B1",
        "DscModalidadeTarifaria": "Convencional",
        "DscClasse": "Residencial",
        "DscSubClasse": "Residencial",
        "DscDetalhe": NONE,
        "NomPostoTarifario": NONE,
        "DscUnidadeTerciaria": "MWh",
        "SigAgenteAcessante": NONE,
        "VlrTUSD": "400,28",
        "VlrTE": "293,02",
    }
    assert changes.keys() <= row.keys()
    return row | changes


def history(count: int = 60) -> list[Row]:
    """So many years of one tariff, one after the other."""
    return [tariff(1960 + number) for number in range(count)]


@pytest.fixture
def load(engine: Path, tmp_path: Path) -> Load:
    def run(rows: list[Row | str], **options: object) -> RunSummary:
        path = tmp_path / "tariffs.csv"
        path.write_bytes(csv_bytes(rows, COLUMNS, **{k: options.pop(k) for k in ("header", "encoding") if k in options}))  # type: ignore[arg-type]
        return run_ingestion("tariffs", file=path, by="tests", **options)  # type: ignore[arg-type]

    return run


def stored(columns: str, where: str = "true") -> list[tuple[object, ...]]:
    return database.query(f"SELECT {columns} FROM aneel.tariffs WHERE {where} ORDER BY valid_from, tusd_value")


def flagged() -> int:
    return int(database.value("SELECT count(*) FROM aneel.tariffs WHERE quality_flags = '{overlapping_validity}'"))


def test_values_as_published_and_what_follows_from_them(load: Load) -> None:
    summary = load([tariff(), tariff(DscSubGrupo="A3a", DscUnidadeTerciaria="kW", VlrTUSD="12,5", VlrTE=",00", DscREH="")])
    assert (summary.status, summary.inserted, summary.rejected) == ("SUCCESS", 2, 0), summary.error
    columns = "subgroup, voltage_level, unit, tusd_value, te_value, total_tariff, resolution_date, consumer_class, detail"
    assert stored(columns) == [
        ("A3A", "30-44 kV", "KW", Decimal("12.50000"), Decimal(0), None, None, "Residencial", NONE),
        (
            "B1",
            "< 2,3 kV",
            "MWH",
            Decimal("400.28000"),
            Decimal("293.02000"),
            Decimal("0.69330000"),
            date(2025, 5, 20),
            "Residencial",
            NONE,
        ),
    ]
    assert database.query("SELECT sigla, name, valid_tariff_until FROM aneel.distributors") == [
        ("CEMIG-D", "CEMIG-D", date(2026, 5, 27))
    ]


@pytest.mark.parametrize(
    ("title", "day"),
    [
        ("RESOLUÇÃO HOMOLOGATÓRIA Nº 0.951, DE 16 DE MARÇO DE 2010", date(2010, 3, 16)),
        ("DESPACHO N° 1.234, de 1º de abril de 2024.", date(2024, 4, 1)),
        ("RESOLUÇÃO HOMOLOGATÓRIA Nº 1, DE 31 DE FEVEREIRO DE 2020", None),
        ("DSP RETIFICAÇÃO", None),
        (None, None),
    ],
)
def test_a_resolution_s_day_stands_in_its_title(title: str | None, day: date | None) -> None:
    assert resolution_day(title) == day


def test_the_next_file_writes_what_differs_and_deletes_what_was_withdrawn(load: Load) -> None:
    rows = history()
    load(rows)
    versions = dict(database.query("SELECT valid_from, xmin::text FROM aneel.tariffs"))
    again = [row | {"DatGeracaoConjuntoDados": "2026-10-01"} for row in rows[1:]]
    again[4] |= {"VlrTE": "300,00"}
    summary = load([*again, tariff(2025)])
    assert (summary.inserted, summary.updated, summary.unchanged, summary.removed) == (1, 1, 58, 1), summary.error
    after = dict(database.query("SELECT valid_from, xmin::text FROM aneel.tariffs"))
    assert {day for day in after if after[day] != versions.get(day)} == {date(1965, 5, 28), date(2025, 5, 28)}
    assert date(1960, 5, 28) not in after


def test_the_same_rows_again_write_none(load: Load) -> None:
    load(history())
    before = database.digest("aneel.tariffs", "t.tariff_id, t.xmin, t.ctid")
    summary = load([row | {"DatGeracaoConjuntoDados": "2026-10-01"} for row in reversed(history())])
    assert (summary.status, summary.unchanged, summary.changed) == ("SUCCESS", 60, False)
    assert database.digest("aneel.tariffs", "t.tariff_id, t.xmin, t.ctid") == before


def test_a_damaged_row_deletes_nothing(load: Load) -> None:
    load(history())
    rows: list[Row | str] = [*history()]
    rows[7] = rows[7] | {"VlrTUSD": "abc"}  # type: ignore[operator]
    summary = load(rows)
    assert (summary.status, summary.rejected, summary.removed) == ("PARTIAL", 1, 0), summary.error
    assert len(stored("1")) == 60


def test_many_withdrawn_rows_fail_the_run(load: Load) -> None:
    load(history())
    before = database.digest("aneel.tariffs")
    summary = load(history(50))
    assert (summary.status, summary.error_code) == ("FAILED", "too_many_vanished")
    assert database.digest("aneel.tariffs") == before


@pytest.mark.parametrize("first_load", [True, False], ids=["first load", "next file"])
def test_overlapping_periods_are_flagged_and_kept(load: Load, first_load: bool) -> None:
    longer = tariff(DatInicioVigencia="2025-09-30", DatFimVigencia="2026-12-31", DscREH="RESOLUÇÃO HOMOLOGATÓRIA Nº 9.999")
    apart = tariff(DscDetalhe="SCEE", DatInicioVigencia="2025-09-30")
    if not first_load:
        load([tariff(), apart])
        assert flagged() == 0
    summary = load([tariff(), longer, apart])
    assert (summary.status, summary.rejected) == ("SUCCESS", 0), summary.error
    assert flagged() == 2
    load([longer, apart], allow_removals=True)
    assert flagged() == 0


@pytest.mark.parametrize("first_load", [True, False], ids=["first load", "next file"])
def test_one_key_twice(load: Load, first_load: bool) -> None:
    if not first_load:
        load(history())
    summary = load([*history(), tariff(1999), tariff(1998, VlrTUSD="1,00")])
    assert (summary.duplicates, summary.rejects_by_reason) == (1, {"duplicate": 1}), summary.error
    assert stored("tusd_value", "valid_from = '1998-05-28'") == [(Decimal("1.00000"),)]
    assert len(stored("1")) == 60


def test_a_period_that_ends_before_it_begins_is_refused(load: Load) -> None:
    summary = load([*history(), tariff(DatFimVigencia="2025-05-27")])
    assert summary.rejects_by_reason == {"bad_period": 1}
    assert database.query('SELECT line, "column", value FROM pipeline.rejected_rows') == [(62, "DatFimVigencia", "2025-05-27")]


def test_other_column_names_and_older_encoding(load: Load) -> None:
    other = {"DscREH": "DscResolucaoHomologatoria", "DscUnidadeTerciaria": "DscUnidade", "VlrTUSD": "VlrTusd", "VlrTE": "VlrTe"}
    rows = [tariff(DscUnidadeTerciaria="R$/MWh", DscSubClasse="Iluminação pública – B4b")]
    summary = load(rows, header=[other.get(name, name) for name in COLUMNS], encoding="cp1252")
    assert (summary.status, summary.inserted) == ("SUCCESS", 1), summary.error
    assert stored("unit, subclass") == [("MWH", "Iluminação pública – B4b")]


def test_the_latest_acronym_names_a_distributor_met_first_here(load: Load) -> None:
    names = {"NumCNPJDistribuidora": RGE}
    load(
        [
            tariff(2018, SigAgente="RGE SUL", **names),
            tariff(2015, SigAgente="RGE SUL", **names),
            tariff(2020, SigAgente="RGE", **names),
        ]
    )
    assert database.query("SELECT sigla, name, aliases, state FROM aneel.distributors") == [("RGE", "RGE", ["RGE SUL"], None)]


def test_a_distributor_known_from_its_units_keeps_its_name(load: Load, ingest: Ingest) -> None:
    ingest(csv_bytes([unit(1)]))
    known = database.query("SELECT sigla, name, state FROM aneel.distributors")
    load([tariff(NumCNPJDistribuidora=ENEL_SP, SigAgente="ENEL SP")])
    assert database.query("SELECT sigla, name, state FROM aneel.distributors") == known
    assert database.value("SELECT aliases FROM aneel.distributors") == ["ENEL SP"]


def test_units_give_a_distributor_known_by_its_acronym_its_name_and_state(load: Load, ingest: Ingest) -> None:
    load([tariff(NumCNPJDistribuidora=ENEL_SP, SigAgente="ENEL SP")])
    ingest(csv_bytes([unit(1)]))
    assert database.query("SELECT sigla, name, state, aliases FROM aneel.distributors") == [
        ("ELETROPAULO", "ELETROPAULO METROPOLITANA ELETRICIDADE DE SÃO PAULO S.A.", "BR-SP", ["ENEL SP"])
    ]
