"""A transaction as the driver itself sees it, for the few rows that are written most often.

SQLAlchemy takes 40 to 90 µs for a statement, the driver 2 to 10, and a recorded run takes a dozen. Statements are written out,
with `?` for each value on both databases.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from sqlalchemy import Engine

from llmops.core.hashing import Json

_MANY: Final = 200


class Driver:
    """A running transaction, by its cursor."""

    def __init__(self, cursor: Json, *, is_sqlite: bool) -> None:
        self._cursor = cursor
        self._is_sqlite = is_sqlite

    def execute(self, statement: str, values: Sequence[Json] = ()) -> int:
        """Execute a statement; returns how many rows it changed."""
        self._cursor.execute(statement if self._is_sqlite else _postgresql(statement), values)
        changed: int = self._cursor.rowcount
        return changed

    def insert(self, into: str, rows: Sequence[Sequence[Json]], then: str = "") -> list[tuple[Json, ...]]:
        """Insert rows into `table (columns)`, some hundred by a statement; `then` is what follows the values, and what it returns
        is returned."""
        returned: list[tuple[Json, ...]] = []
        for start in range(0, len(rows), _MANY):
            some = rows[start : start + _MANY]
            values = ", ".join([f"({', '.join('?' * len(some[0]))})"] * len(some))
            self.execute(_statement(into, values, then), [value for row in some for value in row])
            if "RETURNING" in then:
                returned += self._cursor.fetchall()
        return returned

    def copy(self, into: str, rows: Sequence[Sequence[Json]]) -> None:
        """Insert rows, of which there may be a million, into `table (columns)`."""
        if not rows:
            return
        if self._is_sqlite:
            self._cursor.executemany(_statement(into, f"({', '.join('?' * len(rows[0]))})"), rows)
            return
        with self._cursor.copy(f"COPY {into} FROM STDIN") as writing:
            for row in rows:
                writing.write_row(row)

    def update(self, statement: str, rows: Sequence[Sequence[Json]]) -> None:
        """Execute a statement for each row of values."""
        if rows:
            self._cursor.executemany(statement if self._is_sqlite else _postgresql(statement), rows)

    def rows(self, statement: str, values: Iterable[Json] = ()) -> Sequence[tuple[Json, ...]]:
        """The rows that a statement gives."""
        self.execute(statement, tuple(values))
        found: Sequence[tuple[Json, ...]] = self._cursor.fetchall()
        return found

    def instant(self, moment: datetime | None) -> Json:
        """A moment as its column keeps it."""
        if moment is None or not self._is_sqlite:
            return moment
        return moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


@contextmanager
def begun(engine: Engine, *, is_sqlite: bool) -> Iterator[Driver]:
    """Lend a connection of the pool in a transaction, which is undone when the block raises."""
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        if is_sqlite:
            cursor.execute("BEGIN IMMEDIATE")
        yield Driver(cursor, is_sqlite=is_sqlite)
        connection.commit()
    except BaseException:
        try:
            connection.rollback()
        except engine.dialect.loaded_dbapi.Error:
            connection.invalidate()  # it is gone, and what it began with it
        raise
    finally:
        connection.close()


def _statement(into: str, values: str, then: str = "") -> str:
    return f"INSERT INTO {into} VALUES {values} {then}"  # noqa: S608  # names of this package, and marks


@lru_cache(maxsize=500)
def _postgresql(statement: str) -> str:
    return statement.replace("?", "%s")
