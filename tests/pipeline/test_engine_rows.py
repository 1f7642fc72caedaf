"""Rows that are refused, rows that only look odd, and what a second file does to the first: looked up in the database."""

import csv
import io
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest

from pipeline.models import IngestionRun
from tests.pipeline import database
from tests.pipeline.conftest import Ingest
from tests.pipeline.published import (
    COLUMNS_31,
    COLUMNS_32,
    COLUMNS_33,
    DAY,
    code,
    csv_bytes,
    gzip_bytes,
    line,
    parquet_bytes,
    shuffled,
    unit,
    units,
    zip_bytes,
)

GOOD = 150  # so that one bad row stays under 2 %

BAD_VALUES = [
    ("DthAtualizaCadastralEmpreend", "2025-02-30", "bad_date"),
    ("DthAtualizaCadastralEmpreend", "15/03/2024", "bad_date"),
    ("MdaPotenciaInstaladaKW", "abc", "bad_number"),
    ("MdaPotenciaInstaladaKW", "-5,00", "bad_number"),
    ("MdaPotenciaInstaladaKW", "", "missing_value"),
    ("DscClasseConsumo", "Alienígena", "unknown_value"),
    ("DscModalidadeHabilitado", "Telepatia", "unknown_value"),
    ("SigTipoGeracao", "XYZ", "unknown_value"),
    ("DscSubGrupoTarifario", "C9", "unknown_value"),
    ("DscPorte", "Enorme", "unknown_value"),
    ("NumCNPJDistribuidora", "61695227000194", "check_digit"),
    ("NumCPFCNPJ", "12005360000166", "check_digit"),
    ("CodEmpreendimento", "", "missing_value"),
    ("CodEmpreendimento", "GD.SP." + "9" * 60, "bad_code"),
]


@pytest.mark.parametrize("first_load", [True, False], ids=["first load", "next day"])
@pytest.mark.parametrize(("column", "value", "reason"), BAD_VALUES, ids=[f"{c}={v[:12]}" for c, v, _ in BAD_VALUES])
def test_bad_value_is_refused_and_named(ingest: Ingest, first_load: bool, column: str, value: str, reason: str) -> None:
    if not first_load:
        assert ingest(csv_bytes(units(GOOD))).status == "SUCCESS"
    day = DAY if first_load else DAY + timedelta(days=1)
    bad = unit(GOOD + 1, day, **{column: value})
    summary = ingest(csv_bytes([*units(GOOD, day=day), bad]))
    assert (summary.status, summary.fetched, summary.processed, summary.rejected) == ("PARTIAL", GOOD + 1, GOOD, 1)
    assert summary.rejects_by_reason == {reason: 1}
    stored = database.query('SELECT line, "column", value, reason, raw FROM pipeline.rejected_rows')
    assert stored == [(GOOD + 2, column, value, reason, line(bad))]
    assert len(database.stored_units()) == GOOD


DAMAGED = [
    (lambda text: text.rsplit(";", 1)[0], "too_few_fields"),
    (lambda text: text + ';"more"', "too_many_fields"),
    (lambda text: text.replace("São", "S\0o"), "nul_byte"),
    (lambda text: text.encode().replace("São".encode(), b"S\xe3o"), "encoding"),
]


@pytest.mark.parametrize(("damage", "reason"), DAMAGED, ids=[reason for _, reason in DAMAGED])
def test_damaged_row_is_refused_and_its_unit_does_not_vanish(ingest: Ingest, damage: object, reason: str) -> None:
    assert ingest(csv_bytes(units(GOOD))).inserted == GOOD
    day = DAY + timedelta(days=1)
    rows = units(GOOD, day=day)
    summary = ingest(csv_bytes([*rows[:70], damage(line(rows[70])), *rows[71:]]))  # type: ignore[operator]
    assert summary.rejects_by_reason == {reason: 1}
    assert (summary.unchanged, summary.removed) == (GOOD - 1, 0)
    assert database.value("SELECT line FROM pipeline.rejected_rows") == 72
    assert database.stored_units()[code(70)]["status"] == "ACTIVE"


def test_over_two_percent_refused_fails_the_run_and_changes_nothing(ingest: Ingest) -> None:
    ingest(csv_bytes(units(GOOD)))
    before = database.published_state()
    bad = [unit(GOOD + n, SigTipoGeracao="??") for n in range(4)]
    summary = ingest(csv_bytes([*units(GOOD), *bad]))
    assert (summary.status, summary.error_code, summary.inserted) == ("FAILED", "too_many_rejects", 0)
    assert database.published_state() == before
    assert database.value("SELECT count(*) FROM pipeline.rejected_rows") == 4


def _at(latitude: str, longitude: str) -> dict[str, str]:
    return {"NumCoordNEmpreendimento": latitude, "NumCoordEEmpreendimento": longitude}


ODD = [
    ({"DscClasseConsumo": "REBR "}, {"consumer_class": "RESIDENTIAL_LOW_INCOME", "quality_flags": []}),
    ({"DscModalidadeHabilitado": "GERAÇÃO na própria uc"}, {"compensation_modality": "OWN_UNIT"}),
    ({"DscModalidadeHabilitado": "Não informado"}, {"compensation_modality": None}),
    ({"DthAtualizaCadastralEmpreend": "1900-01-01"}, {"connection_date": None, "quality_flags": ["connection_date_unknown"]}),
    ({"CodCEP": "69912452  "}, {"cep": "69912452"}),
    ({"CodCEP": "69919***"}, {"cep": "69919***"}),
    ({"MdaPotenciaInstaladaKW": ",00"}, {"quality_flags": ["power_zero"]}),
    ({"NumCNPJDistribuidora": "4368898000106"}, {"distributor_id": "04368898000106"}),
    ({"CodMunicipioIbge": ""}, {"municipality_id": 3550308}),
    ({"CodMunicipioIbge": "355030"}, {"municipality_id": 3550308}),
    ({"CodMunicipioIbge": "", "NomMunicipio": "Atlântida"}, {"municipality_id": None, "location_precision": "none"}),
    (_at("-23.5500", "-46,6300"), {"location_precision": "unit", "point_lat": "-23.55000"}),
    (_at("-15,00", "-56,00"), {"latitude": None, "location_precision": "municipality", "quality_flags": ["coordinates_filler"]}),
    (_at("0,35", "-75,50"), {"latitude": None, "quality_flags": ["coordinates_outside_brazil"]}),
    (_at("0", "0"), {"latitude": None, "quality_flags": ["coordinates_zero"]}),
]  # fmt: skip


@pytest.mark.parametrize(("published", "expected"), ODD, ids=[str(published)[:60] for published, _ in ODD])
def test_odd_but_real_is_taken(ingest: Ingest, published: dict[str, str], expected: dict[str, object]) -> None:
    summary = ingest(csv_bytes([unit(1, **published)], COLUMNS_33))
    assert (summary.status, summary.inserted) == ("SUCCESS", 1), summary.error
    stored = database.stored_units()[code(1)]
    assert {name: stored[name] for name in expected} == expected
    assert (stored["raw_data"] is not None) == bool(stored["quality_flags"])


@pytest.mark.parametrize(
    "again",
    [
        lambda rows: csv_bytes(rows, encoding="cp1252"),
        lambda rows: csv_bytes(rows, shuffled(COLUMNS_31)),
        lambda rows: csv_bytes(rows, newline="\n", bom=True),
        lambda rows: zip_bytes({"units.csv": csv_bytes(rows)}),
        lambda rows: gzip_bytes(csv_bytes(rows)),
        parquet_bytes,
    ],
    ids=["cp1252", "shuffled", "LF and BOM", "ZIP", "GZIP", "Parquet"],
)
def test_same_rows_in_another_form_write_no_row(ingest: Ingest, again: object) -> None:
    ingest(csv_bytes(units(60)))
    before = database.row_versions()
    summary = ingest(again(units(60, day=DAY + timedelta(days=1))))  # type: ignore[operator]
    assert (summary.status, summary.unchanged, summary.updated, summary.removed) == ("SUCCESS", 60, 0, 0), summary.error
    assert database.row_versions() == before


def test_a_parquet_after_a_parquet_has_only_what_differs_converted(ingest: Ingest) -> None:
    ingest(parquet_bytes(units(60)))
    before = database.row_versions()
    day = DAY + timedelta(days=1)
    rows = [*units(59, day=day), unit(200, day)]
    rows[5] = unit(5, day, MdaPotenciaInstaladaKW="77,70", DscPorte="Minigeracao")
    summary = ingest(parquet_bytes(rows))
    assert (summary.inserted, summary.updated, summary.unchanged, summary.removed) == (1, 1, 58, 1), summary.error
    assert IngestionRun.objects.get(run_id=summary.run_id).execution_metadata["rows_to_convert"] == 2
    after = database.row_versions()
    assert {key for key in after if after[key] != before.get(key)} == {code(5), code(59), code(200)}


def test_next_day_writes_exactly_what_differs(ingest: Ingest) -> None:
    ingest(csv_bytes(units(100)))
    before = database.row_versions()
    day = DAY + timedelta(days=1)
    rows = [*units(98, day=day), unit(200, day)]
    rows[5] = unit(5, day, MdaPotenciaInstaladaKW="77,70", DscPorte="Minigeracao")
    summary = ingest(csv_bytes(rows))
    assert (summary.inserted, summary.updated, summary.unchanged, summary.removed) == (1, 1, 97, 2)
    after = database.row_versions()
    assert {key for key in after if after[key] != before.get(key)} == {code(5), code(98), code(99), code(200)}
    gone = database.stored_units()[code(99)]
    assert (gone["status"], gone["deactivation_date"]) == ("REMOVED", date(2026, 8, 14))
    back = ingest(csv_bytes([*units(100, day=day + timedelta(days=1)), unit(200, day)]))
    assert (back.updated, back.removed) == (3, 0)
    assert database.stored_units()[code(99)]["status"] == "ACTIVE"


def test_same_bytes_are_unchanged_and_many_vanished_fail(ingest: Ingest) -> None:
    ingest(csv_bytes(units(100)))
    assert ingest(csv_bytes(units(100))).status == "UNCHANGED"
    before = database.published_state()
    summary = ingest(csv_bytes(units(94, day=DAY + timedelta(days=1))))
    assert (summary.status, summary.error_code) == ("FAILED", "too_many_vanished")
    assert database.published_state() == before
    assert ingest(csv_bytes(units(94, day=DAY + timedelta(days=1))), keep_missing=True).removed == 0
    assert ingest(csv_bytes(units(94, day=DAY + timedelta(days=2))), allow_removals=True).removed == 6


def test_dry_run_counts_the_same_and_writes_nothing(ingest: Ingest, engine: object) -> None:
    ingest(csv_bytes(units(100)))
    data = csv_bytes([*units(97, day=DAY + timedelta(days=1)), unit(300), unit(301, SigTipoGeracao="?")])
    before = database.whole_database()
    dry = ingest(data, dry_run=True)
    assert database.whole_database() == before
    real = ingest(data)
    counts = (
        "status",
        "fetched",
        "processed",
        "inserted",
        "updated",
        "unchanged",
        "removed",
        "rejected",
        "duplicates",
        "rejects_by_reason",
    )
    assert {name: getattr(dry, name) for name in counts} == {name: getattr(real, name) for name in counts}


@pytest.mark.parametrize("first_load", [True, False], ids=["first load", "next day"])
def test_repeated_codes(ingest: Ingest, first_load: bool) -> None:
    if not first_load:
        ingest(csv_bytes(units(60)))
    later = unit(7, DthAtualizaCadastralEmpreend="2025-01-01")
    rows = [*units(60), unit(3), later, unit(7)]
    summary = ingest(csv_bytes(rows))
    assert (summary.fetched, summary.duplicates, summary.rejected) == (63, 2, 1)
    assert summary.rejects_by_reason == {"duplicate": 1}
    assert summary.fetched == summary.processed + summary.rejected + summary.duplicates
    assert database.stored_units()[code(7)]["connection_date"] == date(2025, 1, 1)
    assert len(database.stored_units()) == 60


def _renamed(columns: list[str]) -> list[str]:
    """The spellings of 2022-23 and of the official dictionary."""
    other = {
        "CodUFibge": "codUFibge",
        "CodRegiao": "codRegiao",
        "NomTitularEmpreendimento": "NomeTitularEmpreendimento",
        "MdaPotenciaInstaladaKW": "MdaPotenciaInstaladakW",
        "CodCEP": "CodCep",
        "NumCPFCNPJ": "NumCpfCnpj",
    }
    return [other.get(name, name) for name in columns]


def _dump(rows: list[dict[str, str]]) -> bytes:
    """As the portal's data store gives it: commas, a number before each row, quotes only where needed, LF."""
    text = io.StringIO(newline="")
    out = csv.writer(text, lineterminator="\n")
    out.writerow(["_id", *COLUMNS_31])
    out.writerows([number, *(row[name] for name in COLUMNS_31)] for number, row in enumerate(rows, 1))
    return text.getvalue().encode()


@pytest.mark.parametrize(
    ("written", "cep"),
    [
        (lambda rows: csv_bytes(rows, COLUMNS_31), "01310***"),
        (lambda rows: csv_bytes(rows, COLUMNS_33), "01310***"),
        (lambda rows: csv_bytes(rows, COLUMNS_32), ""),
        (lambda rows: csv_bytes(rows, COLUMNS_33, header=_renamed(COLUMNS_33), encoding="cp1252"), "01310***"),
        (_dump, "01310***"),
    ],
    ids=["31 columns", "33 columns", "32 columns", "other spellings", "data-store dump"],
)
def test_every_vintage_is_read(ingest: Ingest, written: Callable[[list[dict[str, str]]], bytes], cep: str) -> None:
    summary = ingest(written([unit(number, NomTitularEmpreendimento="AÇAÍ, GELO E CIA") for number in range(40)]))
    assert (summary.status, summary.inserted, summary.rejected) == ("SUCCESS", 40, 0), summary.error
    stored = database.stored_units()[code(7)]
    found = {name: stored[name] for name in ("consumer_name", "cpf_cnpj", "cep", "installed_power_kw", "municipality_id")}
    assert found == {
        "consumer_name": "AÇAÍ, GELO E CIA",
        "cpf_cnpj": "***.007.418-**",
        "cep": cep or None,
        "installed_power_kw": Decimal("10.070"),
        "municipality_id": 3550308,
    }


def test_line_breaks_delimiters_and_quotes_inside_a_field(ingest: Ingest) -> None:
    name = 'GRANJA "BOA\r\nVISTA"; FILIAL\t2'
    summary = ingest(csv_bytes([unit(1), unit(2, NomTitularEmpreendimento=name, SigTipoConsumidor="PJ"), unit(3)]))
    assert (summary.status, summary.inserted, summary.rejected) == ("SUCCESS", 3, 0), summary.error
    kept = database.stored_units()[code(2)]["consumer_name"]
    assert "".join(kept.split()) == "".join(name.split())
