"""Allowances: what fits into a budget, and in what words it is spent."""

import pytest

from llmops.domain.spending import Budget, Spending
from llmops.evals.allowance import Allowance


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def spent(calls: int = 1, tokens: int = 100, cost: float = 0.01, unpriced: int = 0) -> Spending:
    return Spending(calls=calls, tokens=tokens, cost=cost, unpriced=unpriced)


def test_without_a_budget_everything_fits() -> None:
    allowance = Allowance()
    allowance.spend(spent(cost=1e9))
    assert allowance.admits(10_000)


def test_the_first_is_asked_alone_until_it_is_known_what_one_takes() -> None:
    allowance = Allowance(Budget(usd=1))
    assert allowance.admits(0)
    assert not allowance.admits(1)
    allowance.spend(spent(cost=0.0, calls=0))  # out of the cache
    assert not allowance.admits(1)
    allowance.spend(spent(cost=0.1))
    assert allowance.admits(8)
    assert not allowance.admits(9)


@pytest.mark.parametrize(
    ("budget", "fits"),
    [(Budget(usd=0.05), 4), (Budget(tokens=1000), 9), (Budget(calls=7), 6), (Budget(usd=1, tokens=300), 2)],
)
def test_the_dearest_answer_so_far_is_what_the_next_may_take(budget: Budget, fits: int) -> None:
    allowance = Allowance(budget)
    allowance.spend(spent())
    assert allowance.admits(fits - 1)
    assert not allowance.admits(fits)


def test_minutes_end_it_whatever_it_cost() -> None:
    clock = Clock()
    allowance = Allowance(Budget(minutes=2), clock=clock)
    allowance.began -= 60
    assert allowance.admits(1000)
    clock.now = 60
    assert not allowance.admits(0)
    assert allowance.reason == "its budget of 2 min is spent: $0.00 for 0 calls with 0 tokens in 2 min 0 s"


def test_the_reason_names_the_limit_that_was_reached() -> None:
    allowance = Allowance(Budget(usd=5, calls=2), clock=Clock())
    for _ in range(2):
        allowance.spend(spent())
    assert not allowance.admits(0)
    assert allowance.reason == "its budget of 2 calls is spent: $0.02 for 2 calls with 200 tokens in 0 s"


def test_a_call_without_a_price_breaks_a_budget_in_dollars_only() -> None:
    dollars, tokens = Allowance(Budget(usd=5)), Allowance(Budget(tokens=1000))
    for allowance in (dollars, tokens):
        allowance.spend(spent(cost=0.0, unpriced=1))
    assert tokens.admits(0)
    assert not dollars.admits(0)
    assert dollars.reason == "1 call came without a price, so a budget in dollars cannot be kept"
