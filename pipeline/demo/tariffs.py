"""Tariffs, their components and the flags as ANEEL publishes them, for real distributors with invented prices."""

from datetime import date
from pathlib import Path

import polars as pl

from pipeline.demo.draws import below

_NONE = "Não se aplica"
# base of the price: subgroup, modality, class, subclass, post, unit
_LINES = (
    ("B1", "Convencional", "Residencial", "Residencial", _NONE, "MWh"),
    ("B1", "Convencional", "Residencial", "Baixa Renda", _NONE, "MWh"),
    ("B1", "Branca", "Residencial", "Residencial", "Ponta", "MWh"),
    ("B1", "Branca", "Residencial", "Residencial", "Intermediário", "MWh"),
    ("B1", "Branca", "Residencial", "Residencial", "Fora ponta", "MWh"),
    ("B2", "Convencional", "Rural", _NONE, _NONE, "MWh"),
    ("B2", "Convencional", "Rural", "Cooperativa de eletrificação rural", _NONE, "MWh"),
    ("B2", "Convencional", "Rural", "Serviço público de irrigação rural", _NONE, "MWh"),
    ("B3", "Convencional", _NONE, _NONE, _NONE, "MWh"),
    ("B3", "Branca", _NONE, _NONE, "Ponta", "MWh"),
    ("B3", "Branca", _NONE, _NONE, "Fora ponta", "MWh"),
    ("B4", "Convencional", "Iluminação pública", "Iluminação pública – B4a", _NONE, "MWh"),
    ("B4", "Convencional", "Iluminação pública", "Iluminação pública – B4b", _NONE, "MWh"),
    *((group, modality, _NONE, _NONE, post, unit) for group in ("A2", "A3", "A3a", "A4", "AS") for modality in ("Azul", "Verde")
      for post in ("Ponta", "Fora ponta") for unit in ("kW", "MWh")),
)  # fmt: skip
_DETAILS = (_NONE, "SCEE", "APE", "TIPO 01", "TIPO 02")
_BASES = ("Tarifa de Aplicação", "Base Econômica")
_YEARS = tuple(range(2010, 2027))
LARGEST_FILE = 400_000
_FLAGS = (("Verde", 0), ("Amarela", 1885), ("Vermelha P1", 4463), ("Vermelha P2", 7877))


def _distributors() -> pl.DataFrame:
    return pl.read_csv(Path(__file__).with_name("distributors.csv"), infer_schema=False).select("cnpj", "sigla").sort("cnpj")


def _written(path: Path, frame: pl.DataFrame) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.write_csv(path, separator=";", quote_style="always", line_terminator="\r\n", null_value="")
    return frame.height


def _cents(column: str) -> pl.Expr:
    """`412,35`, and `,00` for nothing, as the file has it."""
    cents = pl.col(column)
    whole = pl.when(cents >= 100).then((cents // 100).cast(pl.String)).otherwise(pl.lit(""))
    return whole + "," + (cents % 100).cast(pl.String).str.zfill(2)


def write_tariffs_csv(path: Path, *, rows: int, seed: int, day: date) -> int:
    """Write so many tariffs, the newest first, 17 columns. Returns how many: fewer when there are no more.

    Raises:
        ValueError: too few or too many rows.
    """
    if not 1 <= rows <= LARGEST_FILE:
        raise ValueError(f"rows: expected 1 to {LARGEST_FILE:,}, found {rows:,}.")
    lines = pl.DataFrame(_LINES, schema=["subgroup", "modality", "class", "subclass", "post", "unit"], orient="row")
    frame = (
        pl.DataFrame({"year": sorted(_YEARS, reverse=True)})
        .join(pl.DataFrame({"detail": _DETAILS}), how="cross")
        .join(pl.DataFrame({"base": _BASES}), how="cross")
        .join(lines, how="cross")
        .join(_distributors(), how="cross")
        .head(rows)
        .with_row_index("n")
        .with_columns(pl.col("n").cast(pl.UInt64))
    )
    frame = frame.with_columns(
        tusd=4_000 + below(pl.col("n"), seed, "tusd", 60_000),
        te=pl.when(pl.col("unit") == "kW").then(0).otherwise(20_000 + below(pl.col("n"), seed, "te", 30_000)),
        month=(pl.col("cnpj").str.slice(0, 4).cast(pl.Int64) % 12) + 1,
    )
    frame = frame.with_columns(first=pl.date("year", "month", 4))
    return _written(
        path,
        frame.select(
            DatGeracaoConjuntoDados=pl.lit(day.isoformat()),
            DscREH=pl.format("RESOLUÇÃO HOMOLOGATÓRIA Nº {}.{}, DE 2 DE JANEIRO DE {}", pl.col("year") % 10, "year", "year"),
            SigAgente="sigla",
            NumCNPJDistribuidora="cnpj",
            DatInicioVigencia=pl.col("first").dt.to_string("%Y-%m-%d"),
            DatFimVigencia=(pl.col("first").dt.offset_by("1y") - pl.duration(days=1)).dt.to_string("%Y-%m-%d"),
            DscBaseTarifaria="base",
            DscSubGrupo="subgroup",
            DscModalidadeTarifaria="modality",
            DscClasse="class",
            DscSubClasse="subclass",
            DscDetalhe="detail",
            NomPostoTarifario="post",
            DscUnidadeTerciaria="unit",
            SigAgenteAcessante=pl.lit(_NONE),
            VlrTUSD=_cents("tusd"),
            VlrTE=_cents("te"),
        ),
    )


def write_components_csv(path: Path, *, year: int, seed: int, day: date) -> int:
    """Write the components of a year: TUSD Fio B and two that are not taken. Returns the rows of Fio B."""
    lines = pl.DataFrame(_LINES, schema=["subgroup", "modality", "class", "subclass", "post", "unit"], orient="row")
    frame = (
        pl.DataFrame({"component": ["TUSD_FioB", "TUSD_PERDAS", "TE_ENERGIA"]})
        .join(lines, how="cross")
        .join(_distributors(), how="cross")
        .with_row_index("n")
        .with_columns(pl.col("n").cast(pl.UInt64))
        .with_columns(value=3_000 + below(pl.col("n"), seed, f"component {year}", 18_000))
    )
    _written(
        path,
        frame.select(
            DatGeracaoConjuntoDados=pl.lit(day.isoformat()),
            DscResolucaoHomologatoria=pl.lit(f"RESOLUÇÃO HOMOLOGATÓRIA Nº {year % 10}.{year}, DE 2 DE JANEIRO DE {year}"),
            SigNomeAgente="sigla",
            NumCPFCNPJ="cnpj",
            DatInicioVigencia=pl.lit(f"{year}-04-22"),
            DatFimVigencia=pl.lit(f"{year + 1}-04-21"),
            DscBaseTarifaria=pl.lit(_BASES[0]),
            DscSubGrupoTarifario="subgroup",
            DscModalidadeTarifaria="modality",
            DscClasseConsumidor="class",
            DscSubClasseConsumidor="subclass",
            DscDetalheConsumidor=pl.lit(_NONE),
            DscPostoTarifario="post",
            DscUnidade=pl.lit("R$/") + pl.col("unit"),
            SigNomeAgenteAcessante=pl.lit(_NONE),
            DscComponenteTarifario="component",
            # Every ninth as the real files have some: in scientific notation.
            VlrComponenteTarifario=pl.when(pl.col("n") % 9 == 0)
            .then((pl.col("value") // 1000).cast(pl.String) + "," + (pl.col("value") % 1000).cast(pl.String).str.zfill(3) + "E+1")
            .otherwise(_cents("value")),
        ),
    )
    return frame.filter(pl.col("component") == "TUSD_FioB").height


def write_flags_csv(path: Path, *, seed: int, day: date) -> int:
    """Write the flag of each month from 2015 to the day's. Returns how many."""
    months = pl.DataFrame({"month": pl.date_range(date(2015, 1, 1), day.replace(day=1), "1mo", eager=True)})
    frame = months.with_row_index("n").with_columns(pl.col("n").cast(pl.UInt64))
    frame = frame.with_columns(which=below(pl.col("n"), seed, "flag", len(_FLAGS)))
    frame = frame.with_columns(
        flag=pl.lit(pl.Series([name for name, _cost in _FLAGS])).gather(pl.col("which")),
        cost=pl.lit(pl.Series([cost for _name, cost in _FLAGS])).gather(pl.col("which")),
    )
    return _written(
        path,
        frame.select(
            DatGeracaoConjuntoDados=pl.lit(day.isoformat()),
            DatCompetencia=pl.col("month").dt.to_string("%Y-%m-%d"),
            NomBandeiraAcionada="flag",
            VlrAdicionalBandeira=_cents("cost"),
        ),
    )
