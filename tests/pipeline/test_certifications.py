"""INMETRO's registrations: exports, the registry's own page, and what the calendar does to them."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from aneel.actions.certifications import refresh_certification_status
from aneel.models import Certification
from aneel.querysets import StatusToday, today
from pipeline.actions import run_ingestion
from pipeline.summary import RunSummary
from products.models import Manufacturer
from tests.pipeline import database
from tests.pipeline.pages.registry import MODELS, page

Record = dict[str, Any]
Load = Callable[..., RunSummary]
NEW, OLD = "Portaria Inmetro nº 140 de 21/03/2022", "Portaria Inmetro nº 4 de 04/01/2011"


def record(model: str = "SUN-5K-G", **changes: Any) -> Record:
    """An inverter as exports have it."""
    return {
        "numero": "000667/2025",
        "marca": "Deye Inversores",
        "modelo": model,
        "tipo": "ongrid",
        "familia": "SUN-G",
        "descricao": "STRING, 200V~850V, TRIFÁSICO, 5000W, SEM TRANSFORMADOR, 98,7%",
        "potencia": 5.0,
        "data_concessao": "23/01/2025",
        "data_validade": "",
        "data_alter": "23/01/2025",
        "portaria": NEW,
        "importado": "S",
        "pais": "CHINA",
    } | changes


@pytest.fixture
def load(engine: Path, tmp_path: Path) -> Load:
    def run(data: list[Record] | str | bytes, **options: Any) -> RunSummary:
        path = tmp_path / "registrations"
        text = json.dumps(data, ensure_ascii=False) if isinstance(data, list) else data
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return run_ingestion("certifications", file=path, by="tests", **options)

    return run


def stored(columns: str) -> list[tuple[Any, ...]]:
    return database.query(f"SELECT {columns} FROM aneel.certifications ORDER BY certificate_number, model")


def test_one_registration_many_models(load: Load) -> None:
    summary = load([record(), record("SUN-6K-G", potencia=6.0), record("SUN-5K-G", numero="000700/2024", portaria=OLD)])
    assert (summary.status, summary.inserted) == ("SUCCESS", 3), summary.error
    assert stored("certificate_number, model, power_rating_w, ordinance, status, expiry_date") == [
        ("000667/2025", "SUN-5K-G", Decimal("5000.00"), NEW, "ACTIVE", None),
        ("000667/2025", "SUN-6K-G", Decimal("6000.00"), NEW, "ACTIVE", None),
        ("000700/2024", "SUN-5K-G", Decimal("5000.00"), OLD, "ACTIVE", None),
    ]
    assert stored(
        "certificate_id, certificate_type, equipment_type, manufacturer, brand, family, issue_date, efficiency_percent, "
        "voltage_input_min_v, voltage_input_max_v"
    )[0] == (
        "INMETRO 000667/2025 SUN-5K-G",
        "INMETRO",
        "inversor on-grid",
        "Deye",
        "Deye Inversores",
        "SUN-G",
        date(2025, 1, 23),
        Decimal("98.70"),
        Decimal("200.00"),
        Decimal("850.00"),
    )
    assert stored("certificate_url")[0][0].endswith("/consulta/detalhe.aspx?pag=1&NumeroRegistro=000667%2F2025")


def test_the_same_registrations_as_a_spreadsheet_saves_them(load: Load) -> None:
    load([record()])
    names = list(record())
    rows = [record(), record("SUN-8K-G", numero="667/2025", potencia="8,0", data_validade="31/12/2099")]
    text = "\r\n".join([";".join(names), *(";".join(f'"{row[name]}"' for name in names) for row in rows)])
    summary = load(text.encode("cp1252"))
    assert (summary.status, summary.inserted, summary.unchanged) == ("SUCCESS", 1, 1), summary.error
    assert stored("certificate_number, model, expiry_date")[1] == ("000667/2025", "SUN-8K-G", date(2099, 12, 31))


@pytest.mark.parametrize("headings", [True, False])
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_the_registry_s_page(load: Load, headings: bool, encoding: str) -> None:
    summary = load(page(headings=headings).encode(encoding))
    assert (summary.status, summary.inserted) == ("SUCCESS", 2), summary.error
    columns = (
        "certificate_number, brand, model, description, power_rating_w, efficiency_percent, equipment_type, issue_date, status"
    )
    assert stored(columns) == [
        (
            "002567/2023",
            "Canadian Solar",
            "CS7N-650MB-AG",
            "Módulo fotovoltaico monocristalino 650 Wp, 20,9 %",
            Decimal("650.00"),
            Decimal("20.90"),
            "módulo",
            date(2023, 3, 15),
            "ACTIVE",
        ),
        (
            "002567/2023",
            "Canadian Solar",
            "CS7N-655MB-AG",
            "Módulo fotovoltaico monocristalino 655 Wp",
            Decimal("655.00"),
            None,
            "módulo",
            date(2023, 3, 15),
            "ACTIVE",
        ),
    ]


def test_what_the_page_does_not_know_stays_as_the_export_said_it(load: Load) -> None:
    load([record("SUN-7K-G", numero="002567/2023", familia="SUN", potencia=7.0)])
    summary = load(page(models=[("Deye Inverter", "SUN-7K-G", "STRING MONOFÁSICO", "")]))
    assert (summary.updated, summary.inserted) == (1, 0), summary.error
    assert stored("brand, family, power_rating_w, equipment_type, description") == [
        ("Deye Inverter", "SUN", Decimal("7000.00"), "inversor on-grid", "STRING MONOFÁSICO")
    ]


@pytest.mark.parametrize(
    ("situation", "status"),
    [("Ativo", "ACTIVE"), ("Suspenso", "SUSPENDED"), ("Cancelado", "REVOKED"), ("", "ACTIVE"), ("Em Análise", "PENDING")],
)
def test_the_page_s_situation_is_the_status(load: Load, situation: str, status: str) -> None:
    assert load(page({"Situação": situation})).status == "SUCCESS"
    assert stored("status") == [(status,), (status,)]


def test_a_registration_that_is_withdrawn_is_updated_and_others_are_left_alone(load: Load) -> None:
    load([record()])
    load(page())
    summary = load(page({"Situação": "Cancelado"}))
    assert (summary.updated, summary.removed) == (2, 0), summary.error
    assert stored("certificate_number, status") == [
        ("000667/2025", "ACTIVE"),
        ("002567/2023", "REVOKED"),
        ("002567/2023", "REVOKED"),
    ]


def test_the_same_file_again_changes_nothing(load: Load) -> None:
    load([record(), record("SUN-6K-G")])
    assert load([record(), record("SUN-6K-G")]).status == "UNCHANGED"
    summary = load([record("SUN-6K-G"), record(data_concessao="2025-01-23")])
    assert (summary.unchanged, summary.changed) == (2, False)


@pytest.mark.parametrize(
    ("data", "code", "said"),
    [
        ("<html><body><h1>Registro não encontrado</h1></body></html>", "not_a_registration", "001234/2024"),
        (page(models=()), "no_models", "002567/2023"),
        ('[{"numero": "000667/2025", "modelo": "X"', "damaged_file", "truncated"),
        ('{"erro": "indisponível"}', "not_a_table", "dict"),
        ("[]", "empty_file", "no records"),
        ('[{"numero": "000667/2025", "marca": "Deye"}]', "missing_columns", "modelo"),
    ],
)
def test_other_documents_end_the_run(load: Load, data: str, code: str, said: str) -> None:
    load([record()])
    before = database.digest("aneel.certifications")
    summary = load(data)
    assert (summary.status, summary.error_code) == ("FAILED", code)
    assert said in summary.error
    assert database.digest("aneel.certifications") == before


def test_bad_records_are_refused_by_their_place(load: Load) -> None:
    good = [record(f"SUN-{number}K-G") for number in range(200)]
    bad = [record("A", numero="667-25"), record("B", data_concessao="31/02/2025"), record("C", data_validade="22/01/2025")]
    summary = load([*good, *bad])
    assert (summary.status, summary.inserted) == ("PARTIAL", 200), summary.error
    assert database.query('SELECT line, "column", reason FROM pipeline.rejected_rows ORDER BY line') == [
        (202, "numero", "bad_code"),
        (203, "data_concessao", "bad_date"),
        (204, "data_validade", "bad_period"),
    ]
    assert '"modelo": "C"' in database.value("SELECT raw FROM pipeline.rejected_rows WHERE line = 204")


def test_new_names_in_an_export_are_noted(load: Load) -> None:
    load([record(selo_ence="A")])
    assert database.value("SELECT execution_metadata -> 'unknown_columns' ->> 0 FROM pipeline.ingestion_log") == "selo_ence"


def test_the_catalogue_s_aliases_name_the_maker(load: Load) -> None:
    Manufacturer.objects.create(name="Ningbo Deye", aliases=["Deye Inversores"])
    try:
        load([record()])
        assert stored("manufacturer, brand") == [("Ningbo Deye", "Deye Inversores")]
    finally:
        Manufacturer.objects.filter(name="Ningbo Deye").delete()


def test_the_calendar_ends_registrations_at_once_for_readers_and_daily_in_the_table(load: Load) -> None:
    yesterday, last_day = today() - timedelta(days=1), today()
    load([record("A", data_validade=last_day.isoformat()), record("B", data_validade=last_day.isoformat()), record("C")])
    database.query(f"UPDATE aneel.certifications SET expiry_date = '{yesterday}' WHERE model = 'B'")
    assert stored("model, status") == [("A", "ACTIVE"), ("B", "ACTIVE"), ("C", "ACTIVE")]
    read = Certification.objects.annotate(now=StatusToday()).order_by("model").values_list("model", "now")
    assert list(read) == [("A", "ACTIVE"), ("B", "EXPIRED"), ("C", "ACTIVE")]
    assert refresh_certification_status() == 1
    assert stored("model, status") == [("A", "ACTIVE"), ("B", "EXPIRED"), ("C", "ACTIVE")]
    assert refresh_certification_status() == 0


def test_a_registration_that_ended_is_expired_from_the_start(load: Load) -> None:
    load([record("A", data_validade="23/01/2026")])
    assert stored("status") == [("EXPIRED",)]
    assert len(MODELS) == 2
