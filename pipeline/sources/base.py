"""How a source is declared: its columns, what each may hold, how often it comes, what is fatal. Data, no loops."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Literal

import polars as pl
from psycopg import sql

from pipeline.quality.check import Check
from pipeline.quality.metric import Metric
from ysh.core.said import Said


@dataclass(frozen=True, slots=True)
class Parsed:
    """A batch of one column, parsed.

    Attributes:
        value: the typed values; null where the text is empty or bad.
        bad: true where text is there but cannot be the value; None when no row is bad.
        canonical: text, never null, that is equal exactly when the published value is equal, whatever the file's format.
    """

    value: pl.Series
    bad: pl.Series | None
    canonical: pl.Series


class Kind:
    """What a column may hold. Subclasses are in `pipeline.sources.kinds`.

    Attributes:
        reason: stable code of a refusal.
        expected: what a reader of the refusal should know was expected.
    """

    reason: Any
    expected: Any

    def parse(self, text: pl.Series) -> Parsed:
        """Parse a batch.

        Args:
            text: published text, stripped of white space at both ends, empty where nothing was published; never null.
        """
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Column:
    """One published column.

    Attributes:
        name: as in the newest header.
        kind: what it may hold.
        to: the table's column it feeds; empty when it is only compared (part of the row's hash) or read by `derive`.
        aliases: other spellings seen in older headers.
        required: the file is refused without this column.
        mandatory: a row without a value here is refused.
        volatile: changes with every publication although the row does not (load date); left out of the hashes.
    """

    name: str
    kind: Kind
    to: str = ""
    aliases: tuple[str, ...] = ()
    required: bool = False
    mandatory: bool = False
    volatile: bool = False


#: a row that cannot be used after all: position in the frame, published column, reason code, what was expected
DerivedFault = tuple[int, str, str, Said | str]
Derive = Callable[[pl.DataFrame, Any], tuple[pl.DataFrame, list[DerivedFault]]]
#: turns a document that is no table (JSON, an HTML page) into records: published name -> value
ReadDocument = Callable[[bytes, str], list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class CkanResource:
    """Where a source's file is found in the CKAN portal: package and (resource name part, formats by preference)."""

    package: str
    name_contains: str
    formats: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Probe:
    """Whether there is something new, and how we know."""

    changed: bool
    why: Said


@dataclass(frozen=True, slots=True)
class Merged:
    """What a merge did, for what follows from it.

    Attributes:
        run_id: of the run; rows it wrote carry it.
        first_load: the table was empty before, and has no indexes yet.
        removed: rows marked as removed or deleted.
    """

    run_id: str
    first_load: bool
    removed: int


@dataclass(frozen=True, slots=True)
class Completion:
    """What rows of a first load take from another table on their way into theirs, so that they are written once.

    Attributes:
        columns: table columns that are added; `complete` may change the frame's own as well.
        known: whether the other table has anything to give.
        complete: adds the columns to a batch of at least one row and keeps the order. Asks by a connection of its own, in a
            thread of its own, while the batches before are copied: it sees what was committed before.
    """

    columns: Sequence[str]
    known: Callable[[Any], bool]
    complete: Callable[[Any, pl.DataFrame], pl.DataFrame]


def _nothing(_cursor: Any, _merged: Merged) -> None:
    """Nothing follows."""


@dataclass(frozen=True, slots=True)
class Source:
    """One source of data, as the engine needs to know it.

    Attributes:
        key: name in commands, runs and URLs.
        label: for people, translated lazily.
        description: one sentence for people.
        table: qualified target table.
        key_column: published column that identifies a row; empty where `derive` makes the key of several. Such files are
            compared by the canonical hash of every row instead of by the rows' bytes.
        key_search: regular expression that finds the key in a damaged row; empty where it cannot be told.
        table_key: the target column that holds it.
        columns: the declaration of every published column that matters.
        derive: turns parsed columns into table columns where one-to-one is not enough.
        derived: table columns that `derive` adds, with their polars type.
        prepare: builds what `derive` needs (look-up tables), once per run.
        before_merge: writes the rows the new rows point to (distributors); called inside the merge's transaction.
        completion: what rows of a first load take from another table; `after_merge` does it for those of later ones.
        after_merge: what follows from the rows together (overlaps); called inside the merge's transaction.
        after_publish: called after the commit of a run that changed rows (statistics).
        cadence: how often new data is expected; twice that without success counts as stale.
        ckan: where the portal keeps it.
        load_date_column: published column with the day of the data, for removals.
        max_reject_ratio: share of refused rows above which the whole run fails.
        max_vanished_ratio: share of active rows missing from the file above which the whole run fails.
        prefer_later: table column that decides between different rows with one key (later wins), before the later line.
        vanished: what happens to rows that the file no longer has: `mark` as removed on the day, `delete` (the change log
            keeps them), or `keep` (every file is an extract). Rows are not deleted after a file with damaged rows, which may be
            just those.
        within: which of the table's rows the file speaks for (a year, a dataset), as a condition made of `derive`'s look-ups;
            None for all. What it looks at has to be part of the key. Only without `key_column`, as those files are converted
            before they are compared.
        one_of: groups of columns of which the file has to have at least one each.
        only: published column and the words (folded) of the rows that are taken; the others are left out, not refused.
            Only without `key_column`.
        fills: table columns that an empty value of the file leaves as they are, for sources of which no file says everything.
        bulk: whether the empty table may be loaded without its indexes; not for tables others refer to or share.
        key_width: the longest key, in characters.
        encoding, delimiter: of the file where they are known; found out where empty.
        documents: readers of files that are no tables, by what they hold: `json`, `html`.
        checks: declared quality checks.
        carry_out: does the whole run instead of the engine, for what is no table in a file; it gets the `pipeline.runner.Run`.
        whats_new: asks the portal whether a run would bring anything, where that is not one file's to say.
        metrics: figures that are followed over time, and held against their own past.
        depends_on: keys of sources that a workflow loads before this one, whether or not they brought anything new.
    """

    key: str
    label: Any
    description: Any
    table: str
    key_column: str
    key_search: str
    table_key: str
    columns: Sequence[Column]
    derive: Derive
    derived: Mapping[str, pl.DataType | type[pl.DataType]]
    prepare: Callable[[Any], Any]
    before_merge: Callable[[Any, Any], None]
    after_publish: Callable[[], object]
    cadence: timedelta
    ckan: CkanResource | None = None
    load_date_column: str = ""
    max_reject_ratio: float = 0.02
    max_vanished_ratio: float = 0.05
    prefer_later: str = ""
    completion: Completion | None = None
    after_merge: Callable[[Any, Merged], None] = _nothing
    vanished: Literal["mark", "delete", "keep"] = "mark"
    within: Callable[[Any], sql.Composable] | None = None
    one_of: tuple[tuple[str, ...], ...] = ()
    only: tuple[str, frozenset[str]] | None = None
    fills: frozenset[str] = frozenset()
    bulk: bool = True
    key_width: int = 64
    encoding: str = ""
    delimiter: str = ""
    documents: Mapping[str, ReadDocument] = field(default_factory=dict)
    checks: Sequence[Check] = field(default_factory=tuple)
    metrics: Sequence[Metric] = ()
    depends_on: Sequence[str] = ()
    carry_out: Callable[[Any], None] | None = None
    whats_new: Callable[[], Probe] | None = None

    def column(self, name: str) -> Column:
        """The declared column of that name.

        Raises:
            KeyError: not declared.
        """
        return next(column for column in self.columns if column.name == name)

    @property
    def has_address(self) -> bool:
        """Whether it can be fetched from its portal; otherwise it takes files given by hand only."""
        return self.ckan is not None or self.carry_out is not None

    @property
    def table_columns(self) -> list[str]:
        """Columns of the target table that a row of this source fills, in a fixed order."""
        return [column.to for column in self.columns if column.to] + list(self.derived)

    @property
    def row_columns(self) -> list[str]:
        """The same with what the engine keeps of each row."""
        return [*self.table_columns, "raw_data", "row_hash", *(["source_fingerprint"] if self.key_column else [])]

    @property
    def key_name(self) -> str:
        """What to call the key when telling people about it."""
        return self.key_column or self.table_key


@dataclass(frozen=True, slots=True)
class LoadContext:
    """What a run knows while converting.

    Attributes:
        load_date: the day the file speaks of.
        lookups: what the source's `prepare` built.
    """

    load_date: date
    lookups: Any
