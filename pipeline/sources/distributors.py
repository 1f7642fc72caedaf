"""Distributors as the files name them: one CNPJ, several acronyms and names over the years."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

#: CNPJ -> weight of each (acronym, name, state), empty text where a file does not say; the heaviest is the distributor's
DistributorsMet = dict[str, Counter[tuple[str, str, str]]]


def distributors_met() -> DistributorsMet:
    """None yet."""
    return defaultdict(Counter)


def meet_latest(met: DistributorsMet, frame: pl.DataFrame) -> None:
    """Note who the rows of a tariff file name: the acronym of the latest period weighs most.

    Args:
        met: what the run has met so far.
        frame: columns distributor_id, utility_name, valid_from.
    """
    for cnpj, sigla, last in frame.group_by("distributor_id", "utility_name").agg(pl.col("valid_from").max()).iter_rows():
        if cnpj and sigla:
            met[cnpj][sigla, "", ""] = max(met[cnpj][sigla, "", ""], (last or date.min).toordinal())


@dataclass(frozen=True, slots=True)
class _Names:
    """What a run saw of one distributor.

    Attributes:
        cnpj: its key.
        sigla, name, state: those with the most weight; a file without names gives the acronym for both.
        names: every name.
        seen: every name and acronym.
    """

    cnpj: str
    sigla: str
    name: str
    state: str | None
    names: frozenset[str]
    seen: list[str]


def _heaviest(met: DistributorsMet) -> Iterator[_Names]:
    for cnpj, weights in sorted(met.items()):
        names: Counter[tuple[str, str]] = Counter()
        states: Counter[str] = Counter()
        for (sigla, name, state), weight in weights.items():
            names[sigla, name or sigla] += weight
            states[state] += weight
        (sigla, name), _weight = max(names.items(), key=lambda item: (item[1], item[0]))
        yield _Names(
            cnpj,
            sigla,
            name,
            states.most_common(1)[0][0] or None,
            frozenset(pair[1] for pair in names),
            sorted({part for pair in names for part in pair if part}),
        )


def write_distributors(cursor: Any, met: DistributorsMet, *, renames: bool) -> None:
    """Insert distributors met for the first time, and keep the other spellings of known ones as aliases.

    Args:
        cursor: a psycopg cursor in the merge's transaction.
        met: what the file says of them.
        renames: a known distributor whose name the file no longer uses takes the file's; otherwise it keeps its own.
    """
    # Several sources name distributors, and may be loaded at the same time: one after the other here, each seeing the last one's.
    cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('aneel.distributors', 0))")
    cursor.execute("SELECT cnpj, sigla, name, aliases, state FROM aneel.distributors WHERE cnpj = ANY (%s)", [list(met)])
    stored = {cnpj.strip(): (sigla, name, aliases, state) for cnpj, sigla, name, aliases, state in cursor.fetchall()}
    for one in _heaviest(met):
        if one.cnpj not in stored:
            aliases = [text for text in one.seen if text not in (one.sigla, one.name)]
            cursor.execute(
                "INSERT INTO aneel.distributors (cnpj, sigla, name, state, aliases) VALUES (%s, %s, %s, %s, %s)",
                [one.cnpj, one.sigla, one.name, one.state, aliases],
            )
            continue
        sigla, name, old, state = stored[one.cnpj]
        if renames and name not in one.names:
            sigla, name = one.sigla, one.name
        aliases = sorted({*old, *one.seen, *stored[one.cnpj][:2]} - {sigla, name, ""})
        now = (sigla, name, aliases, state or one.state)
        if now != (*stored[one.cnpj][:2], sorted(old), state):
            cursor.execute(
                "UPDATE aneel.distributors SET sigla = %s, name = %s, aliases = %s, state = %s WHERE cnpj = %s",
                [*now, one.cnpj],
            )
