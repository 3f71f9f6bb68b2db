"""Counterfactual pairs: the same case with the term of a group swapped, and how much a score depends on it.

Cases of one `metadata.cluster` that differ in `metadata.group` are such a pair: "my brother the nurse" and "my sister the
nurse". Each cluster has one difference of the two groups' means; the interval is over clusters, so every pair is its own
control (Kusner et al. 2017, arXiv:1703.06856).
"""

from collections.abc import Iterator, Mapping
from itertools import combinations
from math import fsum
from typing import Final

from llmops.domain.report import GroupDifference, Interval, ScoreSummary
from llmops.evals.loading import LoadedScorer
from llmops.evals.observations import Observations
from llmops.evals.words import interval_text, signed
from llmops.measures.intervals import estimate_mean
from llmops.presentation.figures import count

GROUP: Final = "group"
FEWEST: Final = 2  # pairs


def compare_groups(observed: Observations, loaded: LoadedScorer) -> tuple[GroupDifference, ...]:
    """The differences between groups, for a scorer that is about them; empty where cases form no pairs."""
    groups = observed.segment_of(GROUP) if getattr(loaded.scorer, "by_group", False) else None
    span = loaded.scorer.range
    if not groups or span is None:
        return ()
    series = observed.scores(loaded.label)
    by_cluster: dict[str, dict[str, list[float]]] = {}
    for case, value, cluster in zip(series.ids, series.values, series.clusters, strict=True):
        if case in groups:
            by_cluster.setdefault(cluster, {}).setdefault(groups[case], []).append(value)
    width = span[1] - span[0]
    return tuple(_differences(by_cluster, width))


def tell_groups(score: ScoreSummary) -> Iterator[str]:
    """Say the differences in words."""
    for found in score.groups:
        told = f" ({interval_text(found.interval)})" if found.interval else ""
        yield (
            f"{score.label}: {found.first} minus {found.second} {signed(found.mean)}{told} "
            f"over {count(found.pairs, 'counterfactual pair')}."
        )


def _differences(by_cluster: Mapping[str, Mapping[str, list[float]]], width: float) -> Iterator[GroupDifference]:
    names = sorted({name for means in by_cluster.values() for name in means})
    for first, second in combinations(names, 2):
        values = [
            _mean(means[first]) - _mean(means[second])
            for _, means in sorted(by_cluster.items())
            if first in means and second in means
        ]
        if len(values) < FEWEST:
            continue
        estimate = estimate_mean(values, bounds=(-width, width))
        interval = None
        if estimate.low is not None and estimate.high is not None:
            interval = Interval(low=estimate.low, high=estimate.high, method=estimate.method)
        yield GroupDifference(first=first, second=second, pairs=len(values), mean=estimate.mean, interval=interval)


def _mean(values: list[float]) -> float:
    return fsum(values) / len(values)
