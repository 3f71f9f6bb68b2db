"""The cells of a matrix, prompts × models or other targets: planned together, evaluated one by one, compared as one family."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from llmops.core.errors import InputError
from llmops.core.names import Ref
from llmops.domain.matrix import Cell, Matrix
from llmops.domain.report import Report
from llmops.domain.suite import SuiteSpec
from llmops.evals.observations import Observations
from llmops.flows.evaluation.baselines import as_baseline
from llmops.flows.evaluation.options import EvalOptions
from llmops.flows.evaluation.plan import make_plan
from llmops.flows.services import Services


@dataclass(frozen=True, slots=True)
class PlannedCell:
    """A cell before it is evaluated: what tables call it (empty where it is the only one), and its options."""

    target: str
    options: EvalOptions


def plan_cells(
    services: Services, suite: Ref, options: EvalOptions, *, targets: Sequence[str], models: Sequence[str]
) -> list[PlannedCell]:
    """Every target with every model, those of the suite where none are given; one cell where there is no matrix.

    Raises:
        InputError: one of the cells cannot be evaluated; nothing has been asked yet.
    """
    written = services.registry.resolve(suite).spec(SuiteSpec).target
    names: list[str | None] = [*targets] or [None]
    if not targets and len(written.names) > 1:
        names = [f"{written.kind}/{name.removeprefix(f'{written.kind}/')}" for name in written.names]
    asked: list[str | None] = [*models] or [*written.models] or [None]
    if not models and len(written.models) == 1:
        asked = [None]  # as it is written
    cells = [replace(options, target=target, model=model) for target in names for model in asked]
    if len(cells) == 1:
        return [PlannedCell("", cells[0])]
    _refuse_twice(cells)
    return [PlannedCell(make_plan(services, suite, cell).target.name, cell) for cell in cells]


def gather(services: Services, suite: Ref, cells: Sequence[Cell], options: EvalOptions) -> Matrix:
    """Compare the cells that have a report: each with its own `--compare` baseline, else with the first of them.

    Args:
        services: the workspace.
        suite: the suite that all were evaluated with.
        cells: in their order.
        options: of one of the cells.
    """
    from llmops.evals.compare import compare_family

    name = services.registry.resolve(suite).name
    reported = [(cell, cell.report) for cell in cells if cell.report is not None]
    pairs = [(cell, report, _baseline_of(report, reported, options)) for cell, report in reported]
    against = [(cell, report, other) for cell, report, other in pairs if other and other != report.run_id]
    if not against:
        return Matrix(suite=name, cells=tuple(cells))
    scorers = make_plan(services, suite, options).scorers
    runs = services.store.runs
    told = {run: options.compare or reported[0][0].target for *_, run in against}
    baselines = {run: as_baseline(services.store, told[run], runs.get(run)) for run in told}
    family = compare_family(
        [(Observations.of(runs.results(report.run_id)), baselines[other]) for _, report, other in against], scorers
    )
    found = {cell.target: comparison for (cell, *_), comparison in zip(against, family, strict=True)}
    return Matrix(
        suite=name,
        cells=tuple(cell.model_copy(update={"comparison": found.get(cell.target)}) for cell in cells),
        baseline=options.compare or reported[0][0].target,
        family=sum(len(comparison.differences) for comparison in family),
    )


def _baseline_of(report: Report, reported: Sequence[tuple[Cell, Report]], options: EvalOptions) -> str:
    """The run that a cell is compared with; empty where there is none."""
    if options.compare is None:
        return reported[0][1].run_id
    return report.comparison.baseline_run if report.comparison else ""


def _refuse_twice(cells: Sequence[EvalOptions]) -> None:
    seen = [(cell.target, cell.model) for cell in cells]
    for place in seen:
        if seen.count(place) > 1:
            raise InputError(
                f"{' with '.join(part for part in place if part)} is asked for twice", hint="Name each target once."
            )
