"""A course that stops when it is decided: never by who answered first, and the same after every interruption."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops.measures.sequential import Duel
from tests.support.bets import answered, clustered, course, drawn, gate, in_order, run
from tests.support.eval_runs import baseline, loaded, result

MIN = gate(scorer="contains", min=0.7)
RELATIVE = gate(scorer="contains", no_worse_than="production", margin=0.05)


def test_units_are_asked_in_the_drawn_order_with_all_their_repeats() -> None:
    cases = clustered(5, 2)
    made, _ = course([MIN], cases, repeats=2)
    jobs = list(made.jobs())
    assert made.total == len(jobs) == 20
    clusters = [job.case.cluster for job in jobs]
    assert [clusters[i] for i in range(0, 20, 4)] != sorted(set(clusters))
    assert all(len(set(clusters[i : i + 4])) == 1 for i in range(0, 20, 4))


def test_a_clear_case_is_decided_after_few_answers() -> None:
    cases = clustered(400)
    made, _ = course([MIN], cases)
    taken = run(made, in_order(made, dict.fromkeys((case.id for case in cases), 1.0)))
    assert made.decided
    assert taken == made.cases < 20
    assert made.bets[0].outcome == "pass"


def test_a_course_bets_on_its_units_and_on_nothing_after_the_win() -> None:
    cases = clustered(300, 3)
    scores = drawn(cases, 0.8, 5)
    made, _ = course([MIN], cases)
    run(made, in_order(made, scores))
    duel = Duel((-0.7, 0.3), alpha=0.05, beta=0.05)
    for unit in made.order.units:
        duel.bet(sum(float(scores[cases[row].id] or 0) - 0.7 for row in unit) / 3)
    assert 5 < duel.units < 300
    assert (made.bets[0].outcome, made.units) == (duel.outcome, duel.units)
    assert made.bets[0].wager("x").capital == pytest.approx((duel.above, duel.below))


@given(st.integers(0, 10_000), st.integers(1, 3), st.integers(1, 2), st.floats(0.5, 0.9))
@settings(max_examples=40, deadline=None)
def test_the_order_of_completion_changes_nothing(seed: int, each: int, repeats: int, share: float) -> None:
    cases = clustered(40, each)
    scores = drawn(cases, share, seed)
    straight, _ = course([MIN], cases, repeats=repeats)
    results = in_order(straight, scores)
    run(straight, results)
    shuffled, draw = list(results), random.Random(seed)
    for at in range(0, len(shuffled), 12):  # as it is with a dozen at once
        part = shuffled[at : at + 12]
        draw.shuffle(part)
        shuffled[at : at + 12] = part
    mixed, _ = course([MIN], cases, repeats=repeats)
    run(mixed, shuffled)
    assert mixed.units == straight.units
    assert mixed.bets[0].wager("x") == straight.bets[0].wager("x")


@given(st.integers(0, 10_000), st.integers(0, 40))
@settings(max_examples=30, deadline=None)
def test_a_resumed_course_goes_on_with_the_same_capital(seed: int, stop: int) -> None:
    cases = clustered(40)
    scores = drawn(cases, 0.7, seed)
    whole, _ = course([MIN], cases)
    results = in_order(whole, scores)
    run(whole, results)
    stored = results[:stop]
    random.Random(seed).shuffle(stored)
    again, _ = course([MIN], cases)
    run(again, [*stored, *results[stop:]])
    assert again.bets[0].wager("x") == whole.bets[0].wager("x")


def test_a_late_answer_holds_the_bets_up_until_it_comes() -> None:
    cases = clustered(50)
    made, _ = course([MIN], cases)
    results = in_order(made, dict.fromkeys((case.id for case in cases), 1.0))
    run(made, results[1:])
    assert made.units == 0
    assert not made.decided
    made.learn(results[0])
    assert made.decided


def test_all_gates_must_be_decided_before_it_stops() -> None:
    cases = clustered(400)
    made, questions = course([MIN, gate(latency_p95=1.0), gate(cost_per_case=1)], cases)
    run(made, in_order(made, dict.fromkeys((case.id for case in cases), 1.0)))
    assert [question.part for question in questions] == ["bet", "bet", "left"]
    assert [bet.outcome for bet in made.bets] == ["pass", "pass"]
    assert made.bets[0].units < made.bets[1].units == made.units < 100


def test_a_baseline_alongside_decides_as_a_stored_one_does() -> None:
    cases = clustered(200)
    mine, theirs = drawn(cases, 0.9, 1), drawn(cases, 0.6, 2)
    stored = baseline([answered(case, theirs[case.id]) for case in cases])
    one, _ = course([RELATIVE], cases, baselines={"production": stored})
    run(one, in_order(one, mine))
    two, _ = course([RELATIVE], cases, baselines={"production": stored}, alongside=["production"])
    for found in in_order(two, mine):
        if two.decided:
            break
        two.learn_baseline("production", result(found.case_id, theirs[found.case_id]))
        two.learn(found)
    assert one.bets[0].outcome == "pass"
    assert two.bets[0].wager("x") == one.bets[0].wager("x")
    assert two.learnt == one.learnt < 100


def test_it_stops_where_the_baseline_has_no_more_answers() -> None:
    cases = clustered(100)
    scores: dict[str, float | None] = dict.fromkeys((case.id for case in cases), 1.0)
    made, _ = course([RELATIVE], cases)
    known = [job.case for job in list(made.jobs())[:20]]
    made, _ = course([RELATIVE], cases, baselines={"production": baseline([answered(case, 1.0) for case in known])})
    assert run(made, in_order(made, scores)) == 21
    assert (made.decided, made.bets[0].is_stuck, made.bets[0].outcome) == (True, True, "unknown")


def test_out_of_cases_is_unknown() -> None:
    cases = clustered(12)
    made, _ = course([MIN], cases)
    run(made, in_order(made, {case.id: float(i % 10 < 7) for i, case in enumerate(cases)}))
    assert (made.is_complete, made.decided, made.bets[0].outcome) == (True, False, "unknown")


@pytest.mark.slow
def test_a_share_at_the_minimum_passes_and_fails_as_seldom_as_stated_whenever_it_stops() -> None:
    cases = clustered(150, 2)
    passed = failed = 0
    for seed in range(300):
        made, _ = course([MIN], cases, scorers=[loaded()], seed=seed)
        draw = random.Random(seed)
        alike = {case.cluster: float(draw.random() < 0.7) for case in cases}
        run(made, in_order(made, {case.id: alike[case.cluster] for case in cases}))
        passed += made.bets[0].outcome == "pass"
        failed += made.bets[0].outcome == "fail"
    assert passed / 300 <= 0.05 + 0.025
    assert failed / 300 <= 0.05 + 0.025
