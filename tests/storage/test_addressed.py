"""What blobs of every kind do with files of any size."""

import hashlib
import os
import tracemalloc
from pathlib import Path

import pytest

from llmops.core.errors import Conflict, StoreError
from llmops.storage.addressed import AddressedBlobs, Uses, is_left_behind, part_name
from llmops.storage.folder_blobs import FolderBlobs
from llmops.storage.leases import this_process
from tests.support.blobs import ABSENT, Damage
from tests.support.children import finish_child, start_child

MEGABYTES = 24


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A file that is not read at once; no two of its megabytes are alike."""
    path = tmp_path / "weights.safetensors"
    with path.open("wb") as file:
        for number in range(MEGABYTES):
            file.write(os.urandom(1024) * 1024 + bytes([number]))
    return path


def test_a_large_file_comes_back_as_it_was(kept: tuple[AddressedBlobs, Damage], large: Path, tmp_path: Path) -> None:
    blobs, _ = kept
    wanted = "sha256:" + hashlib.sha256(large.read_bytes()).hexdigest()
    stored = blobs.put_file(large)
    assert stored == (wanted, large.stat().st_size)
    assert blobs.put_file(large) == stored
    assert blobs.put_blocks(iter([large.read_bytes()])) == stored
    assert list(blobs) == [wanted]
    blobs.copy_to(wanted, tmp_path / "cache" / "copy")
    assert (tmp_path / "cache" / "copy").read_bytes() == large.read_bytes()
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["copy"]


def test_a_large_file_takes_little_memory(large: Path, tmp_path: Path) -> None:
    """The memory filesystem of fsspec and SQLite in memory hold all of it themselves; a folder does not."""
    blobs = FolderBlobs(tmp_path / "blobs")
    tracemalloc.start()
    try:
        blobs.copy_to(blobs.put_file(large).digest, tmp_path / "copy")
        assert tracemalloc.get_traced_memory()[1] < 6 << 20
    finally:
        tracemalloc.stop()


def test_a_damaged_blob_is_never_copied(kept: tuple[AddressedBlobs, Damage], tmp_path: Path) -> None:
    blobs, damage = kept
    digest = blobs.put(b"evidence")
    damage(digest)
    with pytest.raises(StoreError, match="is damaged: its bytes have another digest"):
        blobs.copy_to(digest, tmp_path / "cache" / "model.skops")
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_copy_that_cannot_be_written(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path / "blobs")
    digest = blobs.put(b"weights")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreError, match=r"file/model.skops cannot be written") as caught:
        blobs.copy_to(digest, tmp_path / "file" / "model.skops")
    assert "Make room there" in caught.value.hint


def test_what_is_kept_is_there(kept: tuple[AddressedBlobs, Damage]) -> None:
    blobs, _ = kept
    assert blobs.keep(blobs.put(b"weights")) == 7
    assert blobs.keep(ABSENT) is None
    assert blobs.keep("sha256:ab") is None


def test_a_removed_blob_is_gone(kept: tuple[AddressedBlobs, Damage], large: Path) -> None:
    blobs, _ = kept
    digest = blobs.put_file(large).digest
    blobs.remove(digest)
    blobs.remove(digest)
    assert digest not in blobs
    assert list(blobs) == []


def test_a_file_that_is_written_while_it_is_stored(kept: tuple[AddressedBlobs, Damage], large: Path) -> None:
    """Whoever stores it learns of it, and no blob has other bytes than its name says."""
    blobs, _ = kept

    def write_meanwhile(digest: str) -> None:
        with large.open("r+b") as file:
            file.write(digest[:20].encode())

    blobs.noted_by(Uses(write_meanwhile, lambda: "desk"))
    with pytest.raises(Conflict, match=r"weights\.safetensors changed while it was stored") as caught:
        blobs.put_file(large)
    assert "written to its end" in caught.value.hint
    for digest in blobs:
        blobs.get(digest)


def test_a_part_tells_whether_its_writer_is_gone() -> None:
    assert not is_left_behind(part_name(this_process()))
    child = finish_child(start_child("from llmops.storage.leases import this_process; print(this_process())"))
    assert is_left_behind(part_name(child.strip()))
    assert not is_left_behind(part_name("process 1 on another-host"))
    assert not is_left_behind("0123456789ab.part")
