"""What a run ran in."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from llmops.tracking.environment import GIT_SECONDS, Commit, read_commit, read_environment


def test_secrets_of_the_command_line_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["train.py", "--api-key", "s3cr3t", "--password=s3cr3t", "--lr", "0.1"])
    found = json.loads(read_environment())
    assert found["command"] == ["train.py", "--api-key", "…", "--password=…", "--lr", "0.1"]
    assert found["python"] == sys.version.split()[0]
    assert found["packages"]["pydantic"]


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_the_commit_and_what_differs_from_it(tmp_path: Path) -> None:
    def git(*arguments: str) -> None:
        subprocess.run(
            ["git", "-C", str(tmp_path), "-c", "user.email=a@x", "-c", "user.name=a", *arguments], check=True
        )

    assert read_commit(tmp_path, now=0) == Commit()
    git("init", "-q", "-b", "main")
    (tmp_path / "a.py").write_text("lr = 0.1\n")
    git("add", "a.py")
    git("commit", "-qm", "a")
    assert read_commit(tmp_path, now=1) == Commit()  # asked again after a while only
    (tmp_path / "a.py").write_text("lr = 0.2\n")
    found = read_commit(tmp_path, now=GIT_SECONDS + 1)
    assert (len(found.commit), found.branch) == (40, "main")
    assert b"-lr = 0.1\n+lr = 0.2" in found.diff
