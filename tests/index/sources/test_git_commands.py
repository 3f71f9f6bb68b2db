"""Running git."""

from pathlib import Path

import pytest

from llmops.core.errors import InputError, OutsideError
from llmops.index.sources.git_commands import Git
from tests.support.repositories import new_repository


def test_the_environment_does_not_lead_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository = new_repository(tmp_path / "a")
    commit = repository.commit({"a.md": "text"})
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    assert Git(tmp_path / "a").ask("rev-parse", "HEAD") == commit


def test_one_process_reads_many_objects(tmp_path: Path) -> None:
    repository = new_repository(tmp_path)
    repository.commit({"a b.md": b"one\n", "empty.md": b"", "big.md": b"x" * 300_000})
    git = Git(tmp_path)
    assert [git.read(f"HEAD:{name}") for name in ("a b.md", "empty.md", "none.md", "a b.md")] == [
        b"one\n",
        b"",
        None,
        b"one\n",
    ]
    assert git.read("HEAD:big.md") == b"x" * 300_000


def test_what_fails_is_said_without_the_token(tmp_path: Path) -> None:
    with pytest.raises(OutsideError, match="git fetch failed: fatal: unable to access") as failed:
        Git(tmp_path / "mirror", token="s3cret-token").fetch("https://127.0.0.1:9/s3cret-token", "main")
    assert "s3cret" not in str(failed.value)
    with pytest.raises(OutsideError, match="git ls-tree failed"):
        list(Git(new_repository(tmp_path / "b").folder).records("ls-tree", "-z", "HEAD"))


def test_a_machine_without_git_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="git cannot be run: No such file"):
        Git(tmp_path).ask("status")
    with pytest.raises(InputError, match="git cannot be run"):
        Git(tmp_path).try_to_ask("status")
