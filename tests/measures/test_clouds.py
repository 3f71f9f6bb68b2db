"""Embeddings: permutations that err as often as they say, changes in mean and in shape found, and the examples that show it."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from llmops.measures.clouds import Permuted, centroid_shift, energy_distance, find_witnesses, mean_discrepancy

RNG = np.random.default_rng(5)
THEN = RNG.normal(size=(300, 12))


@pytest.mark.parametrize("test", [mean_discrepancy, energy_distance])
def test_a_change_of_mean_or_of_shape_is_found(test: Callable[..., Permuted]) -> None:
    for now in (RNG.normal(0.4, size=(200, 12)), RNG.standard_t(2, size=(200, 12))):
        found = test(THEN, now, permutations=200)
        assert found.p == pytest.approx(1 / 201)
        assert found.e > 20


@pytest.mark.parametrize("test", [mean_discrepancy, energy_distance])
def test_without_a_change_p_errs_as_often_as_it_says_and_e_is_1_on_average(test: Callable[..., Permuted]) -> None:
    found = [
        test(RNG.standard_t(3, size=(40, 3)), RNG.standard_t(3, size=(60, 3)), permutations=60, seed=seed)
        for seed in range(120)
    ]
    assert np.mean([one.p for one in found]) == pytest.approx(62 / 122, abs=3 * 0.29 / 120**0.5)
    assert sum(one.p <= 0.05 for one in found) / 120 <= 0.05 + 3 * (0.05 * 0.95 / 120) ** 0.5
    es = np.array([one.e for one in found])
    assert es.mean() <= 1 + 3 * es.std() / 120**0.5
    assert float(np.maximum.accumulate(np.cumprod(es))[-1]) < 20


def test_the_energy_distance_is_that_of_scipy() -> None:
    a, b = RNG.normal(size=80), RNG.normal(0.3, 2, size=50)
    found = energy_distance(a[:, None], b[:, None], permutations=10)
    assert found.statistic == pytest.approx(stats.energy_distance(a, b) ** 2, abs=1e-6)


def test_random_features_come_close_to_the_kernel() -> None:
    now = RNG.normal(0.5, size=(200, 12))
    pooled = np.concatenate([THEN, now])
    apart = np.sqrt(((pooled[:, None] - pooled[None]) ** 2).sum(axis=2))
    width = np.median(apart[np.triu_indices(len(pooled), 1)])
    kernel = np.exp(-(apart**2) / (2 * width**2))
    exact = kernel[:300, :300].mean() + kernel[300:, 300:].mean() - 2 * kernel[:300, 300:].mean()
    assert mean_discrepancy(THEN, now, permutations=1, features=4096).statistic == pytest.approx(exact, rel=0.1)


def test_the_shift_of_the_mean_has_a_length_without_noise_and_a_direction() -> None:
    now = RNG.normal(size=(400, 12)) + np.array([0.8] + [0.0] * 11)
    shift = centroid_shift(THEN + 1, now + 1)
    assert shift.length == pytest.approx(0.8, abs=0.15)
    assert shift.direction[0] > 0.9
    assert shift.cosine < 1
    lengths = [centroid_shift(RNG.normal(size=(50, 30)), RNG.normal(size=(50, 30))).length for _ in range(40)]
    assert np.mean(lengths) < 0.4  # without the correction 1.1


def test_witnesses_are_the_rows_that_are_new() -> None:
    now = np.concatenate([RNG.normal(size=(180, 12)), RNG.normal(3, 0.5, size=(20, 12))])
    witness = find_witnesses(THEN, now)
    assert len(set(witness.newest(20)) & set(range(180, 200))) >= 19
    lost = np.concatenate([THEN, RNG.normal(-3, 0.5, size=(20, 12))])
    assert len(set(find_witnesses(lost, THEN).lost(20)) & set(range(300, 320))) >= 19


def test_the_same_seed_gives_the_same_answer() -> None:
    now = RNG.normal(0.05, size=(100, 12))
    assert mean_discrepancy(THEN, now, seed=3) == mean_discrepancy(THEN, now, seed=3)
    assert mean_discrepancy(THEN, now, seed=3) != mean_discrepancy(THEN, now, seed=4)


def test_identical_rows_are_no_change() -> None:
    assert mean_discrepancy(np.ones((30, 4)), np.ones((20, 4)), permutations=50).p == 1.0
    assert centroid_shift(np.ones((30, 4)), np.ones((20, 4))).length == 0.0


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(ValueError, match=r"windows of shapes \(300, 12\) and \(5, 3\) cannot be compared"):
        mean_discrepancy(THEN, np.ones((5, 3)))
    with pytest.raises(ValueError, match="at most 4000 rows, not 4001; use mean_discrepancy"):
        energy_distance(np.ones((4000, 1)), np.ones((1, 1)))
