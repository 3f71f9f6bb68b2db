"""Evidence: the recursions are the sums they stand for, and the change is the time that explains most."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops.measures.evidence import CEILING, Promise, add_all, add_evidence, merge_evidence, no_evidence

FACTORS = np.random.default_rng(3).lognormal(-0.02, 0.3, size=(40, 3))
TOTALS = np.arange(41.0)


@pytest.mark.parametrize("promise", ["arl", "pfa"])
def test_the_statistic_is_the_sum_over_all_times_of_change(promise: Promise) -> None:
    grown = add_evidence(no_evidence(promise, 3), FACTORS, TOTALS)
    weights = [1.0 if promise == "arl" else 1 / (j * (j + 1)) for j in range(1, 41)]
    for bet in range(3):
        summed = math.fsum(weight * math.prod(FACTORS[start:, bet]) for start, weight in enumerate(weights))
        assert grown.amounts[bet] == pytest.approx(summed)
    assert grown.statistic == pytest.approx(sum(grown.amounts) / 3)


def test_the_change_is_where_the_product_since_is_largest() -> None:
    grown = add_evidence(no_evidence("arl", 3), FACTORS[:25], TOTALS[:26])
    grown = add_evidence(grown, FACTORS[25:], TOTALS[25:])
    for bet in range(3):
        products = [math.prod(FACTORS[start:, bet]) for start in range(41)]
        assert grown.since[bet] == int(np.argmax(products))
        assert grown.rises[bet] == pytest.approx(math.log(max(products)))
        assert grown.sums[bet] == grown.since[bet]


def test_the_peak_is_kept_with_its_place() -> None:
    up = add_evidence(no_evidence("arl", 1, began=100), np.array([[2.0], [2.0], [0.1], [0.1]]), np.zeros(5))
    assert (up.peak, up.peak_at) == (6.0, 101)
    assert up.statistic == pytest.approx(0.17)


def test_amounts_stop_at_a_ceiling_and_survive_a_factor_of_nothing() -> None:
    up = add_evidence(no_evidence("arl", 1), np.full((500, 1), 50.0), np.zeros(501))
    assert up.statistic == CEILING
    down = add_evidence(up, np.zeros((1, 1)), np.zeros(2))
    assert (down.statistic, down.change) == (0.0, None)


def test_merged_evidence_is_averaged() -> None:
    one = add_evidence(no_evidence("arl", 3), FACTORS[:30], TOTALS[:31])
    two = add_evidence(no_evidence("arl", 3), FACTORS[30:], TOTALS[30:])
    both = merge_evidence([one, two])
    assert both.statistic == pytest.approx((one.statistic + two.statistic) / 2)
    assert both.seen == 40


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["arl", "pfa"]), st.integers(0, 40), st.integers(0, 60)), min_size=1, max_size=6
    ),
    st.integers(0, 1000),
)
def test_streams_together_become_what_plain_sums_make_of_each(parts: list[tuple[Promise, int, int]], seed: int) -> None:
    rng = np.random.default_rng(seed)
    begun, factors, totals = [], [], []
    for promise, before, new in parts:
        drawn = rng.lognormal(0.05, 0.4, size=(before + new, 3))
        begun.append(add_evidence(no_evidence(promise, 3), drawn[:before], np.zeros(before + 1)))
        factors.append(drawn[before:])
        totals.append(np.zeros(new + 1))
    for one, old, rows in zip(add_all(begun, factors, totals), begun, factors, strict=True):
        amounts, peak = list(old.amounts), old.peak
        for place, row in enumerate(rows.tolist()):
            stake = 1.0 if old.promise == "arl" else 1 / ((old.seen + place + 1) * (old.seen + place + 2))
            amounts = [min((amount + stake) * factor, CEILING) for amount, factor in zip(amounts, row, strict=True)]
            peak = max(peak, sum(amounts) / 3)
        assert one.amounts == tuple(amounts)
        assert (one.peak, one.seen) == (peak, old.seen + len(rows))
