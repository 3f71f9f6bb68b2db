"""Ranks in a growing bag: uniform while nothing changes, from their place alone, in bins that were fixed beforehand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from llmops.measures.conformal import BINS, Bag, bag_of, conformal_factors, merge_bags, uniforms


def test_the_p_of_a_value_is_its_rank_among_all_before_it() -> None:
    reference, values = [1.0, 2.0, 2.0, 3.0], [2.0, 0.5, 3.0, 2.5, 2.0]
    bag, ps = bag_of(reference, seed=5).put(np.array(values), 0)
    ties, seen = uniforms(5, 0, 5), list(reference)
    for value, tie, p in zip(values, ties, ps, strict=True):
        seen.append(value)
        less, same = sum(one < value for one in seen), sum(one == value for one in seen)
        assert p == pytest.approx((less + tie * same) / len(seen))
    assert (bag.size, sum(bag.grown), sum(bag.kept)) == (9, 5, 4)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-3, 300), min_size=1, max_size=120), st.integers(1, 300), st.integers(0, 200))
def test_ranks_are_those_that_counting_gives(values: list[int], different: int, cut: int) -> None:
    bag = bag_of([float(n) for n in range(different)], seed=3)
    edges, counts = np.array(bag.edges), np.array(bag.kept)
    begun, first = bag.put(np.array(values[:cut], dtype=float), 0) if values[:cut] else (bag, np.array([]))
    ps = [*first, *(begun.put(np.array(values[cut:], dtype=float), cut)[1] if values[cut:] else [])]
    for place, (value, p) in enumerate(zip(values, ps, strict=True)):
        found = int(np.searchsorted(edges, value, side="right"))
        counts[found] += 1
        less, tie = int(counts[:found].sum()), float(uniforms(3, place, 1)[0])
        assert p == (less + tie * int(counts[found])) / int(counts.sum())


@pytest.mark.parametrize("size", [150, 1000])
def test_without_a_change_ps_are_uniform_and_independent(size: int) -> None:
    ps = np.concatenate(
        [bag_of(rng.standard_t(2, size=size).tolist(), seed=run).put(rng.standard_t(2, size=200), 0)[1]
         for run in range(40) for rng in [np.random.default_rng([run, 3])]]
    )  # fmt: skip
    assert stats.kstest(ps, "uniform").pvalue > 0.01
    assert abs(np.corrcoef(ps[:-1], ps[1:])[0, 1]) < 4 / len(ps) ** 0.5


def test_no_bet_gains_on_uniform_ps() -> None:
    ps = (np.arange(200_000) + 0.5) / 200_000
    z, factors = conformal_factors(ps)
    assert factors.mean(axis=0) == pytest.approx(np.ones(factors.shape[1]), abs=0.01)
    assert z[:5] == pytest.approx(stats.norm.ppf(ps[:5]))
    assert factors[5, -2:] == pytest.approx([stats.beta(0.5, 0.5).pdf(ps[5]), stats.beta(2, 2).pdf(ps[5])])


def test_bins_are_few_and_hold_one_value_each_where_there_are_few() -> None:
    assert bag_of([0.0, 1.0, 1.0, 7.0]).kept == (0, 1, 0, 2, 0, 1, 0)
    many = bag_of(np.random.default_rng(1).normal(size=5000).tolist())
    assert len(many.kept) == BINS
    assert max(many.kept) - min(many.kept) <= 1
    bag, ps = bag_of([4.0] * 99).put(np.array([4.0, 4.1, 3.9]), 0)
    assert (bag.kept, bag.grown) == ((0, 99, 0), (1, 1, 1))
    assert ps[1] > 0.99 > 0.01 > ps[2]
    with pytest.raises(ValueError, match="at least one value of a reference"):
        bag_of([])


def test_ties_are_broken_by_place_and_seed() -> None:
    assert uniforms(3, 100, 50).tolist() == uniforms(3, 0, 150)[100:].tolist()
    assert not set(uniforms(3, 0, 100)) & set(uniforms(4, 0, 100))
    drawn = uniforms(0, 0, 20_000)
    assert stats.kstest(drawn, "uniform").pvalue > 0.01
    assert 0 < drawn.min() < drawn.max() < 1


def test_bags_add_up_what_came_after_the_same_reference() -> None:
    begun = Bag((2.0, 3.0), (1, 1, 1), (0, 0, 0))
    one, two = (begun.put(np.array(values), 0)[0] for values in ([1.0, 1.0], [3.0]))
    assert merge_bags([one, two]) == Bag((2.0, 3.0), (1, 1, 1), (2, 0, 1))
    with pytest.raises(ValueError, match="different references"):
        merge_bags([begun, bag_of([1.0, 2.0])])
