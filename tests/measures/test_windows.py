"""Window tests: scipy's figures on the same values, and as many false alarms as they say."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from llmops.measures.windows import (
    SMALL,
    Counts,
    chi_square,
    compare_categories,
    compare_numbers,
    count_bins,
    count_categories,
    kolmogorov_smirnov,
)

NUMBERS = st.lists(st.integers(-50, 50).map(float) | st.floats(-50, 50), min_size=1, max_size=60)


@settings(deadline=None, max_examples=50)
@given(NUMBERS, NUMBERS)
def test_kolmogorov_smirnov_is_that_of_scipy(reference: list[float], current: list[float]) -> None:
    """Exact; values with ties too, where the tail is on the safe side in both."""
    found = kolmogorov_smirnov(reference, current)
    with warnings.catch_warnings(record=True) as gave_up:
        warnings.simplefilter("always")
        theirs = stats.ks_2samp(reference, current, method="exact")
    assert found.statistic == pytest.approx(theirs.statistic, abs=1e-12)
    assert gave_up or found.p == pytest.approx(theirs.pvalue, abs=1e-9)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)), min_size=2, max_size=12))
def test_chi_square_is_that_of_scipy(pairs: list[tuple[int, int]]) -> None:
    reference, current = [a + 1 for a, _ in pairs], [b + 1 for _, b in pairs]
    found, theirs = chi_square(reference, current), stats.chi2_contingency([reference, current], correction=False)
    assert found.statistic == pytest.approx(theirs.statistic, abs=1e-9)
    assert found.p == pytest.approx(theirs.pvalue, abs=1e-9)
    assert chi_square([*reference, 0], [*current, 0]) == found


def test_both_windows_are_samples_and_five_in_a_hundred_tests_err() -> None:
    """The trap: a one-sample chi-square against the scaled reference errs far more often."""
    rng, shares = np.random.default_rng(3), np.full(8, 1 / 8)
    two, one = 0, 0
    for _ in range(400):
        reference, current = rng.multinomial(300, shares), rng.multinomial(900, shares)
        two += chi_square(reference.tolist(), current.tolist()).p <= 0.05
        one += float(stats.chisquare(current, reference * 3).pvalue) <= 0.05
    assert two / 400 <= 0.05 + 3 * (0.05 * 0.95 / 400) ** 0.5
    assert one / 400 >= 0.4


@pytest.mark.parametrize("size", [SMALL // 2, SMALL * 2])
def test_bins_of_the_reference_do_not_make_the_test_err_more(size: int) -> None:
    rng = np.random.default_rng(4)
    found = [compare_numbers(rng.lognormal(size=size), rng.lognormal(size=size)) for _ in range(100)]
    assert {one.test for one in found} == {"Kolmogorov-Smirnov" if size <= SMALL else "chi-square"}
    assert sum(one.p <= 0.05 for one in found) / 100 <= 0.05 + 3 * (0.05 * 0.95 / 100) ** 0.5
    assert compare_numbers(rng.lognormal(size=size), rng.lognormal(0.6, size=size)).p < 1e-3


def test_bins_are_quantiles_or_single_values() -> None:
    values = list(np.arange(100.0))
    counts = count_bins(values, [5.0, 1000.0], bins=4)
    assert counts == Counts(("< 25", "25 – 50", "50 – 75", ">= 75"), (25, 25, 25, 25), (1, 0, 0, 1))
    assert count_bins([0.0, 1.0, 1.0], [1.0, 0.5]) == Counts(("0", "1", "other"), (1, 2, 0), (0, 1, 1))
    assert compare_numbers([2.0] * 600, [2.0] * 550 + [3.0] * 50).p < 1e-6


def test_rare_categories_are_put_together() -> None:
    counts = count_categories(["de"] * 40 + ["en"] * 30 + ["fr"], ["de"] * 50 + ["en"] * 10 + ["it"])
    assert counts == Counts(("de", "en", "(rare)"), (40, 30, 1), (50, 10, 1))
    assert compare_categories(["a", "b"] * 50, ["a", "b"] * 50).p == pytest.approx(1.0)
    assert compare_categories(["a"] * 10, ["a"] * 9) == chi_square([10], [9])
    assert compare_categories(["a", "b"] * 50, ["a"] * 80 + ["b"] * 20).p < 1e-4


def test_an_empty_window_is_refused() -> None:
    for test in (kolmogorov_smirnov, count_bins):
        with pytest.raises(ValueError, match="at least one value in each window"):
            test([], [1.0])
    with pytest.raises(ValueError, match="at least one value in each window"):
        count_categories(["a"], [])
    with pytest.raises(ValueError, match="at least one value in each window"):
        chi_square([0, 0], [1, 2])
