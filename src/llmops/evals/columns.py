"""One scorer's numbers in a run, as arrays; and what is read from them, case by case."""

from array import array
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from llmops.domain.evaluation import Score
from llmops.measures.variance import variance

SMALLEST_COMPARED = 20  # cases on both sides of a difference between groups
MOST_REASONS = 50  # distinct reasons counted for one scorer


@dataclass(frozen=True, slots=True)
class Series:
    """One value a case, in order of case id, with the cluster of each."""

    ids: tuple[str, ...]
    values: tuple[float, ...]
    clusters: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.values)


@dataclass(frozen=True, slots=True)
class Answers:
    """The scores of one case's answers in ascending order; of how many the scorer says whether they pass, and how many do."""

    case_id: str
    values: tuple[float, ...]
    judged: int
    passed: int


@dataclass(frozen=True, slots=True)
class Groups:
    """The values of the cases that have a metadata key, and the places among them of each of its values, by value."""

    values: tuple[float, ...]
    clusters: tuple[str, ...]
    members: dict[str, list[int]]

    def inside(self, value: str) -> list[bool]:
        """Which of the values belong to one group."""
        belongs = [False] * len(self.values)
        for place in self.members[value]:
            belongs[place] = True
        return belongs

    def are_compared(self, value: str) -> bool:
        """Whether a group and the rest are large enough for a difference."""
        n = len(self.members[value])
        return min(n, len(self.values) - n) >= SMALLEST_COMPARED


def group(series: Series, values: Mapping[str, str]) -> Groups:
    """Group a series by the value of a metadata key, given by case id."""
    rows = [i for i, name in enumerate(series.ids) if name in values]
    members: dict[str, list[int]] = {}
    for place, i in enumerate(rows):
        members.setdefault(values[series.ids[i]], []).append(place)
    return Groups(
        tuple(series.values[i] for i in rows), tuple(series.clusters[i] for i in rows), dict(sorted(members.items()))
    )


class ScoreColumn:
    """What one scorer gave: values by case, and how many are missing or do not apply.

    `outcomes` is 1 where a value passed, 0 where it failed, -1 where the scorer does not say. `draw_variances` and
    `per_draw` have, for each answer that was judged J > 1 times, the variance of the verdicts and 1 / J.
    """

    def __init__(self) -> None:
        self.values = array("d")
        self.cases = array("L")
        self.outcomes = array("b")
        self.draw_variances = array("d")
        self.per_draw = array("d")
        self.missing_cases = array("L")
        self.not_applicable = 0
        self.passed = 0
        self.judged = 0
        self.reasons: Counter[str] = Counter()
        self.details: dict[str, array[float]] = {}

    def add(self, case: int, score: Score) -> None:
        """Add one score of a case."""
        if score.status == "not_applicable":
            self.not_applicable += 1
        elif score.status == "missing" or score.value is None:
            self.missing_cases.append(case)
            if score.reason in self.reasons or len(self.reasons) < MOST_REASONS:
                self.reasons[score.reason] += 1
        else:
            self.values.append(score.value)
            self.cases.append(case)
            for name, value in score.details.items():
                self.details.setdefault(name, array("d")).append(value)
            self.outcomes.append(-1 if score.passed is None else score.passed)
            if len(score.draws) > 1:
                self.draw_variances.append(variance(score.draws))
                self.per_draw.append(1 / len(score.draws))
            if score.passed is not None:
                self.judged += 1
                self.passed += score.passed

    @property
    def missing(self) -> int:
        """How many scores are missing."""
        return len(self.missing_cases)

    @property
    def missing_share(self) -> float:
        """Missing scores as a share of those that apply."""
        applicable = len(self.values) + self.missing
        return self.missing / applicable if applicable else 0.0

    @property
    def main_reason(self) -> str:
        """The most frequent reason why scores are missing."""
        return min(self.reasons, key=lambda reason: (-self.reasons[reason], reason), default="")
