"""What leaves of each resource.

A unit's holder, document, postal code and published row are personal data: no field names them, and nothing else reads columns.
"""

from django.db.models.functions import Round

from aneel.choices import (
    CertificateType,
    CertificationStatus,
    CompensationModality,
    ConsumerClass,
    DatasetCategory,
    EnrichedBy,
    LocationPrecision,
    PersonType,
    SizeClass,
    SourceApi,
    SourceType,
    TariffBase,
    TariffSubgroup,
    TariffUnit,
    UnitStatus,
)
from aneel.querysets import StatusToday
from ysh.core.api.rows import Choice, Data, Day, Flag, Instant, Measure, Money, RowSerializer, Text, Texts, Whole
from ysh.core.db.expressions import Coordinate


class GenerationUnitSerializer(RowSerializer):
    unit_id = Text(help_text="ANEEL's code, GD.UF.ddd.ddd.ddd.")
    status = Choice(choices=UnitStatus.choices)
    state = Text(help_text="ISO 3166-2, e.g. BR-SP.")
    municipality = Whole(
        column="municipality_id", allow_null=True, help_text="IBGE code; null when the municipality is not known."
    )
    municipality_name = Text(help_text="As published.")
    distributor = Text(column="distributor_id", help_text="CNPJ of the electricity utility.")
    distributor_name = Text(column="utility_company", help_text="As published.")
    latitude = Measure(
        column=Coordinate("geolocation", "Y"), allow_null=True, help_text="Degrees, WGS 84; see location_precision."
    )
    longitude = Measure(
        column=Coordinate("geolocation", "X"), allow_null=True, help_text="Degrees, WGS 84; see location_precision."
    )
    location_precision = Choice(choices=LocationPrecision.choices, help_text="What the coordinates are of.")
    installed_power_kw = Measure()
    source_type = Choice(choices=SourceType.choices, allow_null=True)
    consumer_class = Choice(choices=ConsumerClass.choices, allow_null=True)
    person_type = Choice(choices=PersonType.choices, allow_null=True)
    compensation_modality = Choice(choices=CompensationModality.choices, allow_null=True)
    size_class = Choice(choices=SizeClass.choices, allow_null=True)
    tariff_subgroup = Choice(choices=TariffSubgroup.choices, allow_null=True)
    credited_units = Whole(allow_null=True, help_text="Consumer units that receive its credits.")
    connection_date = Day(allow_null=True)
    registration_date = Day(allow_null=True)
    panel_count = Whole(allow_null=True)
    panel_power_wp = Measure(allow_null=True)
    panel_manufacturer = Text(allow_null=True)
    panel_model = Text(allow_null=True)
    inverter_power_kw = Measure(allow_null=True)
    inverter_manufacturer = Text(allow_null=True)
    inverter_model = Text(allow_null=True)
    array_area_m2 = Measure(allow_null=True)
    avg_monthly_generation_kwh = Measure(allow_null=True)
    capacity_factor = Measure(allow_null=True, help_text="Percent, 0 to 100.")
    deactivation_date = Day(allow_null=True, help_text="The day the source no longer published it.")
    quality_flags = Texts(help_text="Oddities of the published row.")
    updated_at = Instant()


class NearestUnitSerializer(GenerationUnitSerializer):
    distance_km = Measure(column=Round("distance_km", 3), help_text="Geodesic distance from the point asked for, km.")


class UnitStatisticsSerializer(RowSerializer):
    state = Text(required=False)
    consumer_class = Choice(choices=ConsumerClass.choices, required=False, allow_null=True)
    source_type = Choice(choices=SourceType.choices, required=False, allow_null=True)
    unit_count = Whole()
    power_sum_kw = Measure()
    power_avg_kw = Measure()
    power_min_kw = Measure()
    power_max_kw = Measure()
    generation_sum_kwh = Measure(allow_null=True, help_text="Mean monthly generation, summed up.")
    capacity_factor_avg = Measure(allow_null=True, help_text="Percent, weighted by units.")


class DatasetSerializer(RowSerializer):
    aneel_id = Text()
    title = Text()
    description = Text()
    url = Text()
    category = Choice(choices=DatasetCategory.choices, allow_null=True)
    keywords = Texts(help_text="As published.")
    extracted_keywords = Texts(help_text="Found in its title, tags and description.")
    summary = Text(help_text="One or two sentences, Portuguese; empty where the portal describes nothing.")
    solar_relevance = Measure(allow_null=True, help_text="For solar energy, 0 to 1.")
    enriched_by = Choice(
        choices=EnrichedBy.choices,
        allow_null=True,
        help_text="What worked out category, extracted keywords, summary, relevance.",
    )
    formats = Texts()
    license = Text(help_text="SPDX identifier where known.")
    spatial = Text(help_text="BR or BR-XX.")
    temporal_start = Day(allow_null=True)
    temporal_end = Day(allow_null=True)
    update_frequency = Text()
    access_level = Text()
    publisher_name = Text()
    theme = Texts()
    data_quality_score = Measure(allow_null=True, help_text="0 to 1.")
    source_api = Choice(choices=SourceApi.choices)
    resources = Data(help_text="Files: name, format, url, size, last_modified, hash.")
    modified = Instant(allow_null=True)
    published = Instant(allow_null=True)
    last_fetched_at = Instant(allow_null=True)
    updated_at = Instant()


class DistributorSerializer(RowSerializer):
    cnpj = Text()
    sigla = Text()
    name = Text()
    aliases = Texts(help_text="Other names seen.")
    state = Text(allow_null=True)
    valid_tariff_until = Day(allow_null=True)
    updated_at = Instant()


class MunicipalitySerializer(RowSerializer):
    ibge_code = Whole()
    name = Text()
    state = Text()
    region = Text()
    latitude = Measure(column=Coordinate("centroid", "Y"), allow_null=True, help_text="Degrees, WGS 84, of the centre.")
    longitude = Measure(column=Coordinate("centroid", "X"), allow_null=True, help_text="Degrees, WGS 84, of the centre.")
    updated_at = Instant()


class TariffSerializer(RowSerializer):
    tariff_id = Text()
    distributor = Text(column="distributor_id", help_text="CNPJ.")
    distributor_name = Text(column="utility_name", help_text="As published.")
    base = Choice(choices=TariffBase.choices)
    subgroup = Choice(choices=TariffSubgroup.choices)
    voltage_level = Text()
    modality = Text()
    consumer_class = Text(allow_null=True)
    subclass = Text()
    detail = Text()
    tariff_post = Text()
    unit = Choice(choices=TariffUnit.choices)
    accessing_agent = Text()
    tusd_value = Money(digits=12, places=5, help_text="R$/MWh or R$/kW, see unit; without taxes.")
    te_value = Money(digits=12, places=5, help_text="R$/MWh; without taxes.")
    tusd_brl_per_kwh = Money(digits=14, places=8, allow_null=True)
    te_brl_per_kwh = Money(digits=14, places=8, allow_null=True)
    total_brl_per_kwh = Money(column="total_tariff", digits=14, places=8, allow_null=True, help_text="TUSD + TE; without taxes.")
    valid_from = Day()
    valid_to = Day()
    resolution_number = Text()
    resolution_date = Day(allow_null=True)
    includes_icms = Flag()
    includes_pis_cofins = Flag()
    quality_flags = Texts()
    updated_at = Instant()


class CertificationSerializer(RowSerializer):
    certificate_id = Text()
    certificate_number = Text()
    certificate_type = Choice(choices=CertificateType.choices)
    status = Choice(
        column=StatusToday(), choices=CertificationStatus.choices, help_text="Today: EXPIRED from the day after expiry_date on."
    )
    equipment_type = Text()
    manufacturer = Text()
    brand = Text()
    model = Text()
    family = Text()
    description = Text()
    power_rating_w = Measure(allow_null=True)
    efficiency_percent = Measure(allow_null=True)
    voltage_input_min_v = Measure(allow_null=True)
    voltage_input_max_v = Measure(allow_null=True)
    voltage_output_v = Measure(allow_null=True)
    current_max_a = Measure(allow_null=True)
    standards_compliance = Texts()
    ordinance = Text(help_text="Portaria.")
    issue_date = Day(allow_null=True)
    expiry_date = Day(allow_null=True)
    last_inspection_date = Day(allow_null=True)
    revocation_reason = Text()
    certificate_url = Text()
    test_report_url = Text()
    updated_at = Instant()
