"""Which file holds what."""

from pathlib import Path

import pytest

from llmops.core.errors import InputError, InvalidFile, NotFound
from llmops.registry.files import WorkspaceFiles, check_supported
from tests.support.registries import Desk


def test_the_folder_says_the_kind_and_the_path_the_name(desk: Desk) -> None:
    desk.write_all()
    desk.write("prompts/support/answer.v2.yaml", "body: hi")
    files = WorkspaceFiles(desk.root)
    assert files.classify(Path("prompts/support/answer.v2.yaml")) == ("prompt", "support/answer.v2")
    assert files.classify(desk.root / "evals/data/docs.jsonl") == ("dataset", "docs")
    assert files.classify(Path("evals/docs.yaml")) == ("suite", "docs")
    assert files.names("prompt") == ["answer", "support/answer.v2"]
    assert files.path("rag", "docs") == desk.root / "rag/docs.yaml"
    assert files.path("rag", "nothing") is None


def test_hidden_files_readmes_and_other_endings_hold_nothing(desk: Desk) -> None:
    for name in (
        "prompts/.hidden.md",
        "prompts/README.md",
        "prompts/notes.txt",
        "evals/data/README.md",
        "prompts/.git/x.md",
    ):
        desk.write(name, "x")
    assert WorkspaceFiles(desk.root).expand(None) == []


def test_a_folder_stands_for_the_files_below_it(desk: Desk) -> None:
    desk.write_all()
    desk.write("prompts/support/b.md", "x")
    found = WorkspaceFiles(desk.root).expand([Path("prompts"), Path("prompts/answer.md")])
    assert [(file.kind, file.name) for file in found] == [("prompt", "answer"), ("prompt", "support/b")]


def test_paths_from_a_folder_inside_the_workspace(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.write_all()
    monkeypatch.chdir(desk.root / "prompts")
    assert WorkspaceFiles(desk.root).classify(Path("answer.md")) == ("prompt", "answer")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("prompts/anwser.md", "prompts/anwser.md: there is no such file\nDid you mean 'prompts/answer.md'?"),
        ("notes.md", "notes.md: this folder holds no artifacts"),
        ("apps/x.md", "apps/x.md: no app is read from .md"),
        ("prompts/bad name.md", "prompts/bad name.md: 'bad name' is no name"),
        ("../outside.md", "outside of the workspace"),
        ("prompts/../../outside.md", "outside of the workspace"),
        ("prompts/link.md", "outside of the workspace"),
        ("/etc/hostname", "outside of the workspace"),
        ("prompts/%2e%2e/outside.md", "no such file"),
        ("prompts\\answer.md", "no such file"),
        ("prompts/answer.md\0", "no such file"),
        ("prompts/answer.md#1", "no such file"),
        ("//server/share/a.md", "no such file"),
    ],
)
def test_what_is_no_artifact_says_why(desk: Desk, path: str, said: str) -> None:
    desk.write_all()
    for name in ("notes.md", "apps/x.md", "prompts/bad name.md"):
        desk.write(name, "x")
    (desk.root.parent / "outside.md").write_text("x")
    (desk.root / "prompts/link.md").symlink_to(desk.root.parent / "outside.md")
    with pytest.raises(InvalidFile, match=r".") as caught:
        WorkspaceFiles(desk.root).classify(Path(path))
    assert said in str(caught.value)


def test_two_files_of_one_name(desk: Desk) -> None:
    desk.write("prompts/a.md", "x")
    desk.write("prompts/a.yaml", "body: x")
    assert desk.complaint().startswith("prompts/a.yaml: prompts/a.md is prompt/a too")


def test_kinds_that_this_version_does_not_know() -> None:
    with pytest.raises(
        InputError, match=r"song is no kind of artifact .*\nThis version knows: app, dataset, model, mon"
    ):
        check_supported("song")  # type: ignore[arg-type]


def test_models_live_in_no_file_of_the_workspace(desk: Desk) -> None:
    files = WorkspaceFiles(desk.root)
    assert files.path("model", "churn") is None
    assert files.names("model") == []
    with pytest.raises(NotFound, match="there is no model called 'churn'") as caught:
        desk.resolve("model/churn")
    assert caught.value.hint == "There is none yet; type llmops model register FILE churn."
