"""A mean that grows."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops.measures.intervals import estimate_mean
from llmops.measures.running import RunningMean

VALUES = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 60)), min_size=40, max_size=200)


def grown(values: list[tuple[float, int]], bounds: tuple[float, float] | None) -> RunningMean:
    running = RunningMean(bounds)
    for value, cluster in values:
        running.add(value, cluster)
    return running


@given(VALUES)
def test_it_agrees_with_the_estimate_of_all_values(values: list[tuple[float, int]]) -> None:
    numbers, clusters = [value for value, _ in values], [cluster for _, cluster in values]
    running = grown(values, None)
    assert running.mean == pytest.approx(math.fsum(numbers) / len(numbers), abs=1e-9)
    found = estimate_mean(numbers, clusters, bounds=None)
    if found.se is not None:
        assert running.interval == pytest.approx((found.low, found.high), abs=1e-6)


def test_large_values_lose_no_digits() -> None:
    running = grown([(1e9 + i % 2, i) for i in range(1000)], None)
    assert running.interval == pytest.approx((1e9 + 0.5 - 0.03104, 1e9 + 0.5 + 0.03104), abs=1e-4)


def test_values_that_are_all_the_same_have_an_honest_interval_in_a_range() -> None:
    assert grown([(1.0, i) for i in range(20)], (0.0, 1.0)).interval == pytest.approx((0.820, 1.0), abs=1e-3)


def test_little_has_no_interval() -> None:
    assert RunningMean().mean is None
    assert RunningMean().interval is None
    one = grown([(0.5, 1), (0.7, 1)], (0.0, 1.0))
    assert one.mean == pytest.approx(0.6)
    assert one.interval is None
