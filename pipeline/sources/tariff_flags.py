"""Tariff flags (`bandeiras-tarifarias`): the flag of each month, and what each flag costs by resolution.

Two small files with columns of their own; both are read by both sources, as each says by its columns which one it is.
"""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from types import MappingProxyType
from typing import Any

import polars as pl
from django.utils.translation import gettext_lazy as _
from psycopg import sql

from aneel.choices import FlagRecord, TariffFlagColour
from pipeline.quality.check import Check
from pipeline.sources.base import CkanResource, Column, DerivedFault, LoadContext, Source
from pipeline.sources.kinds import Choice, Day, Number, Text
from ysh.core.said import say

FLAGS = MappingProxyType(
    {
        "Verde": TariffFlagColour.GREEN.value,
        "Amarela": TariffFlagColour.YELLOW.value,
        # one level only until January 2016
        "Vermelha": TariffFlagColour.RED_1.value,
        "Vermelha P1": TariffFlagColour.RED_1.value,
        "Vermelha Patamar 1": TariffFlagColour.RED_1.value,
        "Vermelha P2": TariffFlagColour.RED_2.value,
        "Vermelha Patamar 2": TariffFlagColour.RED_2.value,
        "Escassez Hídrica": TariffFlagColour.SCARCITY.value,
    }
)
CHECKS = (
    Check(
        "green_costs_nothing",
        "consistency",
        "surcharge_brl_per_mwh",
        "flag = 'VERDE' AND surcharge_brl_per_mwh <> 0",
        0.0,
        label=_("The green flag costs nothing"),
    ),
    # 142 R$/MWh of water scarcity is the dearest so far; a tenth or ten times as much is another unit.
    Check(
        "surcharge_is_per_mwh",
        "validity",
        "surcharge_brl_per_mwh",
        "flag <> 'VERDE' AND surcharge_brl_per_mwh < 1",
        0.0,
        label=_("The surcharge is in R$/MWh"),
    ),
    Check(
        "surcharge_below_limit",
        "validity",
        "surcharge_brl_per_mwh",
        "surcharge_brl_per_mwh > 500",
        0.0,
        label=_("The surcharge is below its limit"),
    ),
    Check(
        "flag_is_not_of_the_far_future",
        "validity",
        "day",
        "record = 'MONTH' AND day > current_date + 45",
        0.0,
        label=_("No flag is of the far future"),
    ),
)
_BY_MONTH, _BY_RATE = "=DatCompetencia", "=DatVigencia"


@dataclass
class FlagLookups:
    """Which of the two records the file holds."""

    records: set[str] = field(default_factory=set)


def _prepare(_cursor: Any) -> FlagLookups:
    return FlagLookups()


def _derive(frame: pl.DataFrame, context: LoadContext) -> tuple[pl.DataFrame, list[DerivedFault]]:
    """Month or rate, its day, and the key; a row without either day is refused."""
    is_month = pl.col(_BY_MONTH).is_not_null()
    frame = frame.with_columns(
        pl.when(is_month)
        .then(pl.lit(FlagRecord.MONTH.value))
        .when(pl.col(_BY_RATE).is_not_null())
        .then(pl.lit(FlagRecord.RATE.value))
        .alias("record"),
        # A month is sometimes given by another of its days.
        pl.when(is_month).then(pl.col(_BY_MONTH).dt.month_start()).otherwise(pl.col(_BY_RATE)).alias("day"),
    ).with_columns(
        pl.concat_str(
            "record",
            pl.col("day").dt.strftime("%Y-%m-%d"),
            pl.when(is_month).then(None).otherwise(pl.col("flag")),
            separator=" ",
            ignore_nulls=True,
        ).alias("flag_id")
    )
    context.lookups.records.update(frame["record"].drop_nulls().unique().to_list())
    undated = frame["record"].is_null().arg_true().to_list()
    return frame, [(row, "DatCompetencia", "missing_value", say("expect_month_or_day")) for row in undated]


def _within(lookups: FlagLookups) -> sql.Composable:
    return sql.SQL("record = ANY ({})").format(sql.Literal(sorted(lookups.records)))


TARIFF_FLAGS = Source(
    key="tariff_flags",
    label=_("Tariff flags"),
    description=_("The flag of each month since 2015 and its surcharge, without taxes."),
    table="aneel.tariff_flags",
    key_column="",
    key_search="",
    table_key="flag_id",
    columns=(
        Column("DatGeracaoConjuntoDados", Text(), volatile=True),
        Column("DatCompetencia", Day()),
        Column("DatVigencia", Day()),
        Column("DscResolucao", Text(120, null_as_empty=True), to="resolution_number", aliases=("DscResolucaoHomologatoria",)),
        Column("NomBandeiraAcionada", Choice(FLAGS), to="flag", required=True, mandatory=True, aliases=("NomBandeira",)),
        Column(
            "VlrAdicionalBandeira",
            Number(12, 5, minimum=0),
            to="surcharge_brl_per_mwh",
            required=True,
            mandatory=True,
            aliases=("VlrAdicionalBandeiraRSMWh",),
        ),
    ),
    derive=_derive,
    derived=MappingProxyType({"flag_id": pl.String, "record": pl.String, "day": pl.Date}),
    prepare=_prepare,
    before_merge=lambda _cursor, _lookups: None,
    after_publish=lambda: None,
    cadence=timedelta(days=31),
    ckan=CkanResource(package="bandeiras-tarifarias", name_contains="acionamento", formats=("CSV",)),
    load_date_column="DatGeracaoConjuntoDados",
    vanished="delete",
    # Two sources share the table.
    bulk=False,
    within=_within,
    one_of=(("DatCompetencia", "DatVigencia"),),
    checks=CHECKS,
)
TARIFF_FLAG_RATES = replace(
    TARIFF_FLAGS,
    key="tariff_flag_rates",
    label=_("Rates of tariff flags"),
    description=_("What each flag costs from a day on, by resolution, without taxes."),
    cadence=timedelta(days=366),
    depends_on=("tariff_flags",),
    ckan=CkanResource(package="bandeiras-tarifarias", name_contains="adicional", formats=("CSV",)),
)
