"""Picks the results that a person should look at first."""

from collections.abc import Iterable, Sequence

from llmops.domain.evaluation import CaseResult
from llmops.domain.report import ScoreSummary

Rank = tuple[bool, int, float, int]


def worst_results(results: Iterable[CaseResult], scores: Sequence[ScoreSummary], limit: int = 50) -> list[CaseResult]:
    """The worst results, worst first, in one pass that keeps at most twice as many as it returns.

    Failed answers come first, then by how many scorers failed the answer, by how far its scores fall short of the best of
    their ranges, and by missing scores. A result with nothing wrong is not listed.
    """
    kept: list[tuple[Rank, CaseResult]] = []
    for result in results:
        rank = rank_of(result, scores)
        if any(rank):
            kept.append((rank, result))
            if len(kept) >= 2 * limit + 1:
                kept = _first(kept, limit)
    return [result for _, result in _first(kept, limit)]


def rank_of(result: CaseResult, scores: Sequence[ScoreSummary]) -> Rank:
    """What is wrong with a result, the larger the worse: failed, scores not passed, mean shortfall, scores missing."""
    failed = sum(score.passed is False for score in result.scores.values())
    missing = sum(score.status == "missing" for score in result.scores.values())
    shortfalls = []
    for summary in scores:
        score = result.scores.get(summary.label)
        if score is not None and score.value is not None and summary.range is not None:
            low, high = summary.range
            place = (score.value - low) / (high - low)
            shortfalls.append(place if summary.direction == "lower" else 1 - place)
    return result.error is not None, failed, round(sum(shortfalls) / len(shortfalls), 9) if shortfalls else 0.0, missing


def _first(kept: list[tuple[Rank, CaseResult]], limit: int) -> list[tuple[Rank, CaseResult]]:
    ordered = sorted(kept, key=lambda item: (item[1].case_id, item[1].repeat))
    return sorted(ordered, key=lambda item: item[0], reverse=True)[:limit]
