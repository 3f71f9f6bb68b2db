from pathlib import Path

import pytest

from llmops.core.errors import InvalidFile
from llmops.core.hashing import digest_bytes
from llmops.text.beside import FilesBelow


def test_files_are_read_as_text_or_bytes_and_noted(tmp_path: Path) -> None:
    (tmp_path / "banned.txt").write_bytes(b"acme\r\n")
    seen: set[Path] = set()
    files = FilesBelow(tmp_path, seen)
    assert files("banned.txt") == "acme\n"
    assert files.read_bytes("banned.txt") == b"acme\r\n"
    assert files.digest("banned.txt") == digest_bytes(b"acme\r\n")
    assert seen == {tmp_path / "banned.txt"}


def test_nothing_is_read_outside_of_the_folder(tmp_path: Path) -> None:
    root = tmp_path / "work"
    root.mkdir()
    (tmp_path / "other.txt").write_text("acme\n")
    (root / "link.txt").symlink_to(tmp_path / "other.txt")
    for name in ("../other.txt", "link.txt", str(tmp_path / "other.txt"), "a\0b"):
        for read in (FilesBelow(root), FilesBelow(root).read_bytes):
            with pytest.raises(InvalidFile, match=r"lies outside of the workspace\nThe workspace is"):
                read(name)


def test_what_cannot_be_read_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidFile, match=r"gone.bin: there is no such file\nIt is looked for below"):
        FilesBelow(tmp_path).read_bytes("gone.bin")
    with pytest.raises(InvalidFile, match=r"cannot be read: .*\nCheck the path"):
        FilesBelow(tmp_path).read_bytes(".")
    (tmp_path / "big.bin").write_bytes(b"12345")
    monkeypatch.setattr("llmops.text.beside.MOST_BYTES", 4)
    with pytest.raises(InvalidFile, match=r"this is larger than 4 bytes\nName a smaller file"):
        FilesBelow(tmp_path).read_bytes("big.bin")
