"""Torn files of Chroma are found before its native code opens them."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from llmops.backends.chroma import ChromaStore
from llmops.backends.chroma_files import find_damage
from llmops.core.errors import VectorStoreError
from llmops.testing.conformance import names

pytest.importorskip("chromadb", reason="Chroma is in the extra llmops[rag]")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with 1,200 vectors, of which Chroma has written a graph."""
    folder = tmp_path_factory.mktemp("whole")
    store = ChromaStore(folder, 16)
    drawn = np.random.default_rng(0).normal(size=(1200, 16)).astype(np.float32)
    store.upsert(names(1200), drawn)
    store.close()
    return folder


def test_whole_and_empty_folders_are_in_order(whole: Path, tmp_path: Path) -> None:
    assert len(list(whole.glob("*/data_level0.bin"))) == 1
    assert (find_damage(whole), find_damage(tmp_path)) == ("", "")


@pytest.mark.parametrize(
    ("name", "size", "says"),
    [
        ("chroma.sqlite3", 0.5, "chroma.sqlite3 has"),
        ("chroma.sqlite3", 0, "chroma.sqlite3 is no database"),
        ("data_level0.bin", 0.5, "data_level0.bin has"),
        ("header.bin", 0.5, "header.bin has 50 of 100 bytes"),
        ("length.bin", 0, "length.bin has 0 of"),
        ("link_lists.bin", 0, "link_lists.bin is too short"),
        ("index_metadata.pickle", 0.9, "index_metadata.pickle is cut off"),
        ("index_metadata.pickle", 0, "index_metadata.pickle is cut off"),
    ],
)
def test_a_file_that_was_cut_off_is_named(name: str, size: float, says: str, whole: Path, tmp_path: Path) -> None:
    shutil.copytree(whole, tmp_path / "g")
    [path] = (tmp_path / "g").rglob(name)
    with path.open("r+b") as file:
        file.truncate(int(path.stat().st_size * size))
    assert says in find_damage(tmp_path / "g")
    with pytest.raises(VectorStoreError, match=r"(?s)cannot be opened: .*Delete that folder and sync the index again"):
        ChromaStore(tmp_path / "g", 16)


def test_a_header_that_promises_a_terabyte_is_not_believed(whole: Path, tmp_path: Path) -> None:
    shutil.copytree(whole, tmp_path / "g")
    [path] = (tmp_path / "g").rglob("header.bin")
    data = bytearray(path.read_bytes())
    data[12:28] = (2**40).to_bytes(8, "little") * 2
    path.write_bytes(data)
    assert "data_level0.bin has" in find_damage(tmp_path / "g")


@pytest.mark.parametrize("name", ["header.bin", "data_level0.bin", "index_metadata.pickle"])
def test_a_file_that_is_gone_is_named(name: str, whole: Path, tmp_path: Path) -> None:
    shutil.copytree(whole, tmp_path / "g")
    [path] = (tmp_path / "g").rglob(name)
    path.unlink()
    assert name in find_damage(tmp_path / "g")
