"""INMETRO's registry as documents: the detail page of one registration (HTML), and exports of many (JSON). Pure.

The detail page is made by ASP.NET WebForms: a definition list with the registration's own data, and a table with a row a model.
"""

import json
import re
import unicodedata
from html.parser import HTMLParser
from typing import Any

from pipeline.errors import SourceFileError

NUMBER = re.compile(r"\b\d{6}/\d{4}\b")
# Folded words of the page -> published name of the column, as exports have it. The first that begins a label wins.
_FACTS = (
    ("numero do registro", "numero"),
    ("registro", "numero"),
    ("cnpj", "cnpj"),
    ("razao social", "detentor"),
    ("nome fantasia", "detentor_fantasia"),
    ("empresa", "detentor"),
    ("detentor", "detentor"),
    ("fornecedor", "detentor"),
    ("portaria", "portaria"),
    ("regulamento", "portaria"),
    ("programa", "programa"),
    ("objeto", "programa"),
    ("produto", "programa"),
    ("certificado", "certificado"),
    ("data de concessao", "data_concessao"),
    ("concessao", "data_concessao"),
    ("data de validade", "data_validade"),
    ("validade", "data_validade"),
    ("data de alteracao", "data_alter"),
    ("situacao", "situacao"),
    ("status", "situacao"),
    ("importado", "importado"),
    ("pais", "pais"),
    ("familia", "familia"),
)
_CELLS = (("marca", "marca"), ("modelo", "modelo"), ("descricao", "descricao"), ("codigo de barras", "codigo_barras"))
# Without headings: the registry's own order.
_BY_POSITION = {2: "marca", 3: "modelo", 4: "descricao", 5: "codigo_barras"}
_VOID = frozenset({"br", "hr", "img", "input", "meta", "link", "col", "wbr"})


def _fold(text: str) -> str:
    plain = "".join(ch for ch in unicodedata.normalize("NFKD", text) if not unicodedata.combining(ch))
    return " ".join(plain.split()).strip(" :").lower()


class _Page(HTMLParser):
    """Definition lists and tables of a page, as text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.facts: list[tuple[str, str]] = []
        self.tables: list[list[list[str]]] = []
        self._text: list[str] | None = None
        self._label = ""
        self._open: list[list[list[str]]] = []
        self._quiet = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style"):
            self._quiet += 1
        elif tag in ("dt", "dd", "td", "th"):
            self._close_text()
            self._text = []
        elif tag == "table":
            self._open.append([])
        elif tag == "tr" and self._open:
            self._open[-1].append([])
        elif tag in _VOID and self._text is not None:
            self._text.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._quiet = max(0, self._quiet - 1)
        elif tag == "dt":
            self._label = self._close_text()
        elif tag == "dd":
            self.facts.append((self._label, self._close_text()))
        elif tag in ("td", "th"):
            text = self._close_text()
            if self._open and self._open[-1]:
                self._open[-1][-1].append(text)
        elif tag == "table" and self._open:
            self.tables.append([row for row in self._open.pop() if row])

    def handle_data(self, data: str) -> None:
        if self._text is not None and not self._quiet:
            self._text.append(data)

    def _close_text(self) -> str:
        text, self._text = " ".join("".join(self._text or ()).split()), None
        return text


def _named(label: str, names: tuple[tuple[str, str], ...]) -> str:
    folded = _fold(label)
    return next((name for word, name in names if folded.startswith(word)), "")


def _models(tables: list[list[list[str]]]) -> list[dict[str, str]]:
    """The rows of the table of models: by its headings, else by position."""
    for table in tables:
        head = [_named(cell, _CELLS) for cell in table[0]] if table else []
        if "modelo" in head:
            return [{name: cell for name, cell in zip(head, row, strict=False) if name} for row in table[1:]]
    wide = [table for table in tables if table and max(map(len, table)) >= 5]
    return [{name: row[at] for at, name in _BY_POSITION.items() if at < len(row)} for table in wide[:1] for row in table]


def read_detail_page(data: bytes, name: str) -> list[dict[str, Any]]:
    """The models of one registration.

    Args:
        data: the page as fetched; UTF-8, or Windows-1252 where it is not.
        name: for errors.

    Returns:
        A record a model, each with the registration's own data, named as exports name them.

    Raises:
        SourceFileError: another page (not found, an error, a form), or a registration without models.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    page = _Page()
    page.feed(text)
    page.close()
    facts: dict[str, str] = {}
    for label, value in page.facts:
        key = _named(label, _FACTS)
        if key and value:
            facts.setdefault(key, value)
    number = NUMBER.search(facts.get("numero", ""))
    if number is None:
        raise SourceFileError(
            f"Expected the detail page of a registration in {name}, found a page without a registration number "
            f"(its labels: {', '.join(label for label, _value in page.facts[:8]) or 'none'}).",
            todo="Check the number: it is written as 001234/2024.",
            code="not_a_registration",
        )
    facts["numero"] = number[0]
    models = [model for model in _models(page.tables) if model.get("modelo")]
    if not models:
        raise SourceFileError(
            f"Registration {number[0]} in {name} has no table of models.",
            todo="Look at the page; if its form changed, correct pipeline/sources/inmetro_documents.py.",
            code="no_models",
        )
    return [facts | model for model in models]


def read_export(data: bytes, name: str) -> list[dict[str, Any]]:
    """Records of an export: a list of objects, or an object that holds one.

    Raises:
        SourceFileError: broken JSON, or JSON of another form.
    """
    try:
        found = json.loads(data.decode("utf-8-sig"))
    except (UnicodeDecodeError, ValueError) as error:
        raise SourceFileError(
            f"{name} is not JSON as a whole ({error}).", todo="It may be truncated: export it again.", code="damaged_file"
        ) from error
    if isinstance(found, dict):
        found = next((value for value in found.values() if isinstance(value, list)), found)
    if not isinstance(found, list) or not all(isinstance(record, dict) for record in found):
        raise SourceFileError(
            f"Expected a list of registrations in {name}, found {type(found).__name__}.",
            todo="Export it as a list of objects with numero, marca and modelo.",
            code="not_a_table",
        )
    return found
