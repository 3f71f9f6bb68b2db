"""Fixtures of the index's tests."""

from pathlib import Path

import pytest

from llmops.storage.store import Store
from tests.support.indexes import Library


@pytest.fixture
def library(sqlite_store: Store, tmp_path: Path) -> Library:
    """An empty library on SQLite with exact vectors."""
    (tmp_path / "docs").mkdir()
    return Library(tmp_path, sqlite_store)


@pytest.fixture
def any_library(store: Store, tmp_path: Path) -> Library:
    """An empty library, once on SQLite and once on PostgreSQL."""
    (tmp_path / "docs").mkdir()
    return Library(tmp_path, store)
