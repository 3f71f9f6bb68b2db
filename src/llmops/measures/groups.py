"""Two groups of one run, such as a segment and the rest: their difference, and whether it is smaller than a gap.

Unlike two runs, groups are not paired case by case. Pass or fail without clusters: the score test of Miettinen and Nurminen;
everything else: errors counted by cluster for display, and bets on both means for rulings.
"""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import compress
from operator import not_

from llmops.measures.intervals import FEW_CLUSTERS, Range, is_binary
from llmops.measures.linear_bets import Unit, least_capital
from llmops.measures.quantiles import normal_below, normal_quantile, t_below, t_quantile

POWER = 0.8


@dataclass(frozen=True, slots=True)
class Grouped:
    """Values of a run, which of them are inside the group, and the cluster of each (None: every case is its own)."""

    values: Sequence[float]
    inside: Sequence[bool]
    clusters: Sequence[Hashable] | None = None

    def swapped(self) -> "Grouped":
        """The same with inside and outside exchanged."""
        return Grouped(self.values, [not one for one in self.inside], self.clusters)


@dataclass(frozen=True, slots=True)
class GroupDifference:
    """Mean inside minus mean outside, with its interval and p against no difference. None where one side has one unit."""

    mean: float
    se: float | None
    n: int
    rest: int
    low: float | None
    high: float | None
    p: float | None
    method: str


@dataclass(frozen=True, slots=True)
class GapRuling:
    """Whether a difference is shown to be smaller than a gap, either way, or shown to be larger. `bound` is the upper bound of
    its size, where the method has one; `required` is how many times the cases would show it, if there is none."""

    is_within: bool
    is_beyond: bool
    method: str
    bound: float | None
    required: float


def compare_groups(grouped: Grouped, *, bounds: Range | None = (0.0, 1.0), level: float = 0.95) -> GroupDifference:
    """Describe the difference of two groups, each with at least one value.

    Pass or fail without clusters: interval and p of Miettinen and Nurminen. Else the errors of both means counted by cluster
    (Miller 2024, arXiv:2411.00640), with Welch's degrees of freedom; where clusters lie on both sides, those of the side with
    fewer clusters.
    """
    inside, outside = _sides(grouped)
    mean = math.fsum(inside) / len(inside) - math.fsum(outside) / len(outside)
    n, rest = len(inside), len(outside)
    se, degrees, fewest = _clustered(grouped)
    if _is_plain(grouped, bounds):
        counts = (round(sum(inside)), n, round(sum(outside)), rest)
        z = normal_quantile(0.5 + level / 2)
        p = 2 * normal_below(-abs(miettinen_nurminen(*counts, 0.0)))
        return GroupDifference(mean, se, n, rest, _limit(counts, z), _limit(counts, -z), p, "Miettinen-Nurminen")
    if se is None:
        return GroupDifference(mean, None, n, rest, None, None, None, "no interval from one unit")
    half = t_quantile(0.5 + level / 2, degrees) * se
    low, high = mean - half, mean + half
    if bounds is not None:
        width = bounds[1] - bounds[0]
        low, high = max(-width, low), min(width, high)
    p = 2 * (1 - t_below(abs(mean) / se, degrees)) if se > 0 else 1.0 if mean == 0 else 0.0
    what = "t" if _is_each_alone(grouped) else "clustered t"
    few = f", only {fewest} units on one side" if fewest < FEW_CLUSTERS else ""
    return GroupDifference(mean, se, n, rest, low, high, p, what + few)


def rule_gap(
    grouped: Grouped, *, max_gap: float, alpha: float, beta: float, bounds: Range | None = (0.0, 1.0)
) -> GapRuling:
    """Rule whether two groups differ by less than `max_gap`, whichever is higher.

    A difference of `max_gap` or more is taken to be smaller at most `alpha` of the time; one that is not larger is taken to be
    at most `beta` of the time. Where several groups are ruled on, all being within at `alpha` bounds the largest difference
    (intersection-union); share `beta` among them. Without a range one-sided t bounds decide, from ten units a side on.

    Args:
        grouped: both groups, with values within `bounds`.
        max_gap: above 0, in units of the values.
        alpha: the error of `is_within`.
        beta: the error of `is_beyond`.
        bounds: the range of the values.
    """
    inside, outside = _sides(grouped)
    se, degrees, fewest = _clustered(grouped)
    mean = math.fsum(inside) / len(inside) - math.fsum(outside) / len(outside)
    if _is_plain(grouped, bounds):
        counts = (round(sum(inside)), len(inside), round(sum(outside)), len(outside))
        z, strict = normal_quantile(1 - alpha), normal_quantile(1 - beta / 2)
        bound = max(abs(_limit(counts, z)), abs(_limit(counts, -z)))
        within = max_gap < 1 and (
            miettinen_nurminen(*counts, max_gap) <= -z and miettinen_nurminen(*counts, -max_gap) >= z
        )
        beyond = max_gap < 1 and (
            miettinen_nurminen(*counts, max_gap) >= strict or miettinen_nurminen(*counts, -max_gap) <= -strict
        )
        return GapRuling(within, beyond, "Miettinen-Nurminen", bound, _required(se, max_gap, z))
    if bounds is None:
        if se is None or fewest < FEW_CLUSTERS:
            return GapRuling(False, False, f"t, only {fewest} units on one side", None, FEW_CLUSTERS / max(1, fewest))
        bound = abs(mean) + t_quantile(1 - alpha, degrees) * se
        beyond = abs(mean) - t_quantile(1 - beta / 2, degrees) * se > max_gap
        return GapRuling(bound < max_gap, beyond, "t", bound, _required(se, max_gap, normal_quantile(1 - alpha)))
    gap = max_gap / (bounds[1] - bounds[0])
    both, within_need, beyond_need = (grouped, grouped.swapped()), math.log(1 / alpha), math.log(2 / beta)
    within = all(_capital_below(one, gap, bounds) >= within_need for one in both)
    beyond = not within and any(_capital_below(one, -gap, bounds) >= beyond_need for one in both)
    return GapRuling(within, beyond, "betting", None, _required(se, max_gap, math.sqrt(2 * within_need)))


def miettinen_nurminen(hits: int, n: int, other_hits: int, other_n: int, difference: float) -> float:
    """Return the score statistic for a share less another share, against a difference between -1 and 1.

    Miettinen & Nurminen (1985), Statistics in Medicine 4, 213-226; the shares under the hypothesis by the closed form of
    Farrington & Manning (1990), Statistics in Medicine 9, 1447-1454.
    """
    total = n + other_n
    share, other = hits / n, other_hits / other_n
    first, second = _restricted(share, n, other, other_n, difference)
    variance = (first * (1 - first) / n + second * (1 - second) / other_n) * total / (total - 1)
    excess = share - other - difference
    if variance <= 1e-15:
        return 0.0 if abs(excess) < 1e-12 else math.copysign(math.inf, excess)
    return excess / math.sqrt(variance)


def _restricted(share: float, n: int, other: float, other_n: int, difference: float) -> tuple[float, float]:
    """The likeliest pair of shares that differ by `difference`."""
    theta = other_n / n
    a = 1 + theta
    b = -(1 + theta + share + theta * other + difference * (theta + 2))
    c = difference * difference + difference * (2 * share + theta + 1) + share + theta * other
    d = -share * difference * (1 + difference)
    v = (b / (3 * a)) ** 3 - b * c / (6 * a * a) + d / (2 * a)
    u = math.copysign(math.sqrt(max(0.0, (b / (3 * a)) ** 2 - c / (3 * a))), v)
    turn = (math.pi + math.acos(min(1.0, max(-1.0, v / u**3)))) / 3 if u else math.pi / 3
    first = 2 * u * math.cos(turn) - b / (3 * a)
    first = min(1.0, 1 + difference, max(0.0, difference, first))
    return first, min(1.0, max(0.0, first - difference))


def _limit(counts: tuple[int, int, int, int], z: float) -> float:
    """The difference at which the score statistic is z, by bisection (it falls as the difference grows)."""
    low, high = -1.0, 1.0
    while high - low > 1e-10:
        middle = (low + high) / 2
        if miettinen_nurminen(*counts, middle) > z:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _capital_below(grouped: Grouped, gap: float, bounds: Range) -> float:
    """The log capital of bets that the mean inside is above the mean outside by less than `gap`, values scaled to 0 … 1."""
    low, width = bounds[0], bounds[1] - bounds[0]
    sums: dict[Hashable, list[float]] = {}
    keys: Sequence[Hashable] = range(len(grouped.values)) if grouped.clusters is None else grouped.clusters
    for key, value, is_inside in zip(keys, grouped.values, grouped.inside, strict=True):
        unit, scaled = sums.setdefault(key, [0.0, 0.0, 0.0, 0.0]), (value - low) / width
        if is_inside:
            unit[0] -= scaled
            unit[1] += 1
        else:
            unit[2] += scaled + gap
            unit[3] -= 1
    most = (max(unit[1] for unit in sums.values()), max(-unit[3] for unit in sums.values()))
    units = [Unit(a / most[0], b / most[0], c / most[1], d / most[1]) for a, b, c, d in sums.values()]
    return least_capital(units, (1.0, 1.0 + max(0.0, -gap)))


def _clustered(grouped: Grouped) -> tuple[float | None, int, int]:
    """The standard error of the difference by clusters, its degrees of freedom, and the units of the smaller side."""
    inside, outside = _sides(grouped)
    means = math.fsum(inside) / len(inside), math.fsum(outside) / len(outside)
    if _is_each_alone(grouped):
        fewest = min(len(inside), len(outside))
        if fewest < 2:
            return None, 1, fewest
        spreads = [
            math.fsum([(value - centre) ** 2 for value in side]) / (len(side) - 1) / len(side)
            for side, centre in zip((inside, outside), means, strict=True)
        ]
        return _welch(spreads[0], spreads[1], (len(inside), len(outside)))
    keys: Sequence[Hashable] = range(len(grouped.values)) if grouped.clusters is None else grouped.clusters
    sides: tuple[dict[Hashable, float], dict[Hashable, float]] = ({}, {})
    for key, value, is_inside in zip(keys, grouped.values, grouped.inside, strict=True):
        side, centre, n = (sides[0], means[0], len(inside)) if is_inside else (sides[1], means[1], len(outside))
        side[key] = side.get(key, 0.0) + (value - centre) / n
    counts = len(sides[0]), len(sides[1])
    fewest = min(counts)
    if fewest < 2:
        return None, 1, fewest
    if sides[0].keys().isdisjoint(sides[1]):
        first, second = (g / (g - 1) * math.fsum(e * e for e in s.values()) for g, s in zip(counts, sides, strict=True))
        return _welch(first, second, counts)
    joint = [sides[0].get(key, 0.0) - sides[1].get(key, 0.0) for key in {**sides[0], **sides[1]}]
    se = math.sqrt(len(joint) / (len(joint) - 1) * math.fsum(e * e for e in joint))
    return se, fewest - 1, fewest


def _welch(first: float, second: float, counts: tuple[int, int]) -> tuple[float, int, int]:
    """Both squared standard errors together, with Welch's degrees of freedom rounded down."""
    spread = first**2 / (counts[0] - 1) + second**2 / (counts[1] - 1)
    degrees = max(1, math.floor((first + second) ** 2 / spread)) if spread > 0 else min(counts) - 1
    return math.sqrt(first + second), degrees, min(counts)


def _sides(grouped: Grouped) -> tuple[list[float], list[float]]:
    inside = list(compress(grouped.values, grouped.inside))
    outside = list(compress(grouped.values, map(not_, grouped.inside)))
    if not inside or not outside:
        raise ValueError("a difference of groups needs at least one value in each")
    return inside, outside


def _is_plain(grouped: Grouped, bounds: Range | None) -> bool:
    """Pass or fail, every case by itself."""
    return is_binary(grouped.values, bounds) and _is_each_alone(grouped)


def _is_each_alone(grouped: Grouped) -> bool:
    return grouped.clusters is None or len(set(grouped.clusters)) == len(grouped.values)


def _required(se: float | None, max_gap: float, z: float) -> float:
    """How many times the cases would show, with a power of 80 % for each side, that groups which do not differ do not."""
    power = normal_quantile((1 + POWER) / 2)
    return ((z + power) * (se or 0.0) / max_gap) ** 2
