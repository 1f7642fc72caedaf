"""Filling an empty table: take its indexes and foreign keys off first, build them once afterwards, in one transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg import errors, sql


class LeftOff:
    """What was taken off a table and is still to be built: names and definitions, in the order of building."""

    def __init__(self, cursor: Any, table: str, constraints: list[tuple[str, str]], indexes: list[str]) -> None:
        self._cursor, self._table = cursor, sql.Identifier(*table.split("."))
        self._constraints, self._indexes = constraints, indexes

    def build_unique(self, column: str) -> bool:
        """Build the unique key of this one column now, before the rest; the quickest way to learn whether a value is repeated.

        Returns:
            False when there is a value that stands more than once: nothing was built then, and the key stays to be built.

        Raises:
            LookupError: the table had no unique key of just this column.
        """
        wanted = f"UNIQUE ({column})"
        found = next((each for each in self._constraints if each[1] == wanted), None)
        if found is None:
            raise LookupError(f"Expected a constraint {wanted}; found {[definition for _name, definition in self._constraints]}.")
        self._cursor.execute("SAVEPOINT unique_key")
        try:
            self._add(*found)
        except errors.UniqueViolation:
            self._cursor.execute("ROLLBACK TO SAVEPOINT unique_key")
            return False
        self._cursor.execute("RELEASE SAVEPOINT unique_key")
        self._constraints.remove(found)
        return True

    def build(self) -> None:
        """Build what is left."""
        for name, definition in self._constraints:
            self._add(name, definition)
        for definition in self._indexes:
            self._cursor.execute(definition)

    def _add(self, name: str, definition: str) -> None:
        self._cursor.execute(
            sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} ").format(self._table, sql.Identifier(name)) + sql.SQL(definition)
        )


@contextmanager
def without_indexes(
    cursor: Any, table: str, *, maintenance_work_mem: str = "512MB", foreign_keys: bool = True
) -> Iterator[LeftOff]:
    """Drop the table's indexes, unique and foreign keys for the block, and build them again after it.

    Building an index over finished rows is several times faster than keeping it up to date row by row. Definitions are
    read from the catalog, so names and options come back as they were. Runs in the caller's transaction: a failure brings
    everything back. The table is locked for others until then, which is why this is for empty tables only.

    Args:
        cursor: a psycopg cursor inside a transaction.
        table: qualified name.
        maintenance_work_mem: memory PostgreSQL may use for one index build.
        foreign_keys: whether they go too; not worth checking every row again where none of their columns is written.

    Yields:
        what is left off, for who needs the key built earlier.
    """
    name = sql.Identifier(*table.split("."))
    cursor.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(name))
    cursor.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE conrelid = %s::regclass AND contype::text = ANY (%s) "
        "ORDER BY array_position(ARRAY['p', 'u', 'x', 'f'], contype::text), conname",
        [table, ["p", "u", "x", *("f" if foreign_keys else "")]],
    )
    constraints = cursor.fetchall()
    # Asked for every row of millions, only to say no: the run itself leaves one entry for all of them.
    cursor.execute(
        "SELECT t.tgname FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid WHERE t.tgrelid = %s::regclass "
        "AND p.proname = 'log_row' AND t.tgenabled = 'O'",
        [table],
    )
    row_triggers = [row[0] for row in cursor.fetchall()]
    for trigger in row_triggers:
        cursor.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER {}").format(name, sql.Identifier(trigger)))
    cursor.execute(
        "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i WHERE i.indrelid = %s::regclass "
        "AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.conrelid = i.indrelid) ORDER BY 1",
        [table],
    )
    indexes = cursor.fetchall()
    for constraint, _definition in reversed(constraints):
        cursor.execute(sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(name, sql.Identifier(constraint)))
    for index, _definition in indexes:
        cursor.execute(f"DROP INDEX {index}")
    cursor.execute("SELECT set_config('maintenance_work_mem', %s, true)", [maintenance_work_mem])
    left_off = LeftOff(cursor, table, list(constraints), [definition for _index, definition in indexes])
    yield left_off
    left_off.build()
    for trigger in row_triggers:
        cursor.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER {}").format(name, sql.Identifier(trigger)))
