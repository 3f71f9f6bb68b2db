"""Quantiles and tails, against scipy."""

from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops.measures.quantiles import (
    binomial_at_least,
    normal_below,
    normal_quantile,
    normal_quantiles,
    t_below,
    t_quantile,
)


@pytest.mark.parametrize("p", [1e-6, 0.025, 0.2, 0.5, 0.8, 0.975, 0.999])
def test_the_normal_quantile_is_scipys(p: float) -> None:
    from scipy import stats

    assert normal_quantile(p) == pytest.approx(stats.norm.ppf(p), abs=1e-12)


@pytest.mark.parametrize("degrees", [1, 2, 3, 4, 5, 19, 20, 99, 1000, 9999])
@pytest.mark.parametrize("p", [0.001, 0.025, 0.3, 0.5, 0.8, 0.975, 0.9995])
def test_students_quantile_is_scipys(p: float, degrees: int) -> None:
    from scipy import stats

    assert t_quantile(p, degrees) == pytest.approx(stats.t.ppf(p, degrees), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("z", [-8.0, -1.3, 0.0, 0.7, 5.0])
def test_the_normal_tail_is_scipys(z: float) -> None:
    from scipy import stats

    assert normal_below(z) == pytest.approx(stats.norm.cdf(z), rel=1e-12)


@pytest.mark.parametrize("degrees", [1, 2, 7, 100])
@pytest.mark.parametrize("t", [0.0, 0.3, 2.5, 40.0])
def test_students_tail_is_scipys(t: float, degrees: int) -> None:
    from scipy import stats

    assert t_below(t, degrees) == pytest.approx(stats.t.cdf(t, degrees), abs=1e-12)


@given(n=st.integers(1, 3000), share=st.floats(0, 1), p=st.floats(0.0005, 0.9995))
@settings(max_examples=200, deadline=None)
def test_the_binomial_tail_is_scipys(n: int, share: float, p: float) -> None:
    from scipy import stats

    k = round(share * n)
    assert binomial_at_least(k, n, p) == pytest.approx(stats.binom.sf(k - 1, n, p), rel=1e-8, abs=1e-12)


def test_the_binomial_tail_at_its_ends() -> None:
    assert binomial_at_least(0, 10, 0.0) == 1.0
    assert binomial_at_least(1, 10, 0.0) == 0.0
    assert binomial_at_least(10, 10, 1.0) == 1.0
    assert binomial_at_least(11, 10, 1.0) == 0.0


def test_many_quantiles_are_those_of_one_after_the_other() -> None:
    ps = np.concatenate([np.geomspace(1e-300, 0.5, 500), 1 - np.geomspace(1e-16, 0.5, 500)])
    assert normal_quantiles(ps).tolist() == pytest.approx([NormalDist().inv_cdf(p) for p in ps.tolist()], rel=1e-14)
