"""Chroma keeps the promises of a vector store, and its failures stay inside it."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from llmops.backends.chroma import ChromaStore, open_shelf
from llmops.backends.folders import FolderShelf
from llmops.core.errors import ExtraMissing, VectorStoreError
from llmops.core.settings import load_settings
from llmops.domain.ports import VectorStore
from llmops.testing.conformance import DIMENSION, VectorStoreConformance, names, unit_vectors

pytest.importorskip("chromadb", reason="Chroma is in the extra llmops[rag]")


def opened(path: Path) -> ChromaStore:
    (path / "g").mkdir(exist_ok=True)
    return ChromaStore(path / "g", DIMENSION)


class TestChromaStore(VectorStoreConformance):
    def open(self, path: Path, name: str = "g1", dimension: int = DIMENSION) -> VectorStore:
        return FolderShelf("chroma", path, ChromaStore).open(name, dimension)

    def elsewhere(self, path: Path) -> str:
        return f"""
from pathlib import Path
from llmops.backends.chroma import ChromaStore
store = ChromaStore(Path({str(path)!r}) / "g1", {DIMENSION})"""


def test_a_filter_may_list_more_values_than_one_condition_holds(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.upsert(names(900), unit_vectors(900), [{"n": n, "even": n % 2 == 0} for n in range(900)])
    found = store.search(unit_vectors(1)[0], 1000, {"n": list(range(100, 2100)), "even": [True, "x"]})
    assert len(found) == 400
    assert found == sorted(found, key=lambda hit: (-hit[1], hit[0]))
    store.close()


def test_only_vectors_and_ids_are_stored(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.upsert(names(10), unit_vectors(10))
    store.close()
    files = {path.name for path in (tmp_path / "g").iterdir() if path.is_file()}
    assert files == {".lock", ".lock-writer", "chroma.sqlite3"}


def test_another_process_may_read_but_not_write_what_is_being_read(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.upsert(names(3), unit_vectors(3))
    store.close()
    store = opened(tmp_path)
    code = f"""
from pathlib import Path
from llmops.backends.chroma import ChromaStore
from llmops.core.errors import VectorStoreError
from llmops.testing.conformance import unit_vectors
store = ChromaStore(Path({str(tmp_path / "g")!r}), {DIMENSION}, patience=0)
print(store.count())
try:
    store.upsert(["x"], unit_vectors(1))
except VectorStoreError as error:
    print(error.message)
store.close()
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == f"3\nanother process is using the vectors in {tmp_path / 'g'}\n"
    assert run.stderr == ""
    store.close()


def test_a_damaged_folder_says_that_it_can_be_rebuilt(tmp_path: Path) -> None:
    (tmp_path / "g").mkdir()
    (tmp_path / "g" / "chroma.sqlite3").write_bytes(b"this is no database" * 100)
    with pytest.raises(VectorStoreError, match=r"(?s)cannot be opened: .*Delete that folder and sync the index again"):
        opened(tmp_path)


def test_a_call_that_does_not_end_is_given_up(tmp_path: Path) -> None:
    store = ChromaStore(tmp_path, DIMENSION)
    store._timeout = 0.05  # opening may take longer on a busy machine
    stuck = threading.Event()
    with pytest.raises(VectorStoreError, match=r"were not read within 0\.05 s"):
        store._call("read", stuck.wait)
    stuck.set()
    with pytest.raises(VectorStoreError, match="were closed"):
        store.count()
    store.close()


def test_what_is_closed_stays_closed(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.close()
    with pytest.raises(VectorStoreError, match=r"(?s)were closed.*Open the index again"):
        store.upsert(["a"], unit_vectors(1))


def test_without_chromadb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ExtraMissing, match=r'(?s)"chroma" needs chromadb.*llmops\[rag\]'):
        open_shelf(load_settings(tmp_path, {}))
