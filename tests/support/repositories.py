"""Git repositories made for tests."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_WHO = {"GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.org", "GIT_COMMITTER_NAME": "Ada",
        "GIT_COMMITTER_EMAIL": "ada@example.org", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}  # fmt: skip


@dataclass(frozen=True)
class Repository:
    """A repository in a folder."""

    folder: Path

    def git(self, *arguments: str) -> str:
        """Run git in it."""
        done = subprocess.run(
            ["git", "-C", str(self.folder), *arguments], capture_output=True, check=False, env={**os.environ, **_WHO}
        )
        assert done.returncode in (0, 1), done.stderr
        return done.stdout.decode()

    def commit(self, files: Mapping[str, str | bytes], *, gone: tuple[str, ...] = ()) -> str:
        """Commit files, and return the commit."""
        for key, text in files.items():
            path = self.folder / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        for key in gone:
            (self.folder / key).unlink()
        self.git("add", "--all", "--force")
        self.git("commit", "--quiet", "--message", "change")
        return self.git("rev-parse", "HEAD").strip()


def new_repository(folder: Path) -> Repository:
    """An empty repository whose branch is called main."""
    folder.mkdir(parents=True, exist_ok=True)
    repository = Repository(folder)
    repository.git("init", "--quiet", "--initial-branch=main")
    return repository
