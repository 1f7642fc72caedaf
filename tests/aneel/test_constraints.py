"""What the schema `aneel` cannot hold, tried with plain SQL."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from aneel.models import Certification, Dataset, GenerationUnit, Tariff
from tests.factories.aneel import (
    CertificationFactory,
    DatasetFactory,
    GenerationUnitFactory,
    MunicipalityFactory,
    TariffFactory,
)
from tests.factories.identifiers import cnpj

pytestmark = pytest.mark.django_db


def run(sql, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall() if cursor.description else cursor.rowcount


def refused(model, column, value, constraint, **fixed):
    """An UPDATE of an otherwise good row is refused by the named constraint, and changes nothing."""
    table = f"aneel.{model._meta.db_table}"
    assignments = {**fixed, column: value}
    before = list(model.objects.values())
    with pytest.raises(DatabaseError) as error, transaction.atomic():
        run(f"UPDATE {table} SET {', '.join(f'{name} = %s' for name in assignments)}", *assignments.values())
    assert constraint in str(error.value)
    assert list(model.objects.values()) == before


@pytest.mark.parametrize(
    ("column", "value", "constraint"),
    [
        ("consumer_class", "RESIDENCIAL", "generation_units_class"),
        ("source_type", "SUN", "generation_units_source"),
        ("compensation_modality", "LOCAL", "generation_units_modality"),
        ("size_class", "MACRO", "generation_units_size"),
        ("person_type", "XX", "generation_units_person"),
        ("tariff_subgroup", "A3a", "generation_units_subgroup"),
        ("location_precision", "UNIT", "generation_units_precision"),
        ("status", "GONE", "generation_units_status_values"),
        ("state", "SP", "generation_units_state_form"),
        ("state", "br-sp", "generation_units_state_form"),
        ("installed_power_kw", Decimal("-0.001"), "generation_units_power_not_negative"),
        ("installed_power_kw", Decimal("1234567890"), "numeric field overflow"),
        ("capacity_factor", Decimal("100.01"), "generation_units_capacity_factor"),
        ("capacity_factor", Decimal("-1"), "generation_units_capacity_factor"),
        ("unit_id", None, "not-null"),
        ("unit_id", "x" * 51, "too long"),
        ("distributor_id", None, "not-null"),
        ("cpf_cnpj", "1" * 19, "too long"),
        ("cep", "01310-1000", "too long"),
    ],
)
def test_units_refuse(column, value, constraint):
    GenerationUnitFactory()
    refused(GenerationUnit, column, value, constraint)


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [
        ("-15", "-56"),  # the filler point
        ("0", "0"),
        ("0", "-51.5"),
        ("-34.01", "-53"),
        ("6.01", "-60"),
        ("-10", "-75.1"),
        ("-10", "-27.9"),
        ("-46.6", "-23.5"),  # swapped
        ("-23.5", None),
        (None, "-46.6"),
    ],
)
def test_units_refuse_places_that_are_none(latitude, longitude):
    GenerationUnitFactory()
    refused(GenerationUnit, "longitude", longitude, "generation_units_coordinates", latitude=latitude)


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [("5.27", "-60.2"), ("-33.75", "-53.4"), ("-20.5", "-29.33"), ("-7.5", "-73.99"), ("0.01", "-51.05")],
)
def test_units_stand_anywhere_in_brazil(latitude, longitude):
    unit = GenerationUnitFactory(latitude=latitude, longitude=longitude)

    assert unit.geolocation.coords == (float(longitude), float(latitude))


def test_a_unit_code_occurs_once():
    unit = GenerationUnitFactory()
    with pytest.raises(IntegrityError, match="generation_units_unit_id"), transaction.atomic():
        run(
            "INSERT INTO aneel.generation_units (unit_id, distributor_id, utility_company, municipality, state, "
            "installed_power_kw) VALUES (%s, %s, '', '', 'BR-SP', 1)",
            unit.unit_id,
            unit.distributor_id,
        )


@pytest.mark.parametrize(
    ("column", "value"),
    [("distributor_id", cnpj(1)), ("municipality_id", 9999999), ("dataset_id", "00000000-0000-0000-0000-000000000001")],
)
def test_references_must_exist(column, value):
    GenerationUnitFactory()
    run("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(IntegrityError, match="is not present in table"), transaction.atomic():
        run(f"UPDATE aneel.generation_units SET {column} = %s", value)


@pytest.mark.parametrize("table", ["distributors", "municipalities", "datasets"])
def test_what_units_refer_to_cannot_be_deleted(table):
    GenerationUnitFactory(dataset=DatasetFactory())
    run("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(IntegrityError, match="still referenced"), transaction.atomic():
        run(f"DELETE FROM aneel.{table}")


@pytest.mark.parametrize(
    "text",
    ["12345678901234", "00000000000000", "11111111111111", "0000000000019", "00000000000192", "12abc34501de35", "12ABC34501DE36"],
)
def test_distributors_have_real_cnpjs(text):
    with pytest.raises(DatabaseError, match="distributors_cnpj_check_digits"), transaction.atomic():
        run("INSERT INTO aneel.distributors (cnpj, sigla, name) VALUES (%s, '', 'x')", text)


@pytest.mark.parametrize("text", ["00000000000191", "12ABC34501DE35", "33000167000101", "02341470000144"])
def test_alphanumeric_cnpjs_and_leading_zeros_are_kept(text):
    run("INSERT INTO aneel.distributors (cnpj, sigla, name) VALUES (%s, '', 'x')", text)

    assert run("SELECT cnpj, length(cnpj), aliases FROM aneel.distributors") == [(text, 14, [])]


@pytest.mark.parametrize(
    ("column", "value", "constraint"),
    [
        ("category", "energia", "datasets_category"),
        ("source_api", "ckan", "datasets_source_api"),
        ("data_quality_score", Decimal("1.01"), "datasets_quality_range"),
        ("data_quality_score", Decimal("-0.01"), "datasets_quality_range"),
        ("spatial", "SP", "datasets_spatial_form"),
        ("temporal_end", date(1999, 1, 1), "datasets_temporal_order"),
        ("aneel_id", "x" * 101, "too long"),
    ],
)
def test_datasets_refuse(column, value, constraint):
    DatasetFactory(temporal_start=date(2020, 1, 1))
    refused(Dataset, column, value, constraint)


@pytest.mark.parametrize(
    ("column", "value", "constraint"),
    [
        ("base", "TARIFA", "tariffs_base"),
        ("subgroup", "B5", "tariffs_subgroup"),
        ("unit", "KWH", "tariffs_unit"),
        ("tusd_value", Decimal("-0.00001"), "tariffs_values_not_negative"),
        ("te_value", Decimal("-1"), "tariffs_values_not_negative"),
        ("tusd_value", None, "not-null"),
        ("valid_to", date(2020, 1, 1), "range lower bound must be less than or equal"),
        ("validity", "[2020-01-01,2021-01-01)", "can only be updated to DEFAULT"),
        ("total_tariff", 1, "can only be updated to DEFAULT"),
    ],
)
def test_tariffs_refuse(column, value, constraint):
    TariffFactory()
    refused(Tariff, column, value, constraint)


@pytest.mark.parametrize(
    ("column", "value", "constraint"),
    [
        ("certificate_type", "inmetro", "certifications_type"),
        ("status", "VALID", "certifications_status"),
        ("efficiency_percent", Decimal("100.01"), "certifications_efficiency"),
        ("power_rating_w", Decimal("-1"), "certifications_power"),
        ("expiry_date", date(2023, 5, 2), "certifications_date_order"),
    ],
)
def test_certifications_refuse(column, value, constraint):
    CertificationFactory(issue_date=date(2023, 5, 2))
    refused(Certification, column, value, constraint)


def test_a_registration_covers_many_models_each_once():
    CertificationFactory(certificate_number="002567/2023", model="SUN-5K")
    CertificationFactory(certificate_number="002567/2023", model="SUN-8K")

    with pytest.raises(IntegrityError, match="certifications_registration_model"), transaction.atomic():
        CertificationFactory(certificate_number="002567/2023", model="SUN-8K", certificate_id="another id")


@pytest.mark.parametrize(
    ("column", "value"), [("ibge_code", 431780), ("ibge_code", 10_000_000), ("state", "SP"), ("state", "BR-1A")]
)
def test_municipalities_refuse(column, value):
    MunicipalityFactory()
    with pytest.raises(DatabaseError, match="municipalities_"), transaction.atomic():
        run(f"UPDATE aneel.municipalities SET {column} = %s WHERE ibge_code = 3550308", value)
