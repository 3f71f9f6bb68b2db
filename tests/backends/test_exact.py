"""The exact store keeps the promises of a vector store, and its files are whole at every moment."""

import subprocess
import sys
from pathlib import Path

import pytest

from llmops.backends.exact import ExactStore, open_exact
from llmops.backends.folder_lock import FolderLock
from llmops.core.errors import VectorStoreError
from llmops.domain.ports import VectorStore
from llmops.testing.conformance import DIMENSION, VectorStoreConformance, names, unit_vectors


class TestExactStore(VectorStoreConformance):
    def open(self, path: Path, name: str = "g1", dimension: int = DIMENSION) -> VectorStore:
        return open_exact(path, name=name, dimension=dimension)

    def elsewhere(self, path: Path) -> str:
        return f"""
from pathlib import Path
from llmops.backends.exact import open_exact
store = open_exact(Path({str(path)!r}), name="g1", dimension={DIMENSION})"""


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(VectorStoreError, match="cannot be created"):
        open_exact(tmp_path / "file", name="g", dimension=DIMENSION)


def test_another_process_sees_a_write_at_its_next_search(tmp_path: Path) -> None:
    reader = open_exact(tmp_path, name="g", dimension=DIMENSION)
    assert reader.count() == 0
    code = f"""
from pathlib import Path
from llmops.backends.exact import open_exact
from llmops.testing.conformance import unit_vectors
open_exact(Path({str(tmp_path)!r}), name="g", dimension={DIMENSION}).upsert(["a"], unit_vectors(1))
"""
    subprocess.run([sys.executable, "-c", code], check=True)
    assert list(reader.ids()) == ["a"]


def test_writers_do_not_lose_each_others_vectors(tmp_path: Path) -> None:
    one = open_exact(tmp_path, name="g", dimension=DIMENSION)
    other = open_exact(tmp_path, name="g", dimension=DIMENSION)
    one.upsert(["a"], unit_vectors(1))
    other.upsert(["b"], unit_vectors(1))
    one.delete(["b"])
    assert (list(one.ids()), list(other.ids())) == (["a"], ["a"])


def test_old_vectors_are_cleared_away(tmp_path: Path) -> None:
    store = open_exact(tmp_path, name="g", dimension=DIMENSION)
    for number in range(5):
        store.upsert([f"c{number}"], unit_vectors(1))
    assert len(list((tmp_path / "g").glob("vectors-*.npy"))) == 1


def test_a_write_that_was_killed_before_its_rename_leaves_the_old_state(tmp_path: Path) -> None:
    store = open_exact(tmp_path, name="g", dimension=DIMENSION)
    store.upsert(names(3), unit_vectors(3))
    (tmp_path / "g" / "vectors-half.npy").write_bytes(b"\x93NUMPY torn")
    (tmp_path / "g" / "ids.json.new").write_text('{"vectors": "vectors-ha')
    assert sorted(open_exact(tmp_path, name="g", dimension=DIMENSION).ids()) == names(3)


@pytest.mark.parametrize("damage", ["ids.json", "vectors"])
def test_damaged_files_say_so(damage: str, tmp_path: Path) -> None:
    open_exact(tmp_path, name="g", dimension=DIMENSION).upsert(names(3), unit_vectors(3))
    [path] = (tmp_path / "g").glob(f"{damage}*")
    path.write_bytes(b"rubbish")
    with pytest.raises(VectorStoreError, match=r"(?s)cannot be read.*Delete that folder and sync the index again"):
        open_exact(tmp_path, name="g", dimension=DIMENSION)


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
