"""Tails agree with scipy to 1e-9, and exact ones to their own digits."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from llmops.measures import tails
from llmops.measures.tails import chi_square_above, kolmogorov_above, smirnov_above


@given(st.floats(1e-6, 3000), st.integers(1, 1000))
def test_chi_square(statistic: float, degrees: int) -> None:
    assert chi_square_above(statistic, degrees) == pytest.approx(stats.chi2.sf(statistic, degrees), abs=1e-12)


def test_the_ends_of_chi_square() -> None:
    assert chi_square_above(0.0, 3) == chi_square_above(5.0, 0) == 1.0
    assert chi_square_above(400.0, 10) == pytest.approx(stats.chi2.sf(400.0, 10), rel=1e-9)


@given(st.floats(0.01, 4))
def test_the_limit_of_kolmogorov(scaled: float) -> None:
    assert kolmogorov_above(scaled) == pytest.approx(special.kolmogorov(scaled), abs=1e-11)


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 40), st.integers(1, 40), st.floats(0, 1))
def test_smirnov_is_symmetric_and_falls(n: int, m: int, share: float) -> None:
    lcm = math.lcm(n, m)
    steps = round(share * lcm)
    assert smirnov_above(steps, n, m) == pytest.approx(smirnov_above(steps, m, n), abs=1e-12)
    assert smirnov_above(steps + 1, n, m) <= smirnov_above(steps, n, m) + 1e-12


def test_too_many_steps_are_left_to_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    exact = smirnov_above(40, 800, 800)
    monkeypatch.setattr(tails, "MOST_STEPS", 1000)
    assert smirnov_above(40, 800, 800) == kolmogorov_above(0.05 * 20)
    assert smirnov_above(40, 800, 800) == pytest.approx(exact, rel=0.1)
