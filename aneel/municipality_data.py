"""Brazil's 5,571 municipalities as shipped in `aneel/data/municipalities.csv`. Pure Python; no database, no Django.

Where the rows come from and under which licences: `aneel/data/README.md`.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path

MUNICIPALITIES_FILE = Path(__file__).resolve().parent / "data" / "municipalities.csv"
MUNICIPALITY_COUNT = 5571
COLUMNS = ("ibge_code", "name", "uf", "latitude", "longitude")

# First two digits of every IBGE municipality code.
UF_BY_IBGE_PREFIX: dict[int, str] = {
    11: "RO", 12: "AC", 13: "AM", 14: "RR", 15: "PA", 16: "AP", 17: "TO",
    21: "MA", 22: "PI", 23: "CE", 24: "RN", 25: "PB", 26: "PE", 27: "AL", 28: "SE", 29: "BA",
    31: "MG", 32: "ES", 33: "RJ", 35: "SP",
    41: "PR", 42: "SC", 43: "RS",
    50: "MS", 51: "MT", 52: "GO", 53: "DF",
}  # fmt: skip
IBGE_PREFIX_BY_UF: dict[str, int] = {uf: prefix for prefix, uf in UF_BY_IBGE_PREFIX.items()}

# IBGE's five regions are the first digit of the code. ANEEL spells the last one "Centro Oeste", without the hyphen.
REGION_BY_CODE: dict[int, str] = {1: "Norte", 2: "Nordeste", 3: "Sudeste", 4: "Sul", 5: "Centro-Oeste"}
REGION_BY_UF: dict[str, str] = {uf: REGION_BY_CODE[prefix // 10] for prefix, uf in UF_BY_IBGE_PREFIX.items()}

# Degrees; Brazil with its oceanic islands (Trindade and Martim Vaz lie at 28.8 W) and a hair of margin.
BRAZIL_LATITUDES = (Decimal("-33.80"), Decimal("5.30"))
BRAZIL_LONGITUDES = (Decimal("-74.00"), Decimal("-28.80"))

# Other names a file may carry for a municipality: spellings found in ANEEL's files of 2025 and 2026 that differ by more than
# accents, case and punctuation (marked *), and names changed by law. None is the name of another municipality of the state.
NAME_VARIANTS: dict[int, tuple[str, ...]] = {
    1502954: ("Eldorado dos Carajás",),
    1506500: ("Santa Isabel do Pará",),
    1706001: ("Couto de Magalhães",),
    1708254: ("Fortaleza do Tabocão",),
    1720499: ("São Valério da Natividade",),
    2306306: ("Itapagé",),
    2400208: ("Assu",),
    2401206: ("Arez",),  # *
    2401305: ("Augusto Severo",),
    2405306: ("Boa Saúde",),  # *
    2513653: ("Santarém",),
    2513968: ("São Domingos de Pombal",),
    2515401: ("Seridó",),
    2516409: ("Campo de Santana",),
    2601607: ("Belém de São Francisco",),
    2606903: ("Iguaraci",),
    2608503: ("Lagoa do Itaenga",),
    2802601: ("Graccho Cardoso",),
    2922250: ("Muquém de São Francisco",),
    3102506: ("Amparo da Serra",),  # *
    3105509: ("Barão do Monte Alto",),
    3108909: ("Brasópolis",),
    3122900: ("Dona Eusébia",),
    3127602: ("Gouvêa",),
    3159407: ("Santa Rita do Ibitipoca",),  # *
    3165206: ("São Thomé das Letras",),  # *
    3167301: ("Silverânia",),  # *
    3303807: ("Parati",),
    3305901: ("Trajano de Morais",),
    3515004: ("Embu",),
    3550001: ("São Luís do Paraitinga",),
    4213906: ("Presidente Castelo Branco",),
    4217204: ("São Miguel d'Oeste",),
    5203500: ("Bom Jesus",),  # *
}


class MunicipalityDataError(ValueError):
    """The shipped file is damaged: the message names the line, what was expected and what was found."""


@dataclass(frozen=True, slots=True)
class MunicipalityRow:
    """One municipality.

    Attributes:
        ibge_code: seven digits.
        name: as IBGE writes it, with accents.
        uf: two letters.
        latitude, longitude: of the seat, decimal degrees, WGS 84; both None where no source could be trusted.
    """

    ibge_code: int
    name: str
    uf: str
    latitude: Decimal | None
    longitude: Decimal | None

    @property
    def region(self) -> str:
        return REGION_BY_UF[self.uf]


_NOT_IN_NAMES = re.compile("[^0-9A-Za-z]+")


def folded_place_name(name: str) -> str:
    """The name without accents, case, spaces and punctuation, for comparing: "Olho d'Água" -> "olhodagua"."""
    return _NOT_IN_NAMES.sub("", unicodedata.normalize("NFKD", name)).lower()


@lru_cache(maxsize=1)
def load_municipalities() -> tuple[MunicipalityRow, ...]:
    """All municipalities in the order of their codes.

    Raises:
        MunicipalityDataError: the shipped file is missing, damaged, or not complete.
    """
    try:
        text = MUNICIPALITIES_FILE.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise MunicipalityDataError(
            f"{MUNICIPALITIES_FILE}: expected a readable UTF-8 file: {error}. Restore it from version control."
        ) from error
    return parse_municipalities(text, expected=MUNICIPALITY_COUNT)


def parse_municipalities(text: str, *, expected: int) -> tuple[MunicipalityRow, ...]:
    """Rows of a municipalities CSV (`ibge_code,name,uf,latitude,longitude`, sorted by code).

    Args:
        text: the whole file.
        expected: how many rows there must be.

    Raises:
        MunicipalityDataError: with the line and column of the first fault.
    """
    rows = tuple(_parsed(text))
    if len(rows) != expected:
        raise MunicipalityDataError(
            f"municipalities: expected {expected} rows, found {len(rows)}. Restore the file from version control."
        )
    return rows


def _parsed(text: str) -> Iterator[MunicipalityRow]:
    reader = csv.reader(io.StringIO(text))
    header = tuple(next(reader, ()))
    if header != COLUMNS:
        raise MunicipalityDataError(
            f"municipalities line 1: expected the columns {','.join(COLUMNS)}, found {','.join(header)!r}."
        )
    previous = 0
    seen: set[tuple[str, str]] = set()
    for fields in reader:
        line = reader.line_num
        if len(fields) != len(COLUMNS):
            raise MunicipalityDataError(f"municipalities line {line}: expected {len(COLUMNS)} fields, found {len(fields)}.")
        row = _row(fields, line)
        if row.ibge_code <= previous:
            raise MunicipalityDataError(
                f"municipalities line {line}, ibge_code: expected more than {previous}, found {row.ibge_code}."
            )
        if (row.name, row.uf) in seen:
            raise MunicipalityDataError(f"municipalities line {line}, name: {row.name} ({row.uf}) occurs twice.")
        previous = row.ibge_code
        seen.add((row.name, row.uf))
        yield row


def _row(fields: list[str], line: int) -> MunicipalityRow:
    code, name, uf, latitude, longitude = fields
    if not (len(code) == 7 and code.isascii() and code.isdigit()):
        raise MunicipalityDataError(f"municipalities line {line}, ibge_code: expected seven digits, found {code!r}.")
    expected_uf = UF_BY_IBGE_PREFIX.get(int(code[:2]))
    if uf != expected_uf:
        raise MunicipalityDataError(f"municipalities line {line}, uf: expected {expected_uf} for the code {code}, found {uf!r}.")
    if not name or name != name.strip():
        raise MunicipalityDataError(
            f"municipalities line {line}, name: expected a name without spaces around it, found {name!r}."
        )
    if bool(latitude) != bool(longitude):
        raise MunicipalityDataError(
            f"municipalities line {line}: expected both coordinates or none, found {latitude!r}, {longitude!r}."
        )
    return MunicipalityRow(
        ibge_code=int(code),
        name=name,
        uf=uf,
        latitude=_degrees(latitude, BRAZIL_LATITUDES, line, "latitude"),
        longitude=_degrees(longitude, BRAZIL_LONGITUDES, line, "longitude"),
    )


def _degrees(text: str, limits: tuple[Decimal, Decimal], line: int, column: str) -> Decimal | None:
    if not text:
        return None
    low, high = limits
    try:
        value = Decimal(text)
    except InvalidOperation as error:
        raise MunicipalityDataError(f"municipalities line {line}, {column}: expected decimal degrees, found {text!r}.") from error
    if not (value.is_finite() and low <= value <= high):
        raise MunicipalityDataError(f"municipalities line {line}, {column}: expected {low} to {high}, found {text!r}.")
    return value
