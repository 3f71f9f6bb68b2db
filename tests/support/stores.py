"""Stores for tests: SQLite in a temporary folder, and a PostgreSQL store that is emptied after each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete, text

from llmops.storage.engine import connect
from llmops.storage.revisions import HEAD
from llmops.storage.store import Store, open_store
from llmops.storage.tables.schema import SCHEMA
from llmops.storage.upgrade import upgrade
from tests.support.postgres import PostgresServer

SQLITE_URL = "sqlite:///.llmops/store.db"


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[Store]:
    """A fresh SQLite store below `tmp_path`."""
    store = open_store(SQLITE_URL, root=tmp_path)
    yield store
    store.close()


@pytest.fixture(scope="session")
def postgres_store_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The URL of an up-to-date PostgreSQL store for a whole session; making one takes a quarter of a second."""
    with postgres_server.database() as url:
        upgrade(url, root=Path())
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of an empty, up-to-date store, once of SQLite and once of PostgreSQL."""
    if request.param == "sqlite":
        yield SQLITE_URL
        return
    url = str(request.getfixturevalue("postgres_store_url"))
    yield url
    _empty(url)


@pytest.fixture
def store(store_url: str, tmp_path: Path) -> Iterator[Store]:
    """A fresh store, once on SQLite and once on PostgreSQL."""
    store = open_store(store_url, root=tmp_path)
    yield store
    store.close()


def _empty(url: str) -> None:
    """Make a store what it was when it was new."""
    database = connect(url, root=Path())
    with database.transaction() as connection:
        for table in reversed(SCHEMA.sorted_tables):
            connection.execute(delete(table))
        connection.execute(text("UPDATE alembic_version SET version_num = :head"), {"head": HEAD})
    database.close()
