"""What else sources fetch, so that the daily workflow by hand finds a file for each of them. Small, made here, the same every time."""

from datetime import date

from pipeline.sources.files import FILE_SOURCES
from tests.pipeline.declared_samples import SAMPLES
from tests.pipeline.pages.registry import page
from tests.pipeline.published import code, csv_bytes
from tests.portal.catalogue import FIRST_DAY, Package, Resource
from tests.portal.files import UNITS_PACKAGE
from tests.portal.pages import INMETRO_PREFIX, Content, Page

TECHNICAL = "empreendimento-gd-informacoes-tecnicas-fotovoltaica"
COMPONENTS_PACKAGE, FLAGS_PACKAGE = "componentes-tarifarias", "bandeiras-tarifarias"
NONE = "Não se aplica"
_SPELLINGS = ("Jinko Solar ", "JINKO", "CANADIAN SOLAR ;GCL", "Não há")


def technical_csv(rows: int, day: date) -> bytes:
    """Modules and inverters of the first units: makers in several spellings, one model with a line break, one power ten times too large."""
    table = []
    for number in range(rows):
        kw = 3 + number % 50 + number % 100 / 100
        panels = round(kw * 1000 / 550) + 1
        table.append(
            {
                "DatGeracaoConjuntoDados": day.isoformat(),
                "CodGeracaoDistribuida": code(number),
                "MdaAreaArranjo": _decimal(panels * 2.4),
                "MdaPotenciaInstalada": _decimal(kw),
                "NomFabricanteModulo": _SPELLINGS[number % len(_SPELLINGS)],
                "NomFabricanteInversor": "GROWATT" if number % 2 else "Deye\t",
                "DatConexao": "2024-03-15",
                "MdaPotenciaModulos": _decimal(panels * (5.5 if number == 7 else 0.55)),
                "MdaPotenciaInversores": _decimal(kw),
                "QtdModulos": str(panels),
                "NomModeloModulo": "JKM550M\n72HL4" if number == 5 else "JKM550M-72HL4",
                "NomModeloInversor": "MIN 5000TL-X",
            }
        )
    return csv_bytes(table, list(table[0]))


def components_csv(years: int = 3) -> bytes:
    """TUSD Fio B of residential customers, year by year, and a component that is left out."""
    table = [
        {
            "DatGeracaoConjuntoDados": "2026-09-27",
            "DscResolucaoHomologatoria": f"RESOLUÇÃO HOMOLOGATÓRIA Nº 3.{year}, DE 20 DE MAIO DE {year}",
            "SigNomeAgente": "CEMIG-D",
            "NumCPFCNPJ": "06981180000116",
            "DatInicioVigencia": f"{year}-05-28",
            "DatFimVigencia": f"{year + 1}-05-27",
            "DscBaseTarifaria": "Tarifa de Aplicação",
            "DscSubGrupoTarifario": "B1",
            "DscModalidadeTarifaria": "Convencional",
            "DscClasseConsumidor": "Residencial",
            "DscSubClasseConsumidor": "Residencial",
            "DscDetalheConsumidor": NONE,
            "DscPostoTarifario": NONE,
            "DscUnidade": "R$/MWh",
            "SigNomeAgenteAcessante": NONE,
            "DscComponenteTarifario": component,
            "VlrComponenteTarifario": value,
        }
        for year in range(2027 - years, 2027)
        for component, value in (("TUSD_FioB", f"{180 + year % 100},36"), ("TE_ENERGIA", "8,9999999999999995E-9"))
    ]
    return csv_bytes(table, list(table[0]))


MONTHS = """\
"DatGeracaoConjuntoDados";"DatCompetencia";"NomBandeiraAcionada";"VlrAdicionalBandeira"
"2026-09-15";"2026-07-01";"Verde";",00"
"2026-09-15";"2026-08-01";"Amarela";"18,85"
"2026-09-15";"2026-09-01";"Vermelha P1";"44,63"
"""
RATES = """\
"DatGeracaoConjuntoDados";"DscResolucao";"DatVigencia";"NomBandeiraAcionada";"VlrAdicionalBandeiraRSMWh"
"2026-09-15";"REH nº 3.306/2024";"2024-04-01";"Amarela";"18,85"
"2026-09-15";"REH nº 3.306/2024";"2024-04-01";"Vermelha P1";"44,63"
"2026-09-15";"REH nº 3.306/2024";"2024-04-01";"Vermelha P2";"78,77"
"""


def add_further(content: Content, *, rows: int = 60, day: date = date(2026, 9, 29)) -> None:
    """A file for each source that the portal's usual packages lack, and one page of INMETRO's registry.

    Args:
        content: laid over.
        rows: of the technical file; as many as there are units.
        day: the technical file's load date.
    """
    units = next(package for package in content.packages if package.name == UNITS_PACKAGE)
    units.resources.append(_file(TECHNICAL, technical_csv(rows, day)))
    content.packages += [
        Package(
            COMPONENTS_PACKAGE,
            "Componentes tarifárias",
            "Componentes das tarifas homologadas: TUSD e TE de cada distribuidora, por subgrupo e período.",
            [_file("componentes-tarifarias-2026", components_csv())],
            ["tarifas", "TUSD"],
            {"Frequência de atualização": "Semanal"},
        ),
        Package(
            FLAGS_PACKAGE,
            "Bandeiras tarifárias",
            "Bandeira acionada em cada mês, e o adicional de cada bandeira por resolução.",
            [_file("bandeira-tarifaria-acionamento", _csv(MONTHS)), _file("bandeira-tarifaria-adicional", _csv(RATES))],
            ["tarifas", "bandeiras"],
            {"Frequência de atualização": "Mensal"},
        ),
    ]
    for source in FILE_SOURCES:
        if source.ckan is not None:
            content.packages.append(
                Package(
                    source.ckan.package,
                    source.ckan.package.replace("-", " ").capitalize(),
                    "Arquivo declarado em pipeline/sources/files, com as linhas da sua amostra.",
                    [_file(source.ckan.name_contains, _csv(SAMPLES[source.key][0]))],
                )
            )
    registration = Page(page().encode(), "text/html; charset=utf-8", last_modified=FIRST_DAY)
    content.put[f"{INMETRO_PREFIX}/consulta/detalhe.aspx?pag=1&NumeroRegistro=002567%2F2023"] = registration


def _file(name: str, data: bytes) -> Resource:
    return Resource(name, "CSV", f"{name}.csv", data)


def _csv(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()


def _decimal(value: float) -> str:
    return f"{value:.2f}".replace(".", ",")
