"""A report together with the results it rests on, as the writers of files need it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from llmops.domain.evaluation import CaseResult
from llmops.domain.report import Report

if TYPE_CHECKING:
    from llmops.presentation.diffs import ContentChange

Results: TypeAlias = Callable[[], Iterable[CaseResult]]
"""Streams all results of a run from the start at each call, so that no file needs them in memory at once."""


@dataclass(frozen=True, slots=True)
class Dossier:
    """A report, its results, those of the run it was compared with, the command that makes it again, and what differs
    between the artifacts of the two runs."""

    report: Report
    results: Results
    baseline: Results | None = None
    command: str = ""
    changes: "tuple[ContentChange, ...]" = ()
