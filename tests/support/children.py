"""Other processes that do to a store what a second user, or `kill -9`, does."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120


def start_child(script: str, *arguments: str) -> "subprocess.Popen[str]":
    """Start Python on a script; it reads its arguments from sys.argv, and its lines from `stdout` of what is returned."""
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", script, *arguments],
        stdin=subprocess.PIPE,  # one that waits for more to read waits for ever
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


def finish_child(child: "subprocess.Popen[str]") -> str:
    """Wait for a child and return what it printed; a child that failed fails the test with its traceback."""
    output, errors = child.communicate(timeout=PATIENCE)
    assert child.returncode == 0, errors
    return output


def kill_child_after(child: "subprocess.Popen[str]", lines: int) -> list[str]:
    """Let a child print so many lines, then kill it in the middle of whatever it does; returns the lines."""
    assert child.stdout is not None
    printed = [child.stdout.readline().strip() for _ in range(lines)]
    child.kill()
    child.communicate(timeout=PATIENCE)
    return printed
