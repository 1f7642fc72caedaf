"""Tariff components: other column names, scientific notation, one file a year, and one component of dozens."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from pipeline.actions import run_ingestion
from pipeline.summary import RunSummary
from tests.pipeline import database
from tests.pipeline.published import csv_bytes

COLUMNS = [
    "DatGeracaoConjuntoDados", "DscResolucaoHomologatoria", "SigNomeAgente", "NumCPFCNPJ", "DatInicioVigencia", "DatFimVigencia",
    "DscBaseTarifaria", "DscSubGrupoTarifario", "DscModalidadeTarifaria", "DscClasseConsumidor", "DscSubClasseConsumidor",
    "DscDetalheConsumidor", "DscPostoTarifario", "DscUnidade", "SigNomeAgenteAcessante", "DscComponenteTarifario",
    "VlrComponenteTarifario",
]  # fmt: skip
NONE = "Não se aplica"
CEMIG, RGE = "06981180000116", "02016440000162"
Row = dict[str, str]
Load = Callable[..., RunSummary]


def component(year: int = 2025, **changes: str) -> Row:
    """TUSD Fio B of CEMIG's residential customers for a year from 28 May."""
    row = {
        "DatGeracaoConjuntoDados": "2026-09-27",
        "DscResolucaoHomologatoria": f"RESOLUÇÃO HOMOLOGATÓRIA Nº 3.{year}, DE 20 DE MAIO DE {year}",
        "SigNomeAgente": "CEMIG-D",
        "NumCPFCNPJ": CEMIG,
        "DatInicioVigencia": f"{year}-05-28",
        "DatFimVigencia": f"{year + 1}-05-27",
        "DscBaseTarifaria": "Tarifa de Aplicação",
        "DscSubGrupoTarifario": "B1",
        "DscModalidadeTarifaria": "Convencional",
        "DscClasseConsumidor": "Residencial",
        "DscSubClasseConsumidor": "Residencial",
        "DscDetalheConsumidor": NONE,
        "DscPostoTarifario": NONE,
        "DscUnidade": "R$/MWh",
        "SigNomeAgenteAcessante": NONE,
        "DscComponenteTarifario": "TUSD_FioB",
        "VlrComponenteTarifario": "189,36",
    }
    assert changes.keys() <= row.keys()
    return row | changes


def posts(count: int, year: int = 2025) -> list[Row]:
    """So many rows of one year."""
    return [component(year, DscDetalheConsumidor=f"TIPO {number:02d}") for number in range(count)]


@pytest.fixture
def load(engine: Path, tmp_path: Path) -> Load:
    def run(rows: list[Row], *, columns: list[str] = COLUMNS, header: list[str] | None = None, **options: object) -> RunSummary:
        path = tmp_path / "components.csv"
        path.write_bytes(csv_bytes(rows, columns, header=header))
        return run_ingestion("tariff_components", file=path, by="tests", **options)  # type: ignore[arg-type]

    return run


def stored(columns: str) -> list[tuple[object, ...]]:
    return database.query(f"SELECT {columns} FROM aneel.tariff_components ORDER BY valid_from, detail, value")


def test_fio_b_by_distributor_subgroup_and_period(load: Load) -> None:
    tiny = component(DscSubGrupoTarifario="A4", DscUnidade="R$/kW", VlrComponenteTarifario="8,9999999999999995E-9")
    other = component(NumCPFCNPJ=RGE, SigNomeAgente="RGE", VlrComponenteTarifario="-1,5E2")
    summary = load([component(), tiny, other, component(DscComponenteTarifario="TE_ENERGIA", VlrComponenteTarifario="abc")])
    assert (summary.status, summary.inserted, summary.rejected) == ("SUCCESS", 3, 0), summary.error
    assert database.query(
        "SELECT d.sigla, c.subgroup, c.unit, c.value, c.brl_per_kwh, c.component FROM aneel.tariff_components c "
        "JOIN aneel.distributors d ON d.cnpj = c.distributor_id ORDER BY c.value"
    ) == [
        ("RGE", "B1", "MWH", Decimal("-150.00000000"), Decimal("-0.15000000000"), "TUSD_FioB"),
        ("CEMIG-D", "A4", "KW", Decimal("0.00000001"), None, "TUSD_FioB"),
        ("CEMIG-D", "B1", "MWH", Decimal("189.36000000"), Decimal("0.18936000000"), "TUSD_FioB"),
    ]


def test_components_left_out_are_told_and_not_refused(load: Load) -> None:
    summary = load([component(), *(component(DscComponenteTarifario=name) for name in ("TUSD_PERDAS", "TE_P&D", "tusd_fioa"))])
    assert (summary.fetched, summary.rejected) == (1, 0)
    assert database.value("SELECT execution_metadata ->> 'rows_left_out' FROM pipeline.ingestion_log") == "3"


def test_a_file_without_any_component_that_is_taken_fails(load: Load) -> None:
    summary = load([component(DscComponenteTarifario="TE_ENERGIA")])
    assert (summary.status, summary.error_code) == ("FAILED", "empty_file")
    assert "tusd_fiob" in summary.error


def test_a_file_speaks_for_its_years_only(load: Load) -> None:
    load(posts(30, 2024))
    summary = load(posts(40, 2025))
    assert (summary.inserted, summary.removed) == (40, 0), summary.error
    summary = load([row | {"DatGeracaoConjuntoDados": "2026-10-01"} for row in posts(39, 2025)])
    assert (summary.unchanged, summary.removed, summary.inserted) == (39, 1, 0), summary.error
    assert database.query("SELECT extract(year FROM valid_from)::int, count(*) FROM aneel.tariff_components GROUP BY 1") == [
        (2024, 30),
        (2025, 39),
    ]


def test_many_withdrawn_rows_of_a_year_fail_the_run(load: Load) -> None:
    load(posts(300, 2024))
    load(posts(40, 2025))
    before = database.digest("aneel.tariff_components")
    summary = load(posts(30, 2025))
    assert (summary.status, summary.error_code) == ("FAILED", "too_many_vanished")
    assert "10 of 40" in summary.error
    assert database.digest("aneel.tariff_components") == before


def test_a_changed_value_is_written_and_the_rest_is_not(load: Load) -> None:
    load(posts(20))
    before = dict(database.query("SELECT detail, xmin::text FROM aneel.tariff_components"))
    rows = posts(20)
    rows[3]["VlrComponenteTarifario"] = "190"
    summary = load(rows)
    assert (summary.updated, summary.unchanged) == (1, 19), summary.error
    after = dict(database.query("SELECT detail, xmin::text FROM aneel.tariff_components"))
    assert {detail for detail in after if after[detail] != before[detail]} == {"TIPO 03"}
    assert load(rows).status == "UNCHANGED"


def test_a_bad_row_is_refused_and_deletes_nothing(load: Load) -> None:
    load(posts(60))
    rows = posts(60)
    rows[7]["NumCPFCNPJ"] = "06981180000117"
    summary = load(rows)
    assert (summary.status, summary.rejects_by_reason, summary.removed) == ("PARTIAL", {"check_digit": 1}, 0)
    assert database.query('SELECT line, "column" FROM pipeline.rejected_rows') == [(9, "NumCPFCNPJ")]
    assert len(stored("1")) == 60


def test_a_missing_column_ends_the_run(load: Load) -> None:
    summary = load([component()], columns=[name for name in COLUMNS if name != "VlrComponenteTarifario"])
    assert (summary.status, summary.error_code) == ("FAILED", "missing_columns")
    assert "VlrComponenteTarifario" in summary.error
    assert stored("1") == []


def test_the_column_names_of_the_tariffs_are_understood_too(load: Load) -> None:
    other = {"DscSubGrupoTarifario": "DscSubGrupo", "DscUnidade": "DscUnidadeTerciaria", "SigNomeAgente": "SigAgente"}
    summary = load([component()], header=[other.get(name, name) for name in COLUMNS])
    assert (summary.status, summary.inserted) == ("SUCCESS", 1), summary.error
