"""Bets where a second mean is unknown: fair whatever it is, and not much dearer than knowing it."""

import math
from typing import Any

import pytest

from llmops.measures.linear_bets import Unit, least_capital
from llmops.measures.sequential import bet_on_sign


def below(first: Any, second: Any, gap: float) -> float:
    """The log capital of bets that the first mean is above the second by less than gap; both in 0 … 1."""
    units = [Unit(-value, 1.0, 0.0, 0.0) for value in first.tolist()]
    units += [Unit(0.0, 0.0, value + gap, -1.0) for value in second.tolist()]
    return least_capital(units, (1.0, 1.0 + max(0.0, -gap)))


@pytest.mark.parametrize(("mean", "gap"), [(0.5, 0.1), (0.85, 0.1), (0.03, 0.05), (0.9, -0.3)])
def test_where_the_claim_is_false_the_capital_seldom_grows(mean: float, gap: float) -> None:
    import numpy as np

    draw, wins = np.random.default_rng(1), 0
    for _ in range(200):
        first, second = draw.random(60) < mean + gap, draw.random(90) < mean
        wins += below(first.astype(float), second.astype(float), gap) >= math.log(20)
    assert wins / 200 <= 0.05 + 0.03


def test_clusters_with_parts_on_both_sides_are_fair_too() -> None:
    """Thirty clusters of cases that stand or fall together, half of them inside; the inside scores 0.1 more."""
    import numpy as np

    draw, wins = np.random.default_rng(2), 0
    for _ in range(200):
        shared = draw.beta(2, 2, 30) * 0.9
        units = [Unit(-(one + 0.1), 1.0, one + 0.1, -1.0) for one in shared.tolist()]
        wins += least_capital(units, (1.0, 1.0)) >= math.log(20)
    assert wins / 200 <= 0.05


def test_a_true_claim_is_found_with_enough_units() -> None:
    import numpy as np

    draw = np.random.default_rng(3)
    first, second = (np.clip(draw.normal(0.6, 0.2, 400), 0, 1) for _ in range(2))
    assert below(first, second, 0.1) >= math.log(20)
    assert below(first[:20], second[:20], 0.1) < math.log(20)


def test_knowing_the_second_mean_helps_but_little() -> None:
    import numpy as np

    draw = np.random.default_rng(4)
    first, second = draw.random(300) < 0.6, np.full(20_000, 0.6)
    known = bet_on_sign([0.85 - float(v) for v in first], (-0.15, 0.85), alpha=1e-9, beta=1e-9)
    assert below(first.astype(float), second, 0.25) >= 0.5 * math.log(known.above)


def test_the_order_is_drawn_from_the_seed() -> None:
    units = [Unit(-(i % 7) / 7, 1.0, 0.0, 0.0) for i in range(50)] + [
        Unit(0.0, 0.0, (i % 5) / 5, -1.0) for i in range(50)
    ]
    assert least_capital(units, (1.0, 1.0), seed=1) == least_capital(units, (1.0, 1.0), seed=1)
    assert least_capital(units, (1.0, 1.0), seed=1) != least_capital(units, (1.0, 1.0), seed=2)


def test_without_units_nothing_is_won() -> None:
    assert least_capital([], (1.0, 1.0)) == pytest.approx(0.0)
