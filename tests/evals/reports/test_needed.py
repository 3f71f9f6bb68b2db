"""How many cases it takes, from what a run has shown."""

import pytest

from llmops.domain.evaluation import CaseResult, Score
from llmops.domain.report import ScoreSummary
from llmops.evals.observations import Observations
from llmops.evals.reports.needed import find_needs

SCORES = [ScoreSummary(label="contains", identity="i", n=4, clusters=4, mean=0.5)]


def observed(values: dict[str, list[float]], clusters: dict[str, str] | None = None) -> Observations:
    return Observations.of(
        CaseResult(
            case_id=case,
            repeat=repeat,
            cluster=(clusters or {}).get(case, case),
            inputs={"q": case},
            output="",
            scores={"contains": Score(value=value)},
        )
        for case, scores in values.items()
        for repeat, value in enumerate(scores)
    )


def test_without_repeats_one_number_of_cases_is_told() -> None:
    # (1.96 / 0.05)² · 1/3, the variance of 0, 0, 1, 1 with n - 1
    (need,) = find_needs(observed({"a": [0], "b": [0], "c": [1], "d": [1]}), SCORES, 0.05)
    assert (need.repeats, need.interval, need.comparison) == (1, 513, None)


def test_repeats_spare_cases_where_answers_vary() -> None:
    run = observed({case: [0, 1, 0, 1] for case in "abcd"})
    needs = find_needs(run, SCORES, 0.1)
    assert [need.repeats for need in needs] == [1, 3, 5, 10]
    cases = [need.interval for need in needs]
    assert cases == sorted(cases, reverse=True)
    assert cases[-1] < cases[0] / 8


def test_alike_cases_in_clusters_take_more() -> None:
    values = {case: [float(case in "abcd")] for case in "abcdefgh"}
    apart = find_needs(observed(values), SCORES, 0.1)[0].interval
    together = find_needs(observed(values, {case: "ab"[case in "efgh"] for case in values}), SCORES, 0.1)[0].interval
    assert together > 2 * apart


def test_a_comparison_takes_fewer_where_both_win_the_same_cases() -> None:
    run = observed({str(n): [float(n % 2)] for n in range(20)})
    nearly = observed({str(n): [float(n % 2 or n == 0)] for n in range(20)})
    (need,) = find_needs(run, SCORES, 0.05, baseline=nearly)
    assert need.comparison is not None
    assert need.comparison < need.interval


@pytest.mark.parametrize("values", [{}, {"a": [1.0]}])
def test_from_one_case_nothing_can_be_told(values: dict[str, list[float]]) -> None:
    assert find_needs(observed(values), SCORES, 0.05) == []
