"""Where a generation unit is: state, municipality, point, and what is odd about it."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from aneel.choices import LocationPrecision, SizeClass, SourceType
from aneel.municipality_data import NAME_VARIANTS, UF_BY_IBGE_PREFIX, folded_place_name
from pipeline.sources.base import DerivedFault, LoadContext
from pipeline.sources.distributors import DistributorsMet, distributors_met
from pipeline.sources.distributors import write_distributors as write_met
from pipeline.sources.kinds import fold_series
from ysh.core.said import say

# Brazil with its islands, degrees WGS 84 (IBGE: Arroio Chuí 33°45' S, Monte Caburaí 5°16' N, Serra da Contamana 73°59' W, Ilha
# Martim Vaz 28°50' W), widened to the published grid of 0.01 degrees.
LAT_MIN, LAT_MAX, LON_MIN, LON_MAX = -33.76, 5.28, -74.0, -28.83
# 16,918 units of 141 municipalities stand on this point: a filler, in the middle of nowhere in Mato Grosso.
FILLER_LAT, FILLER_LON = -15.0, -56.0
MAX_UNIT_KW = 5000
MICRO_LIMIT_KW = 75

_UFS = frozenset(UF_BY_IBGE_PREFIX.values())
_TYPE_BY_SOURCE = {"radiacao solar": SourceType.UFV.value, "cinetica do vento": SourceType.EOL.value}


@dataclass
class PlaceLookups:
    """Look-ups for one run, and the distributors it meets.

    Attributes:
        codes: IBGE code -> position in `states` and `points`.
        names: (state, folded name) -> position; names that occur once in their state, and other names in use for them.
        ids: IBGE codes by position; the last position is null and stands for "unknown", in the other two as well.
        states: `BR-XX` by position.
        points: hexadecimal EWKB of the centre by position; null where it is not known.
        places: (state, published code, published name) -> position, as far as met.
        distributors: whom the units are connected to.
    """

    codes: dict[str, int]
    names: dict[tuple[str, str], int]
    ids: pl.Series
    states: pl.Series
    points: pl.Series
    places: dict[tuple[str | None, str, str], int] = field(default_factory=dict)
    distributors: DistributorsMet = field(default_factory=distributors_met)

    @property
    def unknown(self) -> int:
        return len(self.ids) - 1

    def position(self, state: str | None, code: str, name: str) -> int:
        """Position of a municipality by code, else by folded name within the state; `unknown` when neither is found."""
        found = self.codes.get(code)
        if found is None and state is not None:
            found = self.names.get((state, folded_place_name(name)))
        return self.unknown if found is None else found


def load_place_lookups(cursor: Any) -> PlaceLookups:
    """Read the municipalities once per run (5,571 rows)."""
    cursor.execute(
        "SELECT ibge_code, state::text, name, upper(encode(public.ST_AsEWKB(centroid::public.geometry), 'hex')) "
        "FROM aneel.municipalities"
    )
    rows = cursor.fetchall()
    codes = {code: position for position, (code, _state, _name, _point) in enumerate(rows)}
    spellings: dict[tuple[str, str], set[int]] = defaultdict(set)
    for code, state, name, _point in rows:
        for spelling in (name, *NAME_VARIANTS.get(code, ())):
            spellings[state, folded_place_name(spelling)].add(codes[code])
    return PlaceLookups(
        # Some rows carry the code without its check digit (six digits).
        codes={str(code): position for code, position in codes.items()}
        | {str(code // 10): position for code, position in codes.items()},
        names={key: positions.pop() for key, positions in spellings.items() if len(positions) == 1},
        ids=pl.Series([row[0] for row in rows] + [None], dtype=pl.Int64),
        states=pl.Series([row[1] for row in rows] + [None], dtype=pl.String),
        points=pl.Series([row[3] for row in rows] + [None], dtype=pl.String),
    )


def _points(latitude: pl.Series, longitude: pl.Series) -> pl.Series:
    """Hexadecimal EWKB of points (little endian, SRID 4326); null where a coordinate is null."""
    record = np.zeros(len(latitude), dtype=np.dtype([("head", "V9"), ("x", "<f8"), ("y", "<f8")]))
    record["head"] = np.void(bytes.fromhex("0101000020E6100000"))
    record["x"], record["y"] = longitude.fill_null(0).to_numpy(), latitude.fill_null(0).to_numpy()
    text = record.tobytes().hex().upper()
    values = pl.Series([text[i : i + 50] for i in range(0, len(text), 50)], dtype=pl.String)
    return pl.select(pl.when(latitude.is_not_null() & longitude.is_not_null()).then(values)).to_series()


def _states(frame: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
    """`BR-XX` per row, null where it cannot be said; and whether it was inferred because SigUF is empty."""
    published = frame["=SigUF"].str.to_uppercase()
    states = pl.select(pl.when(published.is_in(list(_UFS))).then("BR-" + published)).to_series()
    inferred = published.is_null()
    if inferred.any():
        rows = frame.filter(inferred).select("=CodMunicipioIbge", "=CodUFibge", "unit_id").rows()
        states = states.scatter(inferred.arg_true(), pl.Series([_inferred_state(*row) for row in rows], dtype=pl.String))
    return states, inferred


def _inferred_state(municipality_code: str | None, state_code: str | None, unit_id: str) -> str | None:
    """State by the municipality's or the state's IBGE code, else by the unit's own code (`GD.SP.…`)."""
    for code in (municipality_code, state_code):
        if code and code[:2].isdecimal() and (uf := UF_BY_IBGE_PREFIX.get(int(code[:2]))):
            return f"BR-{uf}"
    return f"BR-{unit_id[3:5]}" if unit_id[3:5] in _UFS else None


def _municipalities(frame: pl.DataFrame, states: pl.Series, lookups: PlaceLookups) -> pl.Series:
    """Position of each row's municipality in the look-ups. Distinct places are looked up once per run."""
    places = frame.select(states.alias("state"), pl.col("=CodMunicipioIbge").fill_null("").alias("code"), pl.col("municipality"))
    distinct = places.unique()
    known = lookups.places
    for row in distinct.iter_rows():
        if row not in known:
            known[row] = lookups.position(*row)
    positions = pl.Series("position", [known[row] for row in distinct.iter_rows()], dtype=pl.Int64)
    joined = places.join(
        distinct.with_columns(positions),
        on=["state", "code", "municipality"],
        how="left",
        nulls_equal=True,
        maintain_order="left",
    )
    return joined["position"]


def derive_places(frame: pl.DataFrame, context: LoadContext) -> tuple[pl.DataFrame, list[DerivedFault]]:
    """Add the table columns that need more than one published column, and the quality flags.

    Args:
        frame: parsed columns; those without a table column of their own are named `=<published name>`.
        context: the run's look-ups and load date.

    Returns:
        The frame with state, municipality_id, latitude, longitude, geolocation (hexadecimal EWKB), location_precision,
        quality_flags (PostgreSQL array text) and a source type inferred where empty; and the rows that cannot be used.
    """
    lookups: PlaceLookups = context.lookups
    states, inferred = _states(frame)
    position = _municipalities(frame, states, lookups)
    guess = pl.lit(None, dtype=pl.String)
    if frame["source_type"].null_count():
        guess = pl.lit(
            fold_series(frame["=DscFonteGeracao"]).replace_strict(_TYPE_BY_SOURCE, default=None, return_dtype=pl.String)
        )
    frame = frame.with_columns(
        states.alias("state"),
        pl.lit(lookups.ids).gather(position).alias("municipality_id"),
        pl.lit(lookups.states).gather(position).alias("__m_state"),
        pl.lit(lookups.points).gather(position).alias("__centre"),
        inferred.alias("__inferred"),
        guess.alias("__guess"),
    )
    frame = _with_own_coordinates(frame)
    flags = _flag_texts(frame, context)
    frame = frame.with_columns(
        pl.coalesce("__own", "__centre").alias("geolocation"),
        pl.when(pl.col("__own").is_not_null()).then(pl.lit(LocationPrecision.UNIT.value))
        .when(pl.col("__centre").is_not_null()).then(pl.lit(LocationPrecision.MUNICIPALITY.value))
        .otherwise(pl.lit(LocationPrecision.NONE.value)).alias("location_precision"),
        pl.coalesce("source_type", "__guess").alias("source_type"),
        flags.alias("quality_flags"),
    )  # fmt: skip
    _count_distributors(frame, lookups)
    expected = say("expect_state")
    faults: list[DerivedFault] = [(row, "SigUF", "unknown_value", expected) for row in states.is_null().arg_true().to_list()]
    return frame, faults


_LAT, _LON = pl.col("=NumCoordNEmpreendimento"), pl.col("=NumCoordEEmpreendimento")
_GIVEN = _LAT.is_not_null() & _LON.is_not_null()
_ZERO = _GIVEN & ((_LAT == 0) | (_LON == 0))
_FILLER = _GIVEN & (_LAT == FILLER_LAT) & (_LON == FILLER_LON)
_OUTSIDE = _GIVEN & ~_ZERO & ~(_LAT.is_between(LAT_MIN, LAT_MAX) & _LON.is_between(LON_MIN, LON_MAX))


def _with_own_coordinates(frame: pl.DataFrame) -> pl.DataFrame:
    """`latitude` and `longitude` fit to store, and `__own`, their point."""
    if frame["=NumCoordNEmpreendimento"].null_count() == frame.height:
        nothing = pl.lit(None, dtype=pl.Float64)
        return frame.with_columns(
            nothing.alias("latitude"), nothing.alias("longitude"), pl.lit(None, dtype=pl.String).alias("__own")
        )
    usable = _GIVEN & ~_ZERO & ~_FILLER & ~_OUTSIDE
    frame = frame.with_columns(pl.when(usable).then(_LAT).alias("latitude"), pl.when(usable).then(_LON).alias("longitude"))
    return frame.with_columns(_points(frame["latitude"], frame["longitude"]).alias("__own"))


def _flag_texts(frame: pl.DataFrame, context: LoadContext) -> pl.Series:
    """`{}` or `{flag,flag}` per row. A flag that no row has costs one comparison."""
    power, size = pl.col("installed_power_kw"), pl.col("size_class")
    micro, mini = size == SizeClass.MICRO.value, size == SizeClass.MINI.value
    conditions = {
        "coordinates_zero": _ZERO,
        "coordinates_filler": _FILLER,
        "coordinates_outside_brazil": _OUTSIDE,
        "municipality_unknown": pl.col("municipality_id").is_null(),
        "municipality_other_state": pl.col("__m_state") != pl.col("state"),
        "state_inferred": pl.col("__inferred"),
        "power_zero": power == 0,
        "power_above_limit": power > MAX_UNIT_KW,
        "size_class_mismatch": (micro & (power > MICRO_LIMIT_KW)) | (mini & (power <= MICRO_LIMIT_KW)),
        "connection_date_unknown": pl.col("connection_date").is_null(),
        "connection_date_future": pl.col("connection_date") > context.load_date,
        "consumer_class_unknown": pl.col("consumer_class").is_null(),
        "source_type_inferred": pl.col("source_type").is_null() & pl.col("__guess").is_not_null(),
    }
    flagged = frame.select(condition.fill_null(value=False).alias(name) for name, condition in conditions.items())
    met = [name for name, some in zip(conditions, flagged.select(pl.all().any()).row(0), strict=True) if some]
    if not met:
        return pl.repeat("{}", frame.height, dtype=pl.String, eager=True)
    texts = (pl.when(pl.col(name)).then(pl.lit(name)) for name in met)
    return flagged.select("{" + pl.concat_str(*texts, separator=",", ignore_nulls=True) + "}").to_series()


def _count_distributors(frame: pl.DataFrame, lookups: PlaceLookups) -> None:
    names = frame.group_by("distributor_id", "=SigAgente", "utility_company", "state").len()
    for cnpj, sigla, name, state, count in names.iter_rows():
        if cnpj and state:
            lookups.distributors[cnpj][sigla or "", name or "", state] += count


def write_distributors(cursor: Any, lookups: PlaceLookups) -> None:
    """Insert distributors met for the first time; a known one takes the file's name when its own is no longer used."""
    write_met(cursor, lookups.distributors, renames=True)
