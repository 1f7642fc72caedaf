"""Power plants of ANEEL's SIGA: `siga-sistema-de-informacoes-de-geracao-da-aneel`, about 25,000 rows."""

from datetime import date, timedelta

from django.utils.translation import gettext_lazy as _

from pipeline.quality.check import Check
from pipeline.sources.base import CkanResource, Column
from pipeline.sources.declared_file import file_source
from pipeline.sources.kinds import Day, Number, Text

POWER_PLANTS = file_source(
    "power_plants",
    label=_("Power plants (SIGA)"),
    description=_("Every plant granted or registered by ANEEL, from plans to operation, with its phase, source and power."),
    ckan=CkanResource(
        package="siga-sistema-de-informacoes-de-geracao-da-aneel", name_contains="siga-empreendimentos", formats=("CSV",)
    ),
    cadence=timedelta(days=7),
    key_columns=("CodCEG",),
    label_column="NomEmpreendimento",
    columns=(
        Column("DatGeracaoConjuntoDados", Text(), volatile=True),
        Column("CodCEG", Text(40), to="ceg", required=True),
        Column("IdeNucleoCEG", Text(20), to="ceg_core"),
        Column("NomEmpreendimento", Text(255), to="name", required=True),
        Column("SigUFPrincipal", Text(2), to="state"),
        Column("SigTipoGeracao", Text(10), to="source_type", required=True),
        Column("DscFaseUsina", Text(60), to="phase", required=True),
        Column("DscOrigemCombustivel", Text(60), to="fuel_origin"),
        Column("DscFonteCombustivel", Text(60), to="fuel_source"),
        Column("NomFonteCombustivel", Text(80), to="fuel"),
        Column("DscTipoOutorga", Text(60), to="grant"),
        Column("DatEntradaOperacao", Day(sentinels=(date(1900, 1, 1),)), to="operating_since"),
        Column("MdaPotenciaOutorgadaKw", Number(14, 2, minimum=0), to="granted_power_kw", required=True),
        Column("MdaPotenciaFiscalizadaKw", Number(14, 2, minimum=0), to="inspected_power_kw"),
        Column("MdaGarantiaFisicaKw", Number(14, 2, minimum=0), to="assured_power_kw"),
        Column("NumCoordNEmpreendimento", Number(16, 8), to="latitude"),
        Column("NumCoordEEmpreendimento", Number(16, 8), to="longitude"),
        Column("DatInicioVigencia", Day(), to="granted_from"),
        Column("DatFimVigencia", Day(), to="granted_until"),
        # With its two slips of the pen. Owners stand in free text, natural persons among them: compared, not kept.
        Column("DscPropriRegimePariticipacao", Text(), aliases=("DscPropriRegimeParticipacao",)),
        Column("DscSubBacia", Text(120), to="river_basin"),
        Column("DscMuninicpios", Text(), to="municipalities", aliases=("DscMunicipios",)),
    ),
    checks=(
        Check(
            "operating_plants_have_a_day",
            "completeness",
            "data",
            "data ->> 'phase' = 'Operação' AND data ->> 'operating_since' IS NULL",
            0.05,
            label=_("Plants in operation say since when"),
        ),
    ),
)
