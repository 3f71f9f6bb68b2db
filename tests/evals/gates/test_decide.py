"""Several gates together."""

import random

import pytest

from llmops.core.errors import InputError
from llmops.domain.suite import GateSpec
from llmops.evals.gates.decide import check_gates, decide, describe, leave_open
from tests.support.eval_runs import baseline, binary, loaded, observed, report, result

GATES = (
    GateSpec(scorer="contains", min=0.85),
    GateSpec(scorer="contains", no_worse_than="production", margin=0.05),
    GateSpec(latency_p95=1.0),
    GateSpec(cost_per_case=0.01),
    GateSpec(error_rate=0.05),
)


def test_every_gate_is_decided_in_its_order() -> None:
    rows = binary(285, 15)
    decisions = decide(GATES, observed(rows), [loaded()], baselines={"production": baseline(rows)})
    assert [(d.gate, d.outcome) for d in decisions] == [
        ("contains ≥ 0.85", "pass"),
        ("contains no worse than production (margin 0.05)", "pass"),
        ("latency p95 ≤ 1 s", "pass"),
        ("cost per case ≤ $0.01", "pass"),
        ("error rate ≤ 5 %", "pass"),
    ]


def test_one_failing_gate_fails_the_run_and_one_unknown_leaves_it_open() -> None:
    rows = binary(57, 3)
    fails = decide([GATES[0], GateSpec(scorer="contains", min=0.999)], observed(rows), [loaded()])
    opens = decide([GATES[0], GateSpec(scorer="contains", min=0.94)], observed(rows), [loaded()])
    assert report(rows).model_copy(update={"decisions": fails}).outcome == "fail"
    assert report(rows).model_copy(update={"decisions": opens}).outcome == "unknown"


def test_the_risk_of_failing_wrongly_is_shared_and_that_of_passing_is_not() -> None:
    failing = binary(50, 10)  # at one gate just rejected: P(X <= 50 | 60, 0.91) = 0.046
    one = decide([GateSpec(scorer="contains", min=0.91)], observed(failing), [loaded()])
    many = decide([GateSpec(scorer="contains", min=0.91)] * 10, observed(failing), [loaded()])
    assert one[0].outcome == "fail"
    assert {d.outcome for d in many} == {"unknown"}
    passing = binary(57, 3)
    assert {d.outcome for d in decide([GATES[0]] * 10, observed(passing), [loaded()])} == {"pass"}


def test_a_system_at_the_boundary_passes_one_time_in_twenty_at_most() -> None:
    draw, passed, failed = random.Random(7), 0, 0
    for _ in range(400):
        rows = [result(f"c{i:03}", float(draw.random() < 0.8)) for i in range(60)]
        found = decide([GateSpec(scorer="contains", min=0.8)], observed(rows), [loaded()])[0].outcome
        passed += found == "pass"
        failed += found == "fail"
    assert passed / 400 <= 0.06
    assert failed / 400 <= 0.06


def test_a_baseline_that_is_not_there_does_not_block() -> None:
    for baselines in ({}, {"production": None}):
        assert decide([GATES[1]], observed(binary(9, 1)), [loaded()], baselines=baselines)[0].outcome == "pass"


def test_gates_that_no_run_could_decide_are_refused_beforehand() -> None:
    with pytest.raises(
        InputError, match=r"names the scorer 'contians', which the suite does not have\nDid you mean 'contains'"
    ):
        check_gates([GateSpec(scorer="contians", min=0.5)], [loaded()])
    with pytest.raises(InputError, match=r"contains ≥ 90 asks for a value outside the scorer's range 0 to 1"):
        check_gates([GateSpec(scorer="contains", min=90)], [loaded()])
    with pytest.raises(InputError, match=r"gap ≤ 10 asks for a gap as wide as the scorer's range 0 to 1\nShares are"):
        check_gates([GateSpec(scorer="contains", segment="metadata.lang", max_gap=10)], [loaded()])
    check_gates([GateSpec(scorer="latency", max=90)], [loaded("latency", span=None)])


def test_an_interrupted_run_leaves_every_gate_open() -> None:
    decisions = leave_open(GATES[:1], "interrupted after 3 of 60 cases")
    assert (decisions[0].outcome, decisions[0].reason) == ("unknown", "interrupted after 3 of 60 cases")


def test_no_gates_decide_nothing() -> None:
    assert decide([], observed(binary(1, 1)), [loaded()]) == ()


@pytest.mark.parametrize(
    ("gate", "name"),
    [
        (GateSpec(scorer="a", max=0.1), "a ≤ 0.1"),
        (GateSpec(scorer="a", no_worse_than="app/docs@3"), "a no worse than app/docs@3"),
        (GateSpec(latency_p50=0.25), "latency p50 ≤ 250 ms"),
        (GateSpec(latency_p99=200), "latency p99 ≤ 3 min 20 s"),
        (GateSpec(error_rate=0.0), "error rate ≤ 0 %"),
    ],
)
def test_a_gate_has_a_readable_name(gate: GateSpec, name: str) -> None:
    assert describe(gate) == name
