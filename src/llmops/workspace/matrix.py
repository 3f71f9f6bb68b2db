"""Evaluates a suite on several targets: a run for each, one overview of all.

from llmops.workspace.matrix import evaluate_matrix

matrix = evaluate_matrix(ws, "docs", targets=["prompt/answer@1", "prompt/answer@2"], models=["openai/gpt-4o-mini"])
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from llmops.core.errors import OutsideError
from llmops.core.names import parse_ref
from llmops.domain.matrix import Cell, Matrix
from llmops.domain.ports import Progress, no_progress
from llmops.flows.evaluation.baselines import dossier_of
from llmops.flows.evaluation.matrix import PlannedCell, gather, plan_cells
from llmops.flows.evaluation.options import EvalOptions
from llmops.workspace.workspace import Workspace

Watch: TypeAlias = Callable[[PlannedCell], AbstractContextManager[Progress]]
"""Opens what shows the progress of one cell."""


def plan_matrix(
    workspace: Workspace, suite: str, options: EvalOptions, *, targets: Sequence[str] = (), models: Sequence[str] = ()
) -> list[PlannedCell]:
    """The cells of a suite; one where neither the suite nor the arguments make a matrix.

    Raises:
        InputError: one of the cells cannot be evaluated.
    """
    ref = parse_ref(suite, "suite")
    if options.resume is not None:  # a run that goes on knows its target
        target, model = next(iter(targets), None), next(iter(models), None)
        return [PlannedCell("", replace(options, target=target, model=model))]
    return plan_cells(workspace.services, ref, options, targets=targets, models=models)


def evaluate_matrix(
    workspace: Workspace,
    suite: str,
    *,
    targets: Sequence[str] = (),
    models: Sequence[str] = (),
    options: EvalOptions | None = None,
) -> Matrix:
    """Evaluate all cells, one after the other.

    A cell whose model does not answer keeps the reason and leaves the others alone.

    Raises:
        InputError: one of the cells cannot be evaluated; nothing has been asked yet.
        KeyboardInterrupt: interrupted; the runs that are done are stored.
    """
    planned = plan_matrix(workspace, suite, options or EvalOptions(), targets=targets, models=models)
    return evaluate_planned(workspace, suite, planned)


def evaluate_planned(
    workspace: Workspace,
    suite: str,
    planned: Sequence[PlannedCell],
    *,
    watch: Watch = lambda cell: nullcontext(no_progress),
) -> Matrix:
    """The same for cells that are planned already."""
    cells: list[Cell] = []
    for one in planned:
        try:
            with watch(one) as progress:
                report = workspace.evaluate(suite, one.options, progress=progress)
            cells.append(Cell(target=one.target or report.target, report=report))
        except OutsideError as error:
            cells.append(Cell(target=one.target, error=error.message))
    return gather(workspace.services, parse_ref(suite, "suite"), cells, planned[0].options)


def save(
    workspace: Workspace, matrix: Matrix, paths: Sequence[Path], *, junit: Path | None, allow_unknown: bool
) -> None:
    """Write a matrix as files; each one's name says its format.

    Raises:
        OutsideError: a file cannot be written.
    """
    from llmops.evals.reports.matrix_files import save_matrix, save_matrix_junit

    dossiers = [dossier_of(workspace.store, cell.report.run_id) if cell.report else None for cell in matrix.cells]
    for path in paths:
        save_matrix(matrix, dossiers, path)
    if junit is not None:
        save_matrix_junit(matrix, dossiers, junit, allow_unknown=allow_unknown)
