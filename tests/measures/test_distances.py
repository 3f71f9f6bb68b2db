"""Distances: scipy's figures, intervals that hold the true distance, and nothing left of PSI where nothing changed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.spatial import distance

from llmops.measures.distances import jensen_shannon, population_stability, wasserstein

COUNTS = st.lists(st.integers(0, 200), min_size=5, max_size=5).filter(any)
NUMBERS = st.lists(st.floats(-100, 100), min_size=1, max_size=50)


@given(COUNTS, COUNTS)
def test_jensen_shannon_is_that_of_scipy(reference: list[int], current: list[int]) -> None:
    theirs = distance.jensenshannon(reference, current, base=2)
    assert jensen_shannon(reference, current) == pytest.approx(0.0 if np.isnan(theirs) else theirs, abs=3e-8)


def test_jensen_shannon_lies_between_0_and_1() -> None:
    assert jensen_shannon([3, 5], [6, 10]) == 0.0
    assert jensen_shannon([3, 0], [0, 10]) == 1.0


@given(NUMBERS, NUMBERS)
def test_wasserstein_is_that_of_scipy(reference: list[float], current: list[float]) -> None:
    found = wasserstein(reference, current)
    assert found.value == pytest.approx(stats.wasserstein_distance(reference, current), abs=1e-9)
    assert found.low <= found.value <= found.high


def test_the_interval_of_wasserstein_holds_the_true_distance() -> None:
    rng = np.random.default_rng(1)
    found = [wasserstein(rng.normal(size=400), rng.normal(0.5, size=300)) for _ in range(200)]
    assert sum(one.low <= 0.5 <= one.high for one in found) / 200 >= 0.95 - 3 * (0.05 * 0.95 / 200) ** 0.5


def test_of_the_psi_of_equal_windows_nothing_is_left_on_average() -> None:
    """Uncorrected it is (bins - 1)(1/n + 1/m), here 0.19: 'some change' by the customary thresholds."""
    rng, shares = np.random.default_rng(2), np.full(20, 1 / 20)
    found = [
        population_stability(rng.multinomial(200, shares).tolist(), rng.multinomial(200, shares).tolist())
        for _ in range(300)
    ]
    assert np.mean([one.plain for one in found]) == pytest.approx(19 / 100, rel=0.06)
    assert np.mean([one.value for one in found]) < 0.035
    assert sum(one.low == 0.0 for one in found) / 300 >= 0.95


def test_the_interval_of_psi_holds_the_true_distance() -> None:
    rng, p = np.random.default_rng(3), np.array([0.1, 0.2, 0.3, 0.25, 0.15])
    q = np.array([0.2, 0.25, 0.25, 0.2, 0.1])
    true = float(((q - p) * np.log(q / p)).sum())
    found = [
        population_stability(rng.multinomial(800, p).tolist(), rng.multinomial(500, q).tolist()) for _ in range(300)
    ]
    assert sum(one.low <= true <= one.high for one in found) / 300 >= 0.95 - 3 * (0.05 * 0.95 / 300) ** 0.5


def test_an_empty_window_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one value in each window"):
        population_stability([0, 0], [1, 2])
    with pytest.raises(ValueError, match="at least one value in each window"):
        wasserstein([], [1.0])
