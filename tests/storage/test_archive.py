"""Backup files: what is a whole one, and what is not."""

import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops.core.errors import CheckFailed, InputError, LlmopsError
from llmops.core.hashing import digest_bytes
from llmops.storage.archive import ArchiveWriter, Manifest, read_parts, verify_archive
from tests.support.examples import NOW


def write(path: Path, **changed: object) -> Manifest:
    """A backup of a made-up store."""
    table = path.parent / "table"
    table.write_bytes(b"1\ta\n" * 5000)
    writer = ArchiveWriter(path, NOW)
    writer.add_file("tables/runs.copy", table, ("id", "name"))
    writer.add_blob(digest_bytes(b"blob"), [b"bl", b"ob"], 4)
    known = {"database": "postgresql", "revision": "0001", "head": "", "rows": 0, "created_at": NOW, "llmops": "0"}
    manifest = Manifest.model_validate(known | {"blobs": writer.blobs, "members": writer.members} | changed)
    writer.finish(manifest)
    writer.close()
    return manifest


@pytest.mark.parametrize("name", ["store.tar", "store.tar.gz", "store.tgz"])
def test_what_was_written_is_read(tmp_path: Path, name: str) -> None:
    manifest = write(tmp_path / name)
    assert verify_archive(tmp_path / name) == manifest
    assert manifest.members["tables/runs.copy"].columns == ("id", "name")
    assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
    parts = {name: part.read() for name, part in read_parts(tmp_path / name)}
    assert parts[f"blobs/{digest_bytes(b'blob')[7:]}"] == b"blob"
    assert parts["tables/runs.copy"] == b"1\ta\n" * 5000


@pytest.mark.parametrize("name", ["store.tar", "store.tar.gz"])
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_cut_off_file_is_taken_for_a_backup(
    name: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """What is taken for one has all of it; only padding behind the manifest may be missing."""
    path = tmp_path_factory.mktemp("cut") / name
    manifest = write(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
    try:
        assert verify_archive(path) == manifest
    except LlmopsError as error:
        assert "is damaged" in error.message or "is no backup" in error.message  # noqa: PT017  # either may be


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_changed_byte_of_content_goes_unseen(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("changed") / "store.tar"
    write(path)
    whole = bytearray(path.read_bytes())
    with tarfile.open(path) as tar:
        spans = [(entry.offset_data, entry.size) for entry in tar.getmembers()[:-1]]
    start, size = data.draw(st.sampled_from(spans))
    whole[start + data.draw(st.integers(0, size - 1))] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(whole)
    with pytest.raises(CheckFailed, match=r"is damaged: .* has other bytes than"):
        verify_archive(path)


def put(name: str, data: bytes = b"x", kind: bytes = tarfile.REGTYPE) -> Callable[[tarfile.TarFile], None]:
    """What adds a member to a tar."""

    def add(tar: tarfile.TarFile) -> None:
        entry = tarfile.TarInfo(name)
        entry.size, entry.type, entry.linkname = len(data), kind, "/etc/passwd"
        tar.addfile(entry, io.BytesIO(data))

    return add


@pytest.mark.parametrize(
    "name", ["../store.db", "/etc/cron.d/x", "blobs/../../x", "tables/../x.copy", "blobs/\\x", "store.db\n", "other"]
)
def test_other_names_are_refused(tmp_path: Path, name: str) -> None:
    with tarfile.open(tmp_path / "evil.tar", "w") as tar:
        put(name)(tar)
    with pytest.raises(InputError, match="is no backup of a store: it holds"):
        verify_archive(tmp_path / "evil.tar")


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE])
def test_links_and_folders_are_refused(tmp_path: Path, kind: bytes) -> None:
    with tarfile.open(tmp_path / "evil.tar", "w") as tar:
        put("store.db", b"", kind)(tar)
    with pytest.raises(InputError, match=r"is no backup of a store: it holds 'store\.db'"):
        verify_archive(tmp_path / "evil.tar")


@pytest.mark.parametrize(
    ("add", "said"),
    [
        (put("store.db"), "store.db comes after its end"),
        (put("blobs/" + "0" * 64), "comes after its end"),
    ],
)
def test_nothing_comes_after_the_manifest(tmp_path: Path, add: Callable[[tarfile.TarFile], None], said: str) -> None:
    write(tmp_path / "store.tar")
    with tarfile.open(tmp_path / "store.tar", "a") as tar:
        add(tar)
    with pytest.raises(CheckFailed, match=said):
        verify_archive(tmp_path / "store.tar")


def test_a_manifest_and_files_that_disagree(tmp_path: Path) -> None:
    write(tmp_path / "a.tar", members={})
    with pytest.raises(CheckFailed, match=r"disagree about tables/runs\.copy"):
        verify_archive(tmp_path / "a.tar")
    write(tmp_path / "b.tar", blobs=2)
    with pytest.raises(CheckFailed, match="it holds 1 blobs instead of 2"):
        verify_archive(tmp_path / "b.tar")


def test_a_newer_format_says_what_to_do(tmp_path: Path) -> None:
    write(tmp_path / "new.tar", format=2)
    with pytest.raises(InputError, match="was written by a newer llmops") as caught:
        verify_archive(tmp_path / "new.tar")
    assert caught.value.hint == "pip install --upgrade llmops"


def test_what_is_no_backup_at_all(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    for path in (tmp_path / "notes.txt", tmp_path / "absent.tar", tmp_path):
        with pytest.raises(InputError, match=r"is no backup|there is no file") as caught:
            verify_archive(path)
        assert caught.value.hint == "Name a file that llmops db backup wrote."
