"""Files of generation units written by hand, column by column, apart from the product's own demo writer: what the tests hold it against."""

import gzip
import io
import random
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

Row = dict[str, str]

_BEFORE_HOLDER = [
    "DatGeracaoConjuntoDados",
    "AnmPeriodoReferencia",
    "NumCNPJDistribuidora",
    "SigAgente",
    "NomAgente",
    "CodClasseConsumo",
    "DscClasseConsumo",
    "CodSubGrupoTarifario",
    "DscSubGrupoTarifario",
    "CodUFibge",
    "SigUF",
    "CodRegiao",
    "NomRegiao",
    "CodMunicipioIbge",
    "NomMunicipio",
    "CodCEP",
    "SigTipoConsumidor",
    "NumCPFCNPJ",
]
_UNIT = [
    "CodEmpreendimento",
    "DthAtualizaCadastralEmpreend",
    "SigModalidadeEmpreendimento",
    "DscModalidadeHabilitado",
    "QtdUCRecebeCredito",
    "SigTipoGeracao",
    "DscFonteGeracao",
    "DscPorte",
]
_COORDINATES = ["NumCoordNEmpreendimento", "NumCoordEEmpreendimento"]
_SUBSTATION = ["NomSubEstacao", "NumCoordESub", "NumCoordNSub"]

#: 2026-07 onwards, without the units' own coordinates
COLUMNS_31 = [*_BEFORE_HOLDER, *_UNIT, "MdaPotenciaInstaladaKW", *_SUBSTATION, "NomTitularEmpreendimento"]
#: 2024 to mid-2026
COLUMNS_33 = [*_BEFORE_HOLDER, "NomTitularEmpreendimento", *_UNIT, *_COORDINATES, "MdaPotenciaInstaladaKW", *_SUBSTATION]
#: 2021-22, without postal code
COLUMNS_32 = [name for name in COLUMNS_33 if name != "CodCEP"]

ENEL_SP = "61695227000193"
COPEL = "04368898000106"
DAY = date(2026, 8, 13)

_INTEGERS = {"NumCNPJDistribuidora", "CodUFibge", "CodRegiao", "CodMunicipioIbge", "QtdUCRecebeCredito"}
_NUMBERS = {"MdaPotenciaInstaladaKW", *_COORDINATES, "NumCoordESub", "NumCoordNSub"}
_DATES = {"DatGeracaoConjuntoDados", "DthAtualizaCadastralEmpreend"}


def code(number: int, uf: str = "SP") -> str:
    """A unit's code: 7 -> "GD.SP.000.000.007"."""
    return f"GD.{uf}.{number // 1_000_000:03d}.{number // 1000 % 1000:03d}.{number % 1000:03d}"


def unit(number: int, day: date = DAY, **changes: str) -> Row:
    """A unit of a natural person in São Paulo as published; every column of every vintage, `changes` laid over it."""
    row = {
        "DatGeracaoConjuntoDados": day.isoformat(),
        "AnmPeriodoReferencia": f"{day:%m/%Y}",
        "NumCNPJDistribuidora": ENEL_SP,
        "SigAgente": "ELETROPAULO",
        "NomAgente": "ELETROPAULO METROPOLITANA ELETRICIDADE DE SÃO PAULO S.A.",
        "CodClasseConsumo": "RE",
        "DscClasseConsumo": "Residencial",
        "CodSubGrupoTarifario": "",
        "DscSubGrupoTarifario": "B1",
        "CodUFibge": "35",
        "SigUF": "SP",
        "CodRegiao": "3",
        "NomRegiao": "Sudeste",
        "CodMunicipioIbge": "3550308",
        "NomMunicipio": "São Paulo",
        "CodCEP": "01310***",
        "SigTipoConsumidor": "PF",
        "NumCPFCNPJ": f"***.{number % 1000:03d}.418-**",
        "CodEmpreendimento": code(number),
        "DthAtualizaCadastralEmpreend": "2024-03-15",
        "SigModalidadeEmpreendimento": "",
        "DscModalidadeHabilitado": "Geracao na propria UC",
        "QtdUCRecebeCredito": "1",
        "SigTipoGeracao": "UFV",
        "DscFonteGeracao": "Radiação solar",
        "DscPorte": "Microgeracao",
        "MdaPotenciaInstaladaKW": f"{3 + number % 50},{number % 100:02d}",
        "NomSubEstacao": "",
        "NumCoordESub": "",
        "NumCoordNSub": "",
        "NomTitularEmpreendimento": "***",
        "NumCoordNEmpreendimento": "",
        "NumCoordEEmpreendimento": "",
    }
    unknown = changes.keys() - row.keys()
    assert not unknown, f"no such column: {unknown}"
    return row | changes


def units(count: int, *, start: int = 0, day: date = DAY) -> list[Row]:
    """`count` units with different powers, numbered from `start`."""
    return [unit(number, day) for number in range(start, start + count)]


def line(row: Mapping[str, str], columns: Sequence[str] = COLUMNS_31, *, delimiter: str = ";") -> str:
    """One row, every field quoted, without line break."""
    return delimiter.join('"' + row[name].replace('"', '""') + '"' for name in columns)


def csv_bytes(
    rows: Iterable[Mapping[str, str] | str | bytes],
    columns: Sequence[str] = COLUMNS_31,
    *,
    header: Sequence[str] | None = None,
    encoding: str = "utf-8",
    newline: str = "\r\n",
    delimiter: str = ";",
    bom: bool = False,
) -> bytes:
    """A CSV in ANEEL's dialect. A row given as text or bytes goes in as it is: that is how damaged ones are made.

    Args:
        rows: units, or whole lines.
        columns: which columns, in which order.
        header: other spellings of the columns.
        encoding, newline, delimiter, bom: the dialect.
    """
    out = bytearray(b"\xef\xbb\xbf" if bom else b"")
    out += (delimiter.join(f'"{name}"' for name in header or columns) + newline).encode(encoding)
    for row in rows:
        if isinstance(row, bytes):
            out += row
        else:
            out += (row if isinstance(row, str) else line(row, columns, delimiter=delimiter)).encode(encoding)
        out += newline.encode()
    return bytes(out)


def shuffled(columns: Sequence[str], seed: int = 7) -> list[str]:
    """The columns in another order, the same one for a seed."""
    return random.Random(seed).sample(list(columns), len(columns))


def parquet_bytes(rows: Iterable[Mapping[str, str]], columns: Sequence[str] = COLUMNS_31) -> bytes:
    """The rows with the types of ANEEL's Parquet: dates, numbers, and codes as integers, which lose leading zeros."""
    rows = list(rows)
    arrays = [pa.array([_typed(name, row[name]) for row in rows], type=_arrow_type(name)) for name in columns]
    sink = io.BytesIO()
    pq.write_table(pa.table(dict(zip(columns, arrays, strict=True))), sink)
    return sink.getvalue()


def _arrow_type(name: str) -> pa.DataType:
    if name in _INTEGERS:
        return pa.int64()
    if name in _NUMBERS:
        return pa.float64()
    return pa.date32() if name in _DATES else pa.string()


def _typed(name: str, text: str) -> object:
    if not text.strip():
        return None
    if name in _INTEGERS:
        return int(text)
    if name in _NUMBERS:
        return float(text.replace(",", "."))
    return date.fromisoformat(text) if name in _DATES else text


def zip_bytes(members: Mapping[str, bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An archive of the members."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return sink.getvalue()


def gzip_bytes(data: bytes) -> bytes:
    """Compressed, the same bytes every time."""
    return gzip.compress(data, mtime=0)


def written(path: Path, data: bytes) -> Path:
    """The data as a file."""
    path.write_bytes(data)
    return path
