"""Two runs, and the rulings of gates: is the candidate not worse, is the mean high enough (`statistics.md`, section 2).

Intervals and p-values describe; rulings decide. A ruling never rests on a normal approximation of few cases, where a bound
from Student's t passes a candidate that only loses in one try out of three.
"""

import math
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from llmops.domain.report import Outcome
from llmops.measures.flips import sign_flip
from llmops.measures.intervals import (
    Estimate,
    clopper_pearson,
    cluster_sums,
    estimate_mean,
    is_binary,
    required_cases,
)
from llmops.measures.quantiles import binomial_at_least, normal_quantile
from llmops.measures.sequential import bet_on_sign, fewest_units

MANY = 2000  # values, beyond which they are worked on as columns
POWER = 0.8  # for which the number of cases that would decide is computed

Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class PairedDifference:
    """Candidate minus baseline over paired cases: mean, interval, p against no difference, cases won, lost and tied."""

    mean: float
    se: float | None
    n: int
    clusters: int
    low: float | None
    high: float | None
    method: str
    p: float
    wins: int
    losses: int
    ties: int


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a gate may conclude. `bound` is the confidence bound that decided or fell short, where the method has one;
    `required_n` is how many cases would decide at 80 % power, None where no number would or none is needed."""

    outcome: Outcome
    method: str
    bound: float | None = None
    required_n: int | None = None


def compare_paired(
    candidate: Sequence[float],
    baseline: Sequence[float],
    clusters: Sequence[Hashable] | None = None,
    *,
    bounds: Range | None = None,
    seed: int = 0,
) -> PairedDifference:
    """Describe candidate minus baseline over the same cases in the same order.

    Pass or fail without clusters: Tango's score interval and McNemar's exact p. Else the clustered t interval of the
    differences, and p by flipping the signs of cluster sums: all flips of up to 14 sums, else 20,000 drawn from `seed`, or what
    these estimate, bounded from above (`sign_flip`).

    Args:
        candidate: one mean a case.
        baseline: the same cases.
        clusters: the cluster of each case.
        bounds: the range of the scores themselves, None where they have none.
        seed: for the drawn sign flips.
    """
    differences = _differences(candidate, baseline)
    spread = None if bounds is None else (bounds[0] - bounds[1], bounds[1] - bounds[0])
    estimate = estimate_mean(differences, clusters, bounds=spread)
    low, high, method = estimate.low, estimate.high, estimate.method
    n, wins, losses = estimate.n, sum(map((0.0).__lt__, differences)), sum(map((0.0).__gt__, differences))
    if estimate.clusters == n and is_binary([*candidate, *baseline], bounds):
        z = normal_quantile(0.975)
        low, high, method = _tango_limit(wins, losses, n, z), _tango_limit(wins, losses, n, -z), "Tango"
        p = mcnemar(wins, losses)
    else:
        p = sign_flip(cluster_sums(differences, clusters), seed=seed)
    return PairedDifference(
        estimate.mean, estimate.se, n, estimate.clusters, low, high, method, p, wins, losses, n - wins - losses
    )


def tango(wins: int, losses: int, n: int, margin: float) -> float:
    """Return the score statistic for the difference of paired shares against -margin; large: not that much worse.

    Tango (1998), Statistics in Medicine 17, 891-908. `margin` lies between -1 and 1.
    """
    a = 2 * n
    b = -wins - losses - (2 * n - wins + losses) * margin
    c = losses * margin * (1 + margin)
    q = (math.sqrt(max(0.0, b * b - 4 * a * c)) - b) / (2 * a)
    excess = wins - losses + n * margin
    variance = n * (2 * q - margin * (1 + margin))
    if variance <= 1e-12:
        return 0.0 if excess == 0 else math.copysign(math.inf, excess)
    return excess / math.sqrt(variance)


def mcnemar(wins: int, losses: int) -> float:
    """Return the exact two-sided p that wins and losses are equally likely (McNemar 1947; the binomial form)."""
    return min(1.0, 2 * binomial_at_least(max(wins, losses), wins + losses, 0.5)) if wins != losses else 1.0


def holm(ps: Sequence[float]) -> list[float]:
    """Return p-values adjusted for their number, in the given order (Holm 1979)."""
    adjusted, running = [0.0] * len(ps), 0.0
    for rank, index in enumerate(sorted(range(len(ps)), key=ps.__getitem__)):
        running = max(running, min(1.0, (len(ps) - rank) * ps[index]))
        adjusted[index] = running
    return adjusted


def rule_not_worse(
    candidate: Sequence[float],
    baseline: Sequence[float],
    clusters: Sequence[Hashable] | None = None,
    *,
    margin: float,
    alpha: float = 0.05,
    beta: float = 0.05,
    bounds: Range | None = (0.0, 1.0),
) -> Ruling:
    """Rule whether the candidate is worse than the baseline by less than `margin` (higher is better).

    Pass or fail without clusters: Tango's score test. Everything else: betting on the clusters. A candidate that is worse
    by `margin` passes at most `alpha` of the time, one that is not fails at most `beta` of the time (divide `beta` by the
    number of gates, for one failing gate is enough); Tango's test exceeds that a little, up to 6 % for 5 % (tests).
    `required_n` assumes no true difference.

    Args:
        candidate: one mean a case, a missing score as the worst value; in an order that no answer influenced.
        baseline: the same cases.
        clusters: the cluster of each case; None, or all different: every case is its own.
        margin: how much worse is tolerated, 0 for "better".
        alpha: the error of a pass.
        beta: the error of a fail.
        bounds: the range of the scores; without one no ruling is possible.
    """
    if bounds is None:
        return Ruling("unknown", "scores without a range bound no risk")
    n, m = len(candidate), margin / (bounds[1] - bounds[0])
    if m >= 1:
        return Ruling("pass", "the margin is the whole range")
    new, old = _to_unit(candidate, bounds), _to_unit(baseline, bounds)
    differences = _differences(new, old)
    estimate = estimate_mean(differences, clusters, bounds=(-1.0, 1.0))
    if estimate.clusters == n and is_binary([*new, *old], (0.0, 1.0)):
        wins, losses = sum(map((0.0).__lt__, differences)), sum(map((0.0).__gt__, differences))
        z, need = tango(wins, losses, n, m), normal_quantile(1 - alpha)
        outcome: Outcome = "pass" if z >= need else "fail" if z <= -normal_quantile(1 - beta) else "unknown"
        limit = _tango_limit(wins, losses, n, -normal_quantile(1 - beta) if outcome == "fail" else need)
        fewest = need * need * (1 - m) / m if m else math.inf  # where no pair differs
        required = _required_n(estimate, m, alpha, fewest) if outcome == "unknown" else None
        return Ruling(outcome, "Tango", limit * (bounds[1] - bounds[0]), required)
    span, errors = (m - 1, 1 + m), (alpha, beta)
    outcome = _rule_by_capital([d + m for d in differences], clusters, span, m, errors)
    fewest = _fewest_bets(estimate, m, span, errors)
    return Ruling(outcome, "betting", None, _required_n(estimate, m, alpha, fewest) if outcome == "unknown" else None)


def rule_at_least(
    values: Sequence[float],
    clusters: Sequence[Hashable] | None = None,
    *,
    minimum: float,
    alpha: float = 0.05,
    beta: float = 0.05,
    bounds: Range | None = (0.0, 1.0),
) -> Ruling:
    """Rule whether the mean is at least `minimum`.

    Pass or fail without clusters: the exact bound of Clopper and Pearson. Everything else: betting on the clusters.
    Arguments and errors are those of `rule_not_worse`; `required_n` assumes that the true mean is the one seen.
    """
    if bounds is None:
        return Ruling("unknown", "scores without a range bound no risk")
    low, high = bounds
    if minimum <= low or minimum > high:
        return Ruling("pass" if minimum <= low else "fail", "the range of the scores decides")
    n, m = len(values), (minimum - low) / (high - low)
    shares = _to_unit(values, bounds)
    estimate = estimate_mean(shares, clusters)
    if estimate.clusters == n and is_binary(shares, (0.0, 1.0)):
        lower, upper = clopper_pearson(round(sum(shares)), n, alpha)[0], clopper_pearson(round(sum(shares)), n, beta)[1]
        outcome: Outcome = "pass" if lower >= m else "fail" if upper < m else "unknown"
        error, fewest = (alpha, _fewest_alike(alpha, m)) if estimate.mean > m else (beta, _fewest_alike(beta, 1 - m))
        required = _required_n(estimate, abs(estimate.mean - m), error, fewest) if outcome == "unknown" else None
        bound = low + (high - low) * (upper if outcome == "fail" else lower)
        return Ruling(outcome, "Clopper-Pearson", bound, required)
    span, errors, away = (-m, 1 - m), (alpha, beta), estimate.mean - m
    outcome = _rule_by_capital([s - m for s in shares], clusters, span, 0.0, errors)
    fewest = _fewest_bets(estimate, away, span, errors)
    error = alpha if away > 0 else beta
    required = _required_n(estimate, abs(away), error, fewest) if outcome == "unknown" else None
    return Ruling(outcome, "betting", None, required)


def _rule_by_capital(
    gains: Sequence[float], clusters: Sequence[Hashable] | None, span: Range, prior: float, errors: Range
) -> Outcome:
    """Bet on clusters, each weighing as many cases as it has: (n_c / n_max) times its mean gain."""
    units = cluster_sums(gains, clusters)
    if len(units) < len(gains):
        largest = max(Counter(clusters or ()).values())
        units = [total / largest for total in units]
    return bet_on_sign(units, span, alpha=errors[0], beta=errors[1], prior=prior).outcome


def _required_n(estimate: Estimate, difference: float, error: float, fewest: float) -> int | None:
    """How many cases would decide if they went on like this, and at least one more than there are.

    `difference` is the assumed distance from the boundary, `fewest` how many the method needs where nothing varies.
    """
    if difference <= 1e-12 or math.isinf(fewest):
        return None
    sd = (estimate.se or 0.0) * math.sqrt(estimate.n)
    normal = required_cases(sd, difference, alpha=error, beta=1 - POWER, one_sided=True) or 0
    return max(normal, math.ceil(fewest), estimate.n + 1)


def _fewest_bets(estimate: Estimate, gain: float, span: Range, errors: Range) -> float:
    """How many cases a gambler needs who wins `gain` on every unit."""
    worst, error = (-span[0], errors[0]) if gain > 0 else (span[1], errors[1])
    return fewest_units(abs(gain), worst, error) * estimate.n / estimate.clusters


def _fewest_alike(error: float, share: float) -> float:
    """How many successes in a row, and nothing else, have probability `error` at this share."""
    return math.log(error) / math.log(share) if 0 < share < 1 else math.inf


def _tango_limit(wins: int, losses: int, n: int, z: float) -> float:
    """The difference of shares at which Tango's statistic is z, by bisection (it grows with the margin)."""
    low, high = -1.0, 1.0
    while high - low > 1e-10:
        middle = (low + high) / 2
        if tango(wins, losses, n, middle) < z:
            low = middle
        else:
            high = middle
    return -(low + high) / 2


def _differences(candidate: Sequence[float], baseline: Sequence[float]) -> list[float]:
    """Candidate minus baseline; what is only rounding is no difference."""
    if len(candidate) == len(baseline) > MANY:
        import numpy as np

        new, old = np.asarray(candidate, dtype=float), np.asarray(baseline, dtype=float)
        nothing = np.maximum(1e-12 * np.maximum(np.abs(new), np.abs(old)), 1e-15)
        gaps: list[float] = np.where(np.abs(new - old) <= nothing, 0.0, new - old).tolist()
        return gaps
    pairs = zip(candidate, baseline, strict=True)
    return [0.0 if math.isclose(new, old, rel_tol=1e-12, abs_tol=1e-15) else new - old for new, old in pairs]


def _to_unit(values: Sequence[float], bounds: Range) -> Sequence[float]:
    """Scale values from their range to 0 … 1; a value outside it would make every promise void."""
    low, high = bounds
    if not values or (low <= min(values) and max(values) <= high and not math.isnan(math.fsum(values))):
        return values if bounds == (0.0, 1.0) else [(value - low) / (high - low) for value in values]
    outside = next(value for value in values if not low <= value <= high)
    raise ValueError(f"a score of {outside} lies outside its range {low} to {high}")
