"""Gates on a scorer, against a bound and against a baseline."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops.domain.evaluation import CaseResult, Score
from llmops.domain.report import Decision
from llmops.domain.suite import GateSpec
from llmops.evals.gates.scores import Terms, decide_bound, decide_relative
from llmops.evals.loading import LoadedScorer
from tests.support.eval_runs import baseline, binary, loaded, observed, result

TERMS = Terms(max_missing=0.02, beta=0.05)
NOT_WORSE = GateSpec(scorer="contains", no_worse_than="production", margin=0.05)


def at_least(
    results: list[CaseResult], minimum: float, terms: Terms = TERMS, scorer: LoadedScorer | None = None
) -> Decision:
    return decide_bound("g", GateSpec(scorer="contains", min=minimum), scorer or loaded(), observed(results), terms)


def not_worse(
    candidate: list[CaseResult], before: list[CaseResult], gate: GateSpec = NOT_WORSE, terms: Terms = TERMS
) -> Decision:
    return decide_relative("g", gate, loaded(), observed(candidate), baseline=baseline(before), terms=terms)


def test_the_bound_decides_and_not_the_mean() -> None:
    assert at_least(binary(55, 5), 0.9).outcome == "unknown"
    assert at_least(binary(550, 50), 0.9).outcome == "unknown"
    assert at_least(binary(570, 30), 0.9).outcome == "pass"
    assert at_least(binary(40, 20), 0.9).outcome == "fail"


def test_the_exact_bound_is_clopper_and_pearsons() -> None:
    decision = at_least(binary(57, 3), 0.85)
    assert decision.bound == pytest.approx(0.87581, abs=1e-4)  # scipy.stats.beta.ppf(0.05, 57, 4)
    assert decision.reason == (
        "0.950 on 60 cases; a mean of at least 0.85 holds with 95 % confidence (Clopper-Pearson, bound 0.876)"
    )


def test_unknown_says_how_many_cases_would_decide() -> None:
    decision = at_least(binary(56, 4), 0.9)
    assert decision.outcome == "unknown"
    assert decision.required_n is not None
    assert decision.required_n > 60
    assert f"about {decision.required_n:,} cases would" in decision.reason


def test_a_missing_score_enters_as_the_worst_value() -> None:
    assert at_least(binary(57, 3), 0.85, Terms(1.0, 0.05)).outcome == "pass"
    rows = [*binary(57, 3), *(result(f"m{i}", None) for i in range(6))]
    decision = at_least(rows, 0.85, Terms(1.0, 0.05))
    assert decision.outcome == "unknown"
    assert decision.value == pytest.approx(57 / 66)


def test_too_many_missing_scores_decide_nothing() -> None:
    decision = at_least([*binary(960, 0), *(result(f"m{i}", None) for i in range(40))], 0.5)
    assert decision.outcome == "unknown"
    assert decision.reason == "4.0 % of scores are missing, more than 2.0 %: judge unreadable"


def test_no_score_at_all_is_unknown() -> None:
    assert at_least([result("a", Score.not_applicable("no answer"))], 0.5).reason == "no case has a score of contains"


def test_what_does_not_apply_is_outside_all_of_it() -> None:
    rows = [*binary(60, 0), *(result(f"n{i}", Score.not_applicable("no answer")) for i in range(60))]
    assert at_least(rows, 0.9).outcome == "pass"


def test_max_is_the_mirror_image_of_min() -> None:
    rows = binary(3, 57)
    decision = decide_bound(
        "g", GateSpec(scorer="contains", max=0.15), loaded(direction="lower"), observed(rows), TERMS
    )
    assert decision.outcome == "pass"
    assert decision.value == 0.05
    assert decision.bound == pytest.approx(1 - 0.87581, abs=1e-4)


def test_a_missing_score_is_the_highest_value_for_max() -> None:
    rows = [*binary(3, 57), *(result(f"m{i}", None) for i in range(6))]
    gate = GateSpec(scorer="contains", max=0.15)
    decision = decide_bound("g", gate, loaded(direction="lower"), observed(rows), Terms(1.0, 0.05))
    assert decision.value == pytest.approx(9 / 66)
    assert decision.outcome == "unknown"


def test_the_end_of_the_range_is_decided_on_the_run_itself() -> None:
    assert at_least(binary(20, 0), 1.0).reason == "all 20 scores reach 1, the end of the range"
    assert at_least(binary(20, 0), 1.0).outcome == "pass"
    assert at_least(binary(2000, 1), 1.0).outcome == "fail"
    assert at_least([*binary(200, 0), result("m", None)], 1.0).outcome == "unknown"


def test_a_score_without_range_is_decided_by_t() -> None:
    slow = loaded("contains", span=None, direction="lower", unit="s")
    rows = [result(f"c{i}", Score(value=1 + i % 3 / 10)) for i in range(30)]
    for limit, outcome in ((1.2, "pass"), (1.0, "fail"), (1.11, "unknown")):
        decision = decide_bound("g", GateSpec(scorer="contains", max=limit), slow, observed(rows), TERMS)
        assert decision.outcome == outcome
    assert decision.reason.startswith(
        "1.1 s on 30 cases cannot decide whether a mean of at most 1.11 holds (t, bound 1.13 s)"
    )


def test_no_baseline_is_recorded_and_does_not_block() -> None:
    decision = decide_relative("g", NOT_WORSE, loaded(), observed(binary(9, 1)), baseline=None, terms=TERMS)
    assert decision.outcome == "pass"
    assert decision.reason == "no baseline: nothing holds 'production' yet; recorded, not blocking"


def test_an_equal_candidate_needs_enough_cases() -> None:
    few, many = binary(18, 2), binary(270, 30)
    assert not_worse(few, few).outcome == "unknown"
    decision = not_worse(many, many)
    assert decision.outcome == "pass"
    assert decision.value == 0.0
    assert decision.reason.startswith(
        "a difference of ±0.000 on 300 cases; no worse than production by 0.05 holds with 95 %"
    )
    assert "(Tango, bound −0.0" in decision.reason


def test_a_clearly_worse_candidate_fails() -> None:
    assert not_worse(binary(50, 50), binary(90, 10)).outcome == "fail"


def test_a_candidate_that_does_not_answer_is_worse() -> None:
    silent = [*binary(50, 0), *(result(f"c{i:05}", None) for i in range(50, 100))]
    assert not_worse(silent, binary(100, 0), terms=Terms(1.0, 0.05)).outcome == "fail"


def test_a_scorer_that_changed_is_not_compared() -> None:
    other = baseline(binary(10, 0), loaded(identity="another"))
    decision = decide_relative("g", NOT_WORSE, loaded(), observed(binary(10, 0)), baseline=other, terms=TERMS)
    assert decision.outcome == "unknown"
    assert decision.reason == "production was scored with another contains; evaluate it again"


def test_a_baseline_on_other_cases_is_no_baseline() -> None:
    decision = not_worse([*binary(100, 0), *(result(f"new{i}", 1.0) for i in range(10))], binary(100, 0))
    assert decision.outcome == "unknown"
    assert decision.reason == "production has no score for 10 of 110 cases; evaluate it again"


def test_without_a_margin_two_percent_of_the_range_is_tolerated() -> None:
    rows = binary(450, 50)
    assert "by 0.02 holds" in not_worse(rows, rows, GateSpec(scorer="contains", no_worse_than="production")).reason


def test_lower_is_better_is_mirrored() -> None:
    scorer = loaded(direction="lower")
    gate = GateSpec(scorer="contains", no_worse_than="production", margin=0.05)
    fewer, more = binary(10, 290), binary(100, 200)
    better = decide_relative("g", gate, scorer, observed(fewer), baseline=baseline(more, scorer), terms=TERMS)
    worse = decide_relative("g", gate, scorer, observed(more), baseline=baseline(fewer, scorer), terms=TERMS)
    assert (better.outcome, worse.outcome) == ("pass", "fail")
    assert better.value == pytest.approx(-0.3)


@pytest.mark.parametrize(("shift", "outcome"), [(0.0, "pass"), (1.0, "fail")])
def test_seconds_are_compared_by_t(shift: float, outcome: str) -> None:
    scorer = loaded(span=None, direction="lower", unit="s")
    before = [result(f"c{i}", Score(value=1 + i % 5 / 10)) for i in range(40)]
    after = [result(f"c{i}", Score(value=1 + i % 5 / 10 + shift + i % 2 / 100)) for i in range(40)]
    gate = GateSpec(scorer="contains", no_worse_than="production", margin=0.1)
    decision = decide_relative("g", gate, scorer, observed(after), baseline=baseline(before, scorer), terms=TERMS)
    assert decision.outcome == outcome
    bare = GateSpec(scorer="contains", no_worse_than="production")
    decision = decide_relative("g", bare, scorer, observed(after), baseline=baseline(before, scorer), terms=TERMS)
    assert decision.reason == "contains has no range; give the gate a margin"


@settings(max_examples=50, deadline=None)
@given(st.lists(st.one_of(st.sampled_from([0.0, 1.0]), st.floats(0, 1)), min_size=1, max_size=60), st.floats(0.1, 0.9))
def test_at_least_and_at_most_the_same_value_never_both_hold(values: list[float], limit: float) -> None:
    found = observed([result(f"c{i}", value) for i, value in enumerate(values)])
    high = decide_bound("g", GateSpec(scorer="contains", min=limit), loaded(), found, TERMS)
    low = decide_bound("g", GateSpec(scorer="contains", max=limit), loaded(), found, TERMS)
    assert {high.outcome, low.outcome} != {"pass"}
    assert {high.outcome, low.outcome} != {"fail"}


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 60), st.integers(0, 60), st.floats(0.05, 0.5), st.floats(0.5, 0.95))
def test_a_stricter_gate_is_never_easier(passes: int, failures: int, easy: float, hard: float) -> None:
    rows = binary(passes, failures)
    rank = {"fail": 0, "unknown": 1, "pass": 2}
    assert rank[at_least(rows, hard).outcome] <= rank[at_least(rows, easy).outcome] or not rows
