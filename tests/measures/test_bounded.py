"""Bets on a bounded signal: fair inside the zone, and a zone that holds the mean as often as it says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops.measures.bounded import NARROWEST, Zone, estimated_zone, known_zone
from llmops.measures.intervals import clopper_pearson


@given(st.floats(0, 1), st.floats(0, 0.3))
def test_no_bet_gains_while_the_mean_lies_in_the_zone(mean: float, gap: float) -> None:
    """Factors are linear in x, so that their mean is the factor at the mean; and at the ends they are not negative."""
    zone = known_zone(mean, gap=gap)
    inside = np.linspace(max(0.0, zone.low), min(1.0, zone.high), 5)
    assert float(zone.factors(inside).max()) <= 1 + 1e-12
    assert float(zone.factors(np.array([0.0, 1.0])).min()) >= 0


def test_the_zone_of_a_rate_is_exact() -> None:
    values = [1.0] * 12 + [0.0] * 188
    low, high = clopper_pearson(12, 200, 0.025)
    assert estimated_zone(values) == Zone(low, high)
    wider = estimated_zone(values, gap=0.01)
    assert (wider.low, wider.high) == pytest.approx((low - 0.01, high + 0.01))


@pytest.mark.parametrize("shape", [(8, 2), (0.3, 0.3), (1, 60)])
def test_the_zone_of_scores_holds_the_mean_as_often_as_it_says(shape: tuple[float, float]) -> None:
    rng, mean, missed = np.random.default_rng(2), shape[0] / sum(shape), 0
    for _ in range(150):
        zone = estimated_zone(rng.beta(*shape, size=300).tolist(), delta=0.05)
        missed += not zone.low <= mean <= zone.high
    assert missed / 150 <= 0.05 + 3 * (0.05 * 0.95 / 150) ** 0.5


def test_other_ranges_are_scaled() -> None:
    zone = known_zone(3.0, gap=0.4, bounds=(1.0, 5.0))
    assert (zone.low, zone.high) == pytest.approx((0.4, 0.6))
    assert zone.scores(np.array([1.0, 4.0])).tolist() == [0.0, 0.75]


def test_a_rate_of_nothing_leaves_room_for_the_first_error() -> None:
    assert known_zone(0.0) == Zone(0.0, NARROWEST)
    assert known_zone(1.0) == Zone(1 - NARROWEST, 1.0)


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match=r"a mean of 1\.2 lies outside the range 0\.0 to 1\.0"):
        known_zone(1.2)
    with pytest.raises(ValueError, match="at least one value"):
        estimated_zone([])
