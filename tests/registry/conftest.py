"""The desk that registry tests work at."""

from pathlib import Path

import pytest

from llmops.storage.store import Store
from tests.support.registries import Desk


@pytest.fixture
def desk(sqlite_store: Store, tmp_path: Path) -> Desk:
    """An empty workspace with a fresh SQLite store."""
    return Desk(tmp_path.resolve(), sqlite_store)


@pytest.fixture
def any_desk(store: Store, tmp_path: Path) -> Desk:
    """The same, once on SQLite and once on PostgreSQL."""
    return Desk(tmp_path.resolve(), store)
