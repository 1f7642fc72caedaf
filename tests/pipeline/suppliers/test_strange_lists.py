"""Lists of suppliers nobody has seen, in the forms of shops and spreadsheets, against what a person reads in them.

`foreign/expected.txt` holds what a person read in them: per file one line for each record, `article`, `kit` or `refused`.
"""

from decimal import Decimal
from pathlib import Path

import pytest

from pipeline.suppliers.brands import Brands
from pipeline.suppliers.mapping import Mapping, from_json
from pipeline.suppliers.parse import ListParser

FOREIGN = Path(__file__).parent / "foreign"


def _sections() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    name = ""
    for line in (FOREIGN / "expected.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("== "):
            name = line.removeprefix("== ").strip()
            found[name] = []
        elif line.strip():
            found[name].append(line.strip())
    return found


EXPECTED = _sections()


def _number(value: Decimal | None) -> str:
    return "-" if value is None else f"{value.normalize():f}"


def _stock(available: bool | None, count: int | None) -> str:
    word = {True: "yes", False: "no", None: "?"}[available]
    return word if count is None else f"{word} {count}"


def read_as_lines(path: Path, mapping: Mapping | None = None) -> list[str]:
    """Each record on a line:

    article KEY: price | component | maker | model | W | available and count
    kit KEY: price | kWp (kWp declared) | kW | system | grid | roof | parts | available
    refused LINE: reason | value
    """
    result = ListParser(mapping or Mapping("novo"), Brands()).parse([(path, path.name)])
    lines = []
    for article in result.products.values():
        if article.placeholder:
            continue
        part = article.part
        watts = part.power_wp or (part.ac_kw * 1000 if part.ac_kw else None)
        lines.append(
            f"article {article.key.removeprefix('NOVO-')}: {_number(article.prices[-1] if article.prices else None)} | {part.component}"
            f" | {article.brand or '-'} | {article.model or '-'} | {_number(watts)} | {_stock(article.available, article.stock)}"
        )
    for kit in result.kits.values():
        parts = ", ".join(
            " ".join(
                filter(
                    None,
                    [
                        str(part.quantity or "?"),
                        part.component,
                        part.brand,
                        _number(part.power_wp or part.ac_kw or part.kwh) if part.power_wp or part.ac_kw or part.kwh else "",
                    ],
                )
            )
            for part in kit.parts
        )
        lines.append(
            f"kit {kit.key.removeprefix('NOVO-')}: {_number(kit.prices[-1] if kit.prices else None)} | {_number(kit.power_kwp)}"
            f" ({_number(kit.declared_kwp)}) | {_number(kit.inverter_kw)} | {kit.system_type} | {kit.voltage_phase or '-'}"
            f" | {kit.roof_type or '-'} | {parts} | {_stock(kit.available, None)}"
        )
    lines += [f"refused {row.line}: {row.reason} | {row.value}" for row in result.refused]
    return lines


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_list_reads_as_a_person_reads_it(name: str) -> None:
    assert sorted(read_as_lines(FOREIGN / name)) == sorted(EXPECTED[name])


def test_a_mapping_written_from_the_docs_picks_another_price() -> None:
    """The cash price instead of the offer's: one line of a mapping (docs/suppliers.md)."""
    mapping = from_json(
        {
            "version": 1,
            "supplier": "novo",
            "number_format": "pt-BR",
            "tables": [
                {
                    "name": "week",
                    "entity": "products",
                    "when": ["Código", "Situação"],
                    "columns": {
                        "key": "Código",
                        "name": "Descrição",
                        "brand": "Marca",
                        "price": "À vista (PIX)",
                        "status": "Situação",
                    },
                }
            ],
            "skip": ["^teste"],
        }
    )
    lines = read_as_lines(FOREIGN / "promotion.csv", mapping)
    assert "article P-610: 560.5 | PANEL | DMEGC | - | 610 | yes" in lines
    assert "article M-20: - | MICROINVERTER | Deye | SUN2000G3 | 2000 | no" in lines
    assert len(lines) == 11


def test_a_mapping_written_from_the_docs_names_a_kits_columns() -> None:
    mapping = from_json(
        {
            "version": 1,
            "supplier": "novo",
            "tables": [
                {
                    "entity": "kits",
                    "columns": {
                        "key": "Código do Kit",
                        "declared_kwp": "Potência do Sistema",
                        "price": "Valor Total",
                        "roof": "Tipo de Telhado",
                        "attribute:ac_voltage_v": "Tensão",
                    },
                    "parts": [
                        {
                            "component": "PANEL",
                            "quantity": "Qtd Painéis",
                            "brand": "Marca Painel",
                            "power": "Potência Painel (W)",
                        },
                        {
                            "component": "INVERTER",
                            "text": "Modelo Inversor",
                            "quantity": "Qtd Inversores",
                            "brand": "Marca Inversor",
                            "power": "Potência Inversor (kW)",
                        },
                    ],
                }
            ],
        }
    )
    assert sorted(read_as_lines(FOREIGN / "multi.csv", mapping)) == sorted(EXPECTED["multi.csv"])
