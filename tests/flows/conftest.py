"""Journeys are tried in a small workspace, and promotions on a stage with given reports."""

from pathlib import Path

import pytest

from llmops.storage.store import Store
from tests.support.promotions import Stage
from tests.support.workspaces import ready, workspace

__all__ = ["ready", "workspace"]


@pytest.fixture
def stage(sqlite_store: Store, tmp_path: Path) -> Stage:
    """A stage on SQLite."""
    return Stage(sqlite_store, tmp_path)


@pytest.fixture
def any_stage(store: Store, tmp_path: Path) -> Stage:
    """A stage, once on SQLite and once on PostgreSQL."""
    return Stage(store, tmp_path)
