"""All tables together: they are what the migrations make, on both databases."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from llmops.storage.engine import Database, connect
from llmops.storage.revisions import HEAD
from llmops.storage.tables.schema import SCHEMA, TABLES
from llmops.storage.upgrade import migrate
from tests.support.postgres import PostgresServer

_CONSTRAINTS = """
SELECT c.conrelid::regclass::text, c.conname, pg_get_constraintdef(c.oid) FROM pg_constraint c
JOIN pg_namespace n ON n.oid = c.connamespace WHERE n.nspname = 'public' ORDER BY 1, 2
"""
_COLUMNS = """
SELECT table_name, column_name, data_type, is_nullable, column_default, collation_name, is_identity
FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2
"""
_INDEXES = "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2"
# SQLite's tables by their shape, not by the text of their statements: a column that was added later stands elsewhere in it.
_SHAPE = """
SELECT name, 'table', wr, ncol, strict, '' FROM pragma_table_list WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
UNION ALL SELECT m.name, p.name, p.type, p."notnull", p.dflt_value, p.pk FROM sqlite_master AS m
JOIN pragma_table_xinfo(m.name) AS p WHERE m.type = 'table'
UNION ALL SELECT m.name, p."from", p."table", p."to", p.on_delete, '' FROM sqlite_master AS m
JOIN pragma_foreign_key_list(m.name) AS p WHERE m.type = 'table'
UNION ALL SELECT m.name, p.name, p."unique", p.origin, p.partial,
(SELECT group_concat(i.name || i.coll || i."desc", ',') FROM pragma_index_xinfo(p.name) AS i WHERE i.key)
FROM sqlite_master AS m JOIN pragma_index_list(m.name) AS p WHERE m.type = 'table'
ORDER BY 1, 2, 3
"""


@contextmanager
def opened(url: str, folder: Path) -> Iterator[Database]:
    database = connect(url, root=folder)
    try:
        yield database
    finally:
        database.close()


def shape(connection: Connection) -> list[tuple[object, ...]]:
    """All that the database knows of its tables, but Alembic's own."""
    queries = [_SHAPE] if connection.dialect.name == "sqlite" else [_CONSTRAINTS, _COLUMNS, _INDEXES]
    rows = [tuple(row) for query in queries for row in connection.execute(text(query))]
    return [row for row in rows if row[0] != "alembic_version"]


def test_every_table_is_in_the_schema_and_listed() -> None:
    assert {table.name for table in TABLES} == set(SCHEMA.tables)


def test_every_constraint_has_a_name() -> None:
    nameless = [table.name for table in TABLES for constraint in table.constraints if constraint.name is None]
    assert nameless == []


def test_sqlite_tables_are_what_the_migrations_make(tmp_path: Path) -> None:
    with opened("sqlite:///made.db", tmp_path) as made, made.transaction() as connection:
        SCHEMA.create_all(connection)
        wanted = shape(connection)
    with opened("sqlite:///migrated.db", tmp_path) as migrated, migrated.transaction() as connection:
        migrate(connection, HEAD)
        assert shape(connection) == wanted


def test_postgresql_tables_are_what_the_migrations_make(postgres_server: PostgresServer, tmp_path: Path) -> None:
    with postgres_server.database() as url, opened(url, tmp_path) as made, made.transaction() as connection:
        SCHEMA.create_all(connection)
        wanted = shape(connection)
    with postgres_server.database() as url, opened(url, tmp_path) as migrated, migrated.transaction() as connection:
        migrate(connection, HEAD)
        assert shape(connection) == wanted


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_alembic_sees_no_difference(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    url = "sqlite:///store.db" if kind == "sqlite" else request.getfixturevalue("postgres_url")
    with opened(url, tmp_path) as database, database.transaction() as connection:
        migrate(connection, HEAD)
        # The full-text index of each database is unknown to the other, and Alembic has no word for SQLite's.
        others = ("lexical_words", "interaction_words", "interaction_bodies_words") if kind == "sqlite" else ()
        known = {"include_object": lambda thing, name, *rest: not any(other in str(name) for other in others)}
        assert compare_metadata(MigrationContext.configure(connection, opts=known), SCHEMA) == []
