"""The scorers of a finished run as its report remembers them: enough to decide gates again, without the code that scored.

A gate that measures against an alias is decided anew when the alias has moved. The scores are those that are stored, so a
scorer needs only to say which way is better and within which range; nothing is asked and nothing of a user's is imported.
"""

from dataclasses import dataclass

from llmops.core.errors import InputError
from llmops.domain.evaluation import Direction, Score
from llmops.domain.ports import Sample
from llmops.domain.report import Report
from llmops.evals.loading import LoadedScorer


@dataclass(frozen=True, slots=True)
class RememberedScorer:
    """What a report says about a scorer. `identity` is its digest."""

    direction: Direction
    range: tuple[float, float] | None
    unit: str
    identity: str

    def score(self, sample: Sample) -> Score:
        """Refuse: what is remembered cannot score anew."""
        raise InputError("a remembered scorer scores nothing", hint="Load the suite's scorers.")


@dataclass(frozen=True, slots=True)
class _Remembered(LoadedScorer):
    @property
    def identity(self) -> str:
        return str(self.scorer.identity)


def remember_scorers(report: Report) -> list[LoadedScorer]:
    """The scorers of a report, in its order."""
    return [
        _Remembered(score.label, RememberedScorer(score.direction, score.range, score.unit, score.identity))
        for score in report.scores
    ]
