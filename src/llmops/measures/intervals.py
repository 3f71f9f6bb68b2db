"""One run: means with their intervals, percentiles, and how small a difference a run can see.

Intervals are for display; gates decide by `comparison` (design page `statistics.md`, sections 1 and 2).
"""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from operator import mul

from llmops.measures.quantiles import binomial_at_least, normal_quantile, t_quantile

FEW_CLUSTERS = 10  # below which an interval is rough
NORMAL_CLUSTERS = 30  # from which Student's t is trusted inside the range

Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean with its standard error and interval. `method` says how the interval came about, for people.

    `low` and `high` are None where nothing bounds the mean: a single unit without a known range.
    """

    mean: float
    se: float | None
    n: int
    clusters: int
    low: float | None
    high: float | None
    method: str


def estimate_mean(
    values: Sequence[float],
    clusters: Sequence[Hashable] | None = None,
    *,
    bounds: Range | None = (0.0, 1.0),
    level: float = 0.95,
) -> Estimate:
    """Estimate the mean of case means, with an interval that counts clusters as the units of error.

    The standard error is the clustered one of Miller (2024, arXiv:2411.00640) with the factor G/(G-1), the quantile
    Student's with G-1 degrees of freedom. The interval is t, clipped to `bounds`; but for bounded values in fewer than 30
    clusters, or where t would reach the end of the range, Wilson's interval with the effective number of cases m (1 - m) / SE²
    (Franco et al. 2019, doi:10.1093/jssam/smy019): near the ends of the range t covers far less than it says, and so does
    a bootstrap of clusters (tests/measures/test_intervals.py). Values 0 or 1 without clusters get plain Wilson.

    Args:
        values: one mean a case, at least one.
        clusters: the cluster of each case; None, or all different: every case is its own.
        bounds: the lowest and highest possible value, None where there are none (seconds, dollars).
        level: the confidence level.
    """
    n = len(values)
    if n == 0:
        raise ValueError("an estimate needs at least one value")
    mean = math.fsum(values) / n
    sums = cluster_sums([value - mean for value in values], clusters)
    count = len(sums)
    if count < 2:
        low, high = bounds or (None, None)
        return Estimate(mean, None, n, count, low, high, "no interval from one unit")
    se = standard_error(sums, n)
    if count == n and is_binary(values, bounds):
        return Estimate(mean, se, n, n, *wilson(round(mean * n), n, level), "Wilson")
    few = f", only {count} {'cases' if count == n else 'clusters'}" if count < FEW_CLUSTERS else ""
    low, high, bounded = interval_around(mean, se, count, bounds, level)
    method = "Wilson, effective n" if bounded else "t" if count == n else "clustered t"
    return Estimate(mean, se, n, count, low, high, method + few)


def interval_around(
    mean: float, se: float, clusters: int, bounds: Range | None, level: float = 0.95
) -> tuple[float, float, bool]:
    """Return the interval of `estimate_mean` around a mean with a clustered standard error, and whether it is Wilson's."""
    quantile = t_quantile(0.5 + level / 2, clusters - 1)
    low, high = mean - quantile * se, mean + quantile * se
    if bounds is not None and (clusters < NORMAL_CLUSTERS or low <= bounds[0] or high >= bounds[1]):
        return *_effective_wilson(mean, se, clusters, bounds, quantile), True
    return low, high, False


def wilson(successes: int, n: int, level: float = 0.95) -> Range:
    """Return the two-sided score interval of a share (Wilson 1927, doi:10.1080/01621459.1927.10502953)."""
    return _score_interval(successes / n, n, normal_quantile(0.5 + level / 2))


def clopper_pearson(successes: int, n: int, alpha: float) -> Range:
    """Return the exact one-sided lower and the exact one-sided upper bound of a share, each wrong at most `alpha`.

    Both together are the two-sided interval of level 1 - 2 alpha (Clopper & Pearson 1934, doi:10.1093/biomet/26.4.404).
    """
    return _exact_lower(successes, n, alpha), 1.0 - _exact_lower(n - successes, n, alpha)


def detectable_difference(sd: float, n: int, *, alpha: float = 0.05, power: float = 0.8) -> float:
    """Return the smallest true difference that n units show with this power at two-sided `alpha`.

    `sd` is the standard deviation of one unit's difference; (z_{1-alpha/2} + z_power) sd / sqrt(n), Miller (2024), section 5.
    """
    return (normal_quantile(1 - alpha / 2) + normal_quantile(power)) * sd / math.sqrt(n)


def required_cases(sd: float, difference: float, *, alpha: float, beta: float, one_sided: bool) -> int | None:
    """Return how many units show a true difference with power 1 - beta; None where it is not positive."""
    if difference <= 0:
        return None
    z = normal_quantile(1 - (alpha if one_sided else alpha / 2)) + normal_quantile(1 - beta)
    return max(1, math.ceil((z * sd / difference) ** 2))


def percentile(values: Sequence[float], q: float) -> float:
    """Return the q-th percentile (0 to 100) with linear interpolation, numpy's default (Hyndman & Fan 1996, type 7)."""
    ordered = sorted(values)
    if not ordered:
        raise ValueError("a percentile needs at least one value")
    place = (len(ordered) - 1) * q / 100
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def cluster_sums(values: Sequence[float], clusters: Sequence[Hashable] | None) -> list[float]:
    """Add up values by cluster, in the order of first appearance; without clusters each value stands alone."""
    if clusters is None or (len(values) == len(clusters) == len(set(clusters))):
        return list(values)
    sums: dict[Hashable, float] = {}
    for value, cluster in zip(values, clusters, strict=True):
        sums[cluster] = sums.get(cluster, 0.0) + value
    return list(sums.values())


def standard_error(sums: Sequence[float], n: int) -> float:
    """Return the standard error of a mean of n values from the cluster sums of their deviations from it."""
    count = len(sums)
    return math.sqrt(count / (count - 1) * math.fsum(map(mul, sums, sums))) / n


def is_binary(values: Sequence[float], bounds: Range | None) -> bool:
    """Tell whether every value is 0 or 1 and no other is possible outside them; 0 dollars a case is no share."""
    return bounds == (0.0, 1.0) and {0.0, 1.0}.issuperset(values)


def _exact_lower(successes: int, n: int, alpha: float) -> float:
    """The share at which `successes` or more have probability alpha, by bisection."""
    if successes == 0:
        return 0.0
    low, high = 0.0, successes / n
    while high - low > 1e-12:
        middle = (low + high) / 2
        if binomial_at_least(successes, n, middle) < alpha:
            low = middle
        else:
            high = middle
    return low


def _effective_wilson(mean: float, se: float, count: int, bounds: Range, quantile: float) -> Range:
    """Wilson's interval for a mean in a range, from its standard error. Where all clusters lie at the same end of the
    range, which leaves no error to go by, each counts as one case."""
    low, high = bounds
    share = (mean - low) / (high - low)
    effective = float(count)
    if 0 < share < 1:
        if se == 0:
            return mean, mean
        effective = share * (1 - share) * ((high - low) / se) ** 2
    below, above = _score_interval(share, effective, quantile)
    return low + (high - low) * below, low + (high - low) * above


def _score_interval(share: float, n: float, quantile: float) -> Range:
    """The shares whose score test does not reject the one seen on n cases."""
    square = quantile * quantile / n
    centre = (share + square / 2) / (1 + square)
    half = math.sqrt(share * (1 - share) * square + square * square / 4) / (1 + square)
    return (0.0 if share <= 0 else centre - half), (1.0 if share >= 1 else centre + half)
