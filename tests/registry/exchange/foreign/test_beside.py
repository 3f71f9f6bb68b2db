"""Files beside another one."""

from pathlib import Path

import pytest

from llmops.core.errors import InvalidFile
from llmops.registry.exchange.foreign import beside
from llmops.registry.exchange.foreign.beside import Beside


@pytest.fixture
def folder(tmp_path: Path) -> Beside:
    (tmp_path / "in" / "prompts").mkdir(parents=True)
    (tmp_path / "in" / "prompts" / "a.txt").write_text("A")
    (tmp_path / "in" / "prompts" / "b.txt").write_text("B")
    (tmp_path / "outside.txt").write_text("secret")
    return Beside(tmp_path / "in", "in/config.yaml")


def test_paths_and_patterns_are_found(folder: Beside) -> None:
    assert [folder.read(path) for path in folder.find("file://prompts/a.txt")] == ["A"]
    assert [folder.read(path) for path in folder.find("prompts/*.txt")] == ["A", "B"]
    assert folder.name(folder.find("prompts/a.txt")[0]) == "in/prompts/a.txt"


@pytest.mark.parametrize(
    "text",
    [
        "../outside.txt",
        "prompts/../../outside.txt",
        "/etc/passwd",
        "file:///etc/passwd",
        "../*",
        "a\0b",
        "",
        "link.txt",
    ],
)
def test_nothing_outside_is_read(folder: Beside, text: str) -> None:
    (folder.folder / "link.txt").symlink_to(folder.folder.parent / "outside.txt")
    with pytest.raises(InvalidFile, match="leaves the folder of this file"):
        folder.find(text)


def test_what_is_not_there_or_too_large_is_told(folder: Beside, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidFile, match=r"in/config\.yaml: nope\.txt is not there"):
        folder.find("nope.txt")
    monkeypatch.setattr(beside, "MAX_BYTES", 0)
    with pytest.raises(InvalidFile, match=r"in/prompts/a\.txt: this file is too large"):
        folder.read(folder.find("prompts/a.txt")[0])
