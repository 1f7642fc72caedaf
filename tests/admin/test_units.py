"""The list of units: what searches and filters find, that each has an index, and who sees holders."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from aneel.admin.search import code_bounds, search_units
from aneel.choices import ConsumerClass, SourceType, UnitStatus
from aneel.models import GenerationUnit, Municipality
from tests.admin.conftest import text_of
from tests.factories.aneel import DistributorFactory, GenerationUnitFactory, MunicipalityFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("municipalities")]

LIST = reverse("admin:aneel_generationunit_changelist")


@pytest.fixture
def campinas() -> Municipality:
    return Municipality.objects.get(ibge_code=3509502)


def found(term: str) -> set[str]:
    return set(search_units(GenerationUnit.objects.all(), term).values_list("unit_id", flat=True))


# --- search


@pytest.mark.parametrize(
    ("term", "bounds"),
    [
        ("GD.SP.001.234.567", ("GD.SP.001.234.567", "GD.SP.001.234.567")),
        ("gd.sp.001", ("GD.SP.001.000.000", "GD.SP.001.999.999")),
        ("GDSP001234", ("GD.SP.001.234.000", "GD.SP.001.234.999")),
        ("GD.SP.0012", ("GD.SP.001.200.000", "GD.SP.001.299.999")),
        ("GD", ("GD.AA.000.000.000", "GD.ZZ.999.999.999")),
        ("GD.S", ("GD.SA.000.000.000", "GD.SZ.999.999.999")),
        ("GD001", None),
        ("GDSPX", None),
        ("GD.SP.001.234.5678", None),
        ("campinas", None),
    ],
)
def test_bounds_of_a_code_typed_in_part(term, bounds):
    assert code_bounds(term) == bounds


def test_a_code_finds_what_begins_with_it():
    for code in ("GD.SP.001.234.567", "GD.SP.001.999.999", "GD.SP.002.000.000", "GD.MG.001.234.567"):
        GenerationUnitFactory(unit_id=code)
    assert found("GD.SP.001") == {"GD.SP.001.234.567", "GD.SP.001.999.999"}
    assert found("gdsp001234567") == {"GD.SP.001.234.567"}


def test_a_municipality_is_found_by_name_state_and_code(campinas):
    unit = GenerationUnitFactory(municipality=campinas, state="BR-SP")
    other = GenerationUnitFactory(municipality=Municipality.objects.get(ibge_code=3550308), state="BR-SP")
    for term in ("campinas", "CAMPINAS", "Campinas SP", "Campinas (SP)", "campinas/sp", "3509502"):
        assert found(term) == {unit.unit_id}, term
    assert found("sao paulo") == {other.unit_id}
    assert found("Campinas RJ") == set()


def test_the_exact_name_wins_over_names_that_contain_it():
    """ "Palmas" is a city of Tocantins; there are also Palmas de Monte Alto and Palmas (PR)."""
    exact = GenerationUnitFactory(municipality=Municipality.objects.get(ibge_code=1721000), state="BR-TO")
    GenerationUnitFactory(municipality=Municipality.objects.get(name="Palmas de Monte Alto"), state="BR-BA")
    assert found("palmas") == {exact.unit_id}


def test_a_distributor_is_found_by_acronym_name_and_cnpj():
    cemig = DistributorFactory(cnpj="06981180000116", sigla="CEMIG-D", name="CEMIG DISTRIBUIÇÃO S.A")
    unit = GenerationUnitFactory(distributor=cemig)
    GenerationUnitFactory()
    for term in ("cemig", "CEMIG-D", "distribuicao s.a", "06981180000116", "06.981.180/0001-16"):
        assert found(term) == {unit.unit_id}, term


@pytest.mark.parametrize("term", ["zzzz", "123", "00000000000000", "99999999999999999999"])
def test_what_means_nothing_finds_nothing(term):
    GenerationUnitFactory()
    assert found(term) == set()


# --- filters


def codes(client, **parameters) -> set[str]:
    response = client.get(LIST, parameters)
    assert response.status_code == 200
    return {unit.unit_id for unit in response.context_data["cl"].result_list}


def test_each_filter_keeps_its_units_and_no_others(superuser_client, campinas):
    distributor = DistributorFactory()
    wanted = GenerationUnitFactory(
        municipality=campinas,
        state="BR-SP",
        distributor=distributor,
        consumer_class=ConsumerClass.INDUSTRIAL,
        source_type=SourceType.UTE,
        installed_power_kw=Decimal("500.5"),
        connection_date=date(2026, 1, 31),
        status=UnitStatus.REMOVED,
    )
    GenerationUnitFactory(
        municipality=MunicipalityFactory(state="BR-RJ"),
        state="BR-RJ",
        distributor=DistributorFactory(),
        consumer_class=ConsumerClass.RURAL,
        installed_power_kw=Decimal(5),
        connection_date=date(2026, 2, 1),
    )
    for parameters in (
        {"state": "BR-SP"},
        {"municipality__ibge_code__exact": campinas.pk},
        {"distributor__cnpj__exact": distributor.pk},
        {"consumer_class__exact": "INDUSTRIAL"},
        {"source_type": "UTE"},
        {"installed_power_kw_from": "500.5", "installed_power_kw_to": "500.5"},
        {"installed_power_kw_from": "500,5"},
        {"connection_date_from": "01/01/2026", "connection_date_to": "31/01/2026"},
        {"connection_date_to": "2026-01-31"},
        {"status": "REMOVED"},
    ):
        assert codes(superuser_client, **parameters) == {wanted.unit_id}, parameters


@pytest.mark.parametrize("parameters", [{"connection_date_from": "31/02/2026"}, {"installed_power_kw_from": "muito"}])
def test_a_filter_that_cannot_be_read_says_so_and_shows_nothing(superuser_client, parameters):
    GenerationUnitFactory()
    response = superuser_client.get(LIST, parameters)
    assert list(response.context_data["cl"].result_list) == []
    assert "não é um" in text_of(response)


# --- speed: what would be read of millions of rows

INDEXES = {
    "": "generation_units_pkey",
    "?state=BR-AC": "generation_units_state",
    "?source_type=EOL": "generation_units_state_source",
    "?consumer_class__exact=INDUSTRIAL": "generation_units_by_class",
    "?status=REMOVED": "generation_units_removed",
    "?municipality__ibge_code__exact=3509502": "generation_units_municipality",
    "?distributor__cnpj__exact=06981180000116": "generation_units_distributor",
    "?installed_power_kw_from=500": "generation_units_power",
    "?connection_date_from=01/01/2026&connection_date_to=31/01/2026": "generation_units_connected",
    "?q=GD.SP.000": "generation_units_unit_id",
    "?q=campinas": "generation_units_municipality",
    "?q=cemig": "generation_units_distributor",
    "?o=-5": "generation_units_power",
    "?o=-6": "generation_units_connected",
}


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes(child)


@pytest.fixture
def many_units(municipalities) -> Iterator[None]:
    """Some 5,500 units, one a municipality, known to the planner. ANALYZE is not rolled back, so it runs again afterwards."""
    DistributorFactory(cnpj="06981180000116", sigla="CEMIG-D")
    DistributorFactory(cnpj="08336783000190", sigla="CELESC-DIS")
    with connection.cursor() as cursor:
        cursor.execute("""
            INSERT INTO aneel.generation_units (unit_id, consumer_class, distributor_id, utility_company, municipality_id,
                municipality, state, installed_power_kw, source_type, connection_date, status)
            SELECT 'GD.' || substr(state, 4) || to_char(g, 'FM".000."000"."000'),
                (ARRAY['RESIDENTIAL', 'RURAL', 'COMMERCIAL'])[1 + g % 3],
                CASE WHEN g % 20 = 0 THEN '06981180000116' ELSE '08336783000190' END, 'x', ibge_code, name, state, 1 + g * 0.13,
                CASE WHEN g % 500 = 0 THEN 'EOL' ELSE 'UFV' END, date '2012-01-01' + g,
                CASE WHEN g % 400 = 0 THEN 'REMOVED' ELSE 'ACTIVE' END
            FROM (SELECT *, row_number() OVER (ORDER BY state, ibge_code)::int AS g FROM aneel.municipalities) m
        """)
        cursor.execute("ANALYZE aneel.generation_units")
    yield
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM aneel.generation_units")
        cursor.execute("ANALYZE aneel.generation_units")


@pytest.mark.parametrize(("address", "index"), INDEXES.items())
def test_every_list_is_read_through_its_index_and_never_counted_whole(superuser_client, many_units, address, index):
    """With sequential scans forbidden, a plan that still has one, or reads another index, has none to use."""
    with CaptureQueriesContext(connection) as captured:
        assert superuser_client.get(LIST + address).status_code == 200
    own = [query["sql"] for query in captured if '"generation_units"' in query["sql"]]
    assert own
    read = set()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for sql in own:
            assert "COUNT(*)" not in sql or "LIMIT" in sql, "a count without a limit"
            cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}")
            plan = list(nodes(cursor.fetchone()[0][0]["Plan"]))
            assert ("Seq Scan", "generation_units") not in [(node["Node Type"], node.get("Relation Name")) for node in plan]
            read |= {node["Index Name"] for node in plan if "Index Name" in node}
        cursor.execute("SET LOCAL enable_seqscan = on")
    assert index in read


# --- holders


@pytest.fixture
def company_unit() -> GenerationUnit:
    return GenerationUnitFactory(
        consumer_name="PADARIA SOL NASCENTE LTDA",
        cpf_cnpj="12005360000165",
        cep="69912452",
        raw_data={"NomTitularEmpreendimento": "PADARIA SOL NASCENTE LTDA"},
    )


def change(unit: GenerationUnit) -> str:
    return reverse("admin:aneel_generationunit_change", args=[unit.pk])


def test_holders_are_masked_without_the_permission(viewer_client, company_unit):
    page = text_of(viewer_client.get(change(company_unit)))
    assert page.count("•••••") == 4
    for secret in ("PADARIA", "12005360000165", "69912452"):
        assert secret not in page


def test_holders_are_shown_with_the_permission(viewer_client, viewer, company_unit):
    viewer.user_permissions.add(Permission.objects.get(codename="view_personal_data"))
    page = text_of(viewer_client.get(change(company_unit)))
    for value in ("PADARIA SOL NASCENTE LTDA", "12005360000165", "69912452"):
        assert value in page
    assert "•••••" not in page


@pytest.mark.parametrize(
    "lookup", ["cpf_cnpj__startswith", "consumer_name__icontains", "cep", "raw_data__NomTitular__startswith"]
)
def test_holders_cannot_be_guessed_through_the_address_line(superuser_client, company_unit, lookup):
    assert superuser_client.get(LIST, {lookup: "1"}).status_code == 400


def test_the_map_is_a_plain_link(superuser_client, company_unit):
    page = text_of(superuser_client.get(change(company_unit)))
    point = company_unit.geolocation
    assert f"https://www.openstreetmap.org/?mlat={point.y:.6f}&amp;mlon={point.x:.6f}" in page
    assert 'rel="noopener noreferrer"' in page
    assert "<iframe" not in page
    assert "tile" not in page.lower()
