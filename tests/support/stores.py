"""Stores for tests: SQLite in a temporary folder, and an empty PostgreSQL database brought up to date."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from llmops.storage.store import Store, open_store
from llmops.storage.upgrade import upgrade

SQLITE_URL = "sqlite:///.llmops/store.db"


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[Store]:
    """A fresh SQLite store below `tmp_path`."""
    store = open_store(SQLITE_URL, root=tmp_path)
    yield store
    store.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest) -> str:
    """The URL of a fresh, up-to-date store of the database that the test is parametrised with."""
    if request.param == "sqlite":
        return SQLITE_URL
    url = str(request.getfixturevalue("postgres_url"))
    upgrade(url, root=Path())
    return url


@pytest.fixture
def store(store_url: str, tmp_path: Path) -> Iterator[Store]:
    """A fresh store, once on SQLite and once on PostgreSQL."""
    store = open_store(store_url, root=tmp_path)
    yield store
    store.close()
