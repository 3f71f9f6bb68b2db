"""Means that a judge gave, corrected by the outputs that people labelled too (`statistics.md`, section 4).

The labelled outputs are a random sample of the run's. The judge's mean over the others is cheap and biased; the mean of
what people said beyond the judge, over the labelled ones, takes the bias out.
"""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from llmops.measures.intervals import Range, standard_error
from llmops.measures.linear_bets import Unit, least_capital
from llmops.measures.quantiles import normal_quantile, t_quantile
from llmops.measures.sequential import Gambler

FIRST_TRUST = 10  # labelled units after which bets begin to trust the judge


@dataclass(frozen=True, slots=True)
class Corrected:
    """A corrected mean with its standard error and 95 % interval. `trust` is the weight of the judge (lambda), from people only
    (0) to as much as its labelled outputs justify."""

    mean: float
    se: float
    low: float
    high: float
    trust: float


@dataclass(frozen=True, slots=True)
class Labelled:
    """Outputs that people and the judge scored, and those that only the judge did; the cluster of each (None: its own)."""

    people: Sequence[float]
    judge: Sequence[float]
    judged_only: Sequence[float]
    clusters: Sequence[Hashable] | None = None
    clusters_only: Sequence[Hashable] | None = None


def prediction_powered(found: Labelled, *, bounds: Range | None = None) -> Corrected:
    """Correct the judge's mean: lambda mean_N(f) + mean_n(y - lambda f).

    Angelopoulos et al. (2023, arXiv:2301.09633) with the tuned lambda = Cov(y, f) / ((1 + n/N) Var(f)) of PPI++ (2023,
    arXiv:2311.01453), Var(f) over all outputs; the variance is lambda² Var(f)/N + Var(y - lambda f)/n, counted by cluster where
    there are clusters. The interval is t with as many degrees of freedom as labelled units but one, clipped to `bounds`.
    """
    y, f, others = found.people, found.judge, found.judged_only
    n, rest = len(y), len(others)
    if n < 2:
        raise ValueError("a corrected mean needs at least two labelled outputs")
    trust = _trust(y, f, others)
    residuals = [a - trust * b for a, b in zip(y, f, strict=True)]
    mean = _mean(residuals) + (trust * _mean(others) if rest else 0.0)
    se = _clustered_se(residuals, others, trust, found) if found.clusters is not None else None
    if se is None:
        spread = _variance(others if rest > 1 else [*f, *others]) if rest else 0.0
        se = math.sqrt((trust * trust * spread / rest if rest else 0.0) + _variance(residuals) / n)
    units = n if found.clusters is None else len(set(found.clusters))
    half = t_quantile(0.975, max(1, units - 1)) * se
    low, high = mean - half, mean + half
    if bounds is not None:
        low, high, mean = (min(bounds[1], max(bounds[0], value)) for value in (low, high, mean))
    return Corrected(mean, se, low, high, trust)


def rogan_gladen(people: Sequence[bool], judge: Sequence[bool], positive: int, judged: int) -> Corrected | None:
    """Correct a share of positive verdicts by the judge's sensitivity and specificity: (p + spec - 1)/(sens + spec - 1).

    Rogan & Gladen (1978), American Journal of Epidemiology 107, 71-76, with the delta-method variance of all three. None where
    the labels hold only one kind, or the judge is no better than chance.

    Args:
        people: whether each labelled output is good.
        judge: whether the judge says so.
        positive: of the outputs that only the judge saw, those it calls good.
        judged: how many those are.
    """
    good, bad = sum(people), len(people) - sum(people)
    if not good or not bad or not judged:
        return None
    p = positive / judged
    sens = sum(j for y, j in zip(people, judge, strict=True) if y) / good
    spec = sum(not j for y, j in zip(people, judge, strict=True) if not y) / bad
    power = sens + spec - 1
    if power <= 0:
        return None
    mean = (p + spec - 1) / power
    variance = (
        p * (1 - p) / judged + mean**2 * sens * (1 - sens) / good + (1 - mean) ** 2 * spec * (1 - spec) / bad
    ) / power**2
    half = normal_quantile(0.975) * math.sqrt(variance)
    low, high = max(0.0, mean - half), min(1.0, mean + half)
    return Corrected(min(1.0, max(0.0, mean)), math.sqrt(variance), min(low, 1.0), max(high, 0.0), power)


def corrected_capital(found: Labelled, limit: float, *, above: bool) -> float:
    """Return the log capital of bets that the true mean is above (or below) `limit`, all values in 0 … 1.

    Half of the first capital is bet on the labels alone (`sequential`). The other half trusts the judge, whose mean v is unknown:
    it is bet on y - lambda (f - v) - limit over the labelled units and on f - v over the others (`linear_bets`). Stakes and
    lambda follow the units before, so the labelled ones must come in the random order of the sample; then more of them may be
    labelled whenever one likes. The error is at most exp(-capital).
    """
    sign = 1.0 if above else -1.0
    labelled = _by_cluster(found.clusters, list(zip(found.people, found.judge, strict=True)))
    others = _by_cluster(found.clusters_only, [(f, f) for f in found.judged_only])
    ratio = len(found.people) / max(1, len(found.judged_only))
    spread = _variance([*found.judge, *found.judged_only]) if len(found.judge) + len(found.judged_only) > 1 else 0.0
    most = max((len(unit) for unit in labelled), default=1)
    units, seen, trust = [], _Running(), 0.0
    alone = Gambler(limit if above else 1 - limit, 0.0)
    for unit in labelled:
        alone.bet(math.fsum(sign * (y - limit) for y, _ in unit) / most)
        scale = most * ((limit if above else 1 - limit) + trust)  # the largest loss that this unit can bring
        gain = math.fsum(sign * (y - trust * f - limit) for y, f in unit) / scale
        units.append(Unit(gain, sign * trust * len(unit) / scale, 0.0, 0.0))
        for y, f in unit:
            seen.add(y, f)
        if seen.n >= FIRST_TRUST and spread > 0 and others:
            trust = min(1.0, max(0.0, seen.covariance / ((1 + ratio) * spread)))
    largest = max((len(unit) for unit in others), default=1)
    for unit in others:
        total = math.fsum(f for f, _ in unit)
        units.append(Unit(0.0, 0.0, sign * total / largest, -sign * len(unit) / largest))
    trusting = least_capital(units, (1.0, 1.0), seed=None) if others else 0.0
    most_of_both = max(trusting, math.log(alone.capital))
    return most_of_both + math.log((math.exp(trusting - most_of_both) + alone.capital * math.exp(-most_of_both)) / 2)


class _Running:
    """A covariance that grows."""

    def __init__(self) -> None:
        self.n, self._y, self._f, self._yf = 0, 0.0, 0.0, 0.0

    def add(self, y: float, f: float) -> None:
        self.n, self._y, self._f, self._yf = self.n + 1, self._y + y, self._f + f, self._yf + y * f

    @property
    def covariance(self) -> float:
        return (self._yf - self._y * self._f / self.n) / (self.n - 1)


def _trust(y: Sequence[float], f: Sequence[float], others: Sequence[float]) -> float:
    if not others:
        return 0.0
    spread = _variance([*f, *others])
    mean_y, mean_f = _mean(y), _mean(f)
    shared = math.fsum((a - mean_y) * (b - mean_f) for a, b in zip(y, f, strict=True)) / (len(y) - 1)
    return shared / ((1 + len(y) / len(others)) * spread) if spread > 0 else 0.0


def _clustered_se(residuals: Sequence[float], others: Sequence[float], trust: float, found: Labelled) -> float | None:
    """The standard error with whole clusters as units; a cluster may have labelled and other outputs."""
    assert found.clusters is not None
    sums: dict[Hashable, float] = {}
    centre, n = _mean(residuals), len(residuals)
    for key, value in zip(found.clusters, residuals, strict=True):
        sums[key] = sums.get(key, 0.0) + (value - centre) / n
    if others:
        middle, rest = _mean(others), len(others)
        for key, value in zip(found.clusters_only or range(rest), others, strict=True):
            sums[key] = sums.get(key, 0.0) + trust * (value - middle) / rest
    return standard_error(list(sums.values()), 1) if len(sums) > 1 else None


def _by_cluster(
    clusters: Sequence[Hashable] | None, values: Sequence[tuple[float, float]]
) -> list[list[tuple[float, float]]]:
    if clusters is None:
        return [[value] for value in values]
    groups: dict[Hashable, list[tuple[float, float]]] = {}
    for key, value in zip(clusters, values, strict=True):
        groups.setdefault(key, []).append(value)
    return list(groups.values())


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _variance(values: Sequence[float]) -> float:
    mean = _mean(values)
    return math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1)
