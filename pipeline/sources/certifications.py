"""INMETRO's registrations of photovoltaic equipment: exports (JSON, CSV) and the registry's page of one registration (HTML).

Portaria 140/2022 replaced 004/2011; registrations of both are in force. One registration covers many models, so the two make the
key. Every file is an extract: what it does not name is left alone.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

import polars as pl
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from aneel.choices import CertificateType, CertificationStatus
from pipeline.quality.check import Check
from pipeline.sources.base import Column, DerivedFault, Kind, LoadContext, Parsed, Source
from pipeline.sources.described import described_efficiency, described_equipment, described_input_voltage, described_power_w
from pipeline.sources.inmetro_documents import read_detail_page, read_export
from pipeline.sources.kinds import Choice, LocalDay, Number, Text, fold
from pipeline.sources.makers import MakerNames, load_maker_names
from ysh.core.said import say

STATUSES = MappingProxyType(
    {
        "Ativo": CertificationStatus.ACTIVE.value,
        "Ativa": CertificationStatus.ACTIVE.value,
        "Vigente": CertificationStatus.ACTIVE.value,
        "Concedido": CertificationStatus.ACTIVE.value,
        "Vencido": CertificationStatus.EXPIRED.value,
        "Expirado": CertificationStatus.EXPIRED.value,
        "Suspenso": CertificationStatus.SUSPENDED.value,
        "Suspensa": CertificationStatus.SUSPENDED.value,
        "Cancelado": CertificationStatus.REVOKED.value,
        "Cancelada": CertificationStatus.REVOKED.value,
        "Inativo": CertificationStatus.REVOKED.value,
        "Em análise": CertificationStatus.PENDING.value,
        "Pendente": CertificationStatus.PENDING.value,
    }
)
#: what exports call the kinds of equipment -> as it is stored
EQUIPMENT = MappingProxyType(
    {
        "ongrid": "inversor on-grid",
        "on-grid": "inversor on-grid",
        "hibrido": "inversor híbrido",
        "offgrid": "inversor off-grid",
        "off-grid": "inversor off-grid",
        "microinversor": "microinversor",
        "inversor": "inversor",
        "bateria": "bateria",
        "modulo": "módulo",
        "painel": "módulo",
        "controlador": "controlador de carga",
    }
)
CHECKS = (
    Check(
        "registrations_have_ordinance",
        "completeness",
        "ordinance",
        "ordinance = ''",
        0.05,
        label=_("Registrations name their ordinance"),
    ),
    Check(
        "registrations_have_issue_date",
        "completeness",
        "issue_date",
        "issue_date IS NULL",
        0.05,
        label=_("Registrations have an issue date"),
    ),
    Check(
        "ordinance_is_known",
        "validity",
        "ordinance",
        "ordinance <> '' AND ordinance !~ '(140|004|4) '",
        0.1,
        label=_("The ordinance is a known one"),
    ),
    Check(
        "issued_before_tomorrow",
        "validity",
        "issue_date",
        "issue_date > current_date",
        0.0,
        label=_("No registration was issued in the future"),
    ),
)


def registration_url(number: str) -> str:
    """Address of the registry's page of one registration (`001234/2024`)."""
    return f"{settings.INMETRO_URL.rstrip('/')}/consulta/detalhe.aspx?pag=1&NumeroRegistro={quote(number, safe='')}"


@dataclass(frozen=True, slots=True)
class RegistrationNumber(Kind):
    """`001234/2024`; its leading zeros are restored where a spreadsheet lost them."""

    reason = "bad_code"
    expected = say("expect_registration")

    def parse(self, text: pl.Series) -> Parsed:
        good = text.str.contains(r"^[0-9]{1,6}/[0-9]{4}$")
        number = pl.select(pl.when(good).then(text.str.zfill(11))).to_series()
        bad = ~good & (text != "")
        return Parsed(number, bad if bad.any() else None, number.fill_null(text))


@dataclass(frozen=True, slots=True)
class CertificationLookups:
    """The names of makers, and the day the status is of."""

    makers: MakerNames
    today: date


def _prepare(cursor: Any) -> CertificationLookups:
    return CertificationLookups(load_maker_names(cursor), timezone.localdate())


def _derive(frame: pl.DataFrame, context: LoadContext) -> tuple[pl.DataFrame, list[DerivedFault]]:
    """Key, maker, kind, power and today's status; a registration that ends before it begins is refused."""
    lookups: CertificationLookups = context.lookups
    descriptions = frame["description"].to_list()
    kinds = [
        EQUIPMENT.get(fold(kind or ""), kind or "") or described_equipment(text)
        for kind, text in zip(frame["=tipo"].to_list(), descriptions, strict=True)
    ]
    powers = [
        kilowatts * 1000 if kilowatts is not None else described_power_w(text)
        for kilowatts, text in zip(frame["=potencia"].to_list(), descriptions, strict=True)
    ]
    voltages = [described_input_voltage(text) for text in descriptions]
    brands = [lookups.makers.named(brand) or lookups.makers.found_in(brand) or brand for brand in frame["brand"].to_list()]
    holders = frame["=detentor"].to_list()
    numbers = frame["certificate_number"].to_list()
    expired = pl.col("expiry_date") < lookups.today
    frame = frame.with_columns(
        pl.lit(CertificateType.INMETRO.value).alias("certificate_type"),
        pl.Series("equipment_type", [kind[:40] for kind in kinds], dtype=pl.String),
        pl.Series("manufacturer", [(b or h or "")[:200] for b, h in zip(brands, holders, strict=True)], dtype=pl.String),
        pl.Series("power_rating_w", powers, dtype=pl.Float64),
        pl.Series("efficiency_percent", [described_efficiency(text) for text in descriptions], dtype=pl.Float64),
        pl.Series("voltage_input_min_v", [low for low, _high in voltages], dtype=pl.Float64),
        pl.Series("voltage_input_max_v", [high for _low, high in voltages], dtype=pl.Float64),
        pl.Series("certificate_url", [registration_url(n) for n in numbers], dtype=pl.String),
        pl.lit("").alias("revocation_reason"),
        pl.lit("").alias("test_report_url"),
        pl.concat_str(pl.lit(CertificateType.INMETRO.value), "certificate_number", "model", separator=" ").alias(
            "certificate_id"
        ),
        pl.when(pl.col("=situacao").fill_null("ACTIVE") != CertificationStatus.ACTIVE.value)
        .then(pl.col("=situacao"))
        .when(expired)
        .then(pl.lit(CertificationStatus.EXPIRED.value))
        .otherwise(pl.lit(CertificationStatus.ACTIVE.value))
        .alias("status"),
    )
    backwards = (frame["expiry_date"] <= frame["issue_date"]).fill_null(value=False).arg_true().to_list()
    return frame, [(row, "data_validade", "bad_period", "a day after data_concessao") for row in backwards]


CERTIFICATIONS = Source(
    key="certifications",
    label=_("INMETRO registrations"),
    description=_("Registered modules, inverters, batteries and controllers, a row a model. Every file is an extract."),
    table="aneel.certifications",
    key_column="",
    key_search="",
    table_key="certificate_id",
    key_width=300,
    columns=(
        Column(
            "numero",
            RegistrationNumber(),
            to="certificate_number",
            required=True,
            mandatory=True,
            aliases=("registro", "numero_registro", "NumeroRegistro", "Número do Registro"),
        ),
        Column("marca", Text(120, null_as_empty=True), to="brand", required=True, aliases=("brand",)),
        Column("modelo", Text(200), to="model", required=True, mandatory=True, aliases=("model",)),
        Column("tipo", Text(40), aliases=("equipamento",)),
        Column("familia", Text(200, null_as_empty=True), to="family", aliases=("família",)),
        Column("descricao", Text(4000, null_as_empty=True), to="description", aliases=("descrição",)),
        # kW, as exports derive it from the description
        Column("potencia", Number(8, 3, minimum=0), aliases=("potencia_kw", "potência")),
        Column("portaria", Text(120, null_as_empty=True), to="ordinance"),
        Column("data_concessao", LocalDay(), to="issue_date", aliases=("concessao", "data de concessão")),
        Column("data_validade", LocalDay(), to="expiry_date", aliases=("validade", "data de validade")),
        Column("data_alter", LocalDay(), aliases=("data_alteracao", "data de alteração")),
        Column("situacao", Choice(STATUSES), aliases=("situação", "status")),
        Column("detentor", Text(200), aliases=("fornecedor", "empresa", "razao_social")),
        Column("cnpj", Text(30)),
        Column("importado", Text()),
        Column("pais", Text(), aliases=("país",)),
        Column("certificado", Text()),
        Column("codigo_barras", Text()),
        Column("programa", Text()),
        Column("detentor_fantasia", Text()),
    ),
    derive=_derive,
    derived=MappingProxyType(
        {
            "certificate_id": pl.String,
            "certificate_type": pl.String,
            "equipment_type": pl.String,
            "manufacturer": pl.String,
            "power_rating_w": pl.Float64,
            "efficiency_percent": pl.Float64,
            "voltage_input_min_v": pl.Float64,
            "voltage_input_max_v": pl.Float64,
            "certificate_url": pl.String,
            "revocation_reason": pl.String,
            "test_report_url": pl.String,
            "status": pl.String,
        }
    ),
    prepare=_prepare,
    before_merge=lambda _cursor, _lookups: None,
    after_publish=lambda: None,
    cadence=timedelta(days=31),
    vanished="keep",
    # The page knows neither family nor kind, an export no description at times: what one lacks the other has said.
    fills=frozenset(
        {
            "brand",
            "family",
            "description",
            "equipment_type",
            "power_rating_w",
            "efficiency_percent",
            "voltage_input_min_v",
            "voltage_input_max_v",
            "ordinance",
            "issue_date",
        }
    ),
    # Products refer to its rows.
    bulk=False,
    documents=MappingProxyType({"json": read_export, "html": read_detail_page}),
    checks=CHECKS,
)
