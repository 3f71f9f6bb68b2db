"""Bets: what a unit weighs, when a win counts, what the path remembers."""

import pytest

from llmops.evals.betting.bets import MOST_POINTS, Bet, Partners, Reading
from llmops.evals.betting.claims import questions_of
from llmops.measures.sequential import Duel
from tests.support.bets import gate
from tests.support.eval_runs import baseline, loaded, result


def bet(*, largest: int = 1, max_missing: float = 0.02, relative: bool = False) -> Bet:
    spec = (
        gate(scorer="contains", no_worse_than="production", margin=0.05)
        if relative
        else gate(scorer="contains", min=0.5)
    )
    (question,) = questions_of([spec], [loaded()], {"production": baseline([result("a", 1.0)])})
    assert question.claim is not None
    return Bet(question.claim, largest=largest, max_missing=max_missing)


def test_a_unit_weighs_as_many_cases_as_it_has() -> None:
    mine, duel = bet(largest=4), Duel((-0.5, 0.5), alpha=0.05, beta=0.05)
    for values in ([1.0, 1.0, 0.0], [1.0], [0.5] * 4):
        mine.take([Reading(value, applicable=1) for value in values])
        duel.bet(sum(value - 0.5 for value in values) / 4)
    told = mine.wager("unknown")
    assert told.capital == pytest.approx((duel.above, duel.below))
    assert (mine.cases, mine.units, told.at) == (8, 3, (1, 2, 3))
    assert mine.mean == pytest.approx(5.0 / 8)


def test_a_win_with_too_many_missing_scores_waits_until_few_enough_are() -> None:
    mine = bet()
    for _ in range(20):
        mine.take([Reading(1.0, applicable=1)])
    mine.take([Reading(0.0, missing=1, applicable=1)])
    assert (mine.outcome, mine.is_spoilt) == ("unknown", True)
    for _ in range(30):
        mine.take([Reading(1.0, applicable=1)])
    assert (mine.outcome, mine.is_spoilt) == ("pass", False)


def test_a_case_without_a_partner_is_left_out_and_many_of_them_decide_nothing() -> None:
    mine = bet(relative=True)
    for index in range(60):
        mine.take([Reading(1.0, None if index % 3 == 0 else 0.0, applicable=1)])
    assert (mine.unpaired, mine.cases, mine.outcome, mine.is_spoilt) == (20, 40, "unknown", True)


def test_a_case_to_which_nothing_applies_moves_no_capital() -> None:
    mine = bet()
    mine.take([Reading(None)])
    assert mine.wager("unknown").capital == pytest.approx((1.0, 1.0))
    assert mine.mean is None
    assert mine.required() is None


def test_the_pace_of_the_capital_says_how_many_cases_would_decide() -> None:
    mine = bet()
    for _ in range(5):
        mine.take([Reading(1.0, applicable=1)])
    expected = mine.required()
    assert expected is not None
    while mine.outcome == "unknown":
        mine.take([Reading(1.0, applicable=1)])
    assert mine.cases <= expected + 1
    assert mine.cases >= 0.5 * expected


def test_a_long_path_is_thinned_and_keeps_its_end() -> None:
    mine = bet()
    for index in range(1001):
        mine.take([Reading(float(index % 2), applicable=1)])
    told = mine.wager("unknown")
    assert 40 <= len(told.at) <= MOST_POINTS + 1
    assert (told.at[-1], told.above[-1], told.below[-1]) == (1001, *told.capital)
    assert list(told.at) == sorted(set(told.at))


def test_partners_that_are_asked_alongside_are_known_once_they_answered() -> None:
    partners = Partners(None)
    assert not partners.knows("a")
    partners.see("a", 1.0)
    partners.see("a", 0.0)
    partners.see("b", None)
    assert partners.knows("a")
    assert partners.knows("b")
    assert partners.take("a") == 0.5
    assert partners.take("b") is None


def test_partners_of_a_stored_run_are_known_where_they_were_asked() -> None:
    partners = Partners({"a": 1.0}, frozenset({"a", "b"}))
    assert (partners.take("a"), partners.take("b"), partners.knows("b"), partners.knows("c")) == (
        1.0,
        None,
        True,
        False,
    )
