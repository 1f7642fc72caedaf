"""Technical data joined to the units they are of, set by set.

The unit's own power is the measure: a value that cannot belong to it is not taken over, and the unit says so by a flag. The
published value stays in `aneel.technical_data`.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import polars as pl

from pipeline.sources.base import Completion, Merged
from ysh.core.db.bulk import without_indexes

_UNITS = "aneel.generation_units"
# Above this share of changed units, building the indexes again is cheaper than keeping thirteen of them up to date.
_REBUILD_SHARE = 0.2
# Below this many rows triggers and indexes cost nothing worth a lock.
_MANY = 50_000
# Modules have at least the installed power and rarely twice that much (installed is the lesser of modules and inverters), so
# six times is out of the question and a decimal comma in the wrong place is not. Modules of 20 W to 1,500 W and arrays up to
# 30 m² a kW leave room for everything that is sold.
_FACTOR, _LEAST_WATTS, _MOST_WATTS, _MOST_AREA = 6, 20, 1500, 30
_FLAGGED = (
    ("area_off", "technical_array_area"),
    ("installed_off", "technical_installed_power_x10"),
    ("inverters_off", "technical_inverter_power_x10"),
    ("count_off", "technical_module_count"),
    ("modules_off", "technical_module_power_x10"),
)


def _ten_times(column: str) -> str:
    return f"coalesce(t.{column} > 0 AND u.kw > 0 AND (t.{column} >= {_FACTOR} * u.kw OR t.{column} * {_FACTOR} <= u.kw), false)"


_ANY_WRONG = " OR ".join(f"c.{name}" for name, _flag in _FLAGGED)
_SOME_FLAG = f"{_ANY_WRONG} OR strpos(u.quality_flags::text, 'technical_') > 0"
_OTHER_FLAGS = "ARRAY(SELECT flag FROM unnest(u.quality_flags) flag WHERE NOT starts_with(flag, 'technical_'))"
_OWN_FLAGS = "ARRAY[]::text[] " + " ".join(
    f"|| CASE WHEN c.{name} THEN ARRAY['{flag}'] ELSE ARRAY[]::text[] END" for name, flag in _FLAGGED
)
# The values a unit should have; `u` is the unit, `t` its technical data (null where it has none), `c` what is wrong with them.
_VALUES = {
    "panel_count": "CASE WHEN NOT c.count_off AND t.module_count > 0 THEN t.module_count END",
    "panel_power_wp": (
        "CASE WHEN NOT c.modules_off AND NOT c.count_off AND t.module_count > 0 AND t.module_power_kw > 0 "
        "THEN round(t.module_power_kw * 1000 / t.module_count, 2) END"
    ),
    "panel_manufacturer": "t.module_maker",
    "panel_model": "t.module_model",
    "inverter_power_kw": "CASE WHEN NOT c.inverters_off AND t.inverter_power_kw > 0 THEN t.inverter_power_kw END",
    "inverter_manufacturer": "t.inverter_maker",
    "inverter_model": "t.inverter_model",
    "array_area_m2": "CASE WHEN NOT c.area_off AND t.array_area_m2 > 0 THEN t.array_area_m2 END",
    "quality_flags": f"CASE WHEN {_SOME_FLAG} THEN {_OTHER_FLAGS} || {_OWN_FLAGS} ELSE u.quality_flags END",
}
# What is wrong with the technical data `t` of a unit of `u.kw`; the offset keeps it from being worked out at every mention.
_WRONG = f"""
    SELECT {_ten_times("installed_power_kw")} AS installed_off,
           {_ten_times("module_power_kw")} AS modules_off,
           {_ten_times("inverter_power_kw")} AS inverters_off,
           coalesce(t.module_count > 0 AND u.kw > 0 AND (u.kw * 1000 < {_LEAST_WATTS}::numeric * t.module_count
                    OR u.kw * 1000 > {_MOST_WATTS}::numeric * t.module_count), false) AS count_off,
           coalesce(t.array_area_m2 > 0 AND u.kw > 0 AND t.array_area_m2 > {_MOST_AREA} * u.kw, false) AS area_off
    OFFSET 0
"""
_DIFFERENT = f"""
CREATE TEMP TABLE joined ON COMMIT DROP AS
SELECT id, {", ".join(_VALUES)} FROM (
    SELECT u.id, {", ".join(f"{value} AS {name}" for name, value in _VALUES.items())},
           {", ".join(f"u.{name} AS old_{name}" for name in _VALUES)}
    FROM (SELECT *, installed_power_kw AS kw FROM {_UNITS}) u
    {{join}} JOIN aneel.technical_data t ON t.unit_code = u.unit_id
    CROSS JOIN LATERAL ({_WRONG}) c
    WHERE {{which}}
) both_sides
WHERE ({", ".join(_VALUES)}) IS DISTINCT FROM ({", ".join(f"old_{name}" for name in _VALUES)})
"""  # noqa: S608  (text of ours)
_UPDATE = f"""
UPDATE {_UNITS} g SET {", ".join(f"{name} = j.{name}" for name in _VALUES)}, updated_at = now() FROM joined j WHERE g.id = j.id
"""  # noqa: S608  (text of ours)
# Asked of each batch of units that is copied: a text per column, its values in the batch's order, nothing being empty. The limit
# keeps the look-up a look-up by key, however many units there are.
_KNOWN = [name for name in _VALUES if name != "quality_flags"]
_SEPARATOR = "\x1f"  # white space to Python, hence in no maker's or model's name
_OF_BATCH = f"""
SELECT {", ".join(f"string_agg(coalesce({name}::text, ''), '{_SEPARATOR}')" for name in [*_KNOWN, "flags"])}
FROM (
    SELECT u.place, {", ".join(f"{_VALUES[name]} AS {name}" for name in _KNOWN)},
           CASE WHEN {_ANY_WRONG} THEN array_to_string({_OWN_FLAGS}, ',') END AS flags
    FROM (
        SELECT unit_id, kw::numeric(12, 3) AS kw, place
        FROM unnest(%s::text[], %s::numeric[]) WITH ORDINALITY asked (unit_id, kw, place)
    ) u
    LEFT JOIN LATERAL (SELECT * FROM aneel.technical_data d WHERE d.unit_code = u.unit_id LIMIT 1) t ON true
    CROSS JOIN LATERAL ({_WRONG}) c
    ORDER BY u.place
) known
"""  # noqa: S608  (text of ours)


def _is_known(cursor: Any) -> bool:
    cursor.execute("SELECT EXISTS (SELECT FROM aneel.technical_data)")
    return bool(cursor.fetchone()[0])


def _complete(cursor: Any, units: pl.DataFrame) -> pl.DataFrame:
    """The technical data of a batch of new units beside what their own file says of them."""
    asked = ["{" + ",".join(units[name].cast(pl.String).to_list()) + "}" for name in ("unit_id", "installed_power_kw")]
    cursor.execute(_OF_BATCH, asked)
    columns = (pl.Series(text.split(_SEPARATOR), dtype=pl.String) for text in cursor.fetchone())
    known = pl.DataFrame(dict(zip([*_KNOWN, "__flags"], columns, strict=True))).with_columns(
        pl.when(pl.col(name) != "").then(pl.col(name)).alias(name) for name in _KNOWN
    )
    more, own = pl.col("__flags"), pl.col("quality_flags")
    return units.hstack(known).with_columns(
        pl.when(more == "").then(own)
        .when(own == "{}").then("{" + more + "}")
        .otherwise(own.str.strip_suffix("}") + "," + more + "}").alias("quality_flags")
    )  # fmt: skip


#: for the first load of units when their technical data came before them, as it does in the daily workflow
TECHNICAL_COMPLETION = Completion(_KNOWN, _is_known, _complete)


def join_from_technical(cursor: Any, merged: Merged) -> None:
    """After a load of technical data: give the units what changed."""
    if merged.first_load:
        _apply(cursor, join="", which="true")
        return
    _apply(cursor, join="", which="t.source_run_id = %s", run_id=merged.run_id)
    if merged.removed:
        some = " OR ".join(f"u.{name} IS NOT NULL" for name in _VALUES if name != "quality_flags")
        _apply(cursor, join="LEFT", which=f"t.id IS NULL AND ({some})")


def join_to_units(cursor: Any, merged: Merged) -> None:
    """After a load of units: give the new and the changed ones what is known of them. Those of a first load have it already."""
    if not merged.first_load and _is_known(cursor):
        _apply(cursor, join="", which="u.source_run_id = %s", run_id=merged.run_id)


def _apply(cursor: Any, *, join: str, which: str, run_id: str = "") -> None:
    """Find the units that should have other values, and write them.

    When these are many, indexes are built again afterwards, and the table is locked until the commit. It happens once, with the
    first technical file.
    """
    cursor.execute("DROP TABLE IF EXISTS pg_temp.joined")
    cursor.execute(_DIFFERENT.format(join=join, which=which), [run_id] if run_id else None)
    changed = int(cursor.rowcount)
    if not changed:
        return
    cursor.execute("ANALYZE joined")
    cursor.execute("SELECT greatest(reltuples, 0) FROM pg_class WHERE oid = %s::regclass", [_UNITS])
    rows = float(cursor.fetchone()[0])
    with ExitStack() as block:
        if changed > _MANY:
            block.enter_context(_resting_triggers(cursor))
            if changed > _REBUILD_SHARE * rows:
                block.enter_context(without_indexes(cursor, _UNITS, foreign_keys=False))
        cursor.execute(_UPDATE)


@contextmanager
def _resting_triggers(cursor: Any) -> Iterator[None]:
    """Without the triggers that would look at every row to find nothing: none of the columns is logged, `updated_at` is set."""
    cursor.execute(
        "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND tgenabled = 'O' "
        "AND tgname IN ('log_update', 'touch_updated_at')",
        [_UNITS],
    )
    names = [row[0] for row in cursor.fetchall()]
    for name in names:
        cursor.execute(f"ALTER TABLE {_UNITS} DISABLE TRIGGER {name}")
    yield
    for name in names:
        cursor.execute(f"ALTER TABLE {_UNITS} ENABLE TRIGGER {name}")
