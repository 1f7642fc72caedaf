"""Reading module and inverter files (.PAN, .OND) and the CEC tables into attributes of the families.

Both need pvlib, which the running product does without: `DocumentError` says so where it is missing. Nothing is written here and
nothing is chosen here: a person picks the row, sees the values beside the product's own, and takes over those that are right.
"""

import csv
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from products.choices import ProductCategory, ValueSource
from ysh.core.errors import TerminalError

MAX_BYTES = 1_000_000
MOST_FOUND = 25
_TABLES = {
    ProductCategory.PANELS.value: "sam-library-cec-modules-2019-03-05.csv",
    ProductCategory.INVERTERS.value: "sam-library-cec-inverters-2019-03-05.csv",
}
Number = int | float


class DocumentError(TerminalError):
    """The file or table cannot be read."""

    default_code = "document_unreadable"


@dataclass(frozen=True, slots=True)
class Document:
    """What a document says of a product.

    Attributes:
        category: the family it speaks of.
        source: a `ValueSource`.
        name: the file's name, or the row's.
        values: by attribute, in the family's units; only what the document states.
    """

    category: str
    source: str
    name: str
    values: Mapping[str, Any]


# --- files
def read_document(content: bytes, name: str) -> Document:
    """Read a .PAN or .OND file as simulation programs write it; which of the two is told by its content.

    Raises:
        DocumentError: too large, no such file, or pvlib is missing.
    """
    if len(content) > MAX_BYTES:
        raise DocumentError(_("Expected a .PAN or .OND file of at most 1 MB; this one is larger."))
    if b"PVObject_" not in content[:4000]:
        raise DocumentError(_("Expected a .PAN or .OND file, which begins with “PVObject_”; found something else."))
    flat = dict(_flat(_parsed(content)))
    if "voc" in flat or "pnom" in flat:
        return Document(ProductCategory.PANELS.value, ValueSource.PAN_FILE.value, name, _stated(_MODULE, flat))
    if "pnomconv" in flat:
        return Document(ProductCategory.INVERTERS.value, ValueSource.OND_FILE.value, name, _stated(_INVERTER, flat))
    raise DocumentError(_("Neither a module (PNom, Voc) nor an inverter (PNomConv) is described in this file."))


def _parsed(content: bytes) -> Mapping[str, Any]:
    try:
        from pvlib.iotools import read_panond  # noqa: PLC0415  (optional, and slow to import)
    except ImportError:
        raise DocumentError(_without_pvlib()) from None
    with tempfile.NamedTemporaryFile(suffix=".txt") as copy:
        copy.write(_text(content).encode())
        copy.flush()
        try:
            parsed: Mapping[str, Any] = read_panond(copy.name, encoding="utf-8")
        except (ValueError, IndexError, KeyError, TypeError) as error:
            raise DocumentError(_("The file cannot be read: %(error)s.") % {"error": error}) from error
    return parsed


def _without_pvlib() -> str:
    return _("pvlib is not installed here. An administrator can add it: pip install pvlib.")


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _flat(nested: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Every value under its own key, in lower case; an outer value goes before an inner one of the same name."""
    inner = []
    for key, value in nested.items():
        if isinstance(value, Mapping):
            inner.append(value)
        else:
            yield key.lower(), value
    for part in inner:
        yield from _flat(part)


def _number(flat: Mapping[str, Any], key: str) -> float | None:
    value = flat.get(key)
    if isinstance(value, list):
        value = value[0] if value else None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _share(flat: Mapping[str, Any], part: str, whole: str, factor: float) -> float | None:
    """part / whole in percent; `factor` brings `part` to the unit of `whole`."""
    above, below = _number(flat, part), _number(flat, whole)
    return None if above is None or not below else above * factor / below * 100


def _length(flat: Mapping[str, Any], key: str) -> float | None:
    """Metres, as the files have them, to millimetres."""
    metres = _number(flat, key)
    return None if metres is None else metres * (1000 if metres < 10 else 1)


def _efficiency(flat: Mapping[str, Any]) -> float | None:
    power, length, width = _number(flat, "pnom"), _length(flat, "height"), _length(flat, "width")
    return power / (length * width / 1000) * 100 if power and length and width else None


def _bifacial(flat: Mapping[str, Any]) -> bool | None:
    factor = _number(flat, "bifacialityfactor")
    return None if factor is None else factor > 0


def _phases(flat: Mapping[str, Any]) -> int | None:
    return {"mono": 1, "bi": 2, "tri": 3}.get(str(flat.get("monotri", "")).strip().lower())


def _per_mppt(flat: Mapping[str, Any]) -> float | None:
    """A file states the inverter's whole current: one MPPT's only where there is one."""
    return _number(flat, "imaxdc") if _number(flat, "nbmppt") == 1 else None


def _inputs(flat: Mapping[str, Any]) -> float | None:
    inputs, mppts = _number(flat, "nbinputs"), _number(flat, "nbmppt")
    return inputs / mppts if inputs and mppts and inputs % mppts == 0 else None


def _own(key: str, factor: float = 1) -> Callable[[Mapping[str, Any]], float | None]:
    def read(flat: Mapping[str, Any]) -> float | None:
        value = _number(flat, key)
        return None if value is None else value * factor

    return read


Reader = Callable[[Mapping[str, Any]], Any]
_MODULE: dict[str, Reader] = {
    "power_wp": _own("pnom"),
    "voc_v": _own("voc"),
    "vmp_v": _own("vmp"),
    "isc_a": _own("isc"),
    "imp_a": _own("imp"),
    "temp_coeff_voc_pct_per_c": lambda flat: _share(flat, "muvocspec", "voc", 0.001),  # mV/°C
    "temp_coeff_isc_pct_per_c": lambda flat: _share(flat, "muisc", "isc", 0.001),  # mA/°C
    "temp_coeff_pmax_pct_per_c": _own("mupmpreq"),
    "max_system_voltage_v": _own("vmaxiec"),
    "cell_count": _own("ncels"),
    "length_mm": lambda flat: _length(flat, "height"),
    "width_mm": lambda flat: _length(flat, "width"),
    "thickness_mm": lambda flat: _length(flat, "depth"),
    "weight_kg": _own("weight"),
    "efficiency_percent": _efficiency,
    "bifacial": _bifacial,
    "bifaciality_percent": _own("bifacialityfactor", 100),
}
_INVERTER: dict[str, Reader] = {
    "ac_power_kw": _own("pnomconv"),
    "ac_voltage_v": _own("voutconv"),
    "phases": _phases,
    "max_dc_power_kw": _own("pmaxdc"),
    "max_dc_voltage_v": _own("vabsmax"),
    "mppt_min_v": _own("vmppmin"),
    "mppt_max_v": _own("vmppmax"),
    "mppt_count": _own("nbmppt"),
    "inputs_per_mppt": _inputs,
    "max_current_per_mppt_a": _per_mppt,
}
_CEC_MODULE: dict[str, Reader] = {
    "power_wp": _own("STC"),
    "voc_v": _own("V_oc_ref"),
    "vmp_v": _own("V_mp_ref"),
    "isc_a": _own("I_sc_ref"),
    "imp_a": _own("I_mp_ref"),
    "temp_coeff_voc_pct_per_c": lambda row: _share(row, "beta_oc", "V_oc_ref", 1),
    "temp_coeff_isc_pct_per_c": lambda row: _share(row, "alpha_sc", "I_sc_ref", 1),
    "temp_coeff_pmax_pct_per_c": _own("gamma_r"),
    "noct_c": _own("T_NOCT"),
    "cell_count": _own("N_s"),
    "length_mm": _own("Length", 1000),
    "width_mm": _own("Width", 1000),
}
_CEC_INVERTER: dict[str, Reader] = {
    "ac_power_kw": _own("Paco", 0.001),
    "ac_voltage_v": _own("Vac"),
    "max_dc_voltage_v": _own("Vdcmax"),
    "mppt_min_v": _own("Mppt_low"),
    "mppt_max_v": _own("Mppt_high"),
}


def _stated(readers: Mapping[str, Reader], flat: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: _rounded(read(flat)) for name, read in readers.items()}
    return {name: value for name, value in found.items() if value is not None}


def _rounded(value: Any) -> Any:
    """Four decimals, and whole numbers as such."""
    if not isinstance(value, float):
        return value
    value = round(value, 4)
    return int(value) if value.is_integer() else value


# --- tables
def search_cec(category: str, text: str) -> list[str]:
    """Names of the CEC table's rows in which every word occurs, in the table's order, at most `MOST_FOUND`.

    Raises:
        DocumentError: the category has no table, or pvlib is missing.
    """
    words = text.casefold().split()
    found: list[str] = []
    if words:
        for row in _rows(category):
            name = row["Name"].casefold()
            if all(word in name for word in words):
                found.append(row["Name"])
                if len(found) == MOST_FOUND:
                    break
    return found


def cec_document(category: str, name: str) -> Document:
    """One row of the CEC table, chosen by a person by its full name.

    Raises:
        DocumentError: there is no such row, no table for the category, or pvlib is missing.
    """
    readers = _CEC_MODULE if category == ProductCategory.PANELS else _CEC_INVERTER
    for row in _rows(category):
        if row["Name"] == name:
            return Document(
                category, ValueSource.CEC_TABLE.value, name, _stated(readers, {k: _parsed_cell(v) for k, v in row.items()})
            )
    raise DocumentError(_("The CEC table has no row “%(name)s”.") % {"name": name})


def _rows(category: str) -> Iterator[dict[str, str]]:
    if category not in _TABLES:
        raise DocumentError(_("Only solar panels and inverters have a CEC table."))
    package = find_spec("pvlib")
    if package is None or not package.submodule_search_locations:
        raise DocumentError(_without_pvlib())
    path = Path(package.submodule_search_locations[0]) / "data" / _TABLES[category]
    with path.open(newline="", encoding="utf-8", errors="replace") as stream:
        rows = csv.DictReader(stream)
        next(rows, None)  # units
        next(rows, None)  # names in another program
        yield from rows


def _parsed_cell(text: str | None) -> float | str:
    try:
        return float(text or "")
    except ValueError:
        return text or ""
