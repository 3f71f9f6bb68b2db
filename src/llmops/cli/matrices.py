"""What `llmops eval` does where there are several targets."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from llmops.cli.output import say, watch
from llmops.core.hashing import Json

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from llmops.domain.matrix import Matrix
    from llmops.domain.ports import Progress
    from llmops.domain.report import Report
    from llmops.flows.evaluation.matrix import PlannedCell
    from llmops.workspace.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Files:
    """What shall be written; `quiet` where stdout has data only."""

    reports: Sequence[Path]
    junit: Path | None
    allow_unknown: bool
    quiet: bool = False


def evaluate_cells(workspace: "Workspace", suite: str, cells: "Sequence[PlannedCell]", files: Files) -> "Matrix":
    """Evaluate each cell where one can watch, print the overview and write it."""
    from llmops.evals.reports.matrix_table import print_matrix
    from llmops.workspace.matrix import evaluate_planned, save

    def watched(cell: "PlannedCell") -> "AbstractContextManager[Progress]":
        if not files.quiet:
            say(f"{cell.target} ({cells.index(cell) + 1} of {len(cells)})")
        return watch(quiet=files.quiet)

    try:
        matrix = evaluate_planned(workspace, suite, cells, watch=watched)
    except KeyboardInterrupt as interrupt:
        for note in getattr(interrupt, "__notes__", ()):
            say(note)
        raise
    save(workspace, matrix, files.reports, junit=files.junit, allow_unknown=files.allow_unknown)
    if not files.quiet:
        print_matrix(matrix)
        for path in files.reports:
            say(f"Report written to {path}")
    return matrix


def as_values(found: "Report | Matrix") -> Json:
    """A report or matrix as JSON values."""
    from llmops.domain.matrix import Matrix
    from llmops.evals.reports.formats import as_json

    return {**found.model_dump(mode="json"), "outcome": found.outcome} if isinstance(found, Matrix) else as_json(found)


def exit_code(done: "Sequence[Report | Matrix]", *, allow_unknown: bool) -> int:
    """3 where a cell has no report, 1 where a gate failed or is unknown, else 0."""
    from llmops.domain.matrix import Matrix

    if any(isinstance(found, Matrix) and found.failed for found in done):
        return 3
    outcomes = {found.outcome for found in done}
    return int("fail" in outcomes or ("unknown" in outcomes and not allow_unknown))
