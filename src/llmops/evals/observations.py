"""The numbers of a run, gathered from its results as they come: about forty bytes a score (sixteen more where a judge was
asked several times), and none of the texts.

Reports, gates and comparisons read them case by case, sorted by case id, with repeats averaged first; sums are exact
(`math.fsum`). So the order in which results came in changes nothing.
"""

import math
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from llmops.core.hashing import Json
from llmops.domain.evaluation import CaseResult
from llmops.evals.columns import MOST_REASONS, Answers, ScoreColumn, Series
from llmops.evals.hearing import JudgingTally

MOST_VALUES = 12  # distinct values that a metadata key may have to count as a segment unasked
MOST_GATED = 50  # those that it may have for a gate that names it
LONGEST_VALUE = 80  # characters; a longer text is no segment


class Observations:
    """The numbers of a run.

    Args:
        segments: metadata keys to report by; None: every key with few distinct scalar values.
    """

    def __init__(self, segments: Sequence[str] | None = None) -> None:
        self.results = 0
        self.errors = 0
        self.cached = 0
        self.fallbacks = 0
        self.tokens = 0
        self.unpriced = 0
        self.repeats = 0
        self.models: set[str] = set()
        self.undated = 0
        self.fingerprints: dict[tuple[str, str], datetime] = {}
        self.contents: dict[str, tuple[int, int]] = {}
        self.error_reasons: Counter[str] = Counter()
        self.judging = JudgingTally()
        self._asked = None if segments is None else {key.removeprefix("metadata.") for key in segments}
        self._order: dict[str, int] = {}
        self._clusters: list[str] = []
        self._columns: dict[str, ScoreColumn] = {}
        self._segments: dict[str, dict[str, array[int]] | None] = {}
        self._answered, self._latencies = array("L"), array("d")
        self._priced, self._costs = array("L"), array("d")
        self._failed = array("L")
        self._oldest: datetime | None = None

    @classmethod
    def of(cls, results: Iterable[CaseResult], segments: Sequence[str] | None = None) -> "Observations":
        """Gather all results."""
        observed = cls(segments)
        for result in results:
            observed.add(result)
        return observed

    def add(self, result: CaseResult) -> None:
        """Take the numbers of one result."""
        case = self._order.get(result.case_id)
        if case is None:
            case = self._new_case(result)
        self.results += 1
        self.repeats = max(self.repeats, result.repeat + 1)
        self.cached += result.cached
        self.tokens += result.usage.tokens
        if result.error is not None:
            self.errors += 1
            self._failed.append(case)
            if result.error in self.error_reasons or len(self.error_reasons) < MOST_REASONS:
                self.error_reasons[result.error] += 1
        else:
            self._add_answer(case, result)
        for label, score in result.scores.items():
            column = self._columns.get(label)
            if column is None:
                column = self._columns[label] = ScoreColumn()
            column.add(case, score)
            if score.judging is not None:
                self.judging.add(score.judging)

    def column(self, label: str) -> ScoreColumn:
        """What one scorer gave; empty where it was never asked."""
        return self._columns.get(label) or ScoreColumn()

    @property
    def cases(self) -> int:
        """How many cases have a result."""
        return len(self._clusters)

    @property
    def clusters(self) -> int:
        """How many clusters they form."""
        return len(set(self._clusters))

    @property
    def latencies(self) -> Sequence[float]:
        """Seconds of every answer, in no order."""
        return self._latencies

    @property
    def cost(self) -> float | None:
        """US dollars altogether; None where no price is known."""
        return math.fsum(self._costs) if self._costs else None

    @property
    def oldest_reply(self) -> datetime | None:
        """When the oldest reply was made; None where one of them does not tell."""
        return None if self.undated else self._oldest

    @property
    def keys(self) -> list[str]:
        """The metadata keys to report by."""
        asked = self._asked is not None
        return sorted(
            key
            for key, groups in self._segments.items()
            if groups is not None and (asked or len(groups) <= MOST_VALUES)
        )

    def segment_of(self, key: str) -> dict[str, str] | None:
        """The value of a metadata key by case id; None where it has so many that it is no segment."""
        groups = self._segments.get(key, {})
        if groups is None:
            return None
        names = list(self._order)
        return {names[i]: value for value, cases in groups.items() for i in cases}

    def scores(self, label: str, *, missing_as: float | None = None) -> Series:
        """A scorer's mean for each case; with `missing_as`, missing scores count as that value, else not at all."""
        column = self.column(label)
        pairs = list(zip(column.cases, column.values, strict=True))
        if missing_as is not None:
            pairs += [(case, missing_as) for case in column.missing_cases]
        return self._series(pairs)

    def answers(self, label: str) -> list[Answers]:
        """A scorer's scores case by case, in order of case id."""
        column = self.column(label)
        rows: dict[int, list[tuple[float, int]]] = {}
        for case, value, outcome in zip(column.cases, column.values, column.outcomes, strict=True):
            rows.setdefault(case, []).append((value, outcome))
        names = list(self._order)
        return [
            Answers(
                names[case],
                tuple(sorted(value for value, _ in rows[case])),
                sum(outcome >= 0 for _, outcome in rows[case]),
                sum(outcome == 1 for _, outcome in rows[case]),
            )
            for case in sorted(rows, key=names.__getitem__)
        ]

    def costs(self) -> Series:
        """Mean cost of a case's answers, of those whose price is known."""
        return self._series(list(zip(self._priced, self._costs, strict=True)))

    def error_shares(self) -> Series:
        """The share of each case's answers that failed."""
        return self._series([(i, 0.0) for i in self._answered] + [(i, 1.0) for i in self._failed])

    def shares_within(self, seconds: float) -> Series:
        """The share of each case's answers that took no longer; one that failed counts as too late."""
        timed = zip(self._answered, self._latencies, strict=True)
        return self._series([(i, float(t <= seconds)) for i, t in timed] + [(i, 0.0) for i in self._failed])

    def _series(self, pairs: list[tuple[int, float]]) -> Series:
        grouped: dict[int, list[float]] = {}
        for case, value in pairs:
            grouped.setdefault(case, []).append(value)
        names = list(self._order)
        chosen = sorted((names[case], case) for case in grouped)
        return Series(
            tuple(name for name, _ in chosen),
            tuple(math.fsum(grouped[case]) / len(grouped[case]) for _, case in chosen),
            tuple(self._clusters[case] for _, case in chosen),
        )

    def _new_case(self, result: CaseResult) -> int:
        case = self._order[result.case_id] = len(self._clusters)
        self._clusters.append(result.cluster)
        for key, value in result.metadata.items():
            if (text := _segment_value(value)) is not None and self._wanted(key):
                groups = self._segments.setdefault(key, {})
                if groups is not None:
                    groups.setdefault(text, array("L")).append(case)
                    if self._asked is None and len(groups) > MOST_GATED:
                        self._segments[key] = None  # too many values: an id or a text, no segment
        return case

    def _wanted(self, key: str) -> bool:
        return key != "cluster" if self._asked is None else key in self._asked

    def _add_answer(self, case: int, result: CaseResult) -> None:
        self.models.add(result.model)
        self.fallbacks += result.fallback
        if result.generation:
            first, last = self.contents.get(result.generation, (result.sequence, result.sequence))
            self.contents[result.generation] = min(first, result.sequence), max(last, result.sequence)
        self._add_time(result)
        self._answered.append(case)
        self._latencies.append(result.usage.latency)
        if result.usage.cost is None:
            self.unpriced += 1
        else:
            self._priced.append(case)
            self._costs.append(result.usage.cost)

    def _add_time(self, result: CaseResult) -> None:
        at = result.at
        if at is None:
            self.undated += 1
            return
        if self._oldest is None or at < self._oldest:
            self._oldest = at
        if result.fingerprint:
            key = (result.model, result.fingerprint)
            seen = self.fingerprints.get(key)
            if seen is None or at > seen:
                self.fingerprints[key] = at


def _segment_value(value: Json) -> str | None:
    """A scalar as the name of a segment; None for what is none."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (str, int, float)):
        text = str(value)
        return text if 0 < len(text) <= LONGEST_VALUE else None
    return None
