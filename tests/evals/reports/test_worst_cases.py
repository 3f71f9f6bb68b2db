"""Which answers to look at first."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from llmops.domain.evaluation import Score
from llmops.evals.reports.worst_cases import worst_results
from tests.support.eval_runs import loaded, report, result


def test_failed_answers_come_first_then_what_lost_most() -> None:
    rows = [
        result("good", 1.0),
        result("half", 0.6),
        result("zero", 0.0),
        result("missing", None),
        result("error", error="time-out"),
        result("low", 0.3),
    ]
    assert [r.case_id for r in worst_results(rows, report(rows).scores)] == ["error", "zero", "low", "half", "missing"]


def test_a_high_score_is_bad_where_lower_is_better() -> None:
    scorer = loaded(direction="lower")
    rows = [result("a", Score(value=0.1)), result("b", Score(value=0.9)), result("c", Score(value=0.0))]
    assert [r.case_id for r in worst_results(rows, report(rows, scorer).scores)] == ["b", "a"]


def test_seconds_are_no_shortfall() -> None:
    rows = [result("a", Score(value=9.0))]
    assert worst_results(rows, report(rows, loaded(span=None)).scores) == []


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0]), max_size=80), st.integers(1, 8), st.randoms(use_true_random=False)
)
def test_the_choice_is_that_of_sorting_everything_in_any_order(
    values: list[float], limit: int, order: random.Random
) -> None:
    rows = [result(f"c{i:03}", value) for i, value in enumerate(values)]
    expected = sorted(
        (r for r in rows if r.scores["contains"].value != 1.0), key=lambda r: (r.scores["contains"].value, r.case_id)
    )
    scores = report(rows).scores
    order.shuffle(rows)
    assert worst_results(rows, scores, limit) == expected[:limit]
