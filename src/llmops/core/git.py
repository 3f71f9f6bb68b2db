"""Asking git about a folder."""

import subprocess
from pathlib import Path
from typing import Final

SECONDS: Final = 20


def run_git(root: Path, *arguments: str) -> str:
    """What git says, or nothing where it cannot answer."""
    try:
        done = subprocess.run(
            ["git", "-C", str(root), "-c", "core.quotepath=off", *arguments],
            capture_output=True, check=False, timeout=SECONDS,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else ""
