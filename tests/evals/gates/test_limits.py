"""Gates on time, money and errors."""

import random

import pytest

from llmops.domain.interaction import Usage
from llmops.evals.gates.limits import decide_cost, decide_errors, decide_latency, upper_quantile_bound
from llmops.evals.observations import Observations
from tests.support.eval_runs import binary, observed, result


def run(latencies: list[float], failed: int = 0, cost: float | None = 0.001) -> Observations:
    rows = [result(f"c{i:04}", 1.0, usage=Usage(latency=t, cost=cost)) for i, t in enumerate(latencies)]
    return observed([*rows, *(result(f"f{i}", error="time-out") for i in range(failed))])


def test_p95_needs_59_quick_answers() -> None:
    few = decide_latency("g", run([0.5] * 58), 95, 1.0, 0.05)
    assert (few.outcome, few.required_n) == ("unknown", 59)
    enough = decide_latency("g", run([0.5] * 59), 95, 1.0, 0.05)
    assert (enough.outcome, enough.bound, enough.value) == ("pass", 0.5, 0.5)
    assert enough.reason.startswith(
        "500 ms on 59 cases; at least 95 % of answers within 1 s holds with 95 % confidence"
    )


def test_many_slow_answers_fail() -> None:
    decision = decide_latency("g", run([0.5] * 80 + [3.0] * 20), 95, 1.0, 0.05)
    assert decision.outcome == "fail"
    assert "at least 95 % of answers within 1 s is rejected (80.0 % are" in decision.reason


def test_an_answer_that_failed_is_too_late() -> None:
    assert decide_latency("g", run([0.5] * 80, failed=20), 95, 1.0, 0.05).outcome == "fail"


def test_the_upper_bound_is_an_order_statistic_that_holds() -> None:
    # For n = 100 the 95 % upper bound of the 95th percentile is the 99th value: P(Bin(100, 0.95) >= 99) = 0.0371.
    assert upper_quantile_bound([float(i) for i in range(1, 101)], 0.95, 0.05) == 99.0
    assert upper_quantile_bound([1.0] * 58, 0.95, 0.05) is None
    draw = random.Random(1)
    tries = [upper_quantile_bound([draw.random() for _ in range(120)], 0.9, 0.05) for _ in range(1000)]
    assert sum(bound is not None and bound < 0.9 for bound in tries) / 1000 < 0.06


def test_cost_is_decided_on_its_bound() -> None:
    assert decide_cost("g", run([1.0] * 30), 0.01, 0.05).outcome == "pass"
    dear = decide_cost("g", run([1.0] * 30, cost=0.5), 0.01, 0.05)
    assert dear.outcome == "fail"
    assert dear.reason.startswith("$0.50 on 30 cases; a mean cost of at most $0.01 is rejected")


def test_what_costs_nothing_passes_however_few() -> None:
    assert decide_cost("g", run([1.0] * 2, cost=0.0), 0.01, 0.05).reason == "none of 2 answers cost anything"


def test_an_unknown_price_is_unknown() -> None:
    decision = decide_cost("g", run([1.0] * 30, cost=None), 0.01, 0.05)
    assert decision.outcome == "unknown"
    assert decision.reason == "no price is known for 30 of 30 answers (openai/gpt-4o-mini)"


@pytest.mark.parametrize(("failed", "outcome"), [(0, "pass"), (1, "unknown"), (20, "fail")])
def test_the_error_rate_is_decided_exactly(failed: int, outcome: str) -> None:
    assert decide_errors("g", run([1.0] * (60 - failed), failed=failed), 0.05, 0.05).outcome == outcome


def test_no_error_allowed_is_decided_on_the_run_itself() -> None:
    assert decide_errors("g", run([1.0] * 5), 0.0, 0.05).reason == "0 of 5 answers failed; none may"
    assert decide_errors("g", run([1.0] * 500, failed=1), 0.0, 0.05).outcome == "fail"


def test_nothing_run_decides_nothing() -> None:
    empty = observed([])
    assert decide_latency("g", empty, 95, 1.0, 0.05).outcome == "unknown"
    assert decide_cost("g", empty, 1.0, 0.05).outcome == "unknown"
    assert decide_errors("g", empty, 0.1, 0.05).outcome == "unknown"


def test_errors_of_one_cluster_are_not_many_errors() -> None:
    alone = observed([*binary(95, 0), *(result(f"f{i}", error="x") for i in range(15))])
    together = observed([*binary(95, 0), *(result(f"f{i}", error="x", cluster="k") for i in range(15))])
    assert decide_errors("g", alone, 0.05, 0.05).outcome == "fail"
    assert decide_errors("g", together, 0.05, 0.05).outcome == "unknown"
