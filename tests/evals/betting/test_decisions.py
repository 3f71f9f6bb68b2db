"""What bets decide, in words."""

from collections.abc import Callable, Sequence

import pytest

from llmops.domain.evaluation import Case, CaseResult
from llmops.domain.report import Decision
from llmops.domain.suite import GateSpec
from llmops.evals.betting.claims import contests_of
from llmops.evals.betting.course import UntilDecided
from llmops.evals.betting.decisions import conclude, decide_gates, tell
from llmops.evals.compare import compare_runs
from llmops.evals.pairs import Baseline
from tests.support.bets import answered, clustered, course, gate, in_order, run
from tests.support.eval_runs import baseline, loaded, observed, result

Make = Callable[[Case], CaseResult]
RELATIVE = gate(scorer="contains", no_worse_than="production", margin=0.05)


def decided(
    gates: Sequence[GateSpec],
    make: Make,
    *,
    cases: int = 300,
    baselines: dict[str, Baseline | None] | None = None,
    max_missing: float = 0.02,
) -> tuple[tuple[Decision, ...], UntilDecided]:
    made, questions = course(gates, clustered(cases), baselines=baselines, max_missing=max_missing)
    results = [make(job.case) for job in made.jobs()]
    seen = observed(results[: run(made, results)])
    found = decide_gates(questions, made, seen, [loaded()], baselines=baselines or {}, max_missing=max_missing)
    return found, made


def right(case: Case) -> CaseResult:
    return answered(case, 1.0)


def test_a_gate_that_is_decided_says_after_how_many_cases() -> None:
    (found,), made = decided([gate(scorer="contains", min=0.7)], right)
    assert (found.outcome, found.gate, found.value) == ("pass", "contains ≥ 0.7", 1.0)
    assert found.reason == (f"1.000 on {made.cases} cases; a mean of at least 0.7 holds with 95 % confidence (betting)")


def test_a_relative_gate_tells_the_difference() -> None:
    before = baseline([answered(case, 1.0) for case in clustered(300)])
    (found,), made = decided([RELATIVE], lambda case: answered(case, 0.0), baselines={"production": before})
    assert (found.outcome, found.value) == ("fail", -1.0)
    assert found.reason == (
        f"a difference of −1.000 on {made.cases} cases; no worse than production by 0.05 is rejected (betting)"
    )


def test_out_of_cases_a_gate_is_unknown_and_says_how_many_would_decide() -> None:
    (found,), _ = decided([gate(scorer="contains", min=0.7)], right, cases=4)
    assert found.outcome == "unknown"
    assert found.required_n is not None
    assert 4 < found.required_n < 20
    assert "cannot decide whether a mean of at least 0.7 holds (betting); about" in found.reason


def test_what_cannot_be_bet_on_is_left_to_the_full_run() -> None:
    gates = [gate(scorer="contains", min=0.7), gate(cost_per_case=1.0), gate(scorer="contains", min=1.0)]
    (_, cost, every), made = decided(gates, right)
    told = (
        f"left to the full run: what {made.cases} cases of 300 say cannot decide this gate at a stop that others chose"
    )
    assert (cost.outcome, cost.reason) == ("unknown", told)
    assert (every.outcome, every.reason) == ("unknown", told)


def test_a_full_run_decides_what_was_left_to_it() -> None:
    gates = [gate(scorer="contains", min=0.9), gate(cost_per_case=1.0), gate(scorer="contains", min=1.0)]
    found, _ = decided(gates, right, cases=15)
    assert [decision.outcome for decision in found] == ["unknown", "pass", "pass"]


def test_a_single_exception_fails_a_gate_on_every_case_at_once() -> None:
    gates = [gate(scorer="contains", min=0.3), gate(scorer="contains", min=1.0)]
    found, made = decided(gates, lambda case: answered(case, 0.9))
    assert made.cases < 100
    assert [decision.outcome for decision in found] == ["pass", "fail"]


def test_answers_that_cost_nothing_keep_within_any_cost() -> None:
    free = lambda case: right(case).model_copy(update={"usage": right(case).usage.model_copy(update={"cost": 0.0})})  # noqa: E731
    found, _ = decided([gate(scorer="contains", min=0.7), gate(cost_per_case=0.1)], free)
    assert [decision.outcome for decision in found] == ["pass", "pass"]


def test_without_a_baseline_a_relative_gate_is_recorded_and_blocks_nothing() -> None:
    gates = [gate(scorer="contains", min=0.7), RELATIVE]
    (_, relative), _ = decided(gates, right, baselines={"production": None})
    assert relative.outcome == "pass"
    assert relative.reason.startswith("no baseline: nothing holds 'production' yet")


def test_missing_scores_are_the_worst_and_too_many_of_them_decide_nothing() -> None:
    ids = {case.id: at for at, case in enumerate(clustered(300))}
    (found,), made = decided(
        [gate(scorer="contains", min=0.5)], lambda case: answered(case, None if ids[case.id] % 3 == 0 else 1.0)
    )
    assert made.is_complete
    assert (found.outcome, found.reason) == ("unknown", "33.3 % of scores are missing, more than 2.0 %")
    (tolerated,), made = decided([gate(scorer="contains", min=0.5)], lambda case: answered(case, None), max_missing=1.0)
    assert (tolerated.outcome, tolerated.value) == ("fail", 0.0)


def test_failed_answers_fail_a_gate_on_errors() -> None:
    (found,), made = decided([gate(error_rate=0.1)], lambda case: result(case.id, error="refused"))
    assert (found.outcome, found.value) == ("fail", 1.0)
    assert made.cases < 10
    assert found.reason.endswith("an error rate of at most 10 % is rejected (betting)")


@pytest.mark.parametrize(("score", "conclusion"), [(1.0, "better"), (0.0, "worse"), (0.5, "not yet known")])
def test_a_comparison_concludes_by_its_bets(score: float, conclusion: str) -> None:
    cases = clustered(120)
    before = baseline([answered(case, 0.5) for case in cases])
    claims = contests_of([loaded()], before, "production")
    made = UntilDecided(cases, 1, 3, claims, needed=1, baselines={"production": before})
    results = in_order(made, dict.fromkeys((case.id for case in cases), score))
    taken = run(made, results)
    found = conclude(compare_runs(observed(results[:taken]), before, [loaded()]), made)
    (difference,) = found.differences
    assert (difference.conclusion, difference.p) == (conclusion, None)
    assert (taken < 60) == (conclusion != "not yet known")


def test_the_report_s_bets_say_what_was_saved() -> None:
    made, questions = course([gate(scorer="contains", min=0.7), gate(cost_per_case=1.0)], clustered(300))
    taken = run(made, in_order(made, dict.fromkeys((case.id for case in clustered(300)), 1.0)))
    told = tell(made, questions, answers=taken + 3, baseline_answers=2)
    assert (told.decided, told.units, told.of_units, told.cases, told.of_cases) == (True, taken, 300, taken, 300)
    assert (told.answers, told.of_answers, told.baseline_answers) == (taken + 3, 300, 2)
    assert told.left == ("cost per case ≤ $1.00",)
    (wager,) = told.wagers
    assert (wager.question, wager.outcome, wager.at[-1]) == ("contains ≥ 0.7", "pass", taken)
    assert wager.capital[0] >= wager.needed[0]
