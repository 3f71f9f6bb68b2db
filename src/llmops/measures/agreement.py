"""How well a judge agrees with people: chance-corrected agreement, and what sways it."""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Literal

from llmops.measures.intervals import Range, estimate_mean
from llmops.measures.quantiles import normal_quantile

Weights = Literal["none", "linear", "quadratic"]

RESAMPLES = 2000


@dataclass(frozen=True, slots=True)
class Kappa:
    """Cohen's kappa with a 95 % interval; None where one of the two never differs. `agreement` is the (weighted) share on which
    both agree. `confusion` counts by category: rows are people, columns the judge."""

    value: float | None
    low: float | None
    high: float | None
    agreement: float
    confusion: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Correlation:
    """A rank correlation with its 95 % interval, None from fewer than four pairs."""

    value: float
    low: float | None
    high: float | None


def confuse(people: Sequence[int], judge: Sequence[int], categories: int) -> tuple[tuple[int, ...], ...]:
    """Count pairs by category: rows are people, columns the judge."""
    counts = [[0] * categories for _ in range(categories)]
    for mine, its in zip(people, judge, strict=True):
        counts[mine][its] += 1
    return tuple(tuple(row) for row in counts)


def cohen_kappa(confusion: Sequence[Sequence[int]], weights: Weights = "none") -> float | None:
    """Return Cohen's kappa (1960, doi:10.1177/001316446002000104), weighted for ordered categories (Cohen 1968).

    None where the expected disagreement is 0: both always name the same category.
    """
    total = sum(map(sum, confusion))
    size = len(confusion)
    rows, columns = [sum(row) for row in confusion], [sum(row[j] for row in confusion) for j in range(size)]
    seen = math.fsum(_cost(i, j, size, weights) * confusion[i][j] for i in range(size) for j in range(size))
    by_chance = math.fsum(_cost(i, j, size, weights) * rows[i] * columns[j] for i in range(size) for j in range(size))
    return None if by_chance == 0 else 1 - seen * total / by_chance


def estimate_kappa(
    people: Sequence[int],
    judge: Sequence[int],
    categories: int,
    *,
    weights: Weights = "none",
    clusters: Sequence[Hashable] | None = None,
    seed: int = 0,
) -> Kappa:
    """Estimate kappa with a percentile bootstrap of clusters (2,000 seeded resamples, Efron & Tibshirani 1993, chapter 13).

    Where all agree a bootstrap has no width. The lower end is therefore never above what Wilson's bound on the agreement
    itself allows, and resamples without kappa count as agreement by chance.

    Args:
        people: the category of each output according to people, from 0 on.
        judge: according to the judge.
        categories: how many there are.
        weights: how the distance of ordered categories counts.
        clusters: the cluster of each output; None: each is its own.
        seed: for the resamples.
    """
    confusion = confuse(people, judge, categories)
    value = cohen_kappa(confusion, weights)
    worth = [1 - _cost(a, b, categories, weights) for a, b in zip(people, judge, strict=True)]
    agreed = estimate_mean(worth, clusters)
    if value is None or len(people) < 2:
        return Kappa(value, None, None, agreed.mean, confusion)
    low, high = _bootstrap(people, judge, categories, weights, clusters, seed)
    if agreed.low is not None and agreed.mean < 1:
        expected = (agreed.mean - value) / (1 - value) if value < 1 else 0.0
        low = min(low, (agreed.low - expected) / (1 - expected))
    elif agreed.low is not None:
        expected = _by_chance(confusion, weights)
        low = min(low, (agreed.low - expected) / (1 - expected))
    return Kappa(value, max(-1.0, low), high, agreed.mean, confusion)


def rank_correlation(first: Sequence[float], second: Sequence[float]) -> Correlation | None:
    """Return Spearman's correlation of ranks, ties ranked in the middle; None where one of them never differs.

    Interval by Fisher's transformation with the variance of Bonett & Wright (2000, doi:10.1007/BF02294183).
    """
    if len(first) < 2:
        return None
    a, b = _ranks(first), _ranks(second)
    value = _correlation(a, b)
    if value is None or len(first) < 4:
        return None if value is None else Correlation(value, None, None)
    if abs(value) >= 1:
        return Correlation(value, value, value)
    half = normal_quantile(0.975) * math.sqrt((1 + value * value / 2) / (len(first) - 3))
    centre = math.atanh(value)
    return Correlation(value, math.tanh(centre - half), math.tanh(centre + half))


def _cost(i: int, j: int, size: int, weights: Weights) -> float:
    if weights == "none":
        return float(i != j)
    distance = abs(i - j) / max(1, size - 1)
    return distance if weights == "linear" else distance * distance


def _by_chance(confusion: Sequence[Sequence[int]], weights: Weights) -> float:
    """The agreement to be expected by chance."""
    total, size = sum(map(sum, confusion)), len(confusion)
    rows, columns = [sum(row) for row in confusion], [sum(row[j] for row in confusion) for j in range(size)]
    cost = math.fsum(_cost(i, j, size, weights) * rows[i] * columns[j] for i in range(size) for j in range(size))
    return 1 - cost / total**2


def _bootstrap(
    people: Sequence[int],
    judge: Sequence[int],
    size: int,
    weights: Weights,
    clusters: Sequence[Hashable] | None,
    seed: int,
) -> Range:
    """The 2.5 and 97.5 percentiles of kappa over resampled clusters."""
    import numpy as np

    keys = {key: i for i, key in enumerate(dict.fromkeys(clusters))} if clusters is not None else {}
    rows = np.array([keys[key] for key in clusters]) if clusters is not None else np.arange(len(people))
    cells = np.zeros((int(rows.max()) + 1, size * size))
    np.add.at(cells, (rows, np.asarray(people) * size + np.asarray(judge)), 1.0)
    cost = np.array([[_cost(i, j, size, weights) for j in range(size)] for i in range(size)])
    draw, found = np.random.default_rng(seed), []
    for _ in range(0, RESAMPLES, 250):
        times = draw.multinomial(len(cells), np.full(len(cells), 1 / len(cells)), 250).astype(float)
        tables = (times @ cells).reshape(-1, size, size)
        seen = (tables * cost).sum(axis=(1, 2)) * tables.sum(axis=(1, 2))
        chance = (tables.sum(axis=2)[:, :, None] * tables.sum(axis=1)[:, None, :] * cost).sum(axis=(1, 2))
        found.append(np.where(chance > 0, 1 - seen / np.where(chance > 0, chance, 1.0), 0.0))
    low, high = np.percentile(np.concatenate(found), [2.5, 97.5])
    return float(low), float(high)


def _ranks(values: Sequence[float]) -> list[float]:
    order = sorted(range(len(values)), key=values.__getitem__)
    ranks, start = [0.0] * len(values), 0
    while start < len(order):
        end = start
        while end + 1 < len(order) and values[order[end + 1]] == values[order[start]]:
            end += 1
        for place in range(start, end + 1):
            ranks[order[place]] = (start + end) / 2
        start = end + 1
    return ranks


def _correlation(a: Sequence[float], b: Sequence[float]) -> float | None:
    mean_a, mean_b = math.fsum(a) / len(a), math.fsum(b) / len(b)
    spread_a, spread_b = math.fsum((x - mean_a) ** 2 for x in a), math.fsum((y - mean_b) ** 2 for y in b)
    if spread_a == 0 or spread_b == 0:
        return None
    shared = math.fsum((x - mean_a) * (y - mean_b) for x, y in zip(a, b, strict=True))
    return max(-1.0, min(1.0, shared / math.sqrt(spread_a * spread_b)))
