"""A row that is refused: what every import tells of it, whatever reads its files."""

from dataclasses import dataclass

from ysh.core.said import Said


@dataclass(slots=True)
class Refusal:
    """A row that could not even be split into its columns, or that a later stage refused.

    Attributes:
        line: line in the file (the header is line 1); row number plus one for Parquet.
        column: published column at fault; empty for the row as a whole.
        value: what stood there.
        reason: stable code.
        message: what was expected, without the value, which not everybody may see; text, or data (`ysh.core.said`).
        raw: the row as published.
    """

    line: int
    column: str
    value: str
    reason: str
    message: Said | str
    raw: str
