"""What a run ran in: program, Python, machine, packages, the commit and what differs from it.

Packages and machine are read once a process. Git is asked again after half a minute: a notebook lives longer than a commit.
"""

import os
import platform
import sys
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from llmops.core.git import run_git
from llmops.core.hashing import Json, canonical_json

GIT_SECONDS: Final = 30.0
MOST_DIFF: Final = 1_000_000  # characters of a diff that are kept

_commits: dict[Path, tuple[float, "Commit"]] = {}


@dataclass(frozen=True, slots=True)
class Commit:
    """Where the code stood: the commit and branch, and how tracked files differ from it (cut at a million characters).

    All empty outside a repository.
    """

    commit: str = ""
    branch: str = ""
    diff: bytes = b""


def read_environment() -> bytes:
    """Python, machine, packages by name, and the command line without the values of options that look secret, as JSON;
    equal environments have equal bytes."""
    return _environment(tuple(_command(sys.argv)))


def read_commit(folder: Path, *, now: float | None = None) -> Commit:
    """Where the code of a folder stands.

    Args:
        folder: any folder of the repository.
        now: seconds on a monotonic clock; the clock by default.
    """
    moment = time.monotonic() if now is None else now
    known = _commits.get(folder)
    if known is not None and moment - known[0] < GIT_SECONDS:
        return known[1]
    commit = run_git(folder, "rev-parse", "--verify", "HEAD").strip()
    if commit:
        branch = run_git(folder, "rev-parse", "--abbrev-ref", "HEAD").strip()
        found = Commit(
            commit, branch, run_git(folder, "diff", "HEAD", "--no-color", "--no-ext-diff")[:MOST_DIFF].encode()
        )
    else:
        found = Commit()
    _commits[folder] = moment, found
    return found


@cache
def _environment(command: tuple[str, ...]) -> bytes:
    from importlib.metadata import distributions

    packages = {str(found.metadata["Name"]).lower(): found.version for found in distributions() if found.metadata}
    environment: dict[str, Json] = {
        "command": list(command),
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "system": platform.system(),
        "machine": platform.machine(),
        "processors": os.cpu_count() or 0,
        "packages": packages,
    }
    return canonical_json(environment) + b"\n"


_SECRET: Final = ("key", "token", "secret", "password", "passwd", "credential")


def _command(arguments: list[str]) -> list[str]:
    """The command line; what follows an option such as `--api-key` is left out."""
    shown: list[str] = []
    hides = False
    for argument in arguments:
        option, given, _ = argument.partition("=")
        is_secret = option.startswith("-") and any(word in option.lower() for word in _SECRET)
        shown.append(
            "…" if hides and not option.startswith("-") else f"{option}=…" if is_secret and given else argument
        )
        hides = is_secret and not given
    return shown
