"""Two windows of values, then and now: tests that hold on one look, for pictures and for batches.

They are no use for looking every day: at 5 % each, a year of daily looks raises eighteen false alarms. `streams` is for that.
Where windows are to be tested again and again, each on values of its own, their e-values may be multiplied (`clouds`).
"""

import math
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from llmops.measures.tails import chi_square_above, smirnov_above

if TYPE_CHECKING:
    from numpy import float64
    from numpy.typing import NDArray

    Floats = NDArray[float64]
    Numbers = Sequence[float] | Floats

BINS = 20
SMALL = 500  # values in the smaller window, up to which Kolmogorov-Smirnov is used
EXPECTED = 5.0  # counts below which categories are put together


@dataclass(frozen=True, slots=True)
class Tested:
    """A test of whether two windows differ."""

    test: str
    statistic: float
    p: float


@dataclass(frozen=True, slots=True)
class Counts:
    """How often each category, or each bin, occurred in both windows."""

    labels: tuple[str, ...]
    reference: tuple[int, ...]
    current: tuple[int, ...]


def chi_square(reference: Sequence[int], current: Sequence[int]) -> Tested:
    """Test that two samples of counts come from the same distribution (homogeneity, (rows - 1)(columns - 1) degrees of freedom).

    Both are samples. Taking the reference for the truth and scaling it, which is the default elsewhere, raises 8 to 98 % false
    alarms at a nominal 5 %.
    """
    rows = [(a, b) for a, b in zip(reference, current, strict=True) if a + b]
    n, m = sum(reference), sum(current)
    if min(n, m) == 0:
        raise ValueError("a test needs at least one value in each window")
    statistic = math.fsum(
        (count - (a + b) * size / (n + m)) ** 2 / ((a + b) * size / (n + m))
        for a, b in rows
        for count, size in ((a, n), (b, m))
    )
    return Tested("chi-square", statistic, chi_square_above(statistic, len(rows) - 1))


def kolmogorov_smirnov(reference: "Numbers", current: "Numbers") -> Tested:
    """Test that two samples of numbers come from the same distribution: the largest gap of their distribution functions."""
    import numpy as np

    a, b = np.sort(np.asarray(reference, dtype=float)), np.sort(np.asarray(current, dtype=float))
    if not len(a) or not len(b):
        raise ValueError("a test needs at least one value in each window")
    places, lcm = np.concatenate([a, b]), math.lcm(len(a), len(b))
    steps = np.searchsorted(a, places, side="right") * (lcm // len(a))
    steps = np.abs(steps - np.searchsorted(b, places, side="right") * (lcm // len(b)))
    most = int(steps.max())
    return Tested("Kolmogorov-Smirnov", most / lcm, smirnov_above(most, len(a), len(b)))


def count_categories(reference: Sequence[Hashable], current: Sequence[Hashable]) -> Counts:
    """Count categories, most frequent first; those too rare for chi-square are put together as `(rare)`."""
    then, now = Counter(map(str, reference)), Counter(map(str, current))
    n, m = len(reference), len(current)
    if not n or not m:
        raise ValueError("a test needs at least one value in each window")
    labels = sorted(then | now, key=lambda label: (-(then[label] + now[label]), label))
    fewest = EXPECTED * (n + m) / min(n, m)
    kept = [label for label in labels if then[label] + now[label] >= fewest]
    rare = [label for label in labels if then[label] + now[label] < fewest]
    if len(rare) == 1:
        kept, rare = kept + rare, []
    counts = [(label, then[label], now[label]) for label in kept]
    if rare:
        counts.append(("(rare)", sum(then[label] for label in rare), sum(now[label] for label in rare)))
    names, before, after = zip(*counts, strict=True)
    return Counts(names, before, after)


def count_bins(reference: "Numbers", current: "Numbers", *, bins: int = BINS) -> Counts:
    """Count numbers in bins that end at quantiles of the reference.

    Where it has few different values, each has a bin, and `other` holds what the reference never was.
    """
    import numpy as np

    a, b = np.sort(np.asarray(reference, dtype=float)), np.asarray(current, dtype=float)
    if not len(a) or not len(b):
        raise ValueError("a test needs at least one value in each window")
    distinct = np.unique(a)
    if len(distinct) <= bins:
        labels = [f"{value:.6g}" for value in distinct.tolist()]
        then, now = ([int((one == value).sum()) for value in distinct] for one in (a, b))
        other = len(b) - sum(now)
        if other:
            labels, then, now = [*labels, "other"], [*then, 0], [*now, other]
        return Counts(tuple(labels), tuple(then), tuple(now))
    edges = np.unique(a[np.arange(1, bins) * len(a) // bins])
    counted = [np.bincount(np.searchsorted(edges, one, side="right"), minlength=len(edges) + 1) for one in (a, b)]
    ends = [f"{edge:.4g}" for edge in edges]
    inner = [f"{low} – {high}" for low, high in pairwise(ends)]
    return Counts((f"< {ends[0]}", *inner, f">= {ends[-1]}"), tuple(counted[0].tolist()), tuple(counted[1].tolist()))


def compare_numbers(reference: "Numbers", current: "Numbers") -> Tested:
    """Test numbers: Kolmogorov-Smirnov for small windows, else chi-square over exact counts in quantile bins of the reference."""
    if min(len(reference), len(current)) <= SMALL:
        return kolmogorov_smirnov(reference, current)
    counts = count_bins(reference, current)
    return chi_square(counts.reference, counts.current)


def compare_categories(reference: Sequence[Hashable], current: Sequence[Hashable]) -> Tested:
    """Test categories: chi-square of homogeneity."""
    counts = count_categories(reference, current)
    return chi_square(counts.reference, counts.current)
