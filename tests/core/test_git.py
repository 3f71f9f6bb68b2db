"""Asking a real git."""

import shutil
import subprocess
from pathlib import Path

import pytest

from llmops.core.git import run_git


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_git_answers_or_says_nothing(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    assert run_git(tmp_path, "rev-parse", "--is-inside-work-tree").strip() == "true"
    assert run_git(tmp_path, "no-such-command") == ""
    assert run_git(tmp_path / "nowhere", "status") == ""


def test_without_git_there_is_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert run_git(tmp_path, "--version") == ""
