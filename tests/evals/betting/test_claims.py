"""Claims: what of a suite can be bet on, and with what stakes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops.domain.evaluation import Score
from llmops.domain.suite import GateSpec
from llmops.evals.betting.claims import Claim, contests_of, questions_of
from llmops.evals.loading import LoadedScorer
from tests.support.bets import gate
from tests.support.eval_runs import baseline, loaded, result


def claim_of(spec: GateSpec, scorer: LoadedScorer | None = None, **known: bool) -> Claim:
    scorers = [scorer or loaded()]
    found = baseline([result("a", 1.0)], *scorers)
    (question,) = questions_of([spec], scorers, {"production": found})
    assert question.claim is not None
    return question.claim


@pytest.mark.parametrize(
    ("spec", "part"),
    [
        (gate(scorer="contains", min=0.9), "bet"),
        (gate(scorer="contains", max=0.2), "bet"),
        (gate(scorer="contains", min=1.0), "every case"),
        (gate(scorer="contains", max=0.0), "every case"),
        (gate(scorer="contains", min=0.0), "settled"),
        (gate(scorer="contains", no_worse_than="production"), "bet"),
        (gate(scorer="contains", no_worse_than="production", margin=1.0), "settled"),
        (gate(scorer="contains", no_worse_than="nobody"), "settled"),
        (gate(scorer="seconds", max=2.0), "left"),
        (gate(scorer="seconds", no_worse_than="production", margin=0.1), "left"),
        (gate(error_rate=0.05), "bet"),
        (gate(error_rate=0), "every case"),
        (gate(error_rate=1), "settled"),
        (gate(latency_p95=2.0), "bet"),
        (gate(cost_per_case=0.01), "left"),
    ],
)
def test_what_has_bounds_and_a_mean_is_bet_on(spec: GateSpec, part: str) -> None:
    scorers = [loaded(), loaded("seconds", span=None, unit="s", direction="lower")]
    baselines = {"production": baseline([result("a", 1.0)], *scorers), "nobody": None}
    (question,) = questions_of([spec], scorers, baselines)
    assert (question.part, question.claim is not None) == (part, part == "bet")


def test_another_definition_of_a_scorer_settles_a_relative_gate() -> None:
    before = baseline([result("a", 1.0)], loaded(identity="an older one"))
    (question,) = questions_of(
        [gate(scorer="contains", no_worse_than="production")], [loaded()], {"production": before}
    )
    assert question.part == "settled"


def test_the_risk_of_failing_is_shared_among_the_gates_and_that_of_passing_is_not() -> None:
    gates = [gate(scorer="contains", min=0.9), gate(error_rate=0.05), gate(cost_per_case=0.1)]
    first = questions_of(gates, [loaded()], {})[0].claim
    assert first is not None
    assert first.risks == pytest.approx((0.05, 0.05 / 3))


@given(st.floats(0.01, 0.99), st.floats(0, 1))
def test_a_gain_is_above_zero_exactly_where_the_value_is_good_enough(minimum: float, value: float) -> None:
    claim = claim_of(gate(scorer="contains", min=minimum))
    read = claim.read(result("a", value))
    assert read is not None
    assert (read + claim.offset >= 0) == (value >= minimum)
    assert claim.span[0] <= read + claim.offset <= claim.span[1]


@given(st.floats(-3, 5), st.floats(-3, 5), st.sampled_from([True, False]))
def test_gains_of_any_range_and_direction_stay_within_their_bounds(value: float, other: float, higher: bool) -> None:
    scorer = loaded(span=(-3.0, 5.0), direction="higher" if higher else "lower")
    claim = claim_of(gate(scorer="contains", no_worse_than="production", margin=0.4), scorer)
    mine, theirs = claim.read(result("a", value)), claim.scale(other)
    assert mine is not None
    assert claim.span[0] <= mine - theirs + claim.offset <= claim.span[1] + 1e-12
    assert claim.unscale(mine - theirs) == pytest.approx(value - other, abs=1e-9)
    assert claim.offset == pytest.approx(0.05)


def test_a_missing_score_is_the_worst_and_one_that_does_not_apply_is_none() -> None:
    claim = claim_of(gate(scorer="contains", max=0.5), loaded(direction="lower"))
    missing = result("a", None)
    assert (claim.read(missing), claim.is_missing(missing)) == (0.0, True)
    beside = result("b", Score.not_applicable("no expectation"))
    assert (claim.read(beside), claim.is_missing(beside)) == (None, False)
    assert claim.read(result("c", 0.2)) == pytest.approx(0.8)


def test_errors_and_late_answers_are_counted_case_by_case() -> None:
    errors, late = claim_of(gate(error_rate=0.1)), claim_of(gate(latency_p95=0.1))
    failed, answered = result("a", error="refused"), result("b", 1.0)
    assert (errors.read(failed), errors.read(answered)) == (0.0, 1.0)
    assert (late.read(failed), late.read(answered)) == (0.0, 0.0)  # 0.25 s
    assert late.span == pytest.approx((-0.95, 0.05))
    assert errors.unscale(0.96) == pytest.approx(0.04)


def test_contests_share_both_risks_among_the_scorers_with_a_range() -> None:
    scorers = [loaded(), loaded("tone"), loaded("seconds", span=None), loaded("new", identity="new")]
    before = baseline([result("a", 1.0)], loaded(), loaded("tone"), loaded("seconds", span=None), loaded("new"))
    contests = contests_of(scorers, before, "production")
    assert [contest.question for contest in contests] == ["contains against production", "tone against production"]
    assert {contest.risks for contest in contests} == {(0.025, 0.025)}
    assert {contest.offset for contest in contests} == {0.0}


def test_a_gate_that_demands_a_measured_judge_is_left_for_labels() -> None:
    gate = GateSpec(scorer="contains", min=0.7, calibrated=True)
    (question,) = questions_of([gate], [loaded()], {})
    assert (question.part, question.claim) == ("left", None)
