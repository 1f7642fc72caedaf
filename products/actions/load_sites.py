"""Loading a person's own table of irradiation and temperatures. We ship none: see docs/kit-rules.md."""

import csv
import io
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from products.models import SiteConditions
from products.rules.regions import STATES
from ysh.core.errors import TerminalError

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
MAX_BYTES = 32 * 1024 * 1024
HIGHEST_KWH = Decimal(12)
_STATE_NAMES = {
    "ACRE": "AC", "ALAGOAS": "AL", "AMAZONAS": "AM", "AMAPA": "AP", "BAHIA": "BA", "CEARA": "CE", "DISTRITO FEDERAL": "DF",
    "ESPIRITO SANTO": "ES", "GOIAS": "GO", "MARANHAO": "MA", "MINAS GERAIS": "MG", "MATO GROSSO DO SUL": "MS",
    "MATO GROSSO": "MT", "PARA": "PA", "PARAIBA": "PB", "PERNAMBUCO": "PE", "PIAUI": "PI", "PARANA": "PR", "RIO DE JANEIRO": "RJ",
    "RIO GRANDE DO NORTE": "RN", "RONDONIA": "RO", "RORAIMA": "RR", "RIO GRANDE DO SUL": "RS", "SANTA CATARINA": "SC",
    "SERGIPE": "SE", "SAO PAULO": "SP", "TOCANTINS": "TO",
}  # fmt: skip


class SiteFileError(TerminalError):
    """The file is not a table of places."""

    default_code = "site_file"


@dataclass(frozen=True, slots=True)
class LoadedSites:
    """Places written, and lines that could not be used: (line, what was expected and found)."""

    written: int
    rejected: tuple[tuple[int, str], ...]


def load_sites(data: bytes, *, source: str, licence: str, uncertainty_percent: Decimal) -> LoadedSites:
    """Write places from a CSV file; those already there are replaced as far as the file has values.

    Columns, by name, `;` or `,` between them: `code` (BR, a state, or an IBGE code) or `STATE` (a state's name: its lines are
    averaged, as in tables by municipality), optionally `name`, `min_ambient_c`, `max_cell_c`, and `JAN` to `DEC`: irradiation a
    day, in kWh/m² or, when above 100, in Wh/m².

    Raises:
        SiteFileError: too large, no known column, or no source given.
    """
    if not source.strip() or len(data) > MAX_BYTES:
        raise SiteFileError(f"Expected a source and at most {MAX_BYTES:,} bytes; found {source!r} and {len(data):,} bytes.")
    rejected: list[tuple[int, str]] = []
    places: dict[str, list[Mapping[str, str]]] = {}
    for line, row in _rows(data):
        code = _code(row)
        if code is None:
            rejected.append(
                (line, f"Expected BR, a state or a 7-digit IBGE code; found {row.get('CODE') or row.get('STATE')!r}.")
            )
            continue
        fault = _fault(row)
        if fault:
            rejected.append((line, fault))
            continue
        places.setdefault(code, []).append(row)
    rows = [_place(code, given, source, licence, uncertainty_percent) for code, given in sorted(places.items())]
    fields = ["name", "irradiation_kwh_m2_day", "uncertainty_percent", "irradiation_source", "irradiation_licence"]
    if any(place.min_ambient_c is not None or place.max_cell_c is not None for place in rows):
        fields += ["min_ambient_c", "max_cell_c", "temperature_source"]
    SiteConditions.objects.bulk_create(rows, update_conflicts=True, unique_fields=["code"], update_fields=fields, batch_size=1000)
    return LoadedSites(len(rows), tuple(rejected))


def _rows(data: bytes) -> Iterator[tuple[int, Mapping[str, str]]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    head = text.split("\n", 1)[0]
    reader = csv.DictReader(io.StringIO(text), delimiter=";" if head.count(";") > head.count(",") else ",")
    names = {name: _folded(name) for name in reader.fieldnames or ()}
    if not {"CODE", "STATE"} & set(names.values()):
        raise SiteFileError(f"Expected a column code or STATE; found {', '.join(names) or 'nothing'}.")
    for row in reader:
        yield reader.line_num, {names[name]: (value or "").strip() for name, value in row.items() if name in names}


def _code(row: Mapping[str, str]) -> str | None:
    code = row.get("CODE", "").upper()
    if code in STATES or code == "BR" or (len(code) == 7 and code.isdigit()):
        return code
    state = _folded(row.get("STATE", ""))
    return state if state in STATES else _STATE_NAMES.get(state)


def _fault(row: Mapping[str, str]) -> str:
    given = [row[month] for month in MONTHS if row.get(month)]
    if given and len(given) != len(MONTHS):
        return f"Expected twelve months, found {len(given)}."
    for name in (*MONTHS, "MIN_AMBIENT_C", "MAX_CELL_C"):
        if row.get(name) and _number(row[name]) is None:
            return f"{name}: expected a number, found {row[name]!r}."
    if any(not 0 <= (_kwh(value) or Decimal(0)) <= HIGHEST_KWH for value in given):
        return f"Expected 0 to {HIGHEST_KWH} kWh/m² a day, found {max(given)}."
    return (
        ""
        if given or row.get("MIN_AMBIENT_C") or row.get("MAX_CELL_C")
        else "Expected irradiation or temperatures, found neither."
    )


def _place(
    code: str, rows: Sequence[Mapping[str, str]], source: str, licence: str, uncertainty_percent: Decimal
) -> SiteConditions:
    with_sun = [row for row in rows if row.get("JAN")]
    months = [_mean([_kwh(row[month]) for row in with_sun]) for month in MONTHS] if with_sun else None
    coldest = [value for row in rows if (value := _number(row.get("MIN_AMBIENT_C", ""))) is not None]
    hottest = [value for row in rows if (value := _number(row.get("MAX_CELL_C", ""))) is not None]
    return SiteConditions(
        code=code,
        name=rows[0].get("NAME", "") if len(rows) == 1 else "",
        irradiation_kwh_m2_day=months,
        uncertainty_percent=uncertainty_percent if months else None,
        irradiation_source=source if months else "",
        irradiation_licence=licence if months else "",
        min_ambient_c=min(coldest) if coldest else None,
        max_cell_c=max(hottest) if hottest else None,
        temperature_source=source if coldest or hottest else "",
    )


def _mean(values: Sequence[Decimal | None]) -> Decimal:
    known = [value for value in values if value is not None]
    return (sum(known, Decimal(0)) / len(known)).quantize(Decimal("0.001"))


def _kwh(text: str) -> Decimal | None:
    value = _number(text)
    return value / 1000 if value is not None and value > 100 else value


def _number(text: str) -> Decimal | None:
    """A number with a decimal point or comma; None for anything else."""
    try:
        value = Decimal(text.replace(",", "."))
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.strip())
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).upper()
