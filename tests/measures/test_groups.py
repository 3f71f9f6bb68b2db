"""Two groups of one run: against scipy and statsmodels, and do errors hold that are stated?"""

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops.measures.groups import GapRuling, Grouped, compare_groups, miettinen_nurminen, rule_gap


def shares(hits: int, n: int, other_hits: int, other_n: int) -> Grouped:
    values = [1.0] * hits + [0.0] * (n - hits) + [1.0] * other_hits + [0.0] * (other_n - other_hits)
    return Grouped(values, [True] * n + [False] * other_n)


def both(inside: Any, outside: Any) -> Grouped:
    values = [*inside.tolist(), *outside.tolist()]
    return Grouped(values, [True] * len(inside) + [False] * len(outside))


def ruled(grouped: Grouped, gap: float = 0.1, **more: Any) -> GapRuling:
    return rule_gap(grouped, max_gap=gap, alpha=0.05, beta=0.05, **more)


@pytest.mark.parametrize("counts", [(15, 20, 30, 60), (3, 25, 40, 200), (0, 20, 60, 60), (49, 50, 44, 50)])
def test_the_score_statistic_of_no_difference_is_statsmodels(counts: tuple[int, int, int, int]) -> None:
    from statsmodels.stats.proportion import test_proportions_2indep as reference_score

    expected = reference_score(*counts, value=0, method="score", compare="diff").statistic
    assert miettinen_nurminen(*counts, 0.0) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("counts", "gap"),
    [((15, 20, 30, 60), 0.1), ((3, 25, 40, 200), -0.2), ((15, 20, 30, 60), -0.2), ((8, 90, 3, 20), 0.05)],
)
def test_the_score_statistic_uses_the_likeliest_shares(counts: tuple[int, int, int, int], gap: float) -> None:
    from scipy import optimize

    hits, n, others, m = counts

    def unlikelihood(p: float) -> float:
        q = p - gap
        return -math.fsum(
            k * math.log(share) for k, share in ((hits, p), (n - hits, 1 - p), (others, q), (m - others, 1 - q)) if k
        )

    inside = (max(0.0, gap) + 1e-9, min(1.0, 1 + gap) - 1e-9)
    p = float(optimize.minimize_scalar(unlikelihood, bounds=inside, method="bounded", options={"xatol": 1e-11}).x)
    q = p - gap
    spread = (p * (1 - p) / n + q * (1 - q) / m) * (n + m) / (n + m - 1)
    expected = (hits / n - others / m - gap) / math.sqrt(spread)
    assert miettinen_nurminen(*counts, gap) == pytest.approx(expected, abs=1e-6)


@given(st.integers(1, 40), st.integers(1, 40), st.data())
@settings(max_examples=100, deadline=None)
def test_the_score_statistic_falls_as_the_difference_grows(n: int, m: int, data: st.DataObject) -> None:
    hits, others = data.draw(st.integers(0, n)), data.draw(st.integers(0, m))
    low, high = sorted((data.draw(st.floats(-0.99, 0.99)), data.draw(st.floats(-0.99, 0.99))))
    assert miettinen_nurminen(hits, n, others, m, low) >= miettinen_nurminen(hits, n, others, m, high) - 1e-6
    assert miettinen_nurminen(hits, n, others, m, low) == pytest.approx(
        -miettinen_nurminen(others, m, hits, n, -low), abs=1e-4
    )


def test_graded_groups_are_compared_like_welch() -> None:
    import numpy as np
    from scipy import stats

    draw = np.random.default_rng(1)
    inside, outside = draw.uniform(0.2, 0.9, 40), draw.uniform(0.4, 0.8, 90)
    found = compare_groups(both(inside, outside))
    test = stats.ttest_ind(inside, outside, equal_var=False)
    interval = test.confidence_interval()
    assert found.mean == pytest.approx(inside.mean() - outside.mean())
    assert found.p == pytest.approx(test.pvalue, rel=0.02)  # whole degrees of freedom
    assert found.low == pytest.approx(interval.low, abs=5e-4)
    assert found.high == pytest.approx(interval.high, abs=5e-4)
    assert (found.n, found.rest, found.method) == (40, 90, "t")


def test_clustered_groups_have_the_errors_of_a_regression_on_membership() -> None:
    import numpy as np
    import statsmodels.api as sm

    draw = np.random.default_rng(2)
    clusters = np.repeat(np.arange(30), 4)
    inside = draw.random(120) < 0.4
    values = np.clip(0.5 + draw.normal(0, 0.1, 30)[clusters] + draw.normal(0, 0.1, 120), 0, 1)
    fit = sm.OLS(values, sm.add_constant(inside.astype(float))).fit(
        cov_type="cluster", cov_kwds={"groups": clusters, "use_correction": False}
    )
    found = compare_groups(Grouped(values.tolist(), inside.tolist(), clusters.tolist()))
    assert found.mean == pytest.approx(fit.params[1])
    assert found.se == pytest.approx(fit.bse[1] * math.sqrt(30 / 29))
    assert found.method == "clustered t"


def test_pass_or_fail_has_the_score_interval() -> None:
    found = compare_groups(shares(15, 20, 30, 60))
    assert found.low is not None
    assert found.high is not None
    assert miettinen_nurminen(15, 20, 30, 60, found.low) == pytest.approx(1.959964, abs=1e-5)
    assert miettinen_nurminen(15, 20, 30, 60, found.high) == pytest.approx(-1.959964, abs=1e-5)
    assert found.p == pytest.approx(0.05243, abs=1e-4)


def test_one_unit_has_no_interval() -> None:
    found = compare_groups(Grouped([0.5, 0.2, 0.3], [True, False, False]))
    assert (found.low, found.p, found.method) == (None, None, "no interval from one unit")
    assert not ruled(Grouped([0.5, 0.2, 0.3], [True, False, False])).is_within


def test_an_empty_group_is_an_error() -> None:
    with pytest.raises(ValueError, match="a difference of groups needs at least one value in each"):
        compare_groups(Grouped([0.5, 0.2], [True, True]))


def test_few_clusters_are_named() -> None:
    grouped = Grouped([0.1 * (i % 7) for i in range(60)], [i < 20 for i in range(60)], [i // 5 for i in range(60)])
    assert compare_groups(grouped).method == "clustered t, only 4 units on one side"


@pytest.mark.parametrize(("n", "m"), [(20, 20), (20, 100), (50, 50)])
@pytest.mark.parametrize("gap", [0.05, 0.1, 0.2])
def test_a_gap_of_shares_is_overlooked_in_at_most_six_and_a_half_percent(n: int, m: int, gap: float) -> None:
    """The exact error of the score test, at the share where it is largest."""
    import numpy as np
    from scipy import stats

    statistic = np.array([[miettinen_nurminen(a, n, b, m, gap) for b in range(m + 1)] for a in range(n + 1)])
    for share in (0.01, 0.05, 0.2, 0.5, 0.7, 0.79):
        chance = np.outer(
            stats.binom.pmf(np.arange(n + 1), n, share + gap), stats.binom.pmf(np.arange(m + 1), m, share)
        )
        assert chance[statistic <= -1.6448536].sum() <= 0.065


def test_shares_that_are_alike_are_within_when_there_are_enough() -> None:
    assert ruled(shares(180, 200, 720, 800)).is_within
    few = ruled(shares(18, 20, 72, 80))
    assert (few.is_within, few.is_beyond, few.method) == (False, False, "Miettinen-Nurminen")
    assert few.bound == pytest.approx(0.1687, abs=1e-3)
    assert few.required == pytest.approx(((1.644854 + 1.281552) * 0.0757 / 0.1) ** 2, rel=0.03)


def test_shares_that_differ_are_beyond_whichever_is_higher() -> None:
    assert ruled(shares(20, 50, 180, 200)).is_beyond
    assert ruled(shares(180, 200, 20, 50)).is_beyond


def graded(draw: Any, n: int, mean: float) -> Any:
    import numpy as np

    return np.clip(draw.normal(mean, 0.15, n), 0, 1)


def test_graded_groups_are_bet_on() -> None:
    import numpy as np

    draw = np.random.default_rng(3)
    alike = ruled(both(graded(draw, 200, 0.6), graded(draw, 400, 0.6)))
    assert (alike.is_within, alike.is_beyond, alike.method, alike.bound) == (True, False, "betting", None)
    assert ruled(both(graded(draw, 200, 0.3), graded(draw, 400, 0.6))).is_beyond
    assert ruled(both(graded(draw, 200, 0.6), graded(draw, 400, 0.3))).is_beyond
    few = ruled(both(graded(draw, 20, 0.6), graded(draw, 20, 0.6)))
    assert (few.is_within, few.is_beyond) == (False, False)
    assert few.required > 1


def test_the_scale_does_not_matter() -> None:
    import numpy as np

    grouped = both(graded(np.random.default_rng(4), 100, 0.6), graded(np.random.default_rng(5), 100, 0.6))
    stars = Grouped([1 + 4 * value for value in grouped.values], grouped.inside)
    one, other = ruled(grouped), ruled(stars, 0.4, bounds=(1.0, 5.0))
    assert one.is_within == other.is_within
    assert one.required == pytest.approx(other.required)


@pytest.mark.parametrize("spanning", [True, False])
def test_a_gap_between_clusters_is_overlooked_as_seldom_as_stated(spanning: bool) -> None:
    """Clusters of four like cases; each in one group, or in both. The inside scores 0.1 more, the most that is tolerated."""
    import numpy as np

    draw, within, beyond = np.random.default_rng(6), 0, 0
    for _ in range(80):
        level = np.repeat(draw.choice([0.1, 0.8], size=40), 4)
        inside = np.tile([True, False], 80) if spanning else np.repeat(np.arange(40) < 20, 4)
        values = (level + 0.1 * inside).tolist()
        found = ruled(Grouped(values, inside.tolist(), np.repeat(np.arange(40), 4).tolist()))
        within, beyond = within + found.is_within, beyond + found.is_beyond
    assert within / 80 <= 0.05 + 0.04
    assert beyond / 80 <= 0.05 + 0.04


def test_the_largest_of_several_gaps_is_bounded_without_a_correction() -> None:
    """Five segments of 60, one of which lies 0.15 below the rest: all are called within at most 5 % of the time."""
    import numpy as np

    draw, passed = np.random.default_rng(7), 0
    for _ in range(300):
        hits = [*draw.binomial(60, 0.8, 4).tolist(), draw.binomial(60, 0.65)]
        passed += all(ruled(shares(hit, 60, sum(hits) - hit, 240), 0.15).is_within for hit in hits)
    assert passed / 300 <= 0.05 + 0.025


def test_seconds_are_ruled_by_t_from_ten_units_on() -> None:
    import numpy as np

    draw = np.random.default_rng(8)
    grouped = both(draw.exponential(1.0, 300) + 1, draw.exponential(1.0, 300) + 1)
    assert ruled(grouped, 0.5, bounds=None).is_within
    assert ruled(both(draw.exponential(1, 60) + 5, draw.exponential(1, 60)), 0.5, bounds=None).is_beyond
    few = ruled(both(draw.exponential(1, 6), draw.exponential(1, 60)), 0.5, bounds=None)
    assert (few.is_within, few.method) == (False, "t, only 6 units on one side")
    assert few.required == pytest.approx(10 / 6)


def test_intervals_of_differences_cover_what_they_say() -> None:
    import numpy as np

    draw, held = np.random.default_rng(9), 0
    for _ in range(300):
        a, b = int(draw.binomial(30, 0.9)), int(draw.binomial(120, 0.8))
        found = compare_groups(shares(a, 30, b, 120))
        assert found.low is not None
        assert found.high is not None
        held += found.low <= 0.1 <= found.high
    assert held / 300 >= 0.92
