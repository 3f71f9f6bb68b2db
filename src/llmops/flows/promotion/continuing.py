"""More data counts only by continuing the capital: which run stands for the first one that decides.

A run that stopped when it was decided may be asked on, for example because another version holds the baseline's alias by now.
Then the later run stands in for the first, but only where it begins with the very answers of the first: the same cases in the
same order, with the same scores. Fresh answers would be a second try.
"""

from collections.abc import Sequence

from llmops.core.hashing import Json
from llmops.domain.report import Report
from llmops.domain.run import Run
from llmops.storage.store import Store


def continued(store: Store, runs: Sequence[tuple[Run, Report]]) -> tuple[Run, Report]:
    """The run that decides, of those on the same digests in the order in which they finished: the first, or the last that
    continues it."""
    run, report = runs[0]
    if report.betting is None:
        return run, report
    for later, found in runs[1:]:
        if found.betting is not None and found.betting.seed == report.betting.seed and _begins_with(store, later, run):
            run, report = later, found
    return run, report


def _begins_with(store: Store, later: Run, earlier: Run) -> bool:
    """Whether every answer of the earlier run is one of the later, with the same scores."""
    known = _answers(store, later)
    return all(known.get(key) == answer for key, answer in _answers(store, earlier).items())


def _answers(store: Store, run: Run) -> dict[tuple[str, int], Json]:
    return {
        (result.case_id, result.repeat): (
            result.output,
            result.error is None,
            [(label, score.status, score.value) for label, score in sorted(result.scores.items())],
        )
        for result in store.runs.results(run.id)
    }
