"""The materialized totals follow the units when refreshed, and readers do not wait."""

import json
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import connection

from aneel.choices import UnitStatus
from aneel.models import GenerationUnitStatistics
from aneel.statistics import refresh_statistics
from tests.factories.aneel import GenerationUnitFactory, MunicipalityFactory

pytestmark = pytest.mark.django_db


def test_totals_by_state_class_and_source():
    sao_paulo, rio = MunicipalityFactory(ibge_code=3550308), MunicipalityFactory(ibge_code=3304557)
    for power in ("3.250", "10.500"):
        GenerationUnitFactory(municipality=sao_paulo, installed_power_kw=power, capacity_factor="15.50")
    GenerationUnitFactory(
        municipality=rio, installed_power_kw="75.000", consumer_class="COMMERCIAL", avg_monthly_generation_kwh="9000"
    )
    GenerationUnitFactory(municipality=rio, installed_power_kw="1.000", status=UnitStatus.REMOVED)
    assert GenerationUnitStatistics.objects.count() == 0

    done = refresh_statistics(connection)

    assert (done.rows, done.concurrently) == (2, True)
    commercial, residential = GenerationUnitStatistics.objects.order_by("consumer_class")
    assert (residential.state, residential.unit_count, residential.power_sum_kw) == ("BR-SP", 2, Decimal("13.750"))
    assert (residential.power_avg_kw, residential.power_min_kw, residential.power_max_kw) == (
        Decimal("6.875"),
        Decimal("3.250"),
        Decimal("10.500"),
    )
    assert (residential.capacity_factor_avg, residential.generation_sum_kwh) == (Decimal("15.50"), None)
    assert (commercial.state, commercial.source_type, commercial.generation_sum_kwh) == ("BR-RJ", "UFV", Decimal("9000.00"))


def test_units_without_class_or_source_have_a_row_of_their_own():
    GenerationUnitFactory(consumer_class=None, source_type=None)
    GenerationUnitFactory(consumer_class=None)

    assert refresh_statistics(connection).rows == 2
    assert refresh_statistics(connection).rows == 2


def test_a_view_that_was_never_filled_is_filled():
    with connection.cursor() as cursor:
        cursor.execute("REFRESH MATERIALIZED VIEW aneel.mv_gen_units_statistics WITH NO DATA")
    GenerationUnitFactory()

    done = refresh_statistics(connection)

    assert (done.rows, done.concurrently) == (1, False)
    assert refresh_statistics(connection).concurrently is True


def test_by_state_adds_up():
    for code in (3550308, 3550308, 3304557):
        GenerationUnitFactory(municipality=MunicipalityFactory(ibge_code=code), installed_power_kw="2.000")
    GenerationUnitFactory(municipality=MunicipalityFactory(ibge_code=3550308), installed_power_kw="8.000", consumer_class="RURAL")
    refresh_statistics(connection)

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT state, unit_count, power_sum_kw, power_avg_kw, power_min_kw, power_max_kw "
            "FROM aneel.v_gen_units_by_state ORDER BY 1"
        )
        rows = cursor.fetchall()

    assert rows == [
        ("BR-RJ", 1, Decimal("2.000"), Decimal("2.000"), Decimal("2.000"), Decimal("2.000")),
        ("BR-SP", 3, Decimal("12.000"), Decimal("4.000"), Decimal("2.000"), Decimal("8.000")),
    ]


def test_the_command(capsys):
    GenerationUnitFactory()

    call_command("refresh_statistics", "--json")
    document = json.loads(capsys.readouterr().out)
    call_command("refresh_statistics")

    assert (document["rows"], document["concurrently"], document["seconds"] >= 0) == (1, True, True)
    assert "refreshed concurrently: 1 rows" in capsys.readouterr().out
