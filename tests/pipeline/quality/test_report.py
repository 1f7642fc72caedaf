"""A look at stored rows: exact figures and columns, no personal data, unusual days found, the command's one JSON object."""

import io
import json
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import translation

from pipeline.models import Alert, ColumnProfile, QualityReport
from pipeline.quality.report import as_json, make_report
from pipeline.sources.generation_units import GENERATION_UNITS
from pipeline.sources.tariffs import TARIFFS
from tests.factories.aneel import GenerationUnitFactory, TariffFactory
from tests.factories.pipeline import IngestionRunFactory
from ysh.core.said import in_words, say

pytestmark = pytest.mark.django_db


@pytest.fixture
def units() -> None:
    for power in (5, 5, 10, 60):
        GenerationUnitFactory(installed_power_kw=power, state="BR-SP", consumer_name="MARIA DA SILVA", cpf_cnpj="***.111.222-**")
    GenerationUnitFactory(installed_power_kw=999, state="BR-MG", status="REMOVED", deactivation_date=date(2026, 1, 1))


def test_figures_and_columns_are_exact(units: None) -> None:
    report, checks = make_report(GENERATION_UNITS)
    assert (report.row_count, report.metrics["rows"], report.metrics["power_kw"]) == (4, 4.0, 80.0)
    assert report.metrics["state[BR-SP]"] == 1.0
    assert "state[BR-MG]" not in report.metrics
    assert len(checks) == len(GENERATION_UNITS.checks)
    power = ColumnProfile.objects.get(report=report, column="installed_power_kw")
    assert (power.null_count, power.minimum, power.maximum, power.quantiles["0.5"]) == (0, "5.000", "60.000", "5.000")
    assert power.distinct_estimate in (3, 4)  # an estimate, over removed units too


def test_no_personal_data_is_profiled(units: None) -> None:
    report, _checks = make_report(GENERATION_UNITS)
    columns = set(report.profiles.values_list("column", flat=True))
    assert {"state", "installed_power_kw", "connection_date"} <= columns
    assert not columns & {"consumer_name", "cpf_cnpj", "cep", "raw_data"}
    kept = json.dumps(list(report.profiles.values("minimum", "maximum", "top_values", "quantiles")))
    assert "MARIA" not in kept


def test_an_unusual_day_is_an_incident_and_ends_with_a_usual_one(units: None) -> None:
    usual = {"rows": 4.0, "power_kw": 80.0}
    for day in range(1, 8):
        QualityReport.objects.create(
            source="generation_units", row_count=4, score=1, metrics=usual | {"power_kw": 79.0 + day % 3},
            measured_at=datetime(2026, 1, day, tzinfo=UTC),
        )  # fmt: skip
    assert make_report(GENERATION_UNITS)[0].anomalies == []
    GenerationUnitFactory(installed_power_kw=5000, state="BR-SP")
    report, _checks = make_report(GENERATION_UNITS)
    assert {one["figure"]: one["method"] for one in report.anomalies} == {"rows": "never_seen", "power_kw": "robust_z"}
    alert = Alert.objects.get(kind="quality")
    assert "Potência instalada (kW): 5.080, esperado de" in alert.body
    assert str(alert) == "Unidades de geração distribuída: 2 número(s) fora do comum"
    with translation.override("en"):
        assert "Installed power (kW): 5,080, expected 77.405 to" in alert.body
    assert alert.closed_at is None


def test_the_score_has_its_reasons(units: None) -> None:
    report, _checks = make_report(GENERATION_UNITS)
    assert {"dimension": "timeliness", "check": "age", "value": 0.0, "said": say("never_loaded")} in report.reasons
    IngestionRunFactory(source="generation_units", rows_fetched=8, rows_processed=4, rows_rejected=4)
    better, _checks = make_report(GENERATION_UNITS)
    assert better.score > report.score
    lost = next(one for one in better.reasons if one["check"] == "rejected_rows")
    assert (lost["value"], in_words(lost["said"])) == (0.5, "4 de 8 linhas foram recusadas")
    assert as_json(better)["reasons"][0].keys() == {"dimension", "check", "value", "code", "values", "text"}
    told = next(one for one in as_json(better)["reasons"] if one["check"] == "rejected_rows")
    assert (told["code"], told["values"], told["text"]) == ("rows_refused", {"bad": 4, "all": 8}, "4 of 8 rows were refused")


def test_prices_by_distributor_are_followed() -> None:
    tariff = TariffFactory(base="APLICACAO", unit="MWH", tusd_value=400, te_value=200)
    report, _checks = make_report(TARIFFS)
    assert report.metrics[f"median_brl_per_kwh[{tariff.distributor_id}]"] == pytest.approx(0.6)


def test_the_command_tells_it_all(units: None) -> None:
    out = io.StringIO()
    with suppress(SystemExit):  # some of the factory's units may fail a check
        call_command("quality", "generation_units", "--json", stdout=out)
    (line,) = out.getvalue().splitlines()
    said: dict[str, Any] = json.loads(line)
    report = said["reports"]["generation_units"]
    assert 0 <= report["score"] <= 1
    assert report["figures"]["power_kw"] == 80.0
    assert {"column", "nulls", "distinct", "quantiles", "top"} <= set(report["columns"][0])
    assert {check["check"] for check in said["sources"]["generation_units"]} == {check.name for check in GENERATION_UNITS.checks}
