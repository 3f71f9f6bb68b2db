"""Large blobs in pieces: what an interrupted upload sent is not sent again, and it counts for nothing before it is whole."""

import hashlib
import json
import os
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from llmops.core.errors import Conflict, NotFound, StoreError
from llmops.storage.addressed import AT_ONCE, AddressedBlobs
from llmops.storage.collecting import Collected, collect
from llmops.storage.object_blobs import FileBlobs
from llmops.storage.store import open_store
from tests.support.children import kill_child_after, start_child
from tests.support.stores import SQLITE_URL

DAY = timedelta(days=1)
UPLOAD = """
import sys
from pathlib import Path
from llmops.storage.store import open_store
store = open_store("sqlite:///store.db", root=Path(sys.argv[1]), blobs_url=sys.argv[2])
files = store.blobs._filesystem
sending = files.pipe_file
def send(path, data, **rest):
    sending(path, data, **rest)
    if "/pieces/" in path:
        print(path, flush=True)
        if path.rpartition("/")[2].startswith("000001"):
            sys.stdin.read()
files.pipe_file = send
store.blobs.put_file(Path(sys.argv[3]))
"""


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """A file of four pieces, the last of them small."""
    path = tmp_path / "weights.bin"
    with path.open("wb") as file:
        for _ in range(3):
            file.write(os.urandom(1 << 16) * (AT_ONCE >> 16))
        file.write(b"end")
    return path


@pytest.fixture
def blobs() -> FileBlobs:
    """Blobs in the memory of fsspec."""
    return FileBlobs(f"memory://{uuid.uuid4().hex}")


def counted(blobs: AddressedBlobs, monkeypatch: pytest.MonkeyPatch, stop_after: int = 99) -> list[str]:
    """The names of the pieces that are sent from now on; the network is gone after so many."""
    assert isinstance(blobs, FileBlobs)
    sent: list[str] = []
    send: Callable[[str, bytes], None] = type(blobs._filesystem).pipe_file.__get__(blobs._filesystem)

    def count(path: str, data: bytes) -> None:
        if "/pieces/" in path:
            if len(sent) == stop_after:
                raise ConnectionResetError("the network is gone")
            sent.append(path.rpartition("/")[2][:6])
        send(path, data)

    monkeypatch.setattr(blobs._filesystem, "pipe_file", count)
    return sent


def test_an_interrupted_upload_goes_on(blobs: FileBlobs, weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = "sha256:" + hashlib.sha256(weights.read_bytes()).hexdigest()
    sent = counted(blobs, monkeypatch, stop_after=2)
    with pytest.raises(StoreError, match=r"could not be written to memory://.*: the network is gone") as told:
        blobs.put_file(weights)
    assert "goes on" in told.value.hint
    assert sent == ["000000", "000001"]
    assert digest not in blobs
    assert list(blobs) == []
    assert blobs.unfinished() == {digest: 2 * AT_ONCE}
    with pytest.raises(NotFound, match="there is no blob sha256:"):
        blobs.get(digest)
    sent = counted(blobs, monkeypatch)
    assert blobs.put_file(weights) == (digest, 3 * AT_ONCE + 3)
    assert sent == ["000002", "000003"]
    assert blobs.unfinished() == {}
    assert blobs.get(digest) == weights.read_bytes()
    assert blobs.put_file(weights).digest == digest
    assert sent == ["000002", "000003"]


def test_a_killed_upload_goes_on_in_another_process(
    tmp_path: Path, weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = f"local://{tmp_path}/objects"
    kill_child_after(start_child(UPLOAD, str(tmp_path), place, str(weights)), lines=2)
    store = open_store(SQLITE_URL, root=tmp_path, blobs_url=place)
    torn = max(path for path in (tmp_path / "objects" / "pieces").rglob("0000*"))
    torn.write_bytes(torn.read_bytes()[:1000])
    sent = counted(store.blobs, monkeypatch)
    stored = store.blobs.put_file(weights)
    assert sent == ["000001", "000002", "000003"]
    assert store.blobs.get(stored.digest) == weights.read_bytes()
    store.close()


def test_an_upload_that_nobody_goes_on_with_is_collected(
    tmp_path: Path, weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(SQLITE_URL, root=tmp_path, blobs_url=f"memory://{uuid.uuid4().hex}")
    counted(store.blobs, monkeypatch, stop_after=1)
    with pytest.raises(StoreError, match="the network is gone"):
        store.blobs.put_file(weights)
    now = datetime.now(UTC)
    assert collect(store, now=now, grace=DAY) == Collected(waiting=1)
    ended = Collected(leftovers=1, leftover_size=AT_ONCE)
    assert collect(store, now=now + 2 * DAY, grace=DAY, dry_run=True) == ended
    assert collect(store, now=now + 2 * DAY, grace=DAY) == ended
    assert store.blobs.unfinished() == {}
    store.close()


def test_a_file_that_changes_on_the_way_is_no_blob(
    blobs: FileBlobs, weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = blobs._filesystem.pipe_file

    def write_meanwhile(path: str, data: bytes) -> None:
        with weights.open("r+b") as file:
            file.seek(2 * AT_ONCE)
            file.write(b"other bytes")
        send(path, data)

    monkeypatch.setattr(blobs._filesystem, "pipe_file", write_meanwhile)
    with pytest.raises(Conflict, match=r"weights\.bin changed while it was stored"):
        blobs.put_file(weights)
    assert list(blobs) == []


@pytest.mark.parametrize(
    ("name", "data", "problem"),
    [
        ("000001-*", None, "its piece 000001-[0-9a-f]{32} is missing"),
        ("000001-*", b"x", "its bytes have another digest"),
        ("whole.json", b"{}", "its whole.json cannot be read"),
        ("whole.json", json.dumps({"size": 3, "pieces": ["../../x"]}).encode(), "'../../x' is no piece"),
    ],
)
def test_a_damaged_one_is_told(blobs: FileBlobs, weights: Path, name: str, data: bytes | None, problem: str) -> None:
    digest = blobs.put_file(weights).digest
    files = blobs._filesystem
    (path,) = files.glob(f"{blobs._folder}/pieces/??/*/{name}")
    files.rm_file(path)
    if data is not None:
        files.pipe_file(path, data)
    with pytest.raises(StoreError, match=f"blob {digest}.* is damaged: {problem}") as told:
        blobs.get(digest)
    assert "Restore it from a copy" in told.value.hint


def test_a_removed_one_leaves_nothing(blobs: FileBlobs, weights: Path) -> None:
    digest = blobs.put_file(weights).digest
    assert list(blobs) == [digest]
    blobs.remove(digest)
    assert blobs._filesystem.find(blobs._folder) == []
