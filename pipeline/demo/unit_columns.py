"""Each published column of a demo unit, as an expression over the unit's drawn facts (`pipeline.demo.units`)."""

import polars as pl

from pipeline.demo.distributions import LARGEST_CENTI_KW, MICRO_LIMIT_CENTI_KW
from pipeline.demo.draws import below, chosen, draw

# The sources' real oddities, more frequent than in reality so that a small file has each: one row of so many.
ODDITY_PERIODS = {
    "class_with_trailing_space": 5_003,  # "REBR "
    "sentinel_date": 2_503,  # 1900-01-01
    "zero_power": 3_001,
    "no_modality": 2_003,
    "no_person_type": 4_001,
    "no_source_type": 7_001,
    "no_municipality_code": 1_009,
}
COORDINATE_ODDITY_PERIODS = {
    "coordinates_outside": 53,  # 0.35, -75.5: a projected point taken for degrees
    "coordinates_filler": 223,  # -15, -56
    "coordinates_zero": 1_997,
    "coordinates_comma": 101,
}


def oddity(name: str, period: int, seed: int) -> pl.Expr:
    """True in one row of `period`, at the seed's own place."""
    start = chosen(pl.lit(0, dtype=pl.UInt64), total=period, seed=seed, purpose=name)
    return (pl.col("n") % period == start).alias(name)


def unit_code() -> pl.Expr:
    digits = (pl.col("n") + 1).cast(pl.String).str.zfill(9)
    return pl.concat_str(
        [
            pl.lit("GD."),
            pl.col("uf"),
            pl.lit("."),
            digits.str.slice(0, 3),
            pl.lit("."),
            digits.str.slice(3, 3),
            pl.lit("."),
            digits.str.slice(6, 3),
        ]
    )


def modality(seed: int) -> pl.Expr:
    """Own unit 79.6 %, remote 20 %, shared 0.36 %, condominium 0.04 %."""
    chance = below(pl.col("n"), seed, "modality", 10_000)
    return (
        pl.when(chance < 7_960).then(pl.lit("Geracao na propria UC"))
        .when(chance < 9_960).then(pl.lit("Auto consumo remoto"))
        .when(chance < 9_996).then(pl.lit("Compartilhada"))
        .otherwise(pl.lit("Condomínio"))
    )  # fmt: skip


def credited_units(seed: int) -> pl.Expr:
    """One for the own unit; two to some for the others, few of them many."""
    chance = below(pl.col("n"), seed, "credits", 1_000).cast(pl.Int64)
    several = (
        pl.when(chance < 660).then(2).when(chance < 860).then(3).when(chance < 930).then(4).otherwise(5 + (chance - 930) // 6)
    )
    return (
        pl.when(pl.col("modality") == "Geracao na propria UC").then(1)
        .when(pl.col("modality") == "Compartilhada").then(2 + chance * chance // 1_300)
        .otherwise(several)
    )  # fmt: skip


def subgroup(seed: int) -> pl.Expr:
    chance = pl.col("chance")
    return (
        pl.when((pl.col("centi_kw") > MICRO_LIMIT_CENTI_KW) & (chance < 9_700)).then(pl.lit("A4"))
        .when((pl.col("centi_kw") > MICRO_LIMIT_CENTI_KW) & (chance < 9_800)).then(pl.lit("A3a"))
        .when((pl.col("centi_kw") > 30_00) & pl.col("class_code").is_in(["CO", "IN", "PP"]) & (chance < 1_500)).then(pl.lit("A4"))
        .when((pl.col("class_code") == "CO") & (chance < 20)).then(pl.lit("AS"))
        .otherwise("low_voltage_subgroup")
    )  # fmt: skip


def other_power() -> pl.Expr:
    """Another power, 0.55 kW away on the same side of the limit of microgeneration."""
    power = pl.col("centi_kw")
    up = (power + 55 <= MICRO_LIMIT_CENTI_KW) | ((power > MICRO_LIMIT_CENTI_KW) & (power + 55 <= LARGEST_CENTI_KW))
    return pl.when(up).then(power + 55).otherwise(power - 55)


def hundredths(value: pl.Expr) -> pl.Expr:
    """3250 -> "32,50"."""
    return pl.concat_str([(value // 100).cast(pl.String), pl.lit(","), (value % 100).cast(pl.String).str.zfill(2)])


def cep(seed: int) -> pl.Expr:
    """Companies: eight digits padded to ten with spaces. Persons: five digits and three stars."""
    prefix = (pl.col("cep_low") + draw(pl.col("n"), seed, "cep") % pl.col("cep_span")).cast(pl.String).str.zfill(5)
    suffix = below(pl.col("n"), seed, "cep suffix", 1_000).cast(pl.String).str.zfill(3)
    return (
        pl.when("is_company")
        .then(pl.concat_str([prefix, suffix, pl.lit("  ")]))
        .otherwise(pl.concat_str([prefix, pl.lit("***")]))
    )


def masked_cpf(seed: int) -> pl.Expr:
    """As published: only the six middle digits are visible; here they are drawn."""
    digits = below(pl.col("n"), seed, "cpf", 1_000_000).cast(pl.String).str.zfill(6)
    return pl.concat_str([pl.lit("***."), digits.str.slice(0, 3), pl.lit("."), digits.str.slice(3, 3), pl.lit("-**")])


def source(seed: int) -> dict[str, pl.Expr]:
    """Solar but for a few in ten thousand."""
    chance = below(pl.col("n"), seed, "source", 100_000)
    kinds = (
        (10, "UTE", "Biogás"),
        (13, "UTE", "Bagaço de Cana de Açúcar"),
        (18, "CGH", "Potencial hidráulico"),
        (22, "EOL", "Cinética do vento"),
    )
    code, name = pl.lit("UFV"), pl.lit("Radiação solar")
    for limit, kind, source in reversed(kinds):
        code = pl.when(chance < limit).then(pl.lit(kind)).otherwise(code)
        name = pl.when(chance < limit).then(pl.lit(source)).otherwise(name)
    missing = pl.col("no_source_type")
    return {
        "SigTipoGeracao": pl.when(missing).then(pl.lit("")).otherwise(code),
        "DscFonteGeracao": pl.when(missing).then(pl.lit("")).otherwise(name),
    }


def with_one_coordinate_fault(frame: pl.DataFrame) -> pl.DataFrame:
    """At most one of the faulty points in a row, so that each count is exact."""
    outside, filler = pl.col("coordinates_outside"), pl.col("coordinates_filler")
    zero = pl.col("coordinates_zero")
    return frame.with_columns(coordinates_filler=filler & ~outside, coordinates_zero=zero & ~outside & ~filler)


def coordinates(seed: int) -> dict[str, pl.Expr]:
    """The municipality's seat and up to 9 km around it on the source's grid of 0.01 degrees, with its known faults."""
    return {
        "NumCoordNEmpreendimento": _degrees("latitude", seed, outside=0.35, filler=-15.0),
        "NumCoordEEmpreendimento": _degrees("longitude", seed, outside=-75.5, filler=-56.0),
    }


def _degrees(name: str, seed: int, *, outside: float, filler: float) -> pl.Expr:
    offset = below(pl.col("n"), seed, f"offset of {name}", 17).cast(pl.Int64) - 8
    place = (pl.col(name) * 100).round().cast(pl.Int64) + offset
    value = (
        pl.when("coordinates_outside").then(round(outside * 100))
        .when("coordinates_filler").then(round(filler * 100))
        .when("coordinates_zero").then(0)
        .otherwise(place)
    )  # fmt: skip
    size = value.abs()
    mark = pl.when("coordinates_comma").then(pl.lit(",")).otherwise(pl.lit("."))
    sign = pl.when(value < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    return pl.concat_str(
        [sign, (size // 100).cast(pl.String), mark, (size % 100).cast(pl.String).str.zfill(2), pl.lit("00")]
    ).fill_null("")
