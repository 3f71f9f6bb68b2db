"""Where versions come from, asked of a real git."""

import shutil
import subprocess
from pathlib import Path

import pytest

from llmops.domain.artifact import Origin
from llmops.registry.provenance import find_origins

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def commit(root: Path, author: str, **files: str) -> None:
    for name, text in files.items():
        (root / "prompts" / f"{name}.md").write_text(text)
    git(root, "add", "-A")
    git(root, "-c", f"user.email={author}", "-c", "user.name=x", "commit", "-qm", "x")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "nowhere"))
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", str(tmp_path / "nowhere"))
    git(tmp_path, "init", "-q")
    (tmp_path / "work" / "prompts").mkdir(parents=True)
    return tmp_path / "work"


def origins(root: Path, *names: str) -> dict[str, Origin]:
    return find_origins(root, {name: [root / "prompts" / f"{name}.md"] for name in names}, "why")


def test_the_author_is_who_last_touched_the_file(repository: Path) -> None:
    commit(repository, "ann@x", a="1", b="1", grüße="1")
    commit(repository, "bob@x", b="2")
    commit(repository, "cy@x", c="1")
    found = origins(repository, "a", "b", "c", "grüße")
    assert [found[name].author for name in ("a", "b", "c", "grüße")] == ["ann@x", "bob@x", "cy@x", "ann@x"]
    head = git(repository, "rev-parse", "HEAD")
    assert found["a"] == Origin(message="why", author="ann@x", git_commit=head, git_dirty=False)


def test_of_several_files_the_last_commit_counts(repository: Path) -> None:
    commit(repository, "ann@x", a="1", b="1")
    commit(repository, "bob@x", b="2")
    both = {"app": [repository / "prompts/a.md", repository / "prompts/b.md"]}
    assert find_origins(repository, both, "")["app"].author == "bob@x"


def test_changed_and_new_files_are_dirty(repository: Path) -> None:
    commit(repository, "ann@x", a="1", b="1")
    git(repository, "config", "user.email", "me@x")
    (repository / "prompts/a.md").write_text("2")
    (repository / "prompts/new.md").write_text("1")
    found = origins(repository, "a", "b", "new")
    assert [(found[n].author, found[n].git_dirty) for n in ("a", "b", "new")] == [
        ("ann@x", True),
        ("ann@x", False),
        ("me@x", True),
    ]


def test_an_ignored_file_is_dirty_for_it_is_in_no_commit(repository: Path) -> None:
    commit(repository, "ann@x", a="1")
    (repository / ".gitignore").write_text("prompts/secret/\n")
    (repository / "prompts/secret").mkdir()
    (repository / "prompts/secret/b.md").write_text("x")
    assert find_origins(repository, {"b": [repository / "prompts/secret/b.md"]}, "")["b"].git_dirty


def test_without_commits_or_repository_everything_is_empty(
    repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    (repository / "prompts/a.md").write_text("1")
    assert origins(repository, "a")["a"] == Origin(message="why")
    bare = tmp_path_factory.mktemp("bare")
    (bare / "prompts").mkdir()
    assert origins(bare, "a")["a"] == Origin(message="why")


def test_nothing_asked_nothing_run() -> None:
    assert find_origins(Path("/nonexistent"), {}, "") == {}
