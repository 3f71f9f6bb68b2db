"""Insert rows that may be there already, on SQLite and PostgreSQL alike."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Table

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite

Row = Mapping[str, object]


def insert_new(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows; those whose primary key is taken are ignored."""
    if rows:
        connection.execute(_insert_new(connection.dialect.name, table), list(rows))


def insert_or_update(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows; those whose primary key is taken replace the other columns that they name."""
    if rows:
        connection.execute(_insert_or_update(connection.dialect.name, table, tuple(rows[0])), list(rows))


@cache
def _insert_new(dialect: str, table: Table) -> "sqlite.Insert | postgresql.Insert":
    return _insert(dialect, table).on_conflict_do_nothing()


@cache  # making this statement takes longer than a dozen rows
def _insert_or_update(dialect: str, table: Table, names: tuple[str, ...]) -> "sqlite.Insert | postgresql.Insert":
    statement = _insert(dialect, table)
    keys = [column.name for column in table.primary_key]
    changed = {name: statement.excluded[name] for name in names if name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=changed)


def _insert(dialect: str, table: Table) -> "sqlite.Insert | postgresql.Insert":
    """An insert of the dialect that is spoken; the other one's is not even imported."""
    if dialect == "sqlite":
        from sqlalchemy.dialects.sqlite import insert as insert_sqlite

        return insert_sqlite(table)
    from sqlalchemy.dialects.postgresql import insert as insert_postgresql

    return insert_postgresql(table)
