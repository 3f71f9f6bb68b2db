"""Vectors in memory: the promises of a vector store, as long as the process lives."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from llmops.backends.memory import MemoryShelf, _shelves, open_shelf
from llmops.core.settings import load_settings
from llmops.domain.ports import VectorShelf, VectorStore
from llmops.testing.conformance import DIMENSION, VectorStoreConformance, unit_vectors


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    yield
    _shelves.clear()


class TestMemoryStore(VectorStoreConformance):
    def open(self, path: Path, name: str = "g1", dimension: int = DIMENSION) -> VectorStore:
        return MemoryShelf(str(path)).open(name, dimension)


def test_what_was_discarded_or_never_read_is_doubted(tmp_path: Path) -> None:
    shelf = open_shelf(load_settings(tmp_path, {}))
    assert isinstance(shelf, VectorShelf)
    assert shelf.doubt("docs/g1", "m") == "this process has not read the vectors into its memory"
    shelf.open("docs/g1", DIMENSION).upsert(["a"], unit_vectors(1))
    shelf.stamp("docs/g1", "m")
    assert open_shelf(load_settings(tmp_path, {})).doubt("docs/g1", "m") == ""
    assert "not as the last sync left them" in shelf.doubt("docs/g1", "n")
    shelf.discard("docs/g1")
    assert shelf.open("docs/g1", DIMENSION).count() == 0
    shelf.stamp("docs/other", "m")


def test_threads_lose_nothing_of_each_other(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    store = MemoryShelf(str(tmp_path)).open("g", DIMENSION)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: store.upsert([f"c{n}"], unit_vectors(1)), range(50)))
    assert len(set(itertools.chain(store.ids()))) == store.count() == 50
