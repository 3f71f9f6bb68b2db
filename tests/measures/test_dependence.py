"""Lag-1 autocorrelation: seen where it is, and not where only the mean changed."""

import numpy as np
import pytest

from llmops.measures.dependence import NO_SCORES, dependence_of, merge_dependence

NOISE = np.random.default_rng(1).normal(size=2000)


def test_sums_give_the_textbook_estimate_in_any_portions() -> None:
    z = np.convolve(NOISE, [1.0, 0.6])[:500]
    sums = dependence_of(dependence_of(NO_SCORES, z[:123]), z[123:])
    centred = z - z.mean()
    assert sums.correlation() == pytest.approx(centred[1:] @ centred[:-1] / (centred @ centred), abs=0.002)
    assert "lag-1 autocorrelation 0.34" in sums.warning("stream", None)


def test_independent_values_are_not_warned_of_nor_is_a_single_change_of_the_mean() -> None:
    assert not dependence_of(NO_SCORES, NOISE).warning("stream", None)
    shifted = np.concatenate([NOISE[:1000], NOISE[1000:] + 1.5])
    sums = dependence_of(NO_SCORES, shifted)
    assert sums.warning("stream", None)
    assert not sums.warning("stream", (1000, float(shifted[:1000].sum())))


def test_two_rare_errors_in_a_row_are_chance_and_many_are_not() -> None:
    rare = np.zeros(10_000)
    rare[[17, 18, 4000, 4001, 7000, 9000]] = 1.0
    assert not dependence_of(NO_SCORES, rare).warning("stream", None)
    rare[[18 + 1000 * k for k in range(9)] + [19 + 1000 * k for k in range(9)]] = 1.0
    assert dependence_of(NO_SCORES, rare).warning("stream", None)


def test_a_slow_season_is_seen_in_neighbours() -> None:
    season = NOISE + np.sin(np.arange(2000) * 2 * np.pi / 168)
    assert "block by session, user or hour" in dependence_of(NO_SCORES, season).warning("reference", None)


def test_too_few_or_constant_scores_have_no_correlation() -> None:
    assert dependence_of(NO_SCORES, NOISE[:2]).correlation() is None
    assert dependence_of(NO_SCORES, np.ones(100)).correlation() is None
    assert dependence_of(NO_SCORES, NOISE[:0]) == NO_SCORES


def test_streams_beside_each_other_add_up() -> None:
    one, two = dependence_of(NO_SCORES, NOISE[:700]), dependence_of(NO_SCORES, NOISE[700:])
    both = merge_dependence([one, two])
    assert (both.count, both.pairs) == (2000, 1998)
    assert both.correlation() == pytest.approx(dependence_of(NO_SCORES, NOISE).correlation(), abs=0.01)
