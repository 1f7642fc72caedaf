"""The factories make rows the database accepts, as often as they are asked."""

import pytest

from aneel.choices import LocationPrecision
from pipeline.choices import RunStatus
from tests.factories.aneel import (
    CertificationFactory,
    DatasetFactory,
    DistributorFactory,
    GenerationUnitFactory,
    MunicipalityFactory,
    PublishedRowFactory,
    TariffComponentFactory,
    TariffFactory,
    TariffFlagFactory,
    TechnicalDataFactory,
)
from tests.factories.identifiers import cnpj
from tests.factories.pipeline import DataQualityCheckFactory, IngestionRunFactory, RejectedRowFactory, SourceFileFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "factory",
    [
        CertificationFactory,
        DatasetFactory,
        DistributorFactory,
        GenerationUnitFactory,
        PublishedRowFactory,
        TariffComponentFactory,
        TariffFactory,
        TariffFlagFactory,
        TechnicalDataFactory,
        DataQualityCheckFactory,
        IngestionRunFactory,
        RejectedRowFactory,
        SourceFileFactory,
    ],
)
def test_a_batch_makes_distinct_valid_rows(factory):
    rows = factory.create_batch(9)

    assert len({row.pk for row in rows}) == 9
    for row in rows:
        row.full_clean()


def test_a_municipality_that_exists_already_is_returned():
    first = MunicipalityFactory(ibge_code=3550308)
    second = MunicipalityFactory(ibge_code=3550308, name="another name")

    assert (second.pk, second.name) == (first.pk, first.name)


def test_a_unit_stands_in_the_middle_of_its_municipality():
    unit = GenerationUnitFactory()

    assert unit.location_precision == LocationPrecision.MUNICIPALITY
    assert unit.geolocation.coords == pytest.approx(unit.municipality.centroid.coords)


def test_a_unit_with_coordinates_stands_there():
    unit = GenerationUnitFactory(latitude="-23.5000000", longitude="-46.6000000")

    assert unit.location_precision == LocationPrecision.UNIT
    assert unit.geolocation.coords == pytest.approx((-46.6, -23.5))


def test_an_unlocated_unit_has_no_point():
    unit = GenerationUnitFactory(located=False)

    assert (unit.municipality, unit.geolocation, unit.location_precision) == (None, None, LocationPrecision.NONE)


def test_an_active_run_has_no_end():
    run = IngestionRunFactory(status=RunStatus.IN_PROGRESS)

    assert (run.ended_at, run.duration_seconds) == (None, None)
    assert IngestionRunFactory().duration_seconds == 300.0


def test_cnpj_check_digits():
    """Two published numbers: Banco do Brasil's, and the alphanumeric example of the Receita Federal."""
    assert cnpj("00000000") == "00000000000191"
    assert cnpj("12ABC345", 1)[:12] == "12ABC3450001"
    assert _alphanumeric() == "12ABC34501DE35"


def _alphanumeric() -> str:
    from tests.factories.identifiers import _check_digit

    first = _check_digit("12ABC34501DE")
    return "12ABC34501DE" + first + _check_digit("12ABC34501DE" + first)
