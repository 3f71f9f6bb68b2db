from pathlib import Path

import pytest

from llmops.core.errors import InvalidFile
from llmops.registry.files import WorkspaceFiles
from llmops.registry.policies import file_reader, no_policies
from llmops.text.yaml import parse_yaml


def test_files_that_a_policy_names_are_read_and_noted(tmp_path: Path) -> None:
    (tmp_path / "banned.txt").write_text("acme\n")
    seen: set[Path] = set()
    assert file_reader(WorkspaceFiles(tmp_path), seen)("banned.txt") == "acme\n"
    assert seen == {tmp_path / "banned.txt"}


def test_nothing_is_read_outside_of_the_workspace(tmp_path: Path) -> None:
    root = tmp_path / "work"
    root.mkdir()
    (tmp_path / "other.txt").write_text("acme\n")
    (root / "link.txt").symlink_to(tmp_path / "other.txt")
    for name in ("../other.txt", "link.txt", str(tmp_path / "other.txt")):
        with pytest.raises(InvalidFile, match=r"lies outside of the workspace\nThe workspace is"):
            file_reader(WorkspaceFiles(root), set())(name)


def test_without_a_reader_policies_are_refused() -> None:
    with pytest.raises(InvalidFile, match=r"policies cannot be read here\nOpen the workspace"):
        no_policies(parse_yaml("input: [pii]", "policies/a.yaml"), (), lambda name: name)
