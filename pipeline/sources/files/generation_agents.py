"""Agents of the electricity sector: `agentes-do-setor-eletrico`, about 10,000 rows."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from pipeline.sources.base import CkanResource, Column
from pipeline.sources.declared_file import file_source
from pipeline.sources.kinds import Cnpj, Integer, Text

GENERATION_AGENTS = file_source(
    "generation_agents",
    label=_("Agents of the electricity sector"),
    description=_("Companies that generate, transmit, distribute or trade electricity, as they registered with ANEEL."),
    ckan=CkanResource(package="agentes-do-setor-eletrico", name_contains="agentes", formats=("CSV",)),
    cadence=timedelta(days=31),
    key_columns=("NumCnpj",),
    label_column="NomRazaoSocial",
    # Natural persons are left out: their number is a CPF.
    only=("SigPessoa", frozenset({"pj", "j"})),
    columns=(
        Column("DatGeracaoConjuntoDados", Text(), volatile=True),
        Column("NumCnpj", Cnpj(), to="cnpj", required=True, aliases=("NumCPFCNPJ",)),
        Column("SigPessoa", Text(10), required=True),
        Column("NomRazaoSocial", Text(255), to="name", required=True),
        Column("IdcAtivo", Text(5), to="active"),
        Column("IdcComercializacao", Integer(0, 1), to="trades"),
        # Declared by the agent, not proof: a regulator says 1 of itself.
        Column("IdcDistribuicao", Integer(0, 1), to="distributes"),
        Column("IdcGeracao", Integer(0, 1), to="generates"),
        Column("IdcTransmissao", Integer(0, 1), to="transmits"),
    ),
)
