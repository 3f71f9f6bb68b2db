"""Folders of vectors: whose they are, and whether they are today's."""

import json
import shutil
from pathlib import Path

import pytest

from llmops.backends.exact import ExactStore
from llmops.backends.folders import NOTE, FolderShelf
from llmops.core.errors import VectorStoreError
from llmops.testing.conformance import DIMENSION, unit_vectors


def shelf(path: Path) -> FolderShelf:
    return FolderShelf("exact", path, ExactStore)


def filled(path: Path) -> FolderShelf:
    shelf(path).open("docs/g1", DIMENSION).upsert(["a"], unit_vectors(1))
    shelf(path).stamp("docs/g1", "first")
    return shelf(path)


def test_what_was_stamped_is_not_doubted(tmp_path: Path) -> None:
    assert filled(tmp_path).doubt("docs/g1", "first") == ""
    assert shelf(tmp_path).open("docs/g1", DIMENSION).count() == 1
    assert shelf(tmp_path).doubt("docs/g2", "first") == "the folder of vectors is gone"


def test_an_old_copy_is_noticed(tmp_path: Path) -> None:
    one = filled(tmp_path)
    shutil.copytree(tmp_path / "docs/g1", tmp_path / "copy")
    one.open("docs/g1", DIMENSION).upsert(["a"], unit_vectors(1, seed=2))
    one.stamp("docs/g1", "second")
    shutil.rmtree(tmp_path / "docs/g1")
    shutil.copytree(tmp_path / "copy", tmp_path / "docs/g1")
    assert "is not as the last sync left it: an old copy" in one.doubt("docs/g1", "second")


@pytest.mark.parametrize("note", ["{", "[]", ""])
def test_a_torn_note_is_doubted(note: str, tmp_path: Path) -> None:
    one = filled(tmp_path)
    (tmp_path / "docs/g1" / NOTE).write_text(note)
    assert "not as the last sync left it" in one.doubt("docs/g1", "first")


def test_a_foreign_folder_is_set_aside_and_never_deleted(tmp_path: Path) -> None:
    foreign = tmp_path / "docs/g1"
    foreign.mkdir(parents=True)
    (foreign / "thesis.txt").write_text("three years of work")
    one = shelf(tmp_path)
    assert one.doubt("docs/g1", "m") == "the folder of vectors holds files that llmops did not write"
    with pytest.raises(
        VectorStoreError, match=r"(?s)holds files that llmops did not write.*what is there is set aside"
    ):
        one.open("docs/g1", DIMENSION)
    one.discard("docs/g1")
    assert (tmp_path / "docs/g1.set-aside-1/thesis.txt").read_text() == "three years of work"
    assert one.open("docs/g1", DIMENSION).count() == 0


def test_vectors_of_another_index_are_set_aside(tmp_path: Path) -> None:
    one = filled(tmp_path)
    (tmp_path / "docs/g1").rename(tmp_path / "docs/g2")
    assert one.doubt("docs/g2", "first") == "the folder of vectors belongs to docs/g1"
    for _ in range(2):
        one.discard("docs/g2")
    assert json.loads((tmp_path / "docs/g2.set-aside-1" / NOTE).read_text())["name"] == "docs/g1"


def test_discarding_leaves_nothing(tmp_path: Path) -> None:
    one = filled(tmp_path)
    left = tmp_path / "docs/g1.discarded-1"
    left.mkdir()
    (left / "half").write_text("x")
    one.discard("docs/g1")
    one.discard("docs/g1")
    assert list((tmp_path / "docs").iterdir()) == []
    one.stamp("docs/g1", "m")
    assert not (tmp_path / "docs/g1").exists()


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(VectorStoreError, match=r"(?s)cannot be created.*Check \[vectors\] path"):
        shelf(tmp_path / "file").open("g", DIMENSION)
