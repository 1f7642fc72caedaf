"""Technical data of photovoltaic units: same package as the units, `empreendimento-gd-informacoes-tecnicas-fotovoltaica`.

Filled in by hand: fields with line breaks, tabs and `;` inside of their quotes, tens of thousands of spellings of makers, powers
with the decimal comma in the wrong place. Everything is kept as published; makers get the catalogue's name beside it, and what
can be believed goes to the units (`technical_join.py`).
"""

from collections.abc import Callable
from datetime import date, timedelta
from types import MappingProxyType

import polars as pl
from django.utils.translation import gettext_lazy as _

from aneel.statistics import refresh_statistics
from pipeline.quality.check import Check
from pipeline.sources.base import CkanResource, Column, DerivedFault, LoadContext, Source
from pipeline.sources.kinds import Code, Day, Integer, Number, Text, fold
from pipeline.sources.makers import NOTHING, MakerNames, load_maker_names
from pipeline.sources.technical_join import join_from_technical
from ysh.core.said import say

CHECKS = (
    Check(
        "technical_has_module_maker",
        "completeness",
        "module_maker",
        "module_maker IS NULL",
        0.3,
        label=_("The modules' maker is known"),
    ),
    Check(
        "technical_has_module_count",
        "completeness",
        "module_count",
        "module_count IS NULL OR module_count = 0",
        0.1,
        label=_("The number of modules is known"),
    ),
    Check(
        "modules_have_a_believable_power",
        "validity",
        "module_power_kw",
        "module_count > 0 AND module_power_kw > 0 AND module_power_kw * 1000 / module_count NOT BETWEEN 20 AND 1500",
        0.05,
        label=_("Modules have a believable power"),
    ),
    Check(
        "modules_match_installed_power",
        "consistency",
        "module_power_kw",
        "module_power_kw > 0 AND installed_power_kw > 0 AND "
        "(module_power_kw >= 6 * installed_power_kw OR module_power_kw * 6 <= installed_power_kw)",
        0.05,
        label=_("The modules' power matches the unit's"),
    ),
)


def _by_value(texts: pl.Series, meaning: Callable[[str | None], str | None]) -> pl.Series:
    """A text's meaning, worked out once for each different text of the batch."""
    values = texts.unique().drop_nulls().to_list()
    return texts.replace_strict(values, [meaning(value) for value in values], default=None, return_dtype=pl.String)


def _model(published: str | None) -> str | None:
    """A model's name with its white space squeezed; None for the many ways of saying nothing."""
    text = " ".join((published or "").split())
    # Folding costs ten times as much, and most of the hundred thousands of models are plain.
    return None if (text.lower() if text.isascii() else fold(text)) in NOTHING else text


def _derive(frame: pl.DataFrame, context: LoadContext) -> tuple[pl.DataFrame, list[DerivedFault]]:
    """The makers' names here, and models without line breaks."""
    makers: MakerNames = context.lookups
    return frame.with_columns(
        _by_value(frame["module_maker_published"], makers.normal).alias("module_maker"),
        _by_value(frame["inverter_maker_published"], makers.normal).alias("inverter_maker"),
        _by_value(frame["=NomModeloModulo"], _model).alias("module_model"),
        _by_value(frame["=NomModeloInversor"], _model).alias("inverter_model"),
    ), []


TECHNICAL_PV = Source(
    key="technical_pv",
    label=_("Technical data of photovoltaic units"),
    description=_("Modules, inverters and array of every photovoltaic unit, published daily by ANEEL and joined to the units."),
    table="aneel.technical_data",
    key_column="CodGeracaoDistribuida",
    key_search=r"GD\.[A-Z]{2}\.\d{3}\.\d{3}\.\d{3}",
    table_key="unit_code",
    columns=(
        Column("DatGeracaoConjuntoDados", Text(), volatile=True),
        Column(
            "CodGeracaoDistribuida",
            Code(r"^[0-9A-Z][0-9A-Z.\-/]{0,49}$", say("expect_unit_code")),
            to="unit_code",
            required=True,
            mandatory=True,
            aliases=("CodEmpreendimento",),
        ),
        Column("MdaAreaArranjo", Number(14, 2, minimum=0), to="array_area_m2"),
        Column("MdaPotenciaInstalada", Number(12, 3, minimum=0), to="installed_power_kw", aliases=("MdaPotenciaInstaladaKW",)),
        Column("NomFabricanteModulo", Text(), to="module_maker_published", required=True),
        Column("NomFabricanteInversor", Text(), to="inverter_maker_published", required=True),
        Column("DatConexao", Day(sentinels=(date(1900, 1, 1),)), to="connection_date"),
        Column("MdaPotenciaModulos", Number(14, 3, minimum=0), to="module_power_kw", required=True),
        Column("MdaPotenciaInversores", Number(14, 3, minimum=0), to="inverter_power_kw", required=True),
        Column("QtdModulos", Integer(0, 100_000_000), to="module_count", required=True),
        Column("NomModeloModulo", Text()),
        Column("NomModeloInversor", Text()),
    ),
    derive=_derive,
    derived=MappingProxyType(
        {"module_maker": pl.String, "inverter_maker": pl.String, "module_model": pl.String, "inverter_model": pl.String}
    ),
    prepare=load_maker_names,
    before_merge=lambda _cursor, _lookups: None,
    after_merge=join_from_technical,
    after_publish=refresh_statistics,
    cadence=timedelta(days=1),
    ckan=CkanResource(
        package="relacao-de-empreendimentos-de-geracao-distribuida",
        name_contains="informacoes-tecnicas-fotovoltaica",
        formats=("CSV", "ZIP", "PARQUET"),
    ),
    load_date_column="DatGeracaoConjuntoDados",
    vanished="delete",
    checks=CHECKS,
)
