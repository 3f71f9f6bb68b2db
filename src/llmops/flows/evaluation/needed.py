"""A stored run, and the one it was compared with, read for their numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

from llmops.core.errors import NotFound
from llmops.domain.report import ScoreSummary
from llmops.evals.observations import Observations
from llmops.flows.evaluation.baselines import report_of
from llmops.storage.store import Store


@dataclass(frozen=True, slots=True)
class ReadRun:
    """What a run observed, its scorers, and what its baseline observed, where it has one that is still there."""

    observed: Observations
    scores: Sequence[ScoreSummary]
    baseline: Observations | None = None


def read_run(store: Store, run_id: str) -> ReadRun:
    """Read a run by its id, or the beginning of one.

    Raises:
        NotFound: there is none, or it has no report.
    """
    run = store.runs.get(run_id)
    report = report_of(run)
    if report is None:
        raise NotFound(f"run {run.id} is {run.status} and has no report", hint=f"llmops eval {run.name}")
    baseline = None
    if report.comparison is not None:
        try:
            baseline = Observations.of(store.runs.results(report.comparison.baseline_run))
        except NotFound:
            baseline = None  # it was deleted since
    return ReadRun(Observations.of(store.runs.results(run.id)), report.scores, baseline)
