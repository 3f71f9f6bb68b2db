"""Measure whole child processes: CPU seconds, wall seconds, peak memory; and print figures as a table."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Figures:
    """One run of a process: CPU and wall in seconds, peak memory in MB, and what it printed on stdout."""

    cpu: float
    wall: float
    peak: float
    output: str


def measure(command: Sequence[str], *, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> Figures:
    """Run a command to its end and read what the operating system says it took."""
    with tempfile.TemporaryFile() as output:
        started = time.perf_counter()
        child = subprocess.Popen(command, cwd=cwd, stdout=output, env={**os.environ, **(env or {})})
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - started
        child.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read().decode(errors="replace")
    if child.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(command)} ended with {child.returncode}")
    return Figures(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024, text)


def median(runs: Sequence[Figures]) -> Figures:
    """The run with the median CPU time."""
    return sorted(runs, key=lambda run: run.cpu)[len(runs) // 2]


def in_turn(commands: Mapping[str, Sequence[str]], *, times: int = 5, cwd: Path | None = None) -> dict[str, Figures]:
    """Run commands A B A B …, so that a machine that changes its speed changes it for all; the median of each."""
    runs: dict[str, list[Figures]] = {name: [] for name in commands}
    for _ in range(times):
        for name, command in commands.items():
            runs[name].append(measure(command, cwd=cwd))
    return {name: median(found) for name, found in runs.items()}


def show(title: str, rows: Sequence[tuple[str, str, str]]) -> None:
    """Print rows of what, measured, aim."""
    print(f"\n{title}  (Python {sys.version.split()[0]}, {os.cpu_count()} cores)")
    width = max(len(row[0]) for row in rows)
    for what, measured, aim in rows:
        print(f"  {what:<{width}}  {measured:>22}  {aim}")


def spread(values: Sequence[float], unit: str) -> str:
    """The median of values with their range, for people."""
    return f"{statistics.median(values):.3g} {unit} ({min(values):.3g}–{max(values):.3g})"
