"""Homologated tariffs of the distributors: `tarifas-distribuidoras-energia-eletrica`.

One file, rewritten whole, with all tariffs since 2010. Its rows have no key of their own: distributor, resolution, period and
all that tells one price from another make one together. Periods overlap in reality; such rows are flagged and kept.
"""

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any

import polars as pl
from django.utils.translation import gettext_lazy as _

from aneel.choices import TariffBase, TariffSubgroup, TariffUnit
from aneel.models import Distributor
from pipeline.quality.check import Check
from pipeline.quality.metric import SHARE, Metric
from pipeline.sources.base import CkanResource, Column, DerivedFault, LoadContext, Merged, Source
from pipeline.sources.distributors import DistributorsMet, distributors_met, meet_latest, write_distributors
from pipeline.sources.keys import hashed_key
from pipeline.sources.kinds import Choice, Cnpj, Day, Number, Text, fold
from ysh.core.said import say

BASES = MappingProxyType({"Tarifa de Aplicação": TariffBase.APPLICATION.value, "Base Econômica": TariffBase.ECONOMIC.value})
UNITS = MappingProxyType(
    {"MWh": TariffUnit.MWH.value, "R$/MWh": TariffUnit.MWH.value, "kW": TariffUnit.KW.value, "R$/kW": TariffUnit.KW.value}
)
# ANEEL, Procedimentos de Regulação Tarifária (PRORET), module 7.1: subgroups by supply voltage.
VOLTAGES = MappingProxyType(
    {"A1": ">= 230 kV", "A2": "88-138 kV", "A3": "69 kV", "A3A": "30-44 kV"}
    | dict.fromkeys(("A4", "A4A", "A4B"), "2,3-25 kV")
    | dict.fromkeys(("AS", "B", "B1", "B2", "B3", "B4"), "< 2,3 kV")
)
_MONTHS = [
    "janeiro",
    "fevereiro",
    "marco",
    "abril",
    "maio",
    "junho",
    "julho",
    "agosto",
    "setembro",
    "outubro",
    "novembro",
    "dezembro",
]
_IN_WORDS = re.compile(r"(\d{1,2})\D{0,2} de ([a-z]+) de (\d{4})$")
# What tells one price from another, in the order the key is made of. Changing it changes every stored key.
_KEY = (
    "distributor_id", "utility_name", "resolution_number", "valid_from", "valid_to", "base", "subgroup", "modality",
    "consumer_class", "subclass", "detail", "tariff_post", "unit", "accessing_agent",
)  # fmt: skip
#: one price applies to a customer on a day when these are the same
_SAME_PRICE = "distributor_id, base, subgroup, modality, consumer_class, subclass, detail, tariff_post, unit, accessing_agent"
# DatFimVigencia of the same tariff of two resolutions may lie on the other's first day or after it.
_FLAG_OVERLAPS = f"""
UPDATE aneel.tariffs t SET quality_flags = found.flags
FROM (
    SELECT id, quality_flags AS stored, CASE WHEN
        coalesce(max(valid_to) OVER before >= valid_from, false) OR coalesce(min(valid_from) OVER after <= valid_to, false)
        THEN '{{overlapping_validity}}'::text[] ELSE '{{}}' END AS flags
    FROM aneel.tariffs
    WINDOW before AS (PARTITION BY {_SAME_PRICE} ORDER BY valid_from, id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING),
           after AS (PARTITION BY {_SAME_PRICE} ORDER BY valid_from, id ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING)
) found
WHERE t.id = found.id AND found.stored <> found.flags
"""  # noqa: S608  (text of ours)
_LAST_DAYS = """
UPDATE aneel.distributors d SET valid_tariff_until = found.last
FROM (SELECT distributor_id, max(valid_to) AS last FROM aneel.tariffs WHERE base = 'APLICACAO' GROUP BY 1) found
WHERE d.cnpj = found.distributor_id AND d.valid_tariff_until IS DISTINCT FROM found.last
"""


def _distributor_names() -> dict[str, str]:
    return {one.cnpj: one.sigla or one.name for one in Distributor.objects.only("cnpj", "sigla", "name")}


CHECKS = (
    Check(
        "tariffs_have_resolution",
        "completeness",
        "resolution_number",
        "resolution_number = ''",
        0.005,
        label=_("Tariffs name their resolution"),
    ),
    Check(
        "tariffs_cost_something",
        "validity",
        "tusd_value",
        "tusd_value = 0 AND te_value = 0",
        0.2,
        label=_("Tariffs cost something"),
    ),
    Check(
        "energy_has_no_price_per_kw",
        "consistency",
        "te_value",
        "unit = 'KW' AND te_value <> 0",
        0.001,
        label=_("Power has no price of energy"),
    ),
    Check(
        "tariff_below_limit",
        "validity",
        "tusd_value",
        "unit = 'MWH' AND tusd_value + te_value > 10000",
        0.001,
        label=_("The tariff is below its limit"),
    ),
    Check(
        "tariff_is_not_of_the_far_future",
        "validity",
        "valid_from",
        "valid_from > current_date + 400",
        0.001,
        label=_("No tariff is of the far future"),
    ),
)


@dataclass
class TariffLookups:
    """What a run meets: the latest acronym of a distributor weighs most."""

    distributors: DistributorsMet = field(default_factory=distributors_met)


def _prepare(_cursor: Any) -> TariffLookups:
    return TariffLookups()


def resolution_day(text: str | None) -> date | None:
    """The day in a resolution's title ("…, DE 16 DE MARÇO DE 2010"); None where it has none or an impossible one."""
    found = _IN_WORDS.search(fold(text or "").rstrip(". "))
    try:
        return date(int(found[3]), _MONTHS.index(found[2]) + 1, int(found[1])) if found else None
    except ValueError:
        return None


def _derive(frame: pl.DataFrame, context: LoadContext) -> tuple[pl.DataFrame, list[DerivedFault]]:
    """The key of each row; rows whose period ends before it begins are refused."""
    backwards = (frame["valid_to"] < frame["valid_from"]).fill_null(value=False).arg_true().to_list()
    faults: list[DerivedFault] = [
        (row, "DatFimVigencia", "bad_period", say("expect_not_before", column="DatInicioVigencia")) for row in backwards
    ]
    keys = hashed_key(frame, _KEY).alias("tariff_id")
    meet_latest(context.lookups.distributors, frame)
    titles = frame["resolution_number"].unique().to_list()
    return frame.with_columns(
        keys,
        pl.col("subgroup").replace_strict(dict(VOLTAGES), default="", return_dtype=pl.String).alias("voltage_level"),
        pl.col("resolution_number")
        .replace_strict(titles, [resolution_day(title) for title in titles], return_dtype=pl.Date)
        .alias("resolution_date"),
    ), faults


def _before_merge(cursor: Any, lookups: TariffLookups) -> None:
    write_distributors(cursor, lookups.distributors, renames=False)


def _after_merge(cursor: Any, _merged: Merged) -> None:
    """Flag overlapping periods, over the whole table as a new row changes what its neighbours are; keep the last days."""
    cursor.execute(_FLAG_OVERLAPS)
    cursor.execute(_LAST_DAYS)


TARIFFS = Source(
    key="tariffs",
    label=_("Homologated tariffs"),
    description=_("TUSD and TE of every distributor since 2010, without taxes, as approved by ANEEL."),
    table="aneel.tariffs",
    key_column="",
    key_search="",
    table_key="tariff_id",
    columns=(
        Column("DatGeracaoConjuntoDados", Text(), volatile=True),
        Column("DscREH", Text(120, null_as_empty=True), to="resolution_number", aliases=("DscResolucaoHomologatoria",)),
        Column("SigAgente", Text(120), to="utility_name", required=True, mandatory=True),
        Column("NumCNPJDistribuidora", Cnpj(), to="distributor_id", required=True, mandatory=True),
        Column("DatInicioVigencia", Day(), to="valid_from", required=True, mandatory=True),
        Column("DatFimVigencia", Day(), to="valid_to", required=True, mandatory=True),
        Column("DscBaseTarifaria", Choice(BASES), to="base", required=True, mandatory=True),
        Column(
            "DscSubGrupo",
            Choice({value: value for value in TariffSubgroup.values}),
            to="subgroup",
            required=True,
            mandatory=True,
            aliases=("DscSubGrupoTarifario",),
        ),
        Column("DscModalidadeTarifaria", Text(60), to="modality", required=True, mandatory=True),
        Column("DscClasse", Text(80), to="consumer_class", required=True),
        Column("DscSubClasse", Text(120, null_as_empty=True), to="subclass", required=True),
        Column("DscDetalhe", Text(80, null_as_empty=True), to="detail", required=True),
        Column("NomPostoTarifario", Text(40, null_as_empty=True), to="tariff_post", required=True),
        Column("DscUnidadeTerciaria", Choice(UNITS), to="unit", required=True, mandatory=True, aliases=("DscUnidade",)),
        Column("SigAgenteAcessante", Text(120, null_as_empty=True), to="accessing_agent"),
        Column("VlrTUSD", Number(12, 5, minimum=0), to="tusd_value", required=True, mandatory=True),
        Column("VlrTE", Number(12, 5, minimum=0), to="te_value", required=True, mandatory=True),
    ),
    derive=_derive,
    derived=MappingProxyType({"tariff_id": pl.String, "voltage_level": pl.String, "resolution_date": pl.Date}),
    prepare=_prepare,
    before_merge=_before_merge,
    after_merge=_after_merge,
    after_publish=lambda: None,
    cadence=timedelta(days=7),
    ckan=CkanResource(package="tarifas-distribuidoras-energia-eletrica", name_contains="tarifas-homologadas", formats=("CSV",)),
    load_date_column="DatGeracaoConjuntoDados",
    vanished="delete",
    checks=CHECKS,
    metrics=(
        Metric("base", SHARE, by="base", label=_("Share of the base")),
        # What a distributor's customers pay now: a price that jumps is a slip of the comma more often than a decision.
        Metric(
            "median_brl_per_kwh",
            "percentile_cont(0.5) WITHIN GROUP (ORDER BY total_tariff)",
            by="distributor_id",
            where="base = 'APLICACAO' AND unit = 'MWH' AND current_date BETWEEN valid_from AND valid_to",
            group_at_least=0,
            label=_("Median price (R$/kWh)"),
            group_names=_distributor_names,
        ),
    ),
)
