"""Rulings in words, and means without bounds."""

import random

import pytest

from llmops.evals.gates.rulings import Finding, decide_by, rule_mean_at_most
from llmops.measures.comparison import Ruling

FOUND = Finding("contains ≥ 0.9", "a mean of at least 0.9", 0.95, 60)


@pytest.mark.parametrize(
    ("ruling", "reason", "required"),
    [
        (
            Ruling("pass", "exact", 0.91, None),
            "0.950 on 60 cases; a mean of at least 0.9 holds with 95 % confidence (exact, bound 0.910)",
            None,
        ),
        (
            Ruling("fail", "betting", None, None),
            "0.950 on 60 cases; a mean of at least 0.9 is rejected (betting)",
            None,
        ),
        (
            Ruling("unknown", "exact", 0.87, 412),
            "0.950 on 60 cases cannot decide whether a mean of at least 0.9 holds (exact, bound 0.870); about 412 cases would",
            412,
        ),
        (
            Ruling("unknown", "betting", None, None),
            "0.950 on 60 cases cannot decide whether a mean of at least 0.9 holds (betting); no number of cases would",
            None,
        ),
    ],
)
def test_a_decision_says_what_was_measured_and_what_decided(ruling: Ruling, reason: str, required: int | None) -> None:
    decision = decide_by(ruling, FOUND)
    assert decision.reason == reason
    assert (decision.outcome, decision.value, decision.required_n) == (ruling.outcome, 0.95, required)


def names(n: int) -> list[str]:
    return [f"c{i}" for i in range(n)]


def test_a_mean_well_below_the_limit_passes_and_well_above_fails() -> None:
    values = [1.0, 1.2, 0.8] * 10
    assert rule_mean_at_most(values, names(30), maximum=1.5, beta=0.05).outcome == "pass"
    assert rule_mean_at_most(values, names(30), maximum=0.5, beta=0.05).outcome == "fail"
    near = rule_mean_at_most(values, names(30), maximum=1.01, beta=0.05)
    assert near.outcome == "unknown"
    assert near.required_n is not None
    assert near.required_n > 30


def test_fewer_than_ten_clusters_decide_nothing() -> None:
    ruling = rule_mean_at_most([0.1] * 18, ["a", "b", "c"] * 6, maximum=9.0, beta=0.05)
    assert (ruling.outcome, ruling.method, ruling.required_n) == ("unknown", "t, only 3 clusters", 60)
    assert rule_mean_at_most([0.1], ["a"], maximum=9.0, beta=0.05).outcome == "unknown"


def test_a_mean_at_the_limit_passes_about_one_time_in_twenty() -> None:
    draw = random.Random(3)
    tries = [[draw.gauss(1.0, 0.3) for _ in range(40)] for _ in range(1000)]
    outcomes = [rule_mean_at_most(values, names(40), maximum=1.0, beta=0.05).outcome for values in tries]
    assert 0.03 < outcomes.count("pass") / 1000 < 0.07
    assert 0.03 < outcomes.count("fail") / 1000 < 0.07
