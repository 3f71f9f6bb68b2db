"""Exports on their way to disk."""

import os
import tarfile
from pathlib import Path

import pytest

from llmops.core.errors import InputError, StoreError
from llmops.core.hashing import digest_bytes
from llmops.registry.exchange.layout import MANIFEST, ListedFile
from llmops.registry.exchange.writing import writing
from tests.support.exports import files_of


@pytest.mark.parametrize("name", ["out", "out.tar", "out.TAR.GZ", "out.tgz", "deep/below/out"])
def test_an_export_arrives_whole(tmp_path: Path, name: str) -> None:
    with writing(tmp_path / name) as draft:
        draft.add("a/b.json", [b"one", b"two"])
        draft.add(MANIFEST, [b"{}"])
    assert draft.files["a/b.json"] == ListedFile(digest=digest_bytes(b"onetwo"), size=6)
    target = tmp_path / name
    if target.is_dir():
        assert files_of(target) == {"a/b.json": b"onetwo", MANIFEST: b"{}"}
    else:
        with tarfile.open(target) as archive:
            assert archive.getnames() == [MANIFEST, "a/b.json"]
            assert {(entry.mtime, entry.uid, entry.uname, entry.mode) for entry in archive} == {(0, 0, "", 0o644)}
    assert [path.name for path in target.parent.iterdir()] == [target.name]


def put(target: Path, *paths: str) -> None:
    """Export empty files."""
    with writing(target) as draft:
        for path in paths:
            draft.add(path, [b""])


def test_a_failure_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="differs from another file only in capitals"):
        put(tmp_path / "out.tar", "a", "a")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "make", [lambda p: p.write_text("mine"), lambda p: p.mkdir(), lambda p: p.symlink_to("/nowhere")]
)
def test_nothing_is_overwritten(tmp_path: Path, make: object) -> None:
    target = tmp_path / "out.tar.gz"
    assert callable(make)
    make(target)
    with pytest.raises(InputError, match=r"out\.tar\.gz is there already"), writing(target):
        pass
    assert target.is_symlink() or target.is_dir() or target.read_text() == "mine"


@pytest.mark.parametrize("name", ["out.zip", "out.json", "out.tar.bz2", "out.gz"])
def test_other_kinds_of_archives_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=r"exports are folders, \.tar or \.tar\.gz"), writing(tmp_path / name):
        pass


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_told_as_root_may_not(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StoreError, match="cannot be written"), writing(tmp_path / "out"):
        pass


def test_a_place_below_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be written: Not a directory"), writing(tmp_path / "file" / "out"):
        pass
