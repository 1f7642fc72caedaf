"""One file into one table, inside the caller's transaction: which way, in which order, what is counted, what stops it."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from psycopg import sql

from pipeline.errors import SourceFileError, ThresholdError
from pipeline.quality.run_checks import CheckResult, run_checks
from pipeline.sources.base import Completion, LoadContext, Merged
from pipeline.stages import load
from pipeline.stages.coalesce import coalesced
from pipeline.stages.convert import Converter
from pipeline.stages.prefetch import prefetch
from pipeline.stages.reader import IntArray, KeyBatch, RowBatch, RowReader, key_array, key_in
from pipeline.stages.refusal import Refusal
from ysh.core.db.bulk import without_indexes
from ysh.core.said import say

if TYPE_CHECKING:
    from pipeline.runner import Run


class FileLoad:
    """The load of one file. `execute` does it; `check_results` tells what the checks found."""

    def __init__(self, run: "Run", reader: RowReader) -> None:
        self.run, self.reader, self.source = run, reader, run.source
        self.check_results: list[CheckResult] = []
        self._cursor: Any = None
        self._bulk_loaded = False
        self._nameless = 0  # damaged rows of which nobody can say which of the stored ones they are

    def execute(self, cursor: Any) -> None:
        """Load the file.

        Args:
            cursor: a psycopg cursor inside the transaction that the caller commits or rolls back.

        Raises:
            TerminalError: the file or too many of its rows cannot be taken; the transaction has to be rolled back.
        """
        self._cursor = cursor
        cursor.execute("SET LOCAL work_mem = '256MB'")
        # When this process is killed, the server stops working for it, and frees its locks, within a second.
        cursor.execute("SET LOCAL client_connection_check_interval = '1s'")
        self.context = LoadContext(self._load_date(), self.source.prepare(cursor))
        self.run.record.data_date = self.context.load_date
        self.converter = Converter(self.source, self.context)
        options = self.run.options
        if self.source.bulk and not options.dry_run and options.limit is None and load.is_empty(cursor, self.source):
            self._bulk()
        else:
            self._delta()
        self._count()

    # --- the two ways

    def _bulk(self) -> None:
        """Everything, straight into the empty table; indexes afterwards."""
        completion = self.source.completion
        if completion and not completion.known(self._cursor):
            completion = None
        stage = load.RowStage(self._cursor, self.source, run_id=self.run.summary.run_id, direct=True, completion=completion)
        with without_indexes(self._cursor, self.source.table) as left_off:
            with self.run.stage("convert and copy"):
                stage.copy(self._converted(None))
            self._refuse_if_bad()
            with self.run.stage("repeated keys"):
                if not left_off.build_unique(self.source.table_key):
                    self._resolve_repeated_in_table(completion)
            with self.run.stage("merge"):
                self.source.before_merge(self._cursor, self.context.lookups)
                self.source.after_merge(self._cursor, Merged(self.run.summary.run_id, first_load=True, removed=0))
            self._check(sql.Identifier(*self.source.table.split(".")))
            index_stage = self.run.stage("index")
            index_stage.__enter__()
        index_stage.__exit__(None, None, None)
        with self.run.stage("analyze"):
            self._cursor.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(*self.source.table.split("."))))
        self._bulk_loaded = True

    def _delta(self) -> None:
        """Only what differs from the table."""
        keys = load.KeyStage(self._cursor)
        with self.run.stage("compare"):
            keys.copy(self._keys())
            self.run.summary.fetched = keys.rows
            self._refuse_if_empty()
            keys.compare(self.source, by_row_hash=not self.reader.has_fingerprints, within=self._within)
            lines = np.union1d(keys.different_lines(), keys.repeated_lines())
            self.run.record.extra["rows_to_convert"] = len(lines)
        vanished = 0 if self._partial else self._check_vanished(keys.vanished())
        stage = load.RowStage(self._cursor, self.source, run_id=self.run.summary.run_id, direct=False)
        with self.run.stage("convert and copy"):
            self.run.rejects.by_reason.clear()
            self.run.rejects.kept.clear()
            stage.copy(self._converted(lines) if len(lines) else iter(()))
        self._refuse_if_bad()
        self._keep_one_of_repeated()
        self._check(sql.Identifier("stage"))
        with self.run.stage("merge"):
            summary = self.run.summary
            if self.run.options.dry_run:
                summary.inserted, summary.updated = load.count_merge(self._cursor, self.source)
                summary.removed = vanished
            else:
                self.source.before_merge(self._cursor, self.context.lookups)
                summary.inserted, summary.updated = load.merge_stage(self._cursor, self.source, run_id=summary.run_id)
                if vanished:
                    summary.removed = load.remove_vanished(
                        self._cursor, self.source, on=self.context.load_date, run_id=summary.run_id
                    )
                if summary.changed:
                    self.source.after_merge(self._cursor, Merged(summary.run_id, first_load=False, removed=summary.removed))

    # --- reading

    @property
    def _partial(self) -> bool:
        return self.run.options.limit is not None or self.run.options.keep_missing or self.source.vanished == "keep"

    @property
    def _within(self) -> sql.Composable:
        """Which of the table's rows this file speaks for."""
        return self.source.within(self.context.lookups) if self.source.within else sql.SQL("true")

    def _rows(self, lines: IntArray | None = None, limit: int | None = None) -> Iterator[RowBatch]:
        """The file's rows without those that the source leaves out; counts these when all lines are read."""
        left_out = 0
        for batch in self.reader.rows(lines, limit):
            if self.source.only is not None:
                name, words = self.source.only
                frame = batch.frame.filter(pl.col(name).str.strip_chars().str.to_lowercase().is_in(sorted(words)))
                left_out += batch.frame.height - frame.height
                batch.frame = frame
            yield batch
        if self.source.only is not None and lines is None:
            self.run.record.extra["rows_left_out"] = left_out

    def _load_date(self) -> date:
        """The day in the file's first good row; today when the file does not say."""
        name = self.source.load_date_column
        for batch in self.reader.rows() if name else ():
            if batch.frame.height:
                try:
                    return date.fromisoformat((batch.frame[name][0] or "").strip()[:10])
                except ValueError:
                    break
        return datetime.now(UTC).date()

    def _keys(self) -> Iterator[KeyBatch]:
        batches = self.reader.keys(self.run.options.limit) if self.reader.has_fingerprints else self._keys_by_row_hash()
        for batch in prefetch(batches):
            self.run.progress(self.reader.rows_seen, self.reader.bytes_read)
            yield batch

    def _keys_by_row_hash(self) -> Iterator[KeyBatch]:
        """Keys with the canonical hash's first 8 bytes, for files without bytes per row: every row has to be converted for it."""
        for batch in self._rows(None, self.run.options.limit):
            converted = self.converter.convert(batch)
            published = self._published_keys(batch)
            keys = converted.frame[self.source.table_key].to_list() + [
                published.get(refusal.line) or key_in(refusal, self.source) for refusal in converted.refusals
            ]
            hashes = [int(text[2:18], 16) for text in converted.frame["row_hash"].to_list()] + [0] * len(converted.refusals)
            lines = converted.frame["line"].to_list() + [refusal.line for refusal in converted.refusals]
            self._nameless += keys.count("")
            yield KeyBatch(
                key_array(keys, self.source.key_width),
                np.array(hashes, dtype=np.uint64).view(np.int64),
                np.array(lines, dtype=np.int64),
            )

    def _published_keys(self, batch: RowBatch) -> dict[int, str | None]:
        """The key of each row by its line, as far as the file says it."""
        if not self.source.key_column:
            return {}
        return dict(zip(batch.frame["__line"], batch.frame[self.source.key_column], strict=True))

    def _converted(self, lines: IntArray | None) -> Iterator[pl.DataFrame]:
        def convert() -> Iterator[tuple[pl.DataFrame, list[Refusal], int, int]]:
            batches = self._rows(lines, self.run.options.limit)
            for batch in batches if lines is None else coalesced(batches):
                converted = self.converter.convert(batch)
                del batch
                yield converted.frame, converted.refusals, self.reader.rows_seen, self.reader.bytes_read
                del converted

        for frame, refusals, rows, bytes_read in prefetch(convert()):
            self.run.rejects.add(refusals)
            if lines is None:
                self.run.summary.fetched += frame.height + len(refusals)
            self.run.summary.rejects_by_reason = dict(self.run.rejects.by_reason)
            self.run.progress(rows, bytes_read)
            if frame.height:
                yield frame

    # --- repeated keys

    def _keep_one_of_repeated(self) -> None:
        copies, lost = load.resolve_repeated(self._cursor, self.source)
        self.run.summary.duplicates += copies
        if not lost:
            return
        raws = self._raw_lines(np.array([line for line, _key in lost], dtype=np.int64))
        self.run.rejects.add(
            [
                Refusal(
                    line,
                    self.source.key_name,
                    key,
                    "duplicate",
                    say("row_repeated", column=self.source.key_name, kept=self.source.prefer_later or say("line")),
                    raws.get(line, ""),
                )
                for line, key in lost
            ]
        )

    def _raw_lines(self, lines: IntArray) -> dict[int, str]:
        return {
            line: batch.block.raw(line)
            for batch in self.reader.rows(np.sort(lines))
            if batch.block is not None
            for line in batch.frame["__line"].to_list()
        }

    def _resolve_repeated_in_table(self, completion: Completion | None) -> None:
        """After a bulk copy: take rows of repeated keys out again, and put the one that stays back."""
        table, key = sql.Identifier(*self.source.table.split(".")), sql.Identifier(self.source.table_key)
        self._cursor.execute(sql.SQL("SELECT {0} FROM {1} GROUP BY {0} HAVING count(*) > 1").format(key, table))
        repeated = [row[0] for row in self._cursor.fetchall()]
        names = pl.Series(repeated, dtype=pl.String)
        stage = load.RowStage(self._cursor, self.source, run_id=self.run.summary.run_id, direct=False, completion=completion)
        self._cursor.execute(sql.SQL("DELETE FROM {} WHERE {} = ANY (%s)").format(table, key), [repeated])
        stage.copy(frame for batch in self._rows() if (frame := self._only(batch, names)) is not None)
        self._keep_one_of_repeated()
        load.insert_stage(self._cursor, self.source, stage.names, run_id=self.run.summary.run_id)

    def _only(self, batch: RowBatch, keys: pl.Series) -> pl.DataFrame | None:
        batch.refusals = []
        if self.source.key_column:
            batch.frame = batch.frame.filter(pl.col(self.source.key_column).str.strip_chars().is_in(keys.implode()))
        if not batch.frame.height:
            return None
        frame = self.converter.convert(batch).frame
        return frame.filter(pl.col(self.source.table_key).is_in(keys.implode()))

    # --- what stops a run

    def _refuse_if_empty(self) -> None:
        if self.run.summary.fetched:
            return
        left_out = self.run.record.extra.get("rows_left_out")
        if left_out:
            name, words = self.source.only or ("", frozenset())
            raise SourceFileError(
                say("found_none_wanted", count=left_out, words=" / ".join(sorted(words)), column=name),
                todo=say("todo_right_rows"),
                code="empty_file",
            )
        raise SourceFileError(say("found_only_header"), todo=say("todo_fetch"), code="empty_file")

    def _refuse_if_bad(self) -> None:
        self._refuse_if_empty()
        bad, fetched, limit = self.run.rejects.bad, self.run.summary.fetched, self.source.max_reject_ratio
        if bad > fetched * limit:
            raise ThresholdError(
                say(
                    "found_refused",
                    bad=bad,
                    all=fetched,
                    share=say("percent", share=bad / fetched),
                    limit=say("percent", share=limit),
                    reasons=say("reasons", counts=dict(self.run.rejects.by_reason.most_common(5))),
                ),
                todo=say("todo_rejects"),
                code="too_many_rejects",
            )

    def _check_vanished(self, vanished: int) -> int:
        if not vanished or (self.source.vanished == "delete" and self._nameless):
            return 0
        active, limit = load.active_rows(self._cursor, self.source, self._within), self.source.max_vanished_ratio
        if vanished > active * limit and not self.run.options.allow_removals:
            raise ThresholdError(
                say(
                    "found_vanished",
                    gone=vanished,
                    all=active,
                    share=say("percent", share=vanished / active),
                    limit=say("percent", share=limit),
                ),
                todo=say("todo_removals"),
                code="too_many_vanished",
            )
        return vanished

    def _check(self, table: sql.Identifier) -> None:
        """The declared checks, over the rows about to be published."""
        with self.run.stage("check"):
            self.check_results = run_checks(
                self._cursor, self.source.checks, table=table, name=self.source.table, key=self.source.table_key
            )
        failed = [result for result in self.check_results if result.check.blocking and not result.passed]
        if failed:
            error = ThresholdError(
                say(
                    "found_checks",
                    checks=[
                        say(
                            "found_check",
                            check=say("check", name=result.check.name),
                            share=say("percent", share=result.rate, digits=2),
                            limit=say("percent", share=result.check.threshold, digits=2),
                        )
                        for result in failed
                    ],
                ),
                todo=say("todo_checks"),
                code="checks_failed",
            )
            error.check_results = self.check_results  # type: ignore[attr-defined]
            raise error

    def _count(self) -> None:
        summary, rejects = self.run.summary, self.run.rejects
        summary.rejected, summary.rejects_by_reason = rejects.total, dict(rejects.by_reason)
        summary.processed = summary.fetched - summary.rejected - summary.duplicates
        if self._bulk_loaded:
            summary.inserted = summary.processed
        summary.unchanged = summary.processed - summary.inserted - summary.updated
