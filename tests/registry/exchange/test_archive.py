"""Opening exports: folders and archives, as llmops wrote them and otherwise."""

import os
import subprocess
from pathlib import Path

import pytest

from llmops.core.errors import InvalidFile, NotFound
from llmops.registry.exchange.archive import opened
from llmops.registry.exchange.layout import MANIFEST
from tests.support.exports import entry, exported, fill, spoil, write_tar
from tests.support.registries import Desk


@pytest.fixture
def folder(desk: Desk) -> Path:
    """An exported folder."""
    fill(desk)
    return exported(desk).path


def read_all(path: Path) -> None:
    """Open an export and read every file of it."""
    with opened(path) as archive:
        for listed in archive.paths:
            archive.read(listed)


def complaint(path: Path) -> str:
    """What is said of an export that cannot be opened or read."""
    with pytest.raises(InvalidFile, match=r".") as caught:
        read_all(path)
    assert caught.value.hint
    return caught.value.message.removeprefix(str(path)).lstrip("/: ")


def test_a_file_is_read_as_it_was_written(folder: Path) -> None:
    with opened(folder) as archive:
        assert archive.read("versions/rag/docs@1.json") == (folder / "versions/rag/docs@1.json").read_bytes()
        assert archive.of("version")[0] == "versions/app/docs@1.json"
        lines = b"".join(archive.lines("history.jsonl"))
    assert lines == (folder / "history.jsonl").read_bytes()


def test_a_folder_that_somebody_packed_with_tar_is_read(folder: Path) -> None:
    subprocess.run(["tar", "czf", "packed.tgz", folder.name], cwd=folder.parent, check=True)
    subprocess.run(["tar", "cf", "inside.tar", "."], cwd=folder, check=True)
    for packed in (folder.parent / "packed.tgz", folder / "inside.tar"):
        with opened(packed) as archive:
            assert len(archive.of("version")) == 7


def test_a_changed_file_is_named(folder: Path) -> None:
    place = folder / "versions/prompt/answer@1.json"
    place.write_bytes(place.read_bytes().replace(b"excerpts", b"ecxerpts"))
    assert complaint(folder) == "versions/prompt/answer@1.json: its bytes are not those that were exported"


def test_a_longer_file_is_named(folder: Path) -> None:
    place = folder / "versions/prompt/answer@1.json"
    place.write_bytes(place.read_bytes() + b" ")
    assert complaint(folder) == "versions/prompt/answer@1.json: its bytes are not those that were exported"


def test_missing_and_added_files_are_named(folder: Path) -> None:
    (folder / "versions/prompt/new@1.json").write_text("{}")
    assert complaint(folder) == f"versions/prompt/new@1.json: this file is not listed in {MANIFEST}"
    (folder / "versions/prompt/new@1.json").unlink()
    (folder / "aliases.json").unlink()
    assert complaint(folder) == "aliases.json: this file is missing"


def test_hidden_files_at_the_top_do_not_matter(folder: Path) -> None:
    (folder / ".git").mkdir()
    (folder / ".git" / "HEAD").write_text("ref")
    with opened(folder) as archive:
        assert archive.read("aliases.json")


def test_links_are_refused_wherever_they_lead(folder: Path, tmp_path: Path) -> None:
    place = folder / "versions/prompt/answer@1.json"
    place.rename(tmp_path / "elsewhere.json")
    place.symlink_to(tmp_path / "elsewhere.json")
    assert complaint(folder) == "versions/prompt/answer@1.json: links are refused"
    place.unlink()
    (folder / "versions/prompt").rename(tmp_path / "prompts-elsewhere")
    (folder / "versions/prompt").symlink_to(tmp_path / "prompts-elsewhere")
    assert complaint(folder) == "versions/prompt: links are refused"


def test_a_pipe_is_refused_and_not_waited_for(folder: Path) -> None:
    place = folder / "aliases.json"
    place.unlink()
    os.mkfifo(place)
    assert complaint(folder) == "aliases.json: this is no plain file"


def test_a_manifest_that_names_other_files_is_refused(folder: Path) -> None:
    def point(value: object) -> object:
        assert isinstance(value, dict)
        value["files"]["../../etc/passwd"] = {"digest": "sha256:" + "a" * 64, "size": 1}
        return value

    spoil(folder, MANIFEST, point, listed=False)
    assert complaint(folder) == f"{MANIFEST}: '../../etc/passwd' is no path of an export"


def test_another_format_asks_for_an_upgrade(folder: Path) -> None:
    spoil(folder, MANIFEST, lambda value: {**value, "format": "llmops-export/9"}, listed=False)
    assert "its format is 'llmops-export/9'" in complaint(folder)
    (folder / MANIFEST).write_text("[]")
    assert "its format is None" in complaint(folder)


def test_what_is_no_export_says_so(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="there is no export at"), opened(tmp_path / "nowhere"):
        pass
    assert complaint(tmp_path) == f"this is no export: it has no {MANIFEST}"
    (tmp_path / "x.tar.gz").write_text("hello")
    assert "this is no whole tar archive" in complaint(tmp_path / "x.tar.gz")
    packed = write_tar(tmp_path / "y.tar", (entry("hello.txt"), b"hello"))
    assert complaint(packed) == f"this is no export: it has no {MANIFEST}"
