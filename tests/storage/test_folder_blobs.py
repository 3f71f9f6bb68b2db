"""Blobs in a folder: what killed writers leave."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from llmops.storage.folder_blobs import FolderBlobs
from tests.support.children import kill_child_after, start_child

NOW = datetime.now(UTC)
ENDLESS = """
import sys
from pathlib import Path
from llmops.storage.folder_blobs import FolderBlobs
def blocks():
    for number in range(10**9):
        yield bytes(1 << 20)
        if number > 2:
            print("writing", flush=True)
FolderBlobs(Path(sys.argv[1])).put_blocks(blocks())
"""


def parts(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*.part")]


def test_the_next_upload_removes_what_a_killed_one_left(tmp_path: Path) -> None:
    kill_child_after(start_child(ENDLESS, str(tmp_path)), lines=2)
    assert len(parts(tmp_path)) == 1
    blobs = FolderBlobs(tmp_path)
    assert list(blobs) == []
    digest = blobs.put_blocks([b"one", b"two"]).digest
    assert parts(tmp_path) == []
    assert blobs.get(digest) == b"onetwo"


def test_sweeping_leaves_uploads_of_others_that_may_go_on(tmp_path: Path) -> None:
    kill_child_after(start_child(ENDLESS, str(tmp_path)), lines=2)
    other = tmp_path / "parts" / "another-host~7~0123456789ab.part"
    other.write_bytes(b"half")
    blobs = FolderBlobs(tmp_path)
    assert blobs.sweep(NOW - timedelta(hours=1), dry_run=True).parts == 1
    assert len(parts(tmp_path)) == 2
    assert blobs.sweep(NOW - timedelta(hours=1)).size >= 2 << 20
    assert parts(tmp_path) == [other.name]
    assert blobs.sweep(datetime.now(UTC) + timedelta(hours=1)) == (1, 4)


def test_a_failed_upload_leaves_nothing(tmp_path: Path) -> None:
    def blocks() -> Iterator[bytes]:
        yield b"one"
        raise RuntimeError("the network is gone")

    with pytest.raises(RuntimeError, match="the network is gone"):
        FolderBlobs(tmp_path).put_blocks(blocks())
    assert parts(tmp_path) == []
