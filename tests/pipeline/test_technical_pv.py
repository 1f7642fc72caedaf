"""Technical data: dirty text, makers under their catalogue's names, and what units take of it by their own power."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from pipeline.actions import run_ingestion
from pipeline.sources import technical_join
from pipeline.sources.makers import load_maker_names
from pipeline.stages import csv_reader
from pipeline.summary import RunSummary
from products.models import Manufacturer
from tests.pipeline import database
from tests.pipeline.conftest import Ingest
from tests.pipeline.published import code, csv_bytes, unit

COLUMNS = [
    "DatGeracaoConjuntoDados", "CodGeracaoDistribuida", "MdaAreaArranjo", "MdaPotenciaInstalada", "NomFabricanteModulo",
    "NomFabricanteInversor", "DatConexao", "MdaPotenciaModulos", "MdaPotenciaInversores", "QtdModulos", "NomModeloModulo",
    "NomModeloInversor",
]  # fmt: skip
Row = dict[str, str]
Load = Callable[..., RunSummary]
TAKEN = (
    "panel_count, panel_power_wp, panel_manufacturer, panel_model, inverter_power_kw, inverter_manufacturer, inverter_model, "
    "array_area_m2"
)


def technical(number: int, **changes: str) -> Row:
    """Ten modules of 550 W on a unit of 5 kW."""
    row = {
        "DatGeracaoConjuntoDados": "2026-08-13",
        "CodGeracaoDistribuida": code(number),
        "MdaAreaArranjo": "26,00",
        "MdaPotenciaInstalada": "5,00",
        "NomFabricanteModulo": "Jinko Solar ",
        "NomFabricanteInversor": "GROWATT",
        "DatConexao": "2024-03-15",
        "MdaPotenciaModulos": "5,50",
        "MdaPotenciaInversores": "5,00",
        "QtdModulos": "10",
        "NomModeloModulo": "JKM550M-72HL4",
        "NomModeloInversor": "MIN 5000TL-X",
    }
    assert changes.keys() <= row.keys()
    return row | changes


@pytest.fixture
def load(engine: Path, tmp_path: Path) -> Load:
    def run(rows: list[Row], *, columns: list[str] = COLUMNS, encoding: str = "utf-8", **options: Any) -> RunSummary:
        path = tmp_path / "technical.csv"
        path.write_bytes(csv_bytes(rows, columns, encoding=encoding))
        return run_ingestion("technical_pv", file=path, by="tests", **options)

    return run


@pytest.fixture
def units(ingest: Ingest) -> Callable[..., RunSummary]:
    def run(count: int, **changes: str) -> RunSummary:
        rows = [unit(number, MdaPotenciaInstaladaKW="5,00", **changes) for number in range(count)]
        return ingest(csv_bytes(rows), allow_removals=True)

    return run


def taken(number: int = 0, columns: str = TAKEN) -> tuple[Any, ...]:
    return database.query(f"SELECT {columns} FROM aneel.generation_units WHERE unit_id = %s", code(number))[0]


def flags(number: int) -> list[str]:
    return list(taken(number, "quality_flags")[0])


def test_a_unit_takes_its_modules_and_inverters(units: Ingest, load: Load) -> None:
    units(2)
    summary = load([technical(0), technical(7)])
    assert (summary.status, summary.inserted) == ("SUCCESS", 2), summary.error
    assert taken() == (
        10,
        Decimal("550.00"),
        "Jinko",
        "JKM550M-72HL4",
        Decimal("5.000"),
        "Growatt",
        "MIN 5000TL-X",
        Decimal("26.00"),
    )
    assert taken(1) == (None,) * 8
    assert (flags(0), flags(1)) == ([], [])
    assert database.query("SELECT module_maker_published, module_maker FROM aneel.technical_data ORDER BY id LIMIT 1") == [
        ("Jinko Solar", "Jinko")
    ]


def test_line_breaks_tabs_and_delimiters_inside_of_quotes(units: Ingest, load: Load) -> None:
    units(3)
    rows = [
        technical(0, NomModeloModulo="RSM110-8-\n545BMDG", NomModeloInversor="SG125HV\t"),
        technical(1, NomFabricanteModulo="CANADIAN SOLAR ;GCL", NomModeloInversor='dito "novo"'),
        technical(2, NomFabricanteModulo="Não há", NomModeloModulo="NÃO CONSTA", NomFabricanteInversor="-", MdaAreaArranjo=""),
    ]
    summary = load(rows, encoding="cp1252")
    assert (summary.status, summary.fetched, summary.inserted) == ("SUCCESS", 3, 3), summary.error
    assert taken(0, "panel_model, inverter_model") == ("RSM110-8- 545BMDG", "SG125HV")
    assert taken(1, "panel_manufacturer, inverter_model") == ("Canadian Solar / GCL", 'dito "novo"')
    assert taken(2, "panel_manufacturer, panel_model, inverter_manufacturer, array_area_m2") == (None,) * 4
    assert database.value("SELECT module_maker_published FROM aneel.technical_data WHERE unit_code = %s", code(2)) == "Não há"


def test_rows_without_a_unit_are_refused(units: Ingest, load: Load) -> None:
    units(1)
    empty = technical(0, CodGeracaoDistribuida="", NomFabricanteModulo="Não há", NomFabricanteInversor="Não há", QtdModulos="")
    summary = load([empty, *(technical(number) for number in range(60))])
    assert (summary.status, summary.rejects_by_reason, summary.inserted) == ("PARTIAL", {"missing_value": 1}, 60)
    assert database.query('SELECT line, "column" FROM pipeline.rejected_rows') == [(2, "CodGeracaoDistribuida")]


@pytest.mark.parametrize(
    ("changes", "flag", "gone"),
    [
        ({"MdaPotenciaModulos": "55,00"}, "technical_module_power_x10", "panel_power_wp"),
        ({"MdaPotenciaModulos": "5500,00"}, "technical_module_power_x10", "panel_power_wp"),
        ({"MdaPotenciaModulos": "0,55"}, "technical_module_power_x10", "panel_power_wp"),
        ({"MdaPotenciaInversores": "50,00"}, "technical_inverter_power_x10", "inverter_power_kw"),
        ({"QtdModulos": "800000"}, "technical_module_count", "panel_count"),
        ({"QtdModulos": "1"}, "technical_module_count", "panel_power_wp"),
        ({"MdaAreaArranjo": "977177"}, "technical_array_area", "array_area_m2"),
        ({"MdaPotenciaInstalada": "50,00"}, "technical_installed_power_x10", ""),
    ],
)
def test_what_cannot_belong_to_the_unit_s_own_power_is_flagged_and_not_taken(
    units: Ingest, load: Load, changes: Row, flag: str, gone: str
) -> None:
    units(1)
    load([technical(0, **changes)])
    assert flags(0) == [flag]
    if gone:
        assert taken(0, gone) == (None,)
    assert taken(0, "panel_manufacturer") == ("Jinko",)
    stored = database.query("SELECT module_power_kw, inverter_power_kw, module_count FROM aneel.technical_data")[0]
    published = technical(0, **changes)
    names = ("MdaPotenciaModulos", "MdaPotenciaInversores", "QtdModulos")
    assert [float(value) for value in stored] == [float(published[name].replace(",", ".")) for name in names]


def test_an_array_larger_than_its_inverters_is_no_mistake(units: Ingest, load: Load) -> None:
    units(1)
    load([technical(0, MdaPotenciaModulos="9,90", QtdModulos="18", MdaPotenciaInversores="8,00")])
    assert (flags(0), taken(0, "panel_power_wp")) == ([], (Decimal("550.00"),))


def test_a_corrected_value_takes_its_flag_away_and_leaves_the_unit_s_own(units: Ingest, load: Load) -> None:
    units(3, DthAtualizaCadastralEmpreend="1900-01-01")
    rows = [technical(number) for number in range(3)]
    load([technical(0, MdaPotenciaModulos="55,00"), *rows[1:]])
    assert flags(0) == ["connection_date_unknown", "technical_module_power_x10"]
    summary = load(rows)
    assert (summary.updated, summary.unchanged) == (1, 2), summary.error
    assert (flags(0), taken(0, "panel_power_wp")) == (["connection_date_unknown"], (Decimal("550.00"),))


def test_only_units_whose_data_changed_are_written(units: Ingest, load: Load) -> None:
    units(20)
    load([technical(number) for number in range(20)])
    before = database.row_versions()
    rows = [technical(number) | {"DatGeracaoConjuntoDados": "2026-08-14"} for number in range(20)]
    rows[3]["NomModeloInversor"] = "MIN 6000TL-X"
    rows[4]["DatConexao"] = "2024-03-16"  # not joined
    summary = load(rows)
    assert (summary.updated, summary.unchanged) == (2, 18), summary.error
    after = database.row_versions()
    assert {key for key in after if after[key] != before[key]} == {code(3)}


def test_withdrawn_rows_leave_their_unit(units: Ingest, load: Load) -> None:
    units(40)
    load([technical(number) for number in range(40)])
    summary = load([technical(number) for number in range(1, 40)])
    assert (summary.removed, summary.unchanged) == (1, 39), summary.error
    assert taken(0) == (None,) * 8
    assert taken(1, "panel_manufacturer") == ("Jinko",)


@pytest.mark.parametrize("first_load", [True, False], ids=["first load of units", "next file of units"])
def test_units_that_come_later_find_their_data(units: Ingest, load: Load, first_load: bool) -> None:
    if not first_load:
        units(1)
    load([technical(number) for number in range(3)])
    units(3)
    assert [taken(number, "panel_manufacturer")[0] for number in range(3)] == ["Jinko"] * 3


@pytest.mark.parametrize("repeated", [False, True], ids=["keys once", "a key twice"])
def test_either_order_gives_the_same_units(load: Load, ingest: Ingest, repeated: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Units joined afterwards by one statement, and units given their data batch by batch while they are copied."""
    monkeypatch.setattr(csv_reader, "BLOCK_BYTES", 8192)
    wrong = [
        {"MdaPotenciaModulos": "55,00"}, {"MdaPotenciaInversores": "50,00"}, {"QtdModulos": "800000"}, {"QtdModulos": "0"},
        {"MdaAreaArranjo": "977177"}, {"MdaPotenciaInstalada": "50,00", "MdaPotenciaModulos": ""}, {"NomFabricanteModulo": "-"},
        {"NomModeloModulo": 'A "1", 2'}, {"NomModeloInversor": "não há"}, {"MdaPotenciaInversores": "", "QtdModulos": ""},
    ]  # fmt: skip
    data = [technical(number, **wrong[number % 13] if number % 13 < len(wrong) else {}) for number in range(80)]
    rows = [
        unit(
            number,
            MdaPotenciaInstaladaKW="0,00" if number % 17 == 3 else "5,00",
            DthAtualizaCadastralEmpreend="1900-01-01" if number % 3 == 0 else "2024-03-15",
        )
        for number in range(100)
    ]
    if repeated:
        rows += [unit(number, MdaPotenciaInstaladaKW="5,00", NomMunicipio="Sao Paulo") for number in (2, 39, 90)]
    file = csv_bytes(rows)
    found = []
    for technical_first in (False, True):
        database.empty()
        if technical_first:
            load(data)
        summary = ingest(file)
        assert not summary.error, summary.error
        counts = (summary.status, summary.fetched, summary.inserted, summary.rejected, summary.duplicates)
        if not technical_first:
            load(data)
        names = database.value(
            "SELECT string_agg(column_name, ', ' ORDER BY ordinal_position) FROM information_schema.columns WHERE table_schema = "
            "'aneel' AND table_name = 'generation_units' "
            "AND column_name NOT IN ('id', 'created_at', 'updated_at', 'source_run_id')"
        )
        found.append((counts, database.query(f"SELECT {names} FROM aneel.generation_units ORDER BY unit_id")))
    assert found[0] == found[1]
    assert len(found[0][1]) == 100
    every = {flag for row in database.query("SELECT quality_flags FROM aneel.generation_units") for flag in row[0]}
    assert {flag for _name, flag in technical_join._FLAGGED} | {"connection_date_unknown", "power_zero"} <= every
    assert database.value("SELECT count(panel_manufacturer) FROM aneel.generation_units") == 74


def test_a_unit_that_changes_keeps_its_data_and_its_flags(units: Ingest, load: Load, ingest: Ingest) -> None:
    units(2)
    load([technical(0, MdaPotenciaModulos="55,00"), technical(1)])
    summary = units(2, NomMunicipio="Sao Paulo")
    assert summary.updated == 2
    assert (flags(0), taken(1, "panel_power_wp")) == (["technical_module_power_x10"], (Decimal("550.00"),))
    ingest(csv_bytes([unit(0, MdaPotenciaInstaladaKW="50,00"), unit(1, MdaPotenciaInstaladaKW="5,00")]))
    # 50 kW with ten modules: 55 kW of modules match now, all else is a tenth.
    assert flags(0) == ["technical_installed_power_x10", "technical_inverter_power_x10", "technical_module_count"]


def test_many_changes_build_the_indexes_again_and_give_the_same(
    units: Ingest, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    units(30)
    schema = database.schema_of("aneel.generation_units")
    triggers = "SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = 'aneel.generation_units'::regclass AND NOT tgisinternal"
    before = sorted(database.query(triggers))
    stamped = database.value("SELECT max(updated_at) FROM aneel.generation_units")
    monkeypatch.setattr(technical_join, "_MANY", 10)
    load([technical(number) for number in range(30)])
    assert {taken(number, "panel_manufacturer") for number in range(30)} == {("Jinko",)}
    assert database.schema_of("aneel.generation_units") == schema
    assert sorted(database.query(triggers)) == before
    assert database.value("SELECT min(updated_at) FROM aneel.generation_units") > stamped


def test_a_missing_column_ends_the_run(units: Ingest, load: Load) -> None:
    units(1)
    summary = load([technical(0)], columns=[name for name in COLUMNS if name != "MdaPotenciaModulos"])
    assert (summary.status, summary.error_code) == ("FAILED", "missing_columns")
    assert taken() == (None,) * 8


def test_the_same_file_again_is_unchanged(units: Ingest, load: Load) -> None:
    units(1)
    load([technical(0)])
    assert load([technical(0)]).status == "UNCHANGED"


@pytest.mark.parametrize(
    ("published", "name"),
    [
        ("JINKO", "Jinko"),
        ("Jinko Solar ", "Jinko"),
        ("DAH  SOLAR", "DAH"),
        ("Canadian", "Canadian Solar"),
        ("canadian solar / Jinko", "Canadian Solar / Jinko"),
        ("Deye, Growatt", "Deye / Growatt"),
        ("Belenergy\tS/A", "Belenergy S/A"),
        ("A & B Energia", "A & B Energia"),
        ("Ninguém conhece", "Ninguém conhece"),
        ("Fornecedor do Zé", "Zé"),
        ("NÃO HÁ", None),
        ("***", None),
        ("0", None),
        (None, None),
    ],
)
def test_makers_are_brought_to_one_name(db: None, published: str | None, name: str | None) -> None:
    Manufacturer.objects.create(name="Zé", aliases=["Fornecedor do Zé"])
    with connection.cursor() as cursor:
        assert load_maker_names(cursor).normal(published) == name
