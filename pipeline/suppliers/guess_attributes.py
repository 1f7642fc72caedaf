"""Columns of electrical and other data in a list nobody declared: from header words to declared attributes. Pure."""

# ruff: noqa: E501  (tables of patterns are easier to read in long lines)

import re
from collections.abc import Sequence
from decimal import Decimal

from pipeline.suppliers.mapping import Column
from pipeline.suppliers.records import SourceRecord
from pipeline.suppliers.text import clean, header_key

# (pattern on the header's key, attributes it may mean: of which one counts the article's category decides)
_WORDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"^voc\b|circuito aberto", ("voc_v",)),
    (r"^vmp\b|^vmpp\b|tensao (?:de|na) max\w* potencia", ("vmp_v",)),
    (r"^isc\b|corrente de curto(?:.circuito)?(?! mppt)", ("isc_a",)),
    (r"^imp\b|^impp\b|corrente (?:de|na) max\w* potencia", ("imp_a",)),
    (r"coef\w* .*\bvoc\b|\btc ?voc\b", ("temp_coeff_voc_pct_per_c",)),
    (r"coef\w* .*\b(?:pmax|pmp|potencia)\b|\btc ?pmax\b", ("temp_coeff_pmax_pct_per_c",)),
    (r"coef\w* .*\bisc\b|\btc ?isc\b", ("temp_coeff_isc_pct_per_c",)),
    (r"^(?:noct|nmot)\b", ("noct_c",)),
    (r"^eficiencia|^efic\b|\befficiency", ("efficiency_percent",)),
    (r"tensao maxima (?:do )?sistema", ("max_system_voltage_v",)),
    (r"fusivel|max series fuse", ("max_series_fuse_a",)),
    (r"^comprimento|^length", ("length_mm",)),
    (r"^largura|^width", ("width_mm",)),
    (r"^espessura|^thickness", ("thickness_mm",)),
    (r"^peso\b|^weight", ("weight_kg",)),
    (r"^garantia (?:de )?(?:performance|eficiencia|geracao|linear)", ("performance_warranty_years",)),
    (r"^garantia\b|^warranty", ("warranty_years",)),
    (r"^bifacial$", ("bifacial",)),
    (r"^(?:n |num\w* (?:de )?|qtde? (?:de )?)?celulas$|^cells$", ("cell_count",)),
    (r"^tensao(?: (?:v|ca|ac|nominal|de saida|saida|rede))*$|^voltagem|^vca$|^vac$", ("ac_voltage_v", "nominal_voltage_v", "system_voltage_v")),
    (r"^fases?$|^tipo de rede$|^n(?:umero)? (?:de )?fases$|^conexao$", ("phases",)),
    (r"^(?:n |num\w* (?:de )?|qtde? (?:de )?)?mppts?$", ("mppt_count",)),
    (r"^(?:n |num\w* (?:de )?|qtde? (?:de )?)?(?:strings?|entradas?) (?:por )?mppt$", ("inputs_per_mppt",)),
    (r"tensao max\w* (?:de )?entrada|tensao (?:de )?entrada max|tensao max\w* (?:cc|dc)|^vdc ?max|^vcc ?max", ("max_dc_voltage_v",)),
    (r"mppt min\b|tensao min\w* (?:do )?mppt", ("mppt_min_v",)),
    (r"mppt max\b|tensao max\w* (?:do )?mppt", ("mppt_max_v",)),
    (r"corrente max\w* .*mppt", ("max_current_per_mppt_a",)),
    (r"curto.*mppt", ("max_short_circuit_current_per_mppt_a",)),
    (r"^afci\b", ("afci",)),
    (r"^capacidade(?: (?:ah|a h))$|^ah$", ("capacity_ah",)),
    (r"^capacidade(?: kwh)?$|^energia(?: kwh)?$|^kwh$", ("capacity_kwh",)),
    (r"^ciclos", ("cycles",)),
    (r"^(?:dod|profundidade de descarga)", ("depth_of_discharge_percent",)),
    (r"^(?:secao|bitola)", ("section_mm2",)),
    (r"^(?:grau de protecao|ip)$", ("ip_rating",)),
)  # fmt: skip
_YES_NO = {"bifacial", "afci"}
_FREE = {"ip_rating", "phases"}


def attribute_columns(headers: Sequence[str], sample: Sequence[SourceRecord], taken: set[str]) -> dict[str, Column]:
    """ "attribute:NAME" -> column, of the headers nothing else took whose cells fit."""
    found: dict[str, Column] = {}
    for header in headers:
        if header in taken:
            continue
        key = header_key(header)
        for pattern, names in _WORDS:
            if not re.search(pattern, key):
                continue
            if _fits(names[0], [clean(cell) for row in sample if clean(cell := row.values.get(header, ""))]):
                for name in names:
                    found.setdefault(f"attribute:{name}", Column((header,)))
                taken.add(header)
            break
    return found


def _fits(name: str, cells: Sequence[str | Decimal]) -> bool:
    if not cells:
        return False
    wanted = r"(?i)^(?:sim|n[aã]o|s|n|yes|no|true|false|0|1)$" if name in _YES_NO else r"" if name in _FREE else r"^[-+]?\d"
    return sum(bool(re.search(wanted, str(cell))) for cell in cells) >= len(cells) * 0.5
