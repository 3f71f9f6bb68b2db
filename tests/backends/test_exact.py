"""The exact store keeps the promises of a vector store, and its files are whole at every moment."""

import subprocess
import sys
from pathlib import Path

import pytest

from llmops.backends.exact import ExactStore, open_shelf
from llmops.backends.folder_lock import FolderLock
from llmops.backends.folders import FolderShelf
from llmops.core.errors import VectorStoreError
from llmops.core.settings import load_settings
from llmops.domain.ports import VectorStore
from llmops.testing.conformance import DIMENSION, VectorStoreConformance, names, unit_vectors


def opened(path: Path) -> ExactStore:
    (path / "g").mkdir(exist_ok=True)
    return ExactStore(path / "g", DIMENSION)


class TestExactStore(VectorStoreConformance):
    def open(self, path: Path, name: str = "g1", dimension: int = DIMENSION) -> VectorStore:
        return FolderShelf("exact", path, ExactStore).open(name, dimension)

    def elsewhere(self, path: Path) -> str:
        return f"""
from pathlib import Path
from llmops.backends.exact import ExactStore
store = ExactStore(Path({str(path)!r}) / "g1", {DIMENSION})"""


def test_a_workspace_keeps_its_vectors_where_its_settings_say(tmp_path: Path) -> None:
    shelf = open_shelf(load_settings(tmp_path, {}, {"vectors.path": "here"}))
    shelf.open("docs/g1", DIMENSION).upsert(["a"], unit_vectors(1))
    assert (tmp_path / "here/docs/g1/ids.json").is_file()


def test_another_process_sees_a_write_at_its_next_search(tmp_path: Path) -> None:
    reader = opened(tmp_path)
    assert reader.count() == 0
    code = f"""
from pathlib import Path
from llmops.backends.exact import ExactStore
from llmops.testing.conformance import unit_vectors
ExactStore(Path({str(tmp_path)!r}) / "g", {DIMENSION}).upsert(["a"], unit_vectors(1))
"""
    subprocess.run([sys.executable, "-c", code], check=True)
    assert list(reader.ids()) == ["a"]


def test_writers_do_not_lose_each_others_vectors(tmp_path: Path) -> None:
    one = opened(tmp_path)
    other = opened(tmp_path)
    one.upsert(["a"], unit_vectors(1))
    other.upsert(["b"], unit_vectors(1))
    one.delete(["b"])
    assert (list(one.ids()), list(other.ids())) == (["a"], ["a"])


def test_old_vectors_are_cleared_away(tmp_path: Path) -> None:
    store = opened(tmp_path)
    for number in range(5):
        store.upsert([f"c{number}"], unit_vectors(1))
    assert len(list((tmp_path / "g").glob("vectors-*.npy"))) == 1


def test_a_write_that_was_killed_before_its_rename_leaves_the_old_state(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.upsert(names(3), unit_vectors(3))
    (tmp_path / "g" / "vectors-half.npy").write_bytes(b"\x93NUMPY torn")
    (tmp_path / "g" / "ids.json.new").write_text('{"vectors": "vectors-ha')
    assert sorted(opened(tmp_path).ids()) == names(3)


@pytest.mark.parametrize("damage", ["ids.json", "vectors"])
def test_damaged_files_say_so(damage: str, tmp_path: Path) -> None:
    opened(tmp_path).upsert(names(3), unit_vectors(3))
    [path] = (tmp_path / "g").glob(f"{damage}*")
    path.write_bytes(b"rubbish")
    with pytest.raises(VectorStoreError, match=r"(?s)cannot be read.*Delete that folder and sync the index again"):
        opened(tmp_path)


def test_a_lasting_writer_of_another_process_is_waited_for_and_named(tmp_path: Path) -> None:
    code = f"""
import sys
from pathlib import Path
from llmops.backends.folder_lock import FolderLock
lock = FolderLock(Path({str(tmp_path)!r}))
lock.write()
print("held", flush=True)
sys.stdin.read()
"""
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(VectorStoreError, match="another process is using the vectors"):
            ExactStore(tmp_path, DIMENSION, patience=0).upsert(["a"], unit_vectors(1))
        other.communicate()
    ExactStore(tmp_path, DIMENSION, patience=0).upsert(["a"], unit_vectors(1))
    lock = FolderLock(tmp_path, 0)
    lock.write()
    lock.release()
