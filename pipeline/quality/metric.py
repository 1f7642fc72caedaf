"""Declaration of a figure that is followed over time: one number, or one for each group of rows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure of a source's stored rows.

    Attributes:
        name: stable name, shown and stored.
        value: SQL aggregate over the table's columns; "share" for the share of rows in each group.
        by: column or SQL expression that makes the groups; empty for one number.
        where: SQL condition on the rows that count.
        label: for people, translated lazily; the name's words without one.
        group_names: gives the groups' names for people where the figure's are none (ids).
        group_at_least: groups with a smaller share of the rows are left out: few rows jump without meaning anything.
    """

    name: str
    value: str
    by: str = ""
    where: str = "true"
    group_at_least: float = 0.01
    label: Any = ""
    group_names: Callable[[], Mapping[str, str]] | None = None


SHARE = "share"
