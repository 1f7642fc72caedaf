"""The packages that sources fetch, with small files made here. Other sources' tests add theirs with `Portal.add_file`."""

from datetime import date

from tests.pipeline.published import csv_bytes, parquet_bytes, units, zip_bytes
from tests.portal.catalogue import Package, Resource

UNITS_PACKAGE = "relacao-de-empreendimentos-de-geracao-distribuida"
TARIFFS_PACKAGE = "tarifas-distribuidoras-energia-eletrica"
_TARIFF_COLUMNS = (
    "DatGeracaoConjuntoDados", "DscREH", "SigAgente", "NumCNPJDistribuidora", "DatInicioVigencia", "DatFimVigencia",
    "DscBaseTarifaria", "DscSubGrupo", "DscModalidadeTarifaria", "DscClasse", "DscSubClasse", "DscDetalhe", "NomPostoTarifario",
    "DscUnidadeTerciaria", "SigAgenteAcessante", "VlrTUSD", "VlrTE",
)  # fmt: skip


def tariffs_csv(years: int = 12) -> bytes:
    """So many years of one residential tariff, one after the other."""
    none = "Não se aplica"
    rows = [
        (
            *("2026-09-30", f"RESOLUÇÃO HOMOLOGATÓRIA Nº 3.{year}, DE 20 DE MAIO DE {year}", "CEMIG-D", "06981180000116"),
            *(f"{year}-05-28", f"{year + 1}-05-27", "Tarifa de Aplicação", "B1", "Convencional", "Residencial", "Residencial"),
            *(none, none, "MWh", none, f"{400 + year % 100},28", "293,02"),
        )
        for year in range(2027 - years, 2027)
    ]
    return csv_bytes([";".join(f'"{value}"' for value in row) for row in rows], _TARIFF_COLUMNS)


def source_packages(rows: int = 60, day: date = date(2026, 9, 29)) -> list[Package]:
    """Units (ZIP and Parquet) and tariffs (CSV), with the neighbours that must not be taken for them."""
    published = units(rows, day=day)
    csv = csv_bytes(published)
    return [
        Package(
            name=UNITS_PACKAGE,
            title="Relação de empreendimentos de Geração Distribuída",
            notes="Relação dos empreendimentos de micro e minigeração distribuída, atualizada diariamente.",
            tags=["geração distribuída", "micro e minigeração"],
            extras={"Frequência de atualização": "Diária", "Cobertura temporal": "2009 até o presente"},
            resources=[
                Resource("Dicionário de dados", "PDF", "dm-relacao-de-empreendimentos.pdf", b"%PDF-1.4 dicion\xc3\xa1rio"),
                Resource(
                    "empreendimento-geracao-distribuida.zip",
                    "ZIP",
                    "empreendimento-geracao-distribuida.zip",
                    zip_bytes({"empreendimento-geracao-distribuida.csv": csv}),
                ),
                Resource(
                    "empreendimento-geracao-distribuida.parquet",
                    "PARQUET",
                    "empreendimento-geracao-distribuida.parquet",
                    parquet_bytes(published),
                ),
            ],
        ),
        Package(
            name=TARIFFS_PACKAGE,
            title="Tarifas de aplicação das distribuidoras de energia elétrica",
            notes="Tarifas homologadas pela ANEEL, sem tributos: TUSD e TE de cada distribuidora.",
            tags=["tarifas", "TUSD", "TE"],
            extras={"Frequência de atualização": "Semanal"},
            resources=[
                Resource("Dicionário de metadados", "PDF", "dm-tarifas-homologadas.pdf", b"%PDF-1.4"),
                Resource(
                    "Tarifas homologadas das distribuidoras de energia elétrica",
                    "CSV",
                    "tarifas-homologadas-distribuidoras-energia-eletrica.csv",
                    tariffs_csv(),
                ),
            ],
        ),
    ]
