"""Files of distributed-generation units as ANEEL publishes them: any size, constant memory, the same bytes for a seed.

What is real: municipalities, IBGE codes, distributors. What is invented: every unit, every holder. Companies are called
DEMONSTRAÇÃO and have right check digits on a branch number that no company reaches; natural persons are masked as in the source.
"""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import BinaryIO

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.demo import unit_columns as column
from pipeline.demo.distributions import DATE_SLOTS, LAST_CONNECTION, MICRO_LIMIT_CENTI_KW, POWER_SLOTS
from pipeline.demo.draws import SLOTS, below, chosen, draw
from pipeline.demo.unit_lookups import lookups

BATCH_ROWS = 50_000
LARGEST_FILE = 900_000_000  # nine digits in a unit's code

_BEFORE_HOLDER = [
    *("DatGeracaoConjuntoDados", "AnmPeriodoReferencia", "NumCNPJDistribuidora", "SigAgente", "NomAgente", "CodClasseConsumo"),
    *("DscClasseConsumo", "CodSubGrupoTarifario", "DscSubGrupoTarifario", "CodUFibge", "SigUF", "CodRegiao", "NomRegiao"),
    *("CodMunicipioIbge", "NomMunicipio", "CodCEP", "SigTipoConsumidor", "NumCPFCNPJ"),
]
_UNIT = [
    *("CodEmpreendimento", "DthAtualizaCadastralEmpreend", "SigModalidadeEmpreendimento", "DscModalidadeHabilitado"),
    *("QtdUCRecebeCredito", "SigTipoGeracao", "DscFonteGeracao", "DscPorte"),
]
_HOLDER, _POWER = "NomTitularEmpreendimento", "MdaPotenciaInstaladaKW"
_POINT = ["NumCoordNEmpreendimento", "NumCoordEEmpreendimento"]
_SUBSTATION = ["NomSubEstacao", "NumCoordESub", "NumCoordNSub"]
HEADERS: dict[str, list[str]] = {
    "2026": [*_BEFORE_HOLDER, *_UNIT, _POWER, *_SUBSTATION, _HOLDER],
    "2025": [*_BEFORE_HOLDER, _HOLDER, *_UNIT, *_POINT, _POWER, *_SUBSTATION],
}
ENCODINGS = {"2026": "utf-8", "2025": "cp1252"}
LAST_DAYS = {"2026": LAST_CONNECTION, "2025": date(2025, 6, 30)}
# The 2025 files at hand leave these empty.
EMPTY_IN_2025 = ("CodClasseConsumo", "DscSubGrupoTarifario", "CodMunicipioIbge", "CodCEP")

PARQUET_INTEGERS = ("NumCNPJDistribuidora", "CodUFibge", "CodRegiao", "CodMunicipioIbge", "QtdUCRecebeCredito")
PARQUET_NUMBERS = ("MdaPotenciaInstaladaKW", "NumCoordNEmpreendimento", "NumCoordEEmpreendimento", "NumCoordESub", "NumCoordNSub")
PARQUET_DATES = ("DatGeracaoConjuntoDados", "DthAtualizaCadastralEmpreend")


@dataclass(frozen=True, slots=True)
class UnitsFile:
    """A file that was written. The counts are exact, against the file of the same rows and seed without changes.

    Attributes:
        rows: data rows in the file: those asked for, less `removed`, plus `added`.
        changed: rows whose power or number of credited units differs.
        oddities: rows in the file with each oddity.
        size: bytes.
    """

    path: Path
    rows: int
    changed: int
    removed: int
    added: int
    size: int
    oddities: dict[str, int] = field(default_factory=dict)


def write_units_csv(
    path: Path,
    *,
    rows: int,
    seed: int,
    day: date,
    changed: float = 0.0,
    removed: float = 0.0,
    added: float = 0.0,
    vintage: str = "2026",
) -> UnitsFile:
    """Write a CSV as ANEEL does: `;`, every field quoted, CRLF, decimal comma.

    Args:
        path: the file; it appears whole or not at all.
        rows: units before `removed` and `added`. Unit number i is the same in every file of one seed.
        day: the load date in every row, and which rows `changed` and `removed` pick.
        changed, removed, added: shares of `rows`.
        vintage: "2026" (31 columns, UTF-8) or "2025" (33 columns with coordinates, cp1252).

    Raises:
        ValueError: a share, the number of rows, the day or the vintage is out of range.
    """
    encoding = ENCODINGS.get(vintage, "")
    plan = _Plan(rows=rows, seed=seed, day=day, changed=changed, removed=removed, added=added, vintage=vintage)

    def write(file: BinaryIO) -> Iterator[None]:
        for number, batch in enumerate(plan.batches()):
            buffer = io.BytesIO()
            batch.select(HEADERS[vintage]).write_csv(
                buffer, include_header=number == 0, separator=";", quote_style="always", line_terminator="\r\n", null_value=""
            )
            data = buffer.getbuffer()
            file.write(data if encoding == "utf-8" else str(data, "utf-8").encode(encoding))
            yield

    return _written(path, plan, write)


def write_units_parquet(
    path: Path,
    *,
    rows: int,
    seed: int,
    day: date,
    changed: float = 0.0,
    removed: float = 0.0,
    added: float = 0.0,
    vintage: str = "2026",
) -> UnitsFile:
    """Write the same rows as Parquet with ANEEL's types: real dates and numbers, CNPJ and codes as integers.

    Arguments, result and errors as `write_units_csv`.
    """
    plan = _Plan(rows=rows, seed=seed, day=day, changed=changed, removed=removed, added=added, vintage=vintage)

    def write(file: BinaryIO) -> Iterator[None]:
        writer: pq.ParquetWriter | None = None
        try:
            for batch in plan.batches():
                table: pa.Table = _typed(batch.select(HEADERS[vintage])).to_arrow(compat_level=pl.CompatLevel.oldest())
                writer = writer or pq.ParquetWriter(file, table.schema, compression="zstd")
                writer.write_table(table)
                yield
        finally:
            if writer is not None:
                writer.close()

    return _written(path, plan, write)


def _written(path: Path, plan: "_Plan", write: Callable[[BinaryIO], Iterator[None]]) -> UnitsFile:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            for _ in write(file):
                pass
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return UnitsFile(path, plan.rows_written, plan.changed, plan.removed, plan.added, path.stat().st_size, dict(plan.oddities))


class _Plan:
    """What one file holds, and its rows in batches."""

    def __init__(self, *, rows: int, seed: int, day: date, changed: float, removed: float, added: float, vintage: str) -> None:
        if vintage not in HEADERS:
            raise ValueError(f"vintage: expected one of {', '.join(sorted(HEADERS))}, found {vintage!r}.")
        if not 1 <= rows <= LARGEST_FILE:
            raise ValueError(f"rows: expected 1 to {LARGEST_FILE:,}, found {rows:,}.")
        if day <= LAST_DAYS[vintage]:
            raise ValueError(
                f"day: expected a day after {LAST_DAYS[vintage]}, the last connection in a file of {vintage}, found {day}."
            )
        for name, share in (("changed", changed), ("removed", removed), ("added", added)):
            if not 0 <= share <= 1:
                raise ValueError(f"{name}: expected a share from 0 to 1, found {share}.")
        self.rows, self.seed, self.day, self.vintage = rows, seed, day, vintage
        self.changed, self.removed, self.added = round(rows * changed), round(rows * removed), round(rows * added)
        if self.changed + self.removed > rows:
            raise ValueError(
                f"changed and removed: expected at most {rows:,} rows together, found {self.changed + self.removed:,}."
            )
        self.rows_written = 0
        self.oddities: dict[str, int] = {}
        self._lookups = lookups()

    def batches(self) -> Iterator[pl.DataFrame]:
        """The file's rows, all columns of both vintages as text."""
        total = self.rows + self.added
        for start in range(0, total, BATCH_ROWS):
            number = pl.int_range(start, min(start + BATCH_ROWS, total), dtype=pl.UInt64, eager=True)
            frame = self._unit_columns(pl.DataFrame({"n": number}))
            self._count_oddities(frame)
            self.rows_written += frame.height
            yield self._published(frame)

    def _unit_columns(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Every unit's facts, with the day's removals left out and its changes made."""
        n, seed, tables = pl.col("n"), self.seed, self._lookups
        pick = chosen(n, total=self.rows, seed=seed, purpose=f"day {self.day}")
        inside = n < self.rows
        frame = frame.with_columns(
            removed=inside & (pick < self.removed), changed=inside & (pick >= self.removed) & (pick < self.removed + self.changed)
        )
        frame = frame.filter(~pl.col("removed")).with_columns(
            place=below(n, seed, "place", SLOTS),
            profile=below(n, seed, "class", SLOTS),
            power_slot=below(n, seed, "power", POWER_SLOTS),
            chance=below(n, seed, "chance", 10_000),
            date_slot=below(n, seed, "date", DATE_SLOTS),
        )
        frame = frame.with_columns(
            place=tables.place_slots.gather(frame["place"]), profile=tables.class_slots.gather(frame["profile"])
        )
        frame = frame.hstack(tables.places[frame["place"]]).hstack(tables.classes[frame["profile"]])
        frame = frame.with_columns(
            centi_kw=tables.powers.gather(frame["profile"] * POWER_SLOTS + frame["power_slot"]),
            connected=tables.dates.gather(frame["date_slot"]),
            is_company=below(n, seed, "person", 10_000) < pl.col("company_share"),
            company=pl.col("first") + below(n, seed, "company", pl.col("companies")),
        )
        frame = frame.with_columns(column.oddity(name, period, seed) for name, period in self._oddity_periods().items())
        if self.vintage == "2025":
            frame = column.with_one_coordinate_fault(frame)
        frame = frame.with_columns(
            class_name=pl.when("class_with_trailing_space").then(pl.lit("REBR ")).otherwise("class_name"),
            centi_kw=pl.when("zero_power").then(0).otherwise("centi_kw"),
        )
        return frame.with_columns(
            holder_cnpj=tables.company_cnpj.gather(frame["company"]),
            holder_name=tables.company_names.gather(frame["company"]),
        )

    def _published(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The columns of the file, as text."""
        n, seed = pl.col("n"), self.seed
        mini = pl.col("centi_kw") > MICRO_LIMIT_CENTI_KW
        by_power = pl.col("changed") & (draw(n, seed, "kind of change") % 2 == 0)
        centi_kw = pl.when(by_power).then(column.other_power()).otherwise("centi_kw")
        credited = column.credited_units(seed) + pl.when(pl.col("changed") & ~by_power).then(1).otherwise(0)
        frame = frame.with_columns(modality=column.modality(seed)).with_columns(
            DatGeracaoConjuntoDados=pl.lit(self.day.isoformat()),
            AnmPeriodoReferencia=pl.lit(f"{self.day:%m/%Y}"),
            NumCNPJDistribuidora="cnpj",
            SigAgente="sigla",
            NomAgente="agent",
            CodClasseConsumo="class_code",
            DscClasseConsumo="class_name",
            CodSubGrupoTarifario=pl.lit(""),
            DscSubGrupoTarifario=column.subgroup(seed),
            CodUFibge="uf_code",
            SigUF="uf",
            CodRegiao="region_code",
            NomRegiao="region",
            CodMunicipioIbge=pl.when("no_municipality_code").then(pl.lit("")).otherwise("ibge"),
            NomMunicipio="municipality",
            CodCEP=column.cep(seed),
            SigTipoConsumidor=pl.when("no_person_type")
            .then(pl.lit(""))
            .when("is_company")
            .then(pl.lit("PJ"))
            .otherwise(pl.lit("PF")),
            NumCPFCNPJ=pl.when("is_company").then("holder_cnpj").otherwise(column.masked_cpf(seed)),
            NomTitularEmpreendimento=pl.when("is_company").then("holder_name").otherwise(pl.lit("***")),
            CodEmpreendimento=column.unit_code(),
            DthAtualizaCadastralEmpreend=self._connection_date(),
            SigModalidadeEmpreendimento=pl.lit(""),
            DscModalidadeHabilitado=pl.when("no_modality").then(pl.lit("")).otherwise("modality"),
            QtdUCRecebeCredito=credited.cast(pl.String),
            DscPorte=pl.when(mini).then(pl.lit("Minigeracao")).otherwise(pl.lit("Microgeracao")),
            MdaPotenciaInstaladaKW=column.hundredths(centi_kw),
            NomSubEstacao=pl.lit(""),
            NumCoordESub=pl.lit(""),
            NumCoordNSub=pl.lit(""),
            **column.source(seed),
        )
        if self.vintage == "2025":
            frame = frame.with_columns(**column.coordinates(seed), **{name: pl.lit("") for name in EMPTY_IN_2025})
        return frame

    def _connection_date(self) -> pl.Expr:
        day = pl.col("connected")
        if self.vintage == "2025":
            day = pl.when(day > LAST_DAYS["2025"]).then(day - pl.duration(days=366)).otherwise(day)
        return pl.when("sentinel_date").then(pl.lit("1900-01-01")).otherwise(day.dt.to_string("%Y-%m-%d"))

    def _oddity_periods(self) -> dict[str, int]:
        return column.ODDITY_PERIODS | (column.COORDINATE_ODDITY_PERIODS if self.vintage == "2025" else {})

    def _count_oddities(self, frame: pl.DataFrame) -> None:
        counts = frame.select(pl.col(name).sum() for name in self._oddity_periods()).row(0)
        for name, count in zip(self._oddity_periods(), counts, strict=True):
            self.oddities[name] = self.oddities.get(name, 0) + count


def _typed(batch: pl.DataFrame) -> pl.DataFrame:
    """Text to the types of ANEEL's Parquet: empty is null, numbers are numbers."""
    empty_is_null = [pl.when(pl.col(name) == "").then(None).otherwise(pl.col(name)).alias(name) for name in batch.columns]
    return batch.select(empty_is_null).with_columns(
        *[pl.col(name).cast(pl.Int64) for name in PARQUET_INTEGERS],
        *[pl.col(name).str.replace(",", ".", literal=True).cast(pl.Float64) for name in PARQUET_NUMBERS if name in batch.columns],
        *[pl.col(name).str.to_date("%Y-%m-%d") for name in PARQUET_DATES],
    )
