"""What lists of open data can be narrowed by."""

from typing import Any, ClassVar

from django.db.models import QuerySet

from aneel.api.boxes import by_place
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
from aneel.models import Certification, Dataset, Distributor, GenerationUnit, GenerationUnitStatistics, Municipality, Tariff
from aneel.municipality_data import REGION_BY_CODE, UF_BY_IBGE_PREFIX
from aneel.querysets import BRAZIL
from aneel.unit_flags import UNIT_FLAGS
from ysh.core.api.filters import (
    ArrayFilter,
    BoxFilter,
    CodeFilter,
    ContainsDayFilter,
    ContainsFilter,
    DayFilter,
    NumberFilter,
    SameTextFilter,
    StrictFilterSet,
    UpdatedSinceMixin,
    VocabularyFilter,
)
from ysh.core.api.slicing import Shortcut

STATES = tuple(sorted(f"BR-{uf}" for uf in UF_BY_IBGE_PREFIX.values()))
ALL_STATUSES = "ALL"
# Larger than any plant, small enough for the column.
HIGHEST_POWER_KW = 10_000_000


def state_filter() -> VocabularyFilter:
    return VocabularyFilter(field_name="state", values=STATES, label="states, e.g. BR-SP,BR-RJ")


def cnpj_filter() -> CodeFilter:
    return CodeFilter(
        field_name="distributor_id",
        pattern=r"[0-9A-Z]{12}[0-9]{2}",
        expected="a CNPJ of 14 characters",
        label="distributor, by CNPJ",
    )


class StatusFilter(VocabularyFilter):
    """Active units unless asked otherwise."""

    def __init__(self) -> None:
        super().__init__(
            field_name="status",
            values=(*UnitStatus.values, ALL_STATUSES),
            label="ACTIVE (default), REMOVED (no longer published) or ALL",
        )

    def filter(self, qs: QuerySet[Any], value: list[str]) -> QuerySet[Any]:
        wanted = value or [UnitStatus.ACTIVE.value]
        return qs if ALL_STATUSES in wanted or len(wanted) > 1 else qs.filter(status=wanted[0])


class GenerationUnitFilterSet(UpdatedSinceMixin, StrictFilterSet):
    walks: ClassVar[dict[str, str]] = {"municipality": "municipality_id", "distributor": "distributor_id", "state": "state"}

    state = state_filter()
    municipality = CodeFilter(
        field_name="municipality_id",
        pattern=r"[1-9][0-9]{6}",
        expected="an IBGE code of 7 digits",
        convert=int,
        label="IBGE code",
    )
    distributor = cnpj_filter()
    source_type = VocabularyFilter(values=SourceType, label="kind of plant")
    consumer_class = VocabularyFilter(values=ConsumerClass, label="consumer class")
    size_class = VocabularyFilter(values=SizeClass, label="MICRO up to 75 kW, MINI above")
    compensation_modality = VocabularyFilter(values=CompensationModality, label="how the credits are used")
    tariff_subgroup = VocabularyFilter(values=TariffSubgroup, label="tariff subgroup")
    person_type = VocabularyFilter(values=PersonType, label="PF natural person, PJ company")
    location_precision = VocabularyFilter(values=LocationPrecision, label="where the point comes from")
    quality_flag = ArrayFilter(field_name="quality_flags", values=UNIT_FLAGS, label="units that carry all these flags")
    status = StatusFilter()
    min_installed_power_kw = NumberFilter(
        field_name="installed_power_kw", lookup_expr="gte", low=0, high=HIGHEST_POWER_KW, label="at least (kW)"
    )
    max_installed_power_kw = NumberFilter(
        field_name="installed_power_kw", lookup_expr="lte", low=0, high=HIGHEST_POWER_KW, label="at most (kW)"
    )
    connected_from = DayFilter(field_name="connection_date", lookup_expr="gte", label="connected on this day or later")
    connected_to = DayFilter(field_name="connection_date", lookup_expr="lte", label="connected on this day or earlier")
    bbox = BoxFilter(field_name="geolocation", bounds=BRAZIL, label="minlon,minlat,maxlon,maxlat in degrees (WGS 84)")

    class Meta:
        model = GenerationUnit
        fields: tuple[str, ...] = ()

    def shortcut(self) -> Shortcut | None:
        """By place, where a box alone narrows the units in service."""
        asked = {name for name in self.filters if self.data.get(name)}
        if asked - {"status"} != {"bbox"} or (self.form.cleaned_data["status"] or [UnitStatus.ACTIVE]) != [UnitStatus.ACTIVE]:
            return None
        return by_place(self.filters["bbox"].clipped(self.form.cleaned_data["bbox"]))

    def is_narrowed(self) -> bool:
        """Status alone leaves nearly all rows, unless the removed ones are wanted."""
        return any(self.data.get(name) for name in self.filters if name != "status") or self.form.cleaned_data["status"] == [
            UnitStatus.REMOVED
        ]


class StatisticsFilterSet(StrictFilterSet):
    state = state_filter()
    consumer_class = VocabularyFilter(values=ConsumerClass, label="consumer class")
    source_type = VocabularyFilter(values=SourceType, label="kind of plant")

    class Meta:
        model = GenerationUnitStatistics
        fields: tuple[str, ...] = ()


class DatasetFilterSet(UpdatedSinceMixin, StrictFilterSet):
    category = VocabularyFilter(values=DatasetCategory, label="category")
    enriched_by = VocabularyFilter(values=EnrichedBy, label="what worked out category, keywords, summary and relevance")
    min_solar_relevance = NumberFilter(
        field_name="solar_relevance", lookup_expr="gte", low=0, high=1, label="relevance for solar energy, at least"
    )
    source_api = VocabularyFilter(values=SourceApi, label="the feed it came from")
    spatial = VocabularyFilter(values=("BR", *STATES), label="area")

    class Meta:
        model = Dataset
        fields: tuple[str, ...] = ()


class DistributorFilterSet(UpdatedSinceMixin, StrictFilterSet):
    q = ContainsFilter(
        columns=("name", "sigla", "aliases_text"), label="part of a name or acronym; case and accents do not matter"
    )
    state = state_filter()

    class Meta:
        model = Distributor
        fields: tuple[str, ...] = ()


class MunicipalityFilterSet(UpdatedSinceMixin, StrictFilterSet):
    q = ContainsFilter(folded_columns=("search_name",), label="part of the name; case and accents do not matter")
    state = state_filter()
    region = VocabularyFilter(values=tuple(REGION_BY_CODE.values()), label="IBGE region")

    class Meta:
        model = Municipality
        fields: tuple[str, ...] = ()


class _TariffFilters(StrictFilterSet):
    distributor = cnpj_filter()
    base = VocabularyFilter(values=TariffBase, label="APLICACAO: what consumers are charged")
    subgroup = VocabularyFilter(values=TariffSubgroup, label="subgroup")
    modality = SameTextFilter(label="tariff modality, e.g. Convencional")
    consumer_class = SameTextFilter(label="consumer class as published, e.g. Residencial")
    unit = VocabularyFilter(values=TariffUnit, label="MWH or KW")

    class Meta:
        model = Tariff
        fields: tuple[str, ...] = ()


class TariffFilterSet(UpdatedSinceMixin, _TariffFilters):
    in_force_on = ContainsDayFilter(field_name="validity", label="in force on this day")


class CurrentTariffFilterSet(_TariffFilters):
    on = ContainsDayFilter(field_name="validity", label="the day; today in Brasília's time by default")


class CertificationFilterSet(UpdatedSinceMixin, StrictFilterSet):
    q = ContainsFilter(
        columns=("model", "manufacturer", "brand", "certificate_number"), label="part of model, maker, brand or number"
    )
    certificate_type = VocabularyFilter(values=CertificateType, label="kind of certificate")
    status = VocabularyFilter(field_name="status_today", values=CertificationStatus, label="status today")
    equipment_type = SameTextFilter(label="kind of equipment")
    manufacturer = SameTextFilter(label="maker")

    class Meta:
        model = Certification
        fields: tuple[str, ...] = ()
