"""A report together with the results it rests on, as the writers of files need it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from llmops.domain.evaluation import CaseResult
from llmops.domain.report import Report

Results: TypeAlias = Callable[[], Iterable[CaseResult]]
"""Streams all results of a run from the start at each call, so that no file needs them in memory at once."""


@dataclass(frozen=True, slots=True)
class Dossier:
    """A report, its results, those of the run it was compared with, and the command that makes it again."""

    report: Report
    results: Results
    baseline: Results | None = None
    command: str = ""
