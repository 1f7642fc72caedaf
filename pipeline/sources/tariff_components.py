"""What tariffs are made of: `componentes-tarifarias`, one file a year since 2012, with column names of its own.

Of the dozens of components only those in `COMPONENTS` are taken. A file speaks for the years its periods begin in: rows of those
years that it no longer has are deleted, other years are left alone.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import Any

import polars as pl
from django.utils.translation import gettext_lazy as _
from psycopg import sql

from aneel.choices import TariffSubgroup
from pipeline.quality.check import Check
from pipeline.sources.base import CkanResource, Column, DerivedFault, LoadContext, Source
from pipeline.sources.distributors import DistributorsMet, distributors_met, meet_latest, write_distributors
from pipeline.sources.keys import hashed_key
from pipeline.sources.kinds import Choice, Cnpj, Day, Number, Text
from pipeline.sources.tariffs import UNITS
from ysh.core.said import say

# Lei 14.300/2022, art. 27: who feeds energy in pays a growing share of TUSD Fio B. Adding a component here is all it takes to
# have it; the files have about forty, and two to three million rows a year.
COMPONENTS = frozenset({"tusd_fiob"})
# What tells one value from another, in the order the key is made of. Changing it changes every stored key.
_KEY = (
    "distributor_id", "utility_name", "resolution_number", "valid_from", "valid_to", "base", "component", "subgroup", "modality",
    "consumer_class", "subclass", "detail", "tariff_post", "unit", "accessing_agent",
)  # fmt: skip

CHECKS = (
    Check(
        "components_have_resolution",
        "completeness",
        "resolution_number",
        "resolution_number = ''",
        0.005,
        label=_("Components name their resolution"),
    ),
    Check(
        "component_below_limit",
        "validity",
        "value",
        "unit = 'MWH' AND abs(value) > 10000",
        0.001,
        label=_("The component is below its limit"),
    ),
    Check(
        "component_is_not_of_the_far_future",
        "validity",
        "valid_from",
        "valid_from > current_date + 400",
        0.001,
        label=_("No component is of the far future"),
    ),
)


@dataclass
class ComponentLookups:
    """What a run meets: distributors, and the years its rows begin in."""

    distributors: DistributorsMet = field(default_factory=distributors_met)
    years: set[int] = field(default_factory=set)


def _prepare(_cursor: Any) -> ComponentLookups:
    return ComponentLookups()


def _derive(frame: pl.DataFrame, context: LoadContext) -> tuple[pl.DataFrame, list[DerivedFault]]:
    """The key of each row; rows whose period ends before it begins are refused."""
    lookups: ComponentLookups = context.lookups
    backwards = (frame["valid_to"] < frame["valid_from"]).fill_null(value=False).arg_true().to_list()
    faults: list[DerivedFault] = [
        (row, "DatFimVigencia", "bad_period", say("expect_not_before", column="DatInicioVigencia")) for row in backwards
    ]
    lookups.years.update(frame["valid_from"].dt.year().unique().drop_nulls().to_list())
    meet_latest(lookups.distributors, frame)
    return frame.with_columns(hashed_key(frame, _KEY).alias("component_id")), faults


def _before_merge(cursor: Any, lookups: ComponentLookups) -> None:
    write_distributors(cursor, lookups.distributors, renames=False)


def _within(lookups: ComponentLookups) -> sql.Composable:
    return sql.SQL("extract(year FROM valid_from) = ANY ({})").format(sql.Literal(sorted(lookups.years)))


TARIFF_COMPONENTS = Source(
    key="tariff_components",
    label=_("Tariff components"),
    description=_("TUSD Fio B by distributor, subgroup and period since 2012, without taxes."),
    table="aneel.tariff_components",
    key_column="",
    key_search="",
    table_key="component_id",
    columns=(
        Column("DatGeracaoConjuntoDados", Text(), volatile=True),
        Column(
            "DscResolucaoHomologatoria", Text(120, null_as_empty=True), to="resolution_number", aliases=("DscREH", "DscResolucao")
        ),
        Column("SigNomeAgente", Text(120), to="utility_name", required=True, mandatory=True, aliases=("SigAgente",)),
        Column(
            "NumCPFCNPJ", Cnpj(), to="distributor_id", required=True, mandatory=True, aliases=("NumCNPJDistribuidora", "NumCNPJ")
        ),
        Column("DatInicioVigencia", Day(), to="valid_from", required=True, mandatory=True),
        Column("DatFimVigencia", Day(), to="valid_to", required=True, mandatory=True),
        Column("DscBaseTarifaria", Text(60), to="base", required=True, mandatory=True),
        Column(
            "DscSubGrupoTarifario",
            Choice({value: value for value in TariffSubgroup.values}),
            to="subgroup",
            required=True,
            mandatory=True,
            aliases=("DscSubGrupo",),
        ),
        Column("DscModalidadeTarifaria", Text(60), to="modality", required=True, mandatory=True),
        Column("DscClasseConsumidor", Text(80, null_as_empty=True), to="consumer_class", aliases=("DscClasse",)),
        Column("DscSubClasseConsumidor", Text(120, null_as_empty=True), to="subclass", aliases=("DscSubClasse",)),
        Column("DscDetalheConsumidor", Text(80, null_as_empty=True), to="detail", aliases=("DscDetalhe",)),
        Column("DscPostoTarifario", Text(40, null_as_empty=True), to="tariff_post", aliases=("NomPostoTarifario",)),
        Column("DscUnidade", Choice(UNITS), to="unit", required=True, mandatory=True, aliases=("DscUnidadeTerciaria",)),
        Column("SigNomeAgenteAcessante", Text(120, null_as_empty=True), to="accessing_agent", aliases=("SigAgenteAcessante",)),
        Column("DscComponenteTarifario", Text(60), to="component", required=True, mandatory=True),
        # Published as 8,9999999999999995E-9, too; financial components go below zero.
        Column("VlrComponenteTarifario", Number(18, 8), to="value", required=True, mandatory=True),
    ),
    derive=_derive,
    derived=MappingProxyType({"component_id": pl.String}),
    prepare=_prepare,
    before_merge=_before_merge,
    after_publish=lambda: None,
    cadence=timedelta(days=7),
    ckan=CkanResource(package="componentes-tarifarias", name_contains="componentes-tarifarias", formats=("PARQUET", "CSV")),
    load_date_column="DatGeracaoConjuntoDados",
    vanished="delete",
    depends_on=("tariffs",),
    within=_within,
    only=("DscComponenteTarifario", COMPONENTS),
    checks=CHECKS,
)
