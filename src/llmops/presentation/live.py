"""A table of running means below a progress bar, while an evaluation goes on.

Drawing is plain text a few times a second, and a value is counted in a microsecond: looking on costs next to nothing.
"""

import threading
import time
from collections.abc import Callable, Sequence
from typing import TextIO

from llmops.domain.evaluation import CaseResult
from llmops.domain.ports import LabelledScorer
from llmops.measures.running import RunningMean
from llmops.presentation.figures import count, dollars, number
from llmops.presentation.progress import ProgressLine
from llmops.presentation.tables import align, draw_interval

DRAWN_FROM = 72  # columns of a terminal wide enough for pictures of intervals


class LiveScores(ProgressLine):
    """A `ports.Progress` and a `ports.ResultWatch`: scores with running means and 95 % intervals, failures and cost."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(stream, clock)
        self._lock = threading.Lock()
        self._begin(())

    def see(self, results: Sequence[CaseResult], scorers: Sequence[LabelledScorer]) -> None:
        """Count results."""
        with self._lock:
            if scorers is not self._scorers:  # another run: a baseline is evaluated before its candidate
                self._begin(scorers)
            for result in results:
                self._failed += result.error is not None
                self._cost += result.usage.cost or 0.0
                for label, score in result.scores.items():
                    if score.value is not None and label in self._scores:
                        self._scores[label][1].add(score.value, result.cluster)
                    elif score.status == "missing":
                        self._missing[label] = self._missing.get(label, 0) + 1

    def aside(self) -> str:
        """Failures and cost."""
        with self._lock:
            failed = f", {self._failed:,} failed" if self._failed else ""
            return failed + (f", {dollars(self._cost)}" if self._cost else "")

    def below(self, width: int) -> list[str]:
        """The table."""
        with self._lock:
            rows = [
                self._row(loaded, running, pictured=width >= DRAWN_FROM)
                for loaded, running in self._scores.values()
                if running.count
            ]
        headings = ["scorer", "mean so far", "95 % interval", *([""] if width >= DRAWN_FROM else []), "missing"]
        return ["", *align(headings, rows, right=(1,))] if rows else []

    def _row(self, loaded: LabelledScorer, running: RunningMean, *, pictured: bool) -> list[str]:
        scorer, found = loaded.scorer, running.interval
        told = "–" if found is None else f"{number(found[0], scorer.unit)} to {number(found[1], scorer.unit)}"
        drawn = ""
        if found is not None and running.mean is not None:
            drawn = draw_interval(running.mean, *found, scorer.range or (min(0.0, found[0]), found[1]))
        missing = self._missing.get(loaded.label, 0)
        shown = [loaded.label, number(running.mean, scorer.unit), told]
        return [*shown, *([drawn] if pictured else []), count(missing, "score") if missing else ""]

    def _begin(self, scorers: Sequence[LabelledScorer]) -> None:
        self._scorers = scorers
        self._scores = {loaded.label: (loaded, RunningMean(loaded.scorer.range)) for loaded in scorers}
        self._missing: dict[str, int] = {}
        self._failed = 0
        self._cost = 0.0
