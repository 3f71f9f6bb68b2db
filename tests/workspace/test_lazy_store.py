"""The store of a workspace, and what becomes of it while a program runs."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from llmops.core.errors import StoreError
from llmops.core.settings import load_settings
from llmops.workspace.lazy_store import LazyStore


@pytest.fixture
def lazy(tmp_path: Path) -> Iterator[LazyStore]:
    lazy = LazyStore(tmp_path, load_settings(tmp_path, {}))
    yield lazy
    lazy.close()


def test_it_opens_once_and_after_a_close_again(lazy: LazyStore) -> None:
    store = lazy.create()
    assert lazy.get() is store
    assert lazy.look() is store
    lazy.close()
    assert lazy.get() is not store


def test_nothing_is_made_by_looking(lazy: LazyStore, tmp_path: Path) -> None:
    assert lazy.get().is_temporary
    assert lazy.look() is lazy.get()
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_appears_is_opened(lazy: LazyStore, tmp_path: Path) -> None:
    lazy.get()
    other = LazyStore(tmp_path, load_settings(tmp_path, {}))
    other.create()
    other.close()
    assert not lazy.look().is_temporary


def test_a_file_that_was_removed_is_told_and_never_made_anew(lazy: LazyStore, tmp_path: Path) -> None:
    lazy.create()
    path = tmp_path / ".llmops" / "store.db"
    path.unlink()
    for _ in range(2):
        with pytest.raises(StoreError, match=r"store\.db is gone"):
            lazy.look()
    assert not path.exists()


def test_a_file_that_was_replaced_is_opened_anew(lazy: LazyStore, tmp_path: Path) -> None:
    store = lazy.create()
    path = tmp_path / ".llmops" / "store.db"
    shutil.copyfile(path, tmp_path / "copy.db")
    os.replace(tmp_path / "copy.db", path)
    assert lazy.look() is not store
    assert lazy.look() is lazy.get()


def test_the_place_is_known_without_opening_and_without_its_password(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, {"LLMOPS_STORE_URL": "postgresql://ada:secret@127.0.0.1:1/x"})
    lazy = LazyStore(tmp_path, settings)
    assert lazy.place == "postgresql+psycopg://ada:***@127.0.0.1:1/x"
    with pytest.raises(StoreError, match="does not answer"):
        lazy.look()
