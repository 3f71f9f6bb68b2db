"""Blobs in a folder, over fsspec and in the database."""

import hashlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llmops.core.errors import NotFound, SettingsError, StoreError
from llmops.storage.addressed import AddressedBlobs
from llmops.storage.blobs import open_blobs
from llmops.storage.folder_blobs import FolderBlobs
from tests.support.blobs import ABSENT, Damage
from tests.support.children import kill_child_after, start_child
from tests.support.folders import unprivileged


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=2000))
def test_any_bytes_come_back(kept: tuple[AddressedBlobs, Damage], data: bytes) -> None:
    blobs, _ = kept
    digest = blobs.put(data)
    assert digest == "sha256:" + hashlib.sha256(data).hexdigest()
    assert blobs.put(data) == digest
    assert blobs.get(digest) == data
    assert digest in blobs


def test_what_is_not_there(kept: tuple[AddressedBlobs, Damage]) -> None:
    blobs, _ = kept
    assert ABSENT not in blobs
    with pytest.raises(NotFound, match=f"there is no blob {ABSENT}"):
        blobs.get(ABSENT)


@pytest.mark.parametrize(
    "name", ["", "../../etc/passwd", "sha256:../../x", "sha256:ABC", "sha256:" + "a" * 63, "a" * 64, "/etc/passwd"]
)
def test_only_a_whole_digest_names_a_blob(kept: tuple[AddressedBlobs, Damage], name: str) -> None:
    blobs, _ = kept
    assert name not in blobs
    with pytest.raises(NotFound, match="blob"):
        blobs.get(name)


def test_a_damaged_blob_is_an_error_and_never_data(kept: tuple[AddressedBlobs, Damage]) -> None:
    blobs, damage = kept
    digest = blobs.put(b"evidence")
    damage(digest)
    with pytest.raises(StoreError, match=rf"blob {digest} in .* is damaged") as caught:
        blobs.get(digest)
    assert "Restore it from a copy" in caught.value.hint


def test_putting_the_bytes_again_repairs_a_damaged_file(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path)
    digest = blobs.put(b"evidence")
    (path,) = [path for path in tmp_path.rglob("*") if path.is_file()]
    path.write_bytes(b"")
    assert blobs.put(b"evidence") == digest
    assert blobs.get(digest) == b"evidence"


def test_where_urls_lead(tmp_path: Path) -> None:
    relative = open_blobs(".llmops/blobs", root=tmp_path)
    absolute = open_blobs(f"file://{tmp_path}/files", root=Path("/elsewhere"))
    assert isinstance(relative, FolderBlobs)
    assert isinstance(absolute, FolderBlobs)
    assert relative.folder == tmp_path / ".llmops" / "blobs"
    assert absolute.folder == tmp_path / "files"
    assert not relative.folder.exists()
    with pytest.raises(SettingsError, match=r"blobs\.url 'nosuch://bucket'") as caught:
        open_blobs("nosuch://user:s3cr3t@bucket", root=tmp_path)
    assert "s3cr3t" not in str(caught.value)


def test_a_folder_that_cannot_be_written_to(open_folder: Path) -> None:
    open_folder.chmod(0o555)
    with unprivileged(), pytest.raises(StoreError, match=r"could not be written to .*: Permission denied") as caught:
        FolderBlobs(open_folder).put(b"more")
    assert "LLMOPS_BLOBS_URL" in caught.value.hint


def test_a_blob_that_cannot_be_read(open_folder: Path) -> None:
    digest = FolderBlobs(open_folder).put(b"evidence")
    (path,) = [path for path in open_folder.rglob("*") if path.is_file()]
    path.chmod(0)
    with unprivileged(), pytest.raises(StoreError, match=r"cannot be read: Permission denied"):
        FolderBlobs(open_folder).get(digest)


PUT = """
import sys
from pathlib import Path
from llmops.storage.folder_blobs import FolderBlobs
blobs = FolderBlobs(Path(sys.argv[1]))
for number in range(100000):
    print(blobs.put(str(number).encode() * 100_000), flush=True)
"""


def test_a_killed_writer_leaves_whole_blobs(tmp_path: Path) -> None:
    for digest in kill_child_after(start_child(PUT, str(tmp_path)), lines=20):
        FolderBlobs(tmp_path).get(digest)
    for path in tmp_path.rglob("*"):
        if path.is_file() and not path.name.endswith(".part"):
            assert hashlib.sha256(path.read_bytes()).hexdigest() == path.name


def test_all_blobs_can_be_listed(kept: tuple[AddressedBlobs, Damage]) -> None:
    blobs, _ = kept
    assert list(blobs) == []
    digests = [blobs.put(data) for data in (b"one", b"two", b"three")]
    assert list(blobs) == sorted(digests)


def test_a_half_written_blob_is_not_listed(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path / "blobs")
    digest = blobs.put(b"one")
    place = tmp_path / "blobs" / "sha256" / digest[7:9] / digest[7:]
    place.with_name(place.name + ".0123456789ab.part").write_bytes(b"on")
    assert list(blobs) == [digest]
