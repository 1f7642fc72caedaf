"""Where a generation unit is: state, municipality, point, and what is odd about them."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from aneel.choices import LocationPrecision
from aneel.municipality_data import UF_BY_IBGE_PREFIX
from pipeline.sources.base import LoadContext
from pipeline.sources.kinds import fold_expr

# Brazil with its islands, degrees WGS 84 (IBGE: Arroio Chuí 33°45' S, Monte Caburaí 5°16' N, Serra da Contamana 73°59' W, Ilha
# Martim Vaz 28°50' W), widened to the published grid of 0.01 degrees.
LAT_MIN, LAT_MAX, LON_MIN, LON_MAX = -33.76, 5.28, -74.0, -28.83
# 16,918 units of 141 municipalities stand on this point: a filler, in the middle of nowhere in Mato Grosso.
FILLER_LAT, FILLER_LON = -15.0, -56.0

_UFS = sorted(UF_BY_IBGE_PREFIX.values())
_UF_BY_PREFIX_TEXT = {str(prefix): uf for prefix, uf in UF_BY_IBGE_PREFIX.items()}


@dataclass
class PlaceLookups:
    """Look-up frames for one run, and the distributors it meets.

    Attributes:
        by_code: `ibge_code` Int64, `m_state`, `m_point` (hexadecimal EWKB of the centre).
        by_name: `m_state`, `search_name`, `name_code`; names that occur once in their state.
        distributors: CNPJ -> counts of (acronym, name, state).
    """

    by_code: pl.DataFrame
    by_name: pl.DataFrame
    distributors: dict[str, Counter[tuple[str, str, str]]] = field(default_factory=lambda: defaultdict(Counter))


def load_place_lookups(cursor: Any) -> PlaceLookups:
    """Read the municipalities once per run (5,571 rows)."""
    cursor.execute(
        "SELECT ibge_code::bigint, state::text, search_name, upper(encode(public.ST_AsEWKB(centroid::public.geometry), 'hex')) FROM aneel.municipalities"
    )
    rows = cursor.fetchall()
    frame = pl.DataFrame(
        rows, schema={"ibge_code": pl.Int64, "m_state": pl.String, "search_name": pl.String, "m_point": pl.String}, orient="row"
    )
    by_name = frame.group_by("m_state", "search_name").agg(pl.col("ibge_code").first().alias("name_code"), pl.len().alias("n"))
    return PlaceLookups(
        by_code=frame.select("ibge_code", "m_state", "m_point"),
        by_name=by_name.filter(pl.col("n") == 1).select("m_state", "search_name", "name_code"),
    )


def _points(latitude: pl.Series, longitude: pl.Series) -> pl.Series:
    """Hexadecimal EWKB of points (little endian, SRID 4326); null where a coordinate is null."""
    size = len(latitude)
    record = np.zeros(size, dtype=np.dtype([("head", "V9"), ("x", "<f8"), ("y", "<f8")]))
    record["head"] = np.void(bytes.fromhex("0101000020E6100000"))
    record["x"], record["y"] = longitude.fill_null(0).to_numpy(), latitude.fill_null(0).to_numpy()
    text = record.tobytes().hex().upper()
    values = [text[i : i + 50] for i in range(0, size * 50, 50)]
    return pl.select(pl.when(latitude.is_not_null() & longitude.is_not_null()).then(pl.Series(values, dtype=pl.String))).to_series()


def _flag(condition: pl.Expr, name: str) -> pl.Expr:
    return pl.when(condition.fill_null(value=False)).then(pl.lit(name))


def _with_state(frame: pl.DataFrame) -> pl.DataFrame:
    """`state` from SigUF; where that is empty, from the municipality's or the state's IBGE code, or the unit's own code."""
    uf = pl.col("=SigUF").str.to_uppercase()
    by_prefix = [
        pl.col(name).str.slice(0, 2).replace_strict(_UF_BY_PREFIX_TEXT, default=None, return_dtype=pl.String)
        for name in ("=CodMunicipioIbge", "=CodUFibge")
    ]
    from_code = pl.col("unit_id").str.extract(r"^GD\.([A-Z]{2})\.", 1)
    inferred = pl.coalesce(*by_prefix, pl.when(from_code.is_in(_UFS)).then(from_code))
    return frame.with_columns(
        pl.when(uf.is_null()).then("BR-" + inferred).when(uf.is_in(_UFS)).then("BR-" + uf).alias("state"),
        uf.is_null().alias("__state_inferred"),
    )


def _with_municipality(frame: pl.DataFrame, lookups: PlaceLookups) -> pl.DataFrame:
    """`municipality_id` by code, else by folded name within the state; and that municipality's state and centre."""
    code = pl.when(pl.col("=CodMunicipioIbge").str.contains(r"^\d{7}$")).then(pl.col("=CodMunicipioIbge")).cast(pl.Int64, strict=False)
    known = lookups.by_code.select("ibge_code", pl.lit(value=True).alias("__known"))
    frame = frame.with_columns(code.alias("__code"), fold_expr(pl.col("municipality")).alias("__name"))
    frame = frame.join(known, left_on="__code", right_on="ibge_code", how="left", maintain_order="left")
    frame = frame.join(
        lookups.by_name, left_on=["state", "__name"], right_on=["m_state", "search_name"], how="left", maintain_order="left"
    )
    frame = frame.with_columns(pl.when(pl.col("__known")).then(pl.col("__code")).otherwise(pl.col("name_code")).alias("municipality_id"))
    return frame.join(lookups.by_code, left_on="municipality_id", right_on="ibge_code", how="left", maintain_order="left")


def derive_places(frame: pl.DataFrame, context: LoadContext) -> pl.DataFrame:
    """Add the table columns that need more than one published column, and the quality flags.

    Args:
        frame: parsed columns; those without a table column of their own are named `=<published name>`.
        context: the run's look-ups and load date.

    Returns:
        The frame with state, municipality_id, latitude, longitude, geolocation (hexadecimal EWKB), location_precision and
        quality_flags (PostgreSQL array text); `__reject` names what makes a row unusable.
    """
    lookups: PlaceLookups = context.lookups
    frame = _with_municipality(_with_state(frame), lookups)
    lat, lon = pl.col("=NumCoordNEmpreendimento"), pl.col("=NumCoordEEmpreendimento")
    given = lat.is_not_null() & lon.is_not_null()
    zero = given & ((lat == 0) | (lon == 0))
    filler = given & (lat == FILLER_LAT) & (lon == FILLER_LON)
    outside = given & ~zero & ~(lat.is_between(LAT_MIN, LAT_MAX) & lon.is_between(LON_MIN, LON_MAX))
    usable = given & ~zero & ~filler & ~outside
    frame = frame.with_columns(
        pl.when(usable).then(lat).alias("latitude"),
        pl.when(usable).then(lon).alias("longitude"),
        # A plant without a type is what its source says: "Radiação solar" is a UFV.
        pl.col("source_type").fill_null(
            pl.when(fold_expr(pl.col("=DscFonteGeracao")) == "radiacao solar").then(pl.lit("UFV")).when(
                fold_expr(pl.col("=DscFonteGeracao")) == "cinetica do vento"
            ).then(pl.lit("EOL"))
        ).alias("__source_type"),
        zero.alias("__zero"), filler.alias("__filler"), outside.alias("__outside"),
    )  # fmt: skip
    own = _points(frame["latitude"], frame["longitude"]) if frame["latitude"].null_count() < frame.height else pl.lit(None, dtype=pl.String)
    frame = frame.with_columns(own.alias("__own"))
    power, size = pl.col("installed_power_kw"), pl.col("size_class")
    frame = frame.with_columns(
        pl.coalesce("__own", "m_point").alias("geolocation"),
        pl.when(pl.col("__own").is_not_null()).then(pl.lit("unit")).when(pl.col("m_point").is_not_null()).then(pl.lit("municipality")).otherwise(
            pl.lit("none")
        ).alias("location_precision"),
        pl.concat_str(
            _flag(pl.col("__zero"), "coordinates_zero"),
            _flag(pl.col("__filler"), "coordinates_filler"),
            _flag(pl.col("__outside"), "coordinates_outside_brazil"),
            _flag(pl.col("municipality_id").is_null(), "municipality_unknown"),
            _flag(pl.col("m_state") != pl.col("state"), "municipality_other_state"),
            _flag(pl.col("__state_inferred"), "state_inferred"),
            _flag(power == 0, "power_zero"),
            _flag(power > 5000, "power_above_limit"),
            _flag(((size == "MICRO") & (power > 75)) | ((size == "MINI") & (power <= 75)), "size_class_mismatch"),
            _flag(pl.col("connection_date").is_null(), "connection_date_unknown"),
            _flag(pl.col("connection_date") > pl.lit(context.load_date), "connection_date_future"),
            _flag(pl.col("source_type").is_null() & pl.col("__source_type").is_not_null(), "source_type_inferred"),
            _flag(pl.col("consumer_class").is_null(), "consumer_class_unknown"),
            separator=",", ignore_nulls=True,
        ).alias("__flags"),
        pl.when(pl.col("state").is_null()).then(
            pl.lit("SigUF\x1funknown_value\x1fone of Brazil's 27 state codes, or an IBGE code to infer it from")
        ).alias("__reject"),
    )  # fmt: skip
    frame = frame.with_columns(("{" + pl.col("__flags") + "}").alias("quality_flags"), pl.col("__source_type").alias("source_type"))
    _count_distributors(frame, lookups)
    return frame


def _count_distributors(frame: pl.DataFrame, lookups: PlaceLookups) -> None:
    names = frame.group_by("distributor_id", "=SigAgente", "utility_company", "state").len()
    for cnpj, sigla, name, state, count in names.iter_rows():
        if cnpj and state:
            lookups.distributors[cnpj][sigla or "", name or "", state] += count


def write_distributors(cursor: Any, lookups: PlaceLookups) -> None:
    """Insert distributors met for the first time, and keep the other spellings of known ones as aliases.

    The name and state of a new distributor are those of most of its units; a known one keeps its name while the file still uses it.
    """
    for cnpj, counts in sorted(lookups.distributors.items()):
        names: Counter[tuple[str, str]] = Counter()
        states: Counter[str] = Counter()
        for (sigla, name, state), count in counts.items():
            names[sigla, name] += count
            states[state] += count
        (sigla, name), _count = max(names.items(), key=lambda item: (item[1], item[0]))
        seen = sorted({part for pair in names for part in pair if part})
        cursor.execute(
            """
            INSERT INTO aneel.distributors AS d (cnpj, sigla, name, state, aliases)
            VALUES (%(cnpj)s, %(sigla)s, %(name)s, %(state)s, (SELECT coalesce(array_agg(s ORDER BY s), '{}') FROM unnest(%(seen)s::text[]) s WHERE s NOT IN (%(sigla)s, %(name)s)))
            ON CONFLICT (cnpj) DO UPDATE SET
                sigla = CASE WHEN d.name = ANY (%(seen)s::text[]) THEN d.sigla ELSE excluded.sigla END,
                name = CASE WHEN d.name = ANY (%(seen)s::text[]) THEN d.name ELSE excluded.name END,
                aliases = (SELECT coalesce(array_agg(DISTINCT s ORDER BY s), '{}') FROM unnest(d.aliases || d.sigla::text || d.name::text || %(seen)s::text[]) s
                           WHERE s <> '' AND s NOT IN (
                               CASE WHEN d.name = ANY (%(seen)s::text[]) THEN d.sigla ELSE excluded.sigla END,
                               CASE WHEN d.name = ANY (%(seen)s::text[]) THEN d.name ELSE excluded.name END))
            WHERE NOT (d.name = ANY (%(seen)s::text[]))
               OR EXISTS (SELECT FROM unnest(%(seen)s::text[]) s WHERE s NOT IN (d.sigla, d.name) AND NOT s = ANY (d.aliases))
            """,
            {"cnpj": cnpj, "sigla": sigla, "name": name, "state": states.most_common(1)[0][0], "seen": seen},
        )
