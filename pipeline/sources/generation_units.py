"""Distributed-generation units (micro- and minigeneration) of ANEEL: `relacao-de-empreendimentos-de-geracao-distribuida`.

Three column vintages are read by header name: 31 columns (2026-07 onwards, without the units' coordinates), 33 columns (2024 to
mid-2026) and 32 (2021-22, without CEP). Spellings differ in case; `NomeTitularEmpreendimento` occurs.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from types import MappingProxyType

import polars as pl
from django.utils.translation import gettext_lazy as _

from aneel.choices import CompensationModality, ConsumerClass, PersonType, SizeClass, SourceType, TariffSubgroup
from aneel.statistics import refresh_statistics
from pipeline.quality.check import Check
from pipeline.quality.metric import SHARE, Metric
from pipeline.sources.base import CkanResource, Column, Source
from pipeline.sources.kinds import Choice, Cnpj, Code, Day, HolderDocument, Integer, Number, PostalCode, Text
from pipeline.sources.technical_join import TECHNICAL_COMPLETION, join_to_units
from pipeline.sources.unit_places import derive_places, load_place_lookups, write_distributors
from ysh.core.said import say

CONSUMER_CLASSES: Mapping[str, str] = MappingProxyType(
    {
        "Residencial": ConsumerClass.RESIDENTIAL.value,
        # ANEEL's "REBR" is Residencial Baixa Renda; one row spells it "REBR ".
        "REBR": ConsumerClass.RESIDENTIAL_LOW_INCOME.value,
        "Residencial Baixa Renda": ConsumerClass.RESIDENTIAL_LOW_INCOME.value,
        "Comercial": ConsumerClass.COMMERCIAL.value,
        "Rural": ConsumerClass.RURAL.value,
        "Industrial": ConsumerClass.INDUSTRIAL.value,
        "Poder Público": ConsumerClass.PUBLIC_POWER.value,
        "Serviço Público": ConsumerClass.PUBLIC_SERVICE.value,
        "Iluminação pública": ConsumerClass.PUBLIC_LIGHTING.value,
        "Consumo Próprio": ConsumerClass.OWN_CONSUMPTION.value,
    }
)
MODALITIES: Mapping[str, str] = MappingProxyType(
    {
        "Geracao na propria UC": CompensationModality.OWN_UNIT.value,
        "Auto consumo remoto": CompensationModality.REMOTE_SELF_CONSUMPTION.value,
        "Autoconsumo remoto": CompensationModality.REMOTE_SELF_CONSUMPTION.value,
        "Compartilhada": CompensationModality.SHARED.value,
        "Geracao compartilhada": CompensationModality.SHARED.value,
        "Condomínio": CompensationModality.CONDOMINIUM.value,
        "Multiplas UC": CompensationModality.CONDOMINIUM.value,
        # vocabulary of 2021
        "Caracterizada como Autoconsumo remoto": CompensationModality.REMOTE_SELF_CONSUMPTION.value,
        "Caracterizada como Geracao compartilhada": CompensationModality.SHARED.value,
        "Caracterizada como Multiplas UC": CompensationModality.CONDOMINIUM.value,
        "Com Microgeracao ou Minigeracao distribuida": CompensationModality.OWN_UNIT.value,
    }
)
SIZE_CLASSES: Mapping[str, str] = MappingProxyType({"Microgeracao": SizeClass.MICRO.value, "Minigeracao": SizeClass.MINI.value})

CHECKS = (
    Check(
        "units_have_municipality",
        "completeness",
        "municipality_id",
        "municipality_id IS NULL",
        0.02,
        label=_("Units have a municipality"),
    ),
    Check("units_have_location", "completeness", "geolocation", "geolocation IS NULL", 0.02, label=_("Units have a location")),
    Check(
        "units_have_class",
        "completeness",
        "consumer_class",
        "consumer_class IS NULL",
        0.01,
        label=_("Units have a consumer class"),
    ),
    Check(
        "power_is_positive",
        "validity",
        "installed_power_kw",
        "installed_power_kw = 0",
        0.001,
        label=_("The installed power is not zero"),
    ),
    Check(
        "power_within_law",
        "validity",
        "installed_power_kw",
        "installed_power_kw > 5000",
        0.001,
        label=_("The installed power is within the law"),
    ),
    Check(
        "connected_before_today",
        "validity",
        "connection_date",
        "connection_date > current_date",
        0.001,
        label=_("No unit was connected in the future"),
    ),
    Check(
        "size_matches_power",
        "consistency",
        "size_class",
        "(size_class = 'MICRO' AND installed_power_kw > 75) OR (size_class = 'MINI' AND installed_power_kw <= 75)",
        0.001,
        label=_("Micro or mini as the power says"),
    ),
    Check(
        "state_matches_municipality",
        "consistency",
        "state",
        "'municipality_other_state' = ANY (quality_flags)",
        0.001,
        label=_("The state is the municipality's"),
    ),
)

GENERATION_UNITS = Source(
    key="generation_units",
    label=_("Distributed-generation units"),
    description=_("Every micro- and minigeneration unit connected in Brazil, published daily by ANEEL."),
    table="aneel.generation_units",
    key_column="CodEmpreendimento",
    key_search=r"GD\.[A-Z]{2}\.\d{3}\.\d{3}\.\d{3}",
    table_key="unit_id",
    columns=(
        Column("DatGeracaoConjuntoDados", Text(), volatile=True),
        Column("AnmPeriodoReferencia", Text(), volatile=True),
        Column("NumCNPJDistribuidora", Cnpj(), to="distributor_id", required=True, mandatory=True),
        Column("SigAgente", Text(60)),
        Column("NomAgente", Text(255, null_as_empty=True), to="utility_company", required=True),
        Column("CodClasseConsumo", Text()),
        Column("DscClasseConsumo", Choice(CONSUMER_CLASSES), to="consumer_class", required=True),
        Column("CodSubGrupoTarifario", Text()),
        Column("DscSubGrupoTarifario", Choice({value: value for value in TariffSubgroup.values}), to="tariff_subgroup"),
        Column("CodUFibge", Text()),
        Column("SigUF", Text(), required=True),
        Column("CodRegiao", Text()),
        Column("NomRegiao", Text()),
        Column("CodMunicipioIbge", Text()),
        Column("NomMunicipio", Text(120, null_as_empty=True), to="municipality"),
        Column("CodCEP", PostalCode(), to="cep"),
        Column("SigTipoConsumidor", Choice({value: value for value in PersonType.values}), to="person_type"),
        Column("NumCPFCNPJ", HolderDocument(), to="cpf_cnpj"),
        Column(
            "CodEmpreendimento",
            Code(r"^[0-9A-Z][0-9A-Z.\-/]{0,49}$", say("expect_unit_code")),
            to="unit_id",
            required=True,
            mandatory=True,
        ),
        Column(
            "DthAtualizaCadastralEmpreend",
            # Despite its name the connection date: equal to the technical file's DatConexao in every row.
            Day(sentinels=(date(1900, 1, 1),)),
            to="connection_date",
            required=True,
        ),
        Column("SigModalidadeEmpreendimento", Text()),
        Column("DscModalidadeHabilitado", Choice(MODALITIES), to="compensation_modality"),
        Column("QtdUCRecebeCredito", Integer(0, 10_000_000), to="credited_units"),
        Column("SigTipoGeracao", Choice({value: value for value in SourceType.values}), to="source_type", required=True),
        Column("DscFonteGeracao", Text()),
        Column("DscPorte", Choice(SIZE_CLASSES), to="size_class"),
        Column("MdaPotenciaInstaladaKW", Number(12, 3, minimum=0), to="installed_power_kw", required=True, mandatory=True),
        Column("NomSubEstacao", Text()),
        Column("NumCoordESub", Text()),
        Column("NumCoordNSub", Text()),
        Column("NomTitularEmpreendimento", Text(), to="consumer_name", aliases=("NomeTitularEmpreendimento",)),
        # Wide enough for metres of a projection: those are outside Brazil, not unreadable.
        Column("NumCoordNEmpreendimento", Number(16, 7)),
        Column("NumCoordEEmpreendimento", Number(16, 7)),
    ),
    derive=derive_places,
    derived=MappingProxyType(
        {
            "state": pl.String,
            "municipality_id": pl.Int64,
            "latitude": pl.Float64,
            "longitude": pl.Float64,
            "geolocation": pl.String,
            "location_precision": pl.String,
            "quality_flags": pl.String,
        }
    ),
    prepare=load_place_lookups,
    before_merge=write_distributors,
    completion=TECHNICAL_COMPLETION,
    after_merge=join_to_units,
    after_publish=refresh_statistics,
    cadence=timedelta(days=1),
    ckan=CkanResource(
        package="relacao-de-empreendimentos-de-geracao-distribuida",
        name_contains="empreendimento-geracao-distribuida",
        formats=("PARQUET", "ZIP", "CSV"),
    ),
    load_date_column="DatGeracaoConjuntoDados",
    prefer_later="connection_date",
    # Either order gives the same. On the first day this one gives the units their data while they are copied.
    depends_on=("technical_pv",),
    checks=CHECKS,
    metrics=(
        Metric("power_kw", "sum(installed_power_kw)", label=_("Installed power (kW)")),
        Metric("state", SHARE, by="state", label=_("Share of the state")),
        Metric("consumer_class", SHARE, by="consumer_class", label=_("Share of the consumer class")),
    ),
)
