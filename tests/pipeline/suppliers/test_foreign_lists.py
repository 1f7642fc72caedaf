"""Lists of suppliers nobody declared, in forms the trade uses: read without a mapping, as a person reads them.

`foreign/*` are made by hand after forms seen in the trade; their makers and prices are nobody's.
"""

from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import Workbook

from pipeline.suppliers.brands import Brands
from pipeline.suppliers.guess import guess_table
from pipeline.suppliers.mapping import Mapping, as_json, from_json
from pipeline.suppliers.notes import message_of_refusal
from pipeline.suppliers.parse import ListParser
from pipeline.suppliers.read.open_list import open_list
from pipeline.suppliers.read.sheet import Sheet

FOREIGN = Path(__file__).parent / "foreign"


def read(*paths, mapping=None):
    return ListParser(mapping or Mapping("novo"), Brands()).parse([(path, path.name) for path in paths])


def products(result):
    """key -> price | category | component | maker | model | W | available, of what the list itself names."""
    found = {}
    for product in result.products.values():
        if product.placeholder:
            continue
        watts = product.part.power_wp or (product.part.ac_kw * 1000 if product.part.ac_kw else None)
        price = f"{product.prices[-1]:f}" if product.prices else "-"
        rating = f"{watts:.0f}" if watts else "-"
        stock = {True: "yes", False: "no", None: "?"}[product.available]
        found[product.key.removeprefix("NOVO-")] = (
            f"{price} | {product.category} | {product.part.component} | {product.brand or '-'} | {product.model or '-'} | {rating} | {stock}"
        )
    return found


def kits(result):
    """key -> price | kWp | kW | system | grid | roof | parts."""
    return {
        kit.key.removeprefix("NOVO-"): " | ".join(
            [
                f"{kit.prices[-1]:f}" if kit.prices else "-",
                f"{kit.power_kwp:f}",
                f"{kit.inverter_kw.normalize():f}" if kit.inverter_kw else "-",
                kit.system_type,
                kit.voltage_phase or "-",
                kit.roof_type or "-",
                ", ".join(f"{part.quantity} {part.component}" for part in kit.parts),
            ]
        )
        for kit in result.kits.values()
    }


def test_a_shop_page_of_markdown_is_articles_and_kits_not_only_kits():
    result = read(FOREIGN / "platform.md")
    assert products(result) == {
        "112369": "1599.00 | inversores | INVERTER | SAJ | R5-3K-T2 | 3000 | ?",
        "112370": "3899.90 | inversores | INVERTER | Chint | SCA5K-T-EU | 5000 | ?",
        "200111": "- | paineis | PANEL | Jinko | JKM585N-72HL4-BDV | 585 | no",
        "300009": "489.50 | stringboxes | STRING_BOX | Clamper | - | - | ?",
        "CB-4P": "310.00 | cabos | CABLE | - | - | - | yes",
        "CB-4V": "312.50 | cabos | CABLE | - | - | - | no",
    }
    assert kits(result) == {"900001": "9870.00 | 5.850 | 5 | ON_GRID | MONO_220 | CERAMIC | 10 PANEL, 1 INVERTER"}
    assert (result.products["NOVO-CB-4P"].stock, result.products["NOVO-CB-4V"].stock) == (25, 0)
    assert result.products["NOVO-112369"].url.endswith("/112369")
    assert result.products["NOVO-112369"].image_urls == ["https://cdn.lojasolar.example/112369.jpg"]
    assert result.refused == []


def test_a_page_whose_cards_are_links_or_plain_lines():
    result = read(FOREIGN / "links.md")
    assert sorted(products(result).values()) == [
        "- | inversores | MICROINVERTER | Hoymiles | HMS-2000DW-4T | 2000 | no",
        "3499.00 | inversores | INVERTER | Growatt | MIN 5000TL-X2 | 5000 | ?",
        "3999.00 | inversores | INVERTER | Growatt | MIN 6000TL-X2 | 6000 | ?",
        "498.00 | paineis | PANEL | Astronergy | CHSM66N | 600 | ?",
        "512.30 | paineis | PANEL | Leapton | LP182*210-M-66-NB | 620 | ?",
    ]
    assert result.refused == []


def test_a_table_of_markdown_whose_power_column_has_the_units():
    assert sorted(products(read(FOREIGN / "table.md")).values()) == [
        "1599.00 | inversores | INVERTER | SAJ | R5-3K-T2 | 3000 | ?",
        "490.00 | paineis | PANEL | Jinko | - | 585 | ?",
        "5999.00 | inversores | INVERTER | SAJ | R6-15K-T2-32 | 15000 | ?",
    ]


def test_a_shop_that_cuts_its_prices_into_columns():
    assert sorted(products(read(FOREIGN / "shop.csv")).values()) == [
        "- | baterias | BATTERY | Dyness | DL5.0C | - | no",
        "1024.80 | paineis | PANEL | Astronergy | CHSM66RN(DG)/F-BH | 610 | ?",
        "12345.67 | inversores | INVERTER | Deye | SUN-8K-SG01LP1-US | 8000 | ?",
        "18.90 | acessorios | CONNECTOR | Staubli | - | - | ?",
        "6.15 | cabos | CABLE | Nexans | - | - | ?",
        "890.00 | inversores | MICROINVERTER | Hoymiles | HMS-2000DW-4T | 2000 | ?",
    ]


def test_windows_text_with_titles_headings_prices_per_wp_and_a_total():
    result = read(FOREIGN / "latin.csv")
    assert products(result) == {
        "1001": "344.10 | paineis | PANEL | Risen | RSM144-9-555M | 555 | yes",
        "1002": "458.50 | paineis | PANEL | Risen | - | 700 | yes",  # R$ 0,655 a Wp
        "1003": "427.00 | paineis | PANEL | DAH | - | 610 | ?",
        "2001": "1890.00 | inversores | INVERTER | Sofar | 3,3KTL-G1 | 3300 | yes",
        "2002": "13450.00 | inversores | INVERTER | Sungrow | SG33CX-P2 | 33000 | ?",
        "2003": "1050.00 | inversores | MICROINVERTER | Deye | SUN-M225G4 | 2250 | no",
        "2004": "- | inversores | INVERTER | GoodWe | GW6000-ES | 6000 | ?",
        "3001": "389.90 | estruturas | STRUCTURE | Romagnole | - | - | yes",
    }
    assert [(row.reason, row.line, row.column, row.value) for row in result.refused] == [
        ("total_row", 16, "Descrição do Material", "TOTAL GERAL")
    ]


def test_kits_whose_parts_stand_in_one_cell_however_they_are_parted():
    result = read(FOREIGN / "kits_text.csv")
    assert kits(result) == {
        "SE-0001": "7499.00 | 4.400 | 3.3 | ON_GRID | - | CERAMIC | 8 PANEL, 1 INVERTER, 1 STRING_BOX, 1 STRUCTURE",
        "SE-0002": "12199.90 | 8.190 | 6 | ON_GRID | - | FIBER_CEMENT_WOOD | 14 PANEL, 1 INVERTER, 4 CONNECTOR, 2 CABLE",
        "SE-0003": "29990.00 | 6.100 | 6 | HYBRID | - | WITHOUT_STRUCTURE | 10 PANEL, 1 INVERTER, 2 BATTERY",
        "SE-0005": "118000.00 | 75.600 | 75 | ON_GRID | TRI_380 | GROUND | 120 PANEL, 1 INVERTER",
    }
    assert {product.part.model for product in result.products.values()} >= {"MIC 3300TL-X", "SG75CX-P2", "TSM-NEG19RC.20"}
    # A quote in the wrong place moved this row's cells: which row, which column, what stood there, what was expected.
    broken, test = sorted(result.refused, key=lambda row: row.line)
    assert (broken.line, broken.column, broken.value, test.reason) == (5, "Preço à vista", "Metálico", "test_row")
    assert "R$ 1.234,56" in message_of_refusal(broken)


def test_rows_that_are_lines_of_kits():
    assert kits(read(FOREIGN / "long.tsv")) == {
        "K-10": "7650.00 | 3.510 | 4 | ON_GRID | - | METAL_MINI_RAIL | 6 PANEL, 2 MICROINVERTER, 2 STRUCTURE",
        "K-11": "27980.90 | 16.800 | 15 | ON_GRID | TRI_380 | - | 24 PANEL, 1 INVERTER, 2 CABLE",
    }


def test_kits_that_are_pictures_of_their_parts():
    """Known by an id in the picture's address, which the list of articles has too, or by the file's name; counted from the kWp."""
    result = read(FOREIGN / "pictures.csv", FOREIGN / "pictured_parts.csv")
    assert sorted(kits(result).values()) == [
        "7923.56 | 6.100 | 5 | ON_GRID | - | - | 10 PANEL, 1 INVERTER",
        "8120.00 | 5.490 | 4 | ON_GRID | - | - | 9 PANEL, 1 INVERTER",
        "8720.34 | 5.600 | 4 | ON_GRID | - | - | 8 PANEL, 1 INVERTER",
    ]
    assert {kit.parts[0].brand for kit in result.kits.values()} == {"DMEGC", "Risen"}
    assert products(result) == {
        "PMO135": "567.71 | paineis | PANEL | DMEGC | DM610G12RT-B66HSW | 610 | ?",
        "PIN210": "- | inversores | INVERTER | Solis | S6-GR1P5K-S | 5000 | ?",
        "PIN211": "21132.28 | inversores | INVERTER | Growatt | MAC30KTL3-XL | 30000 | ?",
    }
    assert result.refused == []


def test_an_answer_of_an_interface_with_nested_makers_and_parts():
    result = read(FOREIGN / "api.json")
    assert products(result) == {
        "EDT-MOD-590": "529.90 | paineis | PANEL | OSDA | ODA590-36VMHDRz | 590 | yes",
        "EDT-INV-10": "5120.00 | inversores | INVERTER | Solis | S6-GR1P10K | 10000 | no",
        "EDT-CARR-7": "- | carregadores | EV_CHARGER | NeoCharge | - | 7400 | ?",
    }
    assert kits(result) == {
        "EDT-KIT-590": "19850.55 | 11.800 | 10 | ON_GRID | MONO_220 | CERAMIC | 20 PANEL, 1 INVERTER, 5 STRUCTURE"
    }
    assert result.products["NOVO-EDT-MOD-590"].datasheet_url == "https://api.example/d/1.pdf"
    # The kit's inverter has the words of a listed article; its panel does not (a shorter name), so it is one of its own.
    assert "NOVO-P-PANEL-OSDA-590WP-BIFACIAL" in result.products
    assert not any(key.startswith("NOVO-P-INVERTER") for key in result.products)


def test_a_list_of_flat_objects_with_words_for_missing_values():
    assert products(read(FOREIGN / "catalog.json")) == {
        "DIST_INVERTERS_INV-SAJ-3000W": "1599.00 | inversores | INVERTER | SAJ | R5-3K-T2 | 3000 | yes",
        "DIST_PANELS_PAINEL-585W": "490.00 | paineis | PANEL | - | - | 585 | no",
        "DIST_STRUCTURES_70": "- | estruturas | STRUCTURE | Romagnole | - | - | ?",
        "DIST_BATTERIES_5": "7890.10 | baterias | BATTERY | Deye | SE-F5 | - | yes",
    }


@pytest.fixture
def workbook(tmp_path):
    """A cover, headers on two lines with merged cells, totals, a sheet of kits."""
    book = Workbook()
    cover = book.active
    cover.append(["TABELA DE PREÇOS NOVEMBRO/2025"])
    cover.append(["Válida até 30/11/2025"])
    modules = book.create_sheet("Módulos")
    for row in (
        ["EDELSOL DISTRIBUIDORA"], [], ["Código", "Produto", "Potência", "Preço", None, "Estoque", "Voc (V)", "Garantia"],
        [None, None, "(Wp)", "30/60/90", "À vista", None, None, None],
        ["M-555", "MÓDULO RONMA 555W MONO", 555, 389.9, 365.5, "Pronta entrega", 49.95, "12 anos"],
        ["M-620", "MÓDULO LEAPTON BIFACIAL LP182*210-M-66-NB", 620, 540, "R$ 512,30", "Chegada 15/12", "48,1", "15 anos"],
        ["M-700", "MÓDULO HANERSUN HITOUCH6N", 700, None, None, "Esgotado", None, None],
        [None, "TOTAL", None, 929.9, 877.8],
    ):  # fmt: skip
        modules.append(row)
    modules.merge_cells("D3:E3")
    inverters = book.create_sheet("Inversores")
    for row in (
        ["Código", "Produto", "kW", "Fase", "Tensão", "Preço à vista"],
        ["I-5", "INVERSOR SOLPLANET ASW5000-S-G2", 5, "Monofásico", 220, 2150],
        ["I-25", "INVERSOR SOLPLANET ASW25K-LT-G3", 25, "Trifásico", 380, 8990.5],
        ["I-M", "MICROINVERSOR TSUN TSOL-MX2250", 2.25, "Monofásico", 220, "R$ 980,00"],
    ):
        inverters.append(row)
    sets = book.create_sheet("Kits")
    for row in (
        ["Kit", "Potência kWp", "Qtd Módulos", "Módulo", "Qtd Inversor", "Inversor", "Estrutura", "Valor do Kit (R$)", "R$/Wp"],
        ["KC-0496", "4,96", 8, "LEAPTON 620W", 1, "SOLPLANET ASW5000-S-G2 5KW 220V", "Colonial", 6850.9, 1.38],
        ["KM-0222", 2.22, 4, "RONMA 555W", 1, "MICRO TSUN TSOL-MX2250 2,25KW 220V", "Metálico", 3999, 1.80],
    ):
        sets.append(row)
    path = tmp_path / "precos.xlsx"
    book.save(path)
    return path


def test_a_workbook_of_several_sheets(workbook):
    result = read(workbook)
    assert products(result) == {
        "M-555": "365.50 | paineis | PANEL | Ronma | - | 555 | yes",
        "M-620": "512.30 | paineis | PANEL | Leapton | LP182*210-M-66-NB | 620 | ?",
        "M-700": "- | paineis | PANEL | Hanersun | HITOUCH6N | 700 | no",
        "I-5": "2150.00 | inversores | INVERTER | Solplanet | ASW5000-S-G2 | 5000 | ?",
        "I-25": "8990.50 | inversores | INVERTER | Solplanet | ASW25K-LT-G3 | 25000 | ?",
        "I-M": "980.00 | inversores | MICROINVERTER | TSUNESS | TSOL-MX2250 | 2250 | ?",
    }
    assert kits(result) == {
        "KC-0496": "6850.90 | 4.960 | 5 | ON_GRID | - | CERAMIC | 8 PANEL, 1 INVERTER",
        "KM-0222": "3999.00 | 2.220 | 2.25 | ON_GRID | - | METAL | 4 PANEL, 1 MICROINVERTER",
    }
    panel, inverter = result.products["NOVO-M-620"].specifications, result.products["NOVO-I-25"].specifications
    assert (panel["voc_v"], panel["warranty_years"]) == (48.1, 15)
    assert (inverter["ac_voltage_v"], inverter["phases"]) == (380, 3)
    # The kits' inverters are the listed ones, by maker and model; "LEAPTON 620W" names none surely.
    assert {key for key in result.products if key.startswith("NOVO-P-")} == {
        "NOVO-P-PANEL-LEAPTON-620WP",
        "NOVO-P-PANEL-RONMA-555WP",
    }
    assert [row.reason for row in result.refused] == ["total_row"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_encodings_and_separators(tmp_path, encoding, delimiter):
    rows = [
        ["Descrição", "Preço (R$)", "Disponibilidade"],
        ["Módulo Jinko 620W JKM620N", '"1.520,00"', "Disponível"],
        ["Inversor híbrido Deye SUN-5K-SG04 5kW 220V", "2900", "Não"],
    ]
    path = tmp_path / "lista.csv"
    path.write_bytes("\r\n".join(delimiter.join(row) for row in rows).encode(encoding))
    assert sorted(products(read(path)).values()) == [
        "1520.00 | paineis | PANEL | Jinko | JKM620N | 620 | yes",
        "2900.00 | inversores | INVERTER | Deye | SUN-5K-SG04 | 5000 | no",
    ]


@pytest.mark.parametrize(
    "name", ["api.json", "catalog.json", "kits_text.csv", "latin.csv", "long.tsv", "shop.csv", "cut_prices.csv", "portal_ids.csv"]
)
def test_the_guess_saved_as_a_mapping_reads_the_list_alike(name):
    path = FOREIGN / name
    sheet = next(found for found in open_list(path) if isinstance(found, Sheet))
    mapping = Mapping("novo", tables=(guess_table(sheet.headers, sheet.records),))
    saved = from_json(as_json(mapping))
    assert saved == mapping
    assert (products(read(path, mapping=saved)), kits(read(path, mapping=saved))) == (products(read(path)), kits(read(path)))


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        ("1.050.00", "1050.00"),
        ("R$ 1.890,", "1890.00"),
        ("R$1.234", "1234.00"),
        ("1,234.50", "1234.50"),
        ("12.345.678,90", "12345678.90"),
    ],
)
def test_odd_amounts(cell, amount, tmp_path):
    path = tmp_path / "lista.csv"
    path.write_text(f"Código;Produto;Preço\nA1;Painel Jinko 585W;{cell}\nA2;Painel Jinko 590W;R$ 1,00\n", encoding="utf-8")
    assert read(path).products["NOVO-A1"].prices == [Decimal(amount)]
