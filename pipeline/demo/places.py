"""Where demo units stand: real municipalities, each with a distributor of its state, weighted roughly as the real units are."""

import csv
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from stdnum.br import cnpj as cnpj_number

from aneel.municipality_data import IBGE_PREFIX_BY_UF, MunicipalityRow, load_municipalities
from pipeline.demo.draws import draw_one

HERE = Path(__file__).resolve().parent
DISTRIBUTORS_FILE = HERE / "distributors.csv"
STATES_FILE = HERE / "states.csv"

# ANEEL's own code and spelling of the regions, by IBGE's code. "2" Norte and "5" Centro Oeste were seen in real files; the others
# follow by elimination.
ANEEL_REGION = {1: ("2", "Norte"), 2: ("1", "Nordeste"), 3: ("3", "Sudeste"), 4: ("4", "Sul"), 5: ("5", "Centro Oeste")}

_PLACE_SCHEMA: dict[str, type[pl.DataType]] = {
    "uf": pl.String,
    "uf_code": pl.String,
    "region_code": pl.String,
    "region": pl.String,
    "ibge": pl.String,
    "municipality": pl.String,
    "cep_low": pl.UInt64,
    "cep_span": pl.UInt64,
    "cnpj": pl.String,
    "sigla": pl.String,
    "agent": pl.String,
    "latitude": pl.Float64,
    "longitude": pl.Float64,
}


@dataclass(frozen=True, slots=True)
class DistributorRow:
    """A real electricity utility. `weight`: its rough share of its main state's municipalities, out of 1,000."""

    cnpj: str
    sigla: str
    name: str
    uf: str
    weight: int


@dataclass(frozen=True, slots=True)
class StateRow:
    """How a state's units are spread.

    Attributes:
        units: how many there are, rounded.
        capital: IBGE code. capital_share: of the state's units, 0 to 1.
        cep_first, cep_last: five-digit postal prefixes.
        larger_places: municipalities that come next to the capital.
    """

    uf: str
    units: int
    capital: int
    capital_share: float
    cep_first: int
    cep_last: int
    larger_places: tuple[str, ...]


def load_distributors() -> tuple[DistributorRow, ...]:
    """The utilities of `distributors.csv`; the first of each state serves its capital.

    Raises:
        ValueError: an unknown state, or a CNPJ whose check digits are wrong.
    """
    with DISTRIBUTORS_FILE.open(encoding="utf-8", newline="") as file:
        rows = [DistributorRow(r["cnpj"], r["sigla"], r["name"], r["uf"], int(r["weight"])) for r in csv.DictReader(file)]
    for line, row in enumerate(rows, start=2):
        if not cnpj_number.is_valid(row.cnpj):
            raise ValueError(f"{DISTRIBUTORS_FILE.name} line {line}, cnpj: expected right check digits, found {row.cnpj}.")
        if row.uf not in IBGE_PREFIX_BY_UF:
            raise ValueError(f"{DISTRIBUTORS_FILE.name} line {line}, uf: expected a state, found {row.uf!r}.")
    return tuple(rows)


def load_states() -> tuple[StateRow, ...]:
    """The states of `states.csv`."""
    with STATES_FILE.open(encoding="utf-8", newline="") as file:
        return tuple(
            StateRow(
                uf=row["uf"],
                units=int(row["units"]),
                capital=int(row["capital"]),
                capital_share=float(row["capital_share"]),
                cep_first=int(row["cep_first"]),
                cep_last=int(row["cep_last"]),
                larger_places=tuple(filter(None, row["larger_places"].split("|"))),
            )
            for row in csv.DictReader(file)
        )


def places() -> tuple[pl.DataFrame, list[float]]:
    """One row for each municipality as the unit files spell it (columns as `_PLACE_SCHEMA`), and the weights to draw from them.

    Raises:
        ValueError: one of the data files names a place that does not exist.
    """
    rows: list[tuple[object, ...]] = []
    weights: list[float] = []
    members: dict[str, list[MunicipalityRow]] = {uf: [] for uf in IBGE_PREFIX_BY_UF}
    for municipality in load_municipalities():
        members[municipality.uf].append(municipality)
    utilities: dict[str, list[DistributorRow]] = {uf: [] for uf in IBGE_PREFIX_BY_UF}
    for utility in load_distributors():
        utilities[utility.uf].append(utility)
    for state in load_states():
        inside = members[state.uf]
        prefixes = state.cep_last - state.cep_first + 1
        state_columns = (state.uf, str(IBGE_PREFIX_BY_UF[state.uf]), *ANEEL_REGION[IBGE_PREFIX_BY_UF[state.uf] // 10])
        for position, (place, share) in enumerate(zip(inside, _shares(state, inside), strict=True)):
            utility = _utility(place, state, utilities[state.uf])
            cep = (state.cep_first + position * prefixes // len(inside), max(1, prefixes // len(inside)))
            point = (
                None if place.latitude is None else float(place.latitude),
                None if place.longitude is None else float(place.longitude),
            )
            rows.append(
                (*state_columns, str(place.ibge_code), place.name, *cep, utility.cnpj, utility.sigla, utility.name, *point)
            )
            weights.append(state.units * share)
    return pl.DataFrame(rows, schema=_PLACE_SCHEMA, orient="row"), weights


def _shares(state: StateRow, members: list[MunicipalityRow]) -> list[float]:
    """Each municipality's share of its state's units: the capital's own, then falling with the rank (exponent 0.8)."""
    larger = {name: rank for rank, name in enumerate(state.larger_places)}
    codes = {municipality.ibge_code for municipality in members}
    unknown = set(larger) - {municipality.name for municipality in members}
    if unknown or state.capital not in codes:
        raise ValueError(
            f"{STATES_FILE.name}, {state.uf}: expected places of the state, found {state.capital}, {', '.join(sorted(unknown))}."
        )
    order = sorted(members, key=lambda m: (larger.get(m.name, len(larger)), draw_one(m.ibge_code, 0, "rank of a municipality")))
    others = [municipality.ibge_code for municipality in order if municipality.ibge_code != state.capital]
    by_rank = {code: 1 / (rank + 4) ** 0.8 for rank, code in enumerate(others)}
    left = (1 - state.capital_share) / sum(by_rank.values()) if others else 0.0
    return [state.capital_share if m.ibge_code == state.capital else left * by_rank[m.ibge_code] for m in members]


def _utility(municipality: MunicipalityRow, state: StateRow, candidates: list[DistributorRow]) -> DistributorRow:
    if municipality.ibge_code == state.capital:
        return candidates[0]
    position = draw_one(municipality.ibge_code, 0, "utility of a municipality") % sum(row.weight for row in candidates)
    for row in candidates:
        position -= row.weight
        if position < 0:
            return row
    return candidates[-1]
