"""Where versions come from: the git commit, and who wrote the last change of the files. One git process a question,
whatever the number of files; without git, or without a repository, everything is empty."""

import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeVar

from llmops.core.git import run_git
from llmops.domain.artifact import Origin

K = TypeVar("K")


def find_origins(root: Path, files: Mapping[K, Iterable[Path]], message: str) -> dict[K, Origin]:
    """The origin of each artifact, by the files that it was read from.

    Author is the git author of the last commit that touches one of the files, else `user.email` of git's configuration.
    `git_dirty` says that one of the files differs from the commit.
    """
    if not files:
        return {}
    commit = run_git(root, "rev-parse", "--verify", "HEAD").strip()
    wanted = {path.relative_to(root).as_posix() for group in files.values() for path in group}
    authors = _authors(root, wanted) if commit else {}
    dirty = _dirty(root, wanted) if commit else set()
    own = run_git(root, "config", "user.email").strip()
    origins = {}
    for key, group in files.items():
        names = {path.relative_to(root).as_posix() for path in group}
        touched = [authors[name] for name in names if name in authors]
        origins[key] = Origin(
            message=message,
            author=min(touched)[1] if touched else own,
            git_commit=commit,
            git_dirty=bool(names & dirty),
        )
    return origins


def _authors(root: Path, wanted: set[str]) -> dict[str, tuple[int, str]]:
    """How many commits ago each file was last touched, and by whom; files that git does not know are left out."""
    missing = wanted & set(filter(None, run_git(root, "ls-files", "-z", "--", *_folders(wanted)).split("\0")))
    authors: dict[str, tuple[int, str]] = {}
    log = [
        "git",
        "-C",
        str(root),
        "log",
        "--relative",
        "--name-only",
        "-z",
        "--format=%x01%ae",
        "--",
        *_folders(wanted),
    ]
    with subprocess.Popen(log, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        rest, age, author = b"", 0, ""
        while missing:
            block = process.stdout.read(1 << 16)
            *fields, rest = (rest + block).split(b"\0") if block else [rest, b""]
            for raw in fields:
                name = raw.decode("utf-8", "replace").lstrip("\n")
                if name.startswith("\x01"):
                    age, (author, _, name) = age + 1, name[1:].partition("\n")
                if name in missing:
                    authors[name] = (age, author)
                    missing.discard(name)
            if not block:
                break
        process.terminate()
    return authors


def _dirty(root: Path, wanted: set[str]) -> set[str]:
    """Those of the files that differ from the commit, or are not in it."""
    prefix = run_git(root, "rev-parse", "--show-prefix").strip()
    options = ("--porcelain=v1", "-z", "--no-renames", "--untracked-files=all", "--ignored=matching")
    status = run_git(root, "status", *options, "--", *_folders(wanted))
    listed = {entry[3:].removeprefix(prefix) for entry in status.split("\0") if entry}
    folders = tuple(entry for entry in listed if entry.endswith("/"))
    return {name for name in wanted if name in listed or (folders and name.startswith(folders))}


def _folders(wanted: Iterable[str]) -> list[str]:
    """Top folders rather than files, so that the command line stays short."""
    return sorted({name.split("/")[0] for name in wanted})
