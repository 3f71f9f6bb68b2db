"""Reports in words."""

import pytest

from llmops.domain.evaluation import Score
from llmops.domain.report import Conclusion, Decision, Difference, Interval, Outcome
from llmops.evals.words import (
    conclusion_text,
    difference_text,
    display_span,
    facts,
    interval_text,
    missing_text,
    p_text,
    pass_text,
    score_name,
    signed,
    verdict,
)
from tests.support.eval_runs import binary, loaded, report, result


@pytest.mark.parametrize(
    ("outcomes", "said"),
    [
        ([], "This suite has no gates: nothing was decided."),
        (["pass"], "The gate passes."),
        (["fail"], "The gate fails."),
        (["pass", "pass"], "All 2 gates pass."),
        (["pass", "unknown"], "1 of 2 gates is unknown."),
        (["fail", "unknown", "unknown"], "1 of 3 gates fails, 2 of 3 gates are unknown."),
    ],
)
def test_the_verdict_is_one_sentence(outcomes: list[Outcome], said: str) -> None:
    decisions = [Decision(gate="g", outcome=outcome, reason="r") for outcome in outcomes]
    assert verdict(report(binary(1, 0)).model_copy(update={"decisions": tuple(decisions)})) == said


def test_facts_name_what_is_special_about_a_run() -> None:
    rows = [result(f"c{i}", 1.0, repeat=r, cluster=f"k{i % 2}", cached=True) for i in range(4) for r in range(2)]
    assert facts(report(rows)) == [
        ("cases", "4 in 2 clusters, asked 2 times each"),
        ("failed answers", "0"),
        ("from the cache", "8"),
        ("latency p50 / p95", "250 ms / 250 ms"),
        ("cost", "$0.008"),
        ("tokens", "120"),
        ("time", "1.5 s"),
    ]


def difference(conclusion: Conclusion, interval: Interval | None = None, required: int | None = None) -> Difference:
    return Difference(
        label="a",
        n=9,
        mean=-0.02,
        interval=interval,
        p=0.5,
        wins=1,
        losses=2,
        ties=6,
        conclusion=conclusion,
        required_n=required,
    )


def test_differences_have_signs_and_open_ones_say_what_it_takes() -> None:
    assert difference_text(difference("worse")) == "−0.020"
    told = difference_text(difference("worse", Interval(low=-0.05, high=0.0, method="t")))
    assert told == "−0.020 (−0.050 to ±0.000)"
    assert conclusion_text(difference("not yet known", required=1200)) == "not yet known (about 1,200 cases would tell)"
    assert conclusion_text(difference("not yet known")) == "not yet known"
    assert signed(0.5, "s") == "+500 ms"


def test_scores_in_words() -> None:
    score = report([*binary(9, 0), result("m", None)]).scores[0]
    assert missing_text(score) == "1 (0.900–1.000)"
    assert pass_text(score) == "100.0 %"
    assert score_name(score) == "contains"
    assert interval_text(None) == "–"
    assert [p_text(p) for p in (None, 0.0001, 0.05)] == ["–", "< 0.001", "0.050"]


def test_a_score_without_range_is_drawn_from_zero() -> None:
    slow = loaded(span=None, direction="lower", unit="s")
    score = report([result(f"c{i}", Score(value=2.0 + i % 2)) for i in range(20)], slow).scores[0]
    low, high = display_span(score)
    assert low == 0.0
    assert score.interval is not None
    assert high == score.interval.high
    assert score_name(score) == "contains ↓"
