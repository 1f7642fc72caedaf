"""The technical file that goes with a file of units: modules and inverters of every photovoltaic unit, with the real file's dirt.

Makers are spelled as holders spell them; models are invented. Of 10,000 rows some have a line break or a tab inside of a field,
no maker, a power with the decimal comma in the wrong place, or an absurd number of modules.
"""

import io
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from pipeline.demo.draws import below

BATCH_ROWS = 50_000
COLUMNS = (
    "DatGeracaoConjuntoDados", "CodGeracaoDistribuida", "MdaAreaArranjo", "MdaPotenciaInstalada", "NomFabricanteModulo",
    "NomFabricanteInversor", "DatConexao", "MdaPotenciaModulos", "MdaPotenciaInversores", "QtdModulos", "NomModeloModulo",
    "NomModeloInversor",
)  # fmt: skip
# In no order of their own; a spelling that stands twice is met twice as often.
MODULE_MAKERS = (
    "Canadian Solar ", "CANADIAN", "JA Solar", "JA SOLAR", "Jinko Solar ", "JINKO", "Risen", "Trina Solar", "TRINA", "DAH Solar",
    "DAH", "LONGi", "Longi Solar ", "BYD ", "Astronergy ", "OSDA", "TSUN", "Leapton", "HANERSUN", "SUNOVA", "Sunova Solar",
    "ZNSHINE", "Não há", "CANADIAN SOLAR ;GCL", "Honor Solar", "RENEPV", "Resun", "GCL", "Ae Solar", "NÃO CONSTA",
)  # fmt: skip
INVERTER_MAKERS = (
    "GROWATT", "Growatt", "Deye", "DEYE", "Sungrow", "SUNGROW\t", "Huawei", "SOLIS", "Ginlong Solis", "Hoymiles", "SAJ", "Sofar",
    "WEG", "Fronius", "Goodwe", "GoodWe", "Solplanet", "CHINT POWER", "APsystems", "Intelbras", "Kehua", "Não há", "Renac",
    "Livoltek",
)  # fmt: skip
WATTS = (330, 400, 445, 540, 545, 550, 555, 570, 580, 585, 610, 620, 650, 695)


@dataclass(frozen=True, slots=True)
class TechnicalFile:
    """A file that was written: its rows, those with a power or a count that cannot be, and its size in bytes."""

    path: Path
    rows: int
    wrong: int
    size: int


def write_technical_csv(path: Path, *, units: Path, seed: int, day: date) -> TechnicalFile:
    """Write the technical file of a units' file.

    Args:
        path: the file; it appears whole or not at all.
        units: a file that `write_units_csv` wrote; its photovoltaic units are taken.
        seed: decides everything else.
        day: the load date in every row.
    """
    wanted = ["CodEmpreendimento", "MdaPotenciaInstaladaKW", "DthAtualizaCadastralEmpreend", "SigTipoGeracao"]
    frame = pl.read_csv(units, separator=";", columns=wanted, infer_schema=False).filter(pl.col("SigTipoGeracao") == "UFV")
    rows = wrong = 0
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            for start in range(0, max(frame.height, 1), BATCH_ROWS):
                batch = _published(frame.slice(start, BATCH_ROWS), seed, day)
                rows, wrong = rows + batch.height, wrong + int(batch["wrong"].sum())
                buffer = io.BytesIO()
                batch.select(COLUMNS).write_csv(
                    buffer, include_header=start == 0, separator=";", quote_style="always", line_terminator="\r\n", null_value=""
                )
                file.write(buffer.getbuffer())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return TechnicalFile(path, rows, wrong, path.stat().st_size)


def _pick(names: tuple[str, ...], seed: int, purpose: str) -> pl.Expr:
    return pl.lit(pl.Series(names)).gather(below(pl.col("n"), seed, purpose, len(names)))


def _decimal(value: pl.Expr) -> pl.Expr:
    """`12,50`."""
    return (
        value.round(2)
        .map_batches(lambda texts: texts.cast(pl.Decimal(14, 2)).cast(pl.String), return_dtype=pl.String)
        .str.replace(".", ",", literal=True)
    )


def _published(frame: pl.DataFrame, seed: int, day: date) -> pl.DataFrame:
    n = pl.col("n")
    frame = frame.with_columns(
        pl.col("CodEmpreendimento").str.slice(6).str.replace_all(".", "", literal=True).cast(pl.UInt64).alias("n"),
        pl.col("MdaPotenciaInstaladaKW").str.replace(",", ".", literal=True).cast(pl.Float64).alias("kw"),
    ).with_columns(
        watts=pl.lit(pl.Series(WATTS)).gather(below(n, seed, "watts", len(WATTS))),
        oversize=1 + below(n, seed, "oversize", 40) / 100,
        slip=below(n, seed, "slip", 10_000),
        text=below(n, seed, "text", 10_000),
    )
    frame = frame.with_columns(count=(pl.col("kw") * pl.col("oversize") * 1000 / pl.col("watts")).ceil().clip(1))
    slip = pl.col("slip")
    # Of 10,000: modules ten times (200) and a thousand times (150) too large, inverters ten times (70), 30 absurd counts.
    factor = pl.when(slip < 200).then(10).when(slip < 350).then(1000).otherwise(1)
    modules = pl.col("count") * pl.col("watts") / 1000 * factor
    inverters = pl.col("kw") * pl.when(slip.is_between(350, 419)).then(10).otherwise(1)
    absurd = slip.is_between(420, 449)
    module_model = pl.concat_str(pl.lit("M"), pl.col("watts"), pl.lit("-"), below(n, seed, "model", 400), pl.lit("HC"))
    inverter_model = pl.concat_str(
        pl.lit("INV-"), pl.col("kw").ceil().cast(pl.Int64), pl.lit("K-"), below(n, seed, "inverter", 90)
    )
    return frame.select(
        DatGeracaoConjuntoDados=pl.lit(day.isoformat()),
        CodGeracaoDistribuida="CodEmpreendimento",
        MdaAreaArranjo=_decimal(pl.col("count") * 2.4),
        MdaPotenciaInstalada="MdaPotenciaInstaladaKW",
        NomFabricanteModulo=_pick(MODULE_MAKERS, seed, "module maker"),
        NomFabricanteInversor=_pick(INVERTER_MAKERS, seed, "inverter maker"),
        DatConexao="DthAtualizaCadastralEmpreend",
        MdaPotenciaModulos=_decimal(modules),
        MdaPotenciaInversores=_decimal(inverters),
        QtdModulos=pl.when(absurd).then(800_000).otherwise("count").cast(pl.Int64).cast(pl.String),
        NomModeloModulo=pl.when(pl.col("text") < 2)
        .then(module_model + "\n" + module_model)
        .when(pl.col("text") < 20)
        .then(module_model + "\t")
        .otherwise(module_model),
        NomModeloInversor=pl.when(pl.col("text").is_between(20, 40))
        .then(inverter_model + "; " + inverter_model)
        .otherwise(inverter_model),
        wrong=(slip < 450) & (pl.col("kw") > 0),
    )
