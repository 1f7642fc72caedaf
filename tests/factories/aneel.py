"""Rows of the schema `aneel`."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import factory
from django.contrib.gis.geos import Point
from factory.django import DjangoModelFactory

from aneel.choices import (
    CertificateType,
    CertificationStatus,
    CompensationModality,
    ConsumerClass,
    DatasetCategory,
    FlagRecord,
    PersonType,
    SizeClass,
    SourceApi,
    SourceType,
    TariffBase,
    TariffFlagColour,
    TariffSubgroup,
    TariffUnit,
)
from aneel.models import (
    Certification,
    Dataset,
    DatasetEntry,
    DatasetMatch,
    Distributor,
    GenerationUnit,
    Municipality,
    PublishedRow,
    Tariff,
    TariffComponent,
    TariffFlag,
    TechnicalData,
)
from tests.factories.identifiers import cnpj

# (IBGE code, name, state, region, longitude, latitude): real places, so that rows loaded by a migration and these agree.
PLACES = (
    (3550308, "São Paulo", "BR-SP", "Sudeste", -46.63611, -23.5475),
    (3304557, "Rio de Janeiro", "BR-RJ", "Sudeste", -43.18223, -22.90642),
    (3106200, "Belo Horizonte", "BR-MG", "Sudeste", -43.93778, -19.92083),
    (2304400, "Fortaleza", "BR-CE", "Nordeste", -38.54306, -3.71722),
    (1302603, "Manaus", "BR-AM", "Norte", -60.025, -3.10194),
    (5208707, "Goiânia", "BR-GO", "Centro-Oeste", -49.25389, -16.67861),
    (4106902, "Curitiba", "BR-PR", "Sul", -49.27306, -25.42778),
)


class DatasetFactory(DjangoModelFactory[Dataset]):
    class Meta:
        model = Dataset
        django_get_or_create = ("aneel_id",)

    aneel_id = factory.Sequence(lambda n: f"{n:032x}")
    title = factory.Sequence(lambda n: f"Relação de empreendimentos de geração distribuída {n}")
    description = "Unidades de micro e minigeração distribuída conectadas à rede."
    url = factory.LazyAttribute(lambda o: f"https://example.org/dataset/{o.aneel_id}")
    modified = datetime(2026, 8, 13, 9, 0, tzinfo=UTC)
    published = datetime(2018, 1, 2, 9, 0, tzinfo=UTC)
    formats = factory.LazyFunction(lambda: ["CSV", "ZIP"])
    category = DatasetCategory.DISTRIBUTED_GENERATION
    keywords = factory.LazyFunction(lambda: ["micro e minigeração", "energia solar"])
    license = "ODbL-1.0"
    spatial = "BR"
    publisher_name = "Agência Nacional de Energia Elétrica"
    source_api = SourceApi.CKAN
    resources = factory.LazyFunction(lambda: [{"name": "unidades", "format": "CSV", "url": "https://example.org/unidades.csv"}])
    data_quality_score = Decimal("0.90")


class DatasetEntryFactory(DjangoModelFactory[DatasetEntry]):
    class Meta:
        model = DatasetEntry

    feed = SourceApi.CKAN
    feed_id = factory.Sequence(lambda n: f"{n:032x}")
    own_id = factory.SelfAttribute("feed_id")
    identities = factory.LazyAttribute(lambda o: [f"ckan:{o.own_id}"])
    fields = factory.LazyAttribute(lambda o: {"title": f"Conjunto {o.own_id}"})
    raw = factory.LazyAttribute(lambda o: {"id": o.own_id})
    content_hash = "0" * 32
    changed_at = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)


class DatasetMatchFactory(DjangoModelFactory[DatasetMatch]):
    class Meta:
        model = DatasetMatch

    first_id = factory.LazyFunction(lambda: DatasetFactory().aneel_id)
    second_id = factory.Sequence(lambda n: f"f{n:031x}")
    score = Decimal("93.5")


class DistributorFactory(DjangoModelFactory[Distributor]):
    class Meta:
        model = Distributor
        django_get_or_create = ("cnpj",)

    cnpj = factory.Sequence(lambda n: cnpj(11_000_000 + n))
    sigla = factory.Sequence(lambda n: f"DIST-{n}")
    name = factory.Sequence(lambda n: f"Distribuidora de Energia {n} S.A.")
    state = "BR-SP"


class MunicipalityFactory(DjangoModelFactory[Municipality]):
    """One of `PLACES` in turn; a municipality that is there already (a migration loads them) is returned as it stands."""

    class Meta:
        model = Municipality
        django_get_or_create = ("ibge_code",)

    class Params:
        place = factory.Iterator(PLACES)

    ibge_code = factory.LazyAttribute(lambda o: o.place[0])
    name = factory.LazyAttribute(lambda o: o.place[1])
    state = factory.LazyAttribute(lambda o: o.place[2])
    region = factory.LazyAttribute(lambda o: o.place[3])
    centroid = factory.LazyAttribute(lambda o: Point(o.place[4], o.place[5], srid=4326))


class GenerationUnitFactory(DjangoModelFactory[GenerationUnit]):
    """An active rooftop plant in its municipality's centre; pass latitude and longitude for coordinates of its own.

    `located=False` leaves it without any location, as a unit of an unknown municipality is.
    """

    class Meta:
        model = GenerationUnit
        django_get_or_create = ("unit_id",)

    class Params:
        located = True

    unit_id = factory.Sequence(lambda n: f"GD.SP.{n // 1_000_000:03d}.{n // 1000 % 1000:03d}.{n % 1000:03d}")
    consumer_class = ConsumerClass.RESIDENTIAL
    consumer_name = "***"
    cpf_cnpj = "***.123.456-**"
    person_type = PersonType.PF
    distributor = factory.SubFactory(DistributorFactory)
    utility_company = factory.LazyAttribute(lambda o: o.distributor.name)
    municipality = factory.Maybe("located", factory.SubFactory(MunicipalityFactory), None)
    municipality_name = factory.LazyAttribute(lambda o: o.municipality.name if o.municipality else "Município Desconhecido")
    state = factory.LazyAttribute(lambda o: o.municipality.state if o.municipality else "BR-SP")
    cep = "01310***"
    installed_power_kw = factory.Sequence(lambda n: Decimal(300 + n % 4000) / 100)
    source_type = SourceType.UFV
    compensation_modality = CompensationModality.OWN_UNIT
    size_class = SizeClass.MICRO
    tariff_subgroup = TariffSubgroup.B1
    credited_units = 1
    connection_date = date(2024, 3, 15)
    registration_date = date(2024, 3, 20)
    row_hash = factory.Sequence(lambda n: n.to_bytes(16, "big"))

    @classmethod
    def _create(cls, model_class: type[GenerationUnit], *args: Any, **kwargs: Any) -> GenerationUnit:
        unit = super()._create(model_class, *args, **kwargs)
        # The point and its precision are derived by the database.
        unit.refresh_from_db(fields=["geolocation", "location_precision"])
        return unit


class TariffFactory(DjangoModelFactory[Tariff]):
    class Meta:
        model = Tariff
        django_get_or_create = ("tariff_id",)

    tariff_id = factory.Sequence(lambda n: f"{n:064x}")
    distributor = factory.SubFactory(DistributorFactory)
    utility_name = factory.LazyAttribute(lambda o: o.distributor.sigla or o.distributor.name)
    base = TariffBase.APPLICATION
    subgroup = TariffSubgroup.B1
    modality = "Convencional"
    consumer_class = "Residencial"
    subclass = "Residencial"
    detail = "Não se aplica"
    tariff_post = "Não se aplica"
    unit = TariffUnit.MWH
    accessing_agent = "Não se aplica"
    tusd_value = Decimal("412.35000")
    te_value = Decimal("310.21000")
    valid_from = date(2026, 7, 4)
    valid_to = date(2027, 7, 3)
    resolution_number = "RESOLUÇÃO HOMOLOGATÓRIA Nº 3.477, DE 1 DE JULHO DE 2026"
    resolution_date = date(2026, 7, 1)


class TariffComponentFactory(DjangoModelFactory[TariffComponent]):
    class Meta:
        model = TariffComponent
        django_get_or_create = ("component_id",)

    component_id = factory.Sequence(lambda n: f"{n:032x}")
    distributor = factory.SubFactory(DistributorFactory)
    utility_name = factory.LazyAttribute(lambda o: o.distributor.sigla or o.distributor.name)
    component = "TUSD_FioB"
    base = "Tarifa de Aplicação"
    subgroup = TariffSubgroup.B1
    modality = "Convencional"
    consumer_class = "Residencial"
    unit = TariffUnit.MWH
    value = Decimal("189.36000000")
    valid_from = date(2026, 7, 4)
    valid_to = date(2027, 7, 3)


class TariffFlagFactory(DjangoModelFactory[TariffFlag]):
    class Meta:
        model = TariffFlag
        django_get_or_create = ("flag_id",)

    record = FlagRecord.MONTH
    day = factory.Sequence(lambda n: date(2015 + n // 12 % 80, n % 12 + 1, 1))
    flag_id = factory.LazyAttribute(lambda o: f"{o.record} {o.day}")
    flag = TariffFlagColour.YELLOW
    surcharge_brl_per_mwh = Decimal("18.85000")


class TechnicalDataFactory(DjangoModelFactory[TechnicalData]):
    class Meta:
        model = TechnicalData
        django_get_or_create = ("unit_code",)

    unit_code = factory.Sequence(lambda n: f"GD.SP.999.{n // 1000 % 1000:03d}.{n % 1000:03d}")
    installed_power_kw = Decimal("5.000")
    module_count = 10
    module_power_kw = Decimal("5.500")
    module_maker_published = "Jinko Solar"
    module_maker = "Jinko"


class PublishedRowFactory(DjangoModelFactory[PublishedRow]):
    class Meta:
        model = PublishedRow
        django_get_or_create = ("row_key",)

    dataset = "generation_agents"
    row_key = factory.Sequence(lambda n: f"generation_agents:{n:014d}")
    label = "AGENTE DE TESTE S.A."
    data = factory.LazyFunction(lambda: {"name": "AGENTE DE TESTE S.A.", "generates": 1})


class CertificationFactory(DjangoModelFactory[Certification]):
    class Meta:
        model = Certification
        django_get_or_create = ("certificate_id",)

    certificate_type = CertificateType.INMETRO
    certificate_number = factory.Sequence(lambda n: f"{n + 1:06d}/2023")
    certificate_id = factory.LazyAttribute(lambda o: f"{o.certificate_type}|{o.certificate_number}|{o.model}")
    equipment_type = "inversor"
    manufacturer = "Deye"
    brand = "Deye"
    model = factory.Sequence(lambda n: f"SUN-{n}K-G")
    power_rating_w = Decimal("5000.00")
    efficiency_percent = Decimal("97.50")
    standards_compliance = factory.LazyFunction(lambda: ["ABNT NBR 16149", "ABNT NBR 16150"])
    ordinance = "Portaria Inmetro nº 140 de 21/03/2022"
    issue_date = date(2023, 5, 2)
    status = CertificationStatus.ACTIVE
