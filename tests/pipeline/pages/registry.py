"""The detail page of one registration, as ASP.NET WebForms makes it: its data in a definition list, its models in a table."""

from collections.abc import Iterable, Mapping
from html import escape

FACTS = {
    "Número do Registro:": "002567/2023",
    "Razão Social": "EXEMPLO SOLAR IMPORTAÇÃO LTDA",
    "CNPJ": "11.222.333/0001-81",
    "Portaria": "Portaria Inmetro nº 140 de 21/03/2022",
    "Nº do Certificado": "",
    "Data de Concessão": "15/03/2023",
    "Data de Validade": "",
    "Situação": "Ativo",
}
MODELS = (
    ("Canadian Solar", "CS7N-650MB-AG", "Módulo fotovoltaico monocristalino\n 650&nbsp;Wp, 20,9 %", "7891234567895"),
    ("Canadian Solar", "CS7N-655MB-AG", "Módulo fotovoltaico monocristalino 655 Wp", ""),
)


def page(facts: Mapping[str, str] | None = None, models: Iterable[tuple[str, ...]] = MODELS, *, headings: bool = True) -> str:
    """A detail page.

    Args:
        facts: laid over `FACTS`.
        models: brand, model, description (HTML), bar code of each.
        headings: whether the table of models names its columns.
    """
    shown = "".join(f"<dt>{escape(label)}</dt>\n<dd>{escape(value)}</dd>" for label, value in (FACTS | dict(facts or {})).items())
    head = "<tr><th></th><th>Item</th><th>Marca</th><th>Modelo</th><th>Descrição</th><th>Código de Barras</th></tr>"
    rows = "".join(
        f"<tr><td><input type='checkbox'></td><td>{number}</td>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
        for number, cells in enumerate(models, 1)
    )
    return f"""<!DOCTYPE html>
<html><head><title>Consulta</title><script>var a = "<td>000000/0000</td>";</script></head><body><form>
<table><tr><td>Menu</td></tr></table>
<div id="ctl00_MainContent_panel0"><dl class="dl-horizontal">{shown}</dl></div>
<div id="ctl00_MainContent_panel1"><table class="table">{head if headings else ""}{rows}</table></div>
</form></body></html>"""
